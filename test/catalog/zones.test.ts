import { describe, expect, test } from 'vitest';
import { zoneOffsets, zones } from '../../host/catalog/zones.ts';
import { seeded } from '../support/kernelShapes.ts';

// The tables against the clock that the host shows, whose fields are read here and whose offset is read there.

const firstMs = Date.UTC(1970, 0, 1);
const endMs = Date.UTC(2041, 0, 1);

function clockOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return at => Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
}

/** Microseconds of the zone's clock by the table. */
function clockByTable(table: Float64Array, micros: number): number {
  const count = table.length / 2;
  const last = table.subarray(0, count).findLastIndex(from => from <= micros);
  return micros + (table[count + last] ?? Number.NaN);
}

describe.each(zones)('%s', zone => {
  const table = zoneOffsets(zone);
  const clock = clockOf(zone);

  test('has ascending instants, from 1970 to the end of 2040', () => {
    const instants = [...table.subarray(0, table.length / 2)];
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    expect(new Set(instants).size).toBe(instants.length);
    expect([instants[0], instants.at(-1)]).toEqual([firstMs * 1000, endMs * 1000]);
    expect(table.at(-1)).toBeNaN();
  });

  test('is the clock that the host shows, also right before and at every change', () => {
    const random = seeded(zone.length);
    const anywhere = Array.from({ length: 300 }, () => firstMs + Math.floor(random() * (endMs - firstMs)));
    const changes = [...table.subarray(1, table.length / 2 - 1)].flatMap(at => [
      at / 1000 - 1000,
      at / 1000,
      at / 1000 + 1000,
    ]);
    for (const at of [...anywhere, ...changes]) {
      const second = Math.floor(at / 1000) * 1000;
      expect(clockByTable(table, second * 1000), new Date(second).toISOString()).toBe(clock(second) * 1000);
    }
  });
});

test('New York has changed its clocks at 07:00 UTC in spring and at 06:00 in autumn', () => {
  const table = zoneOffsets('America/New_York');
  const changes = [...table.subarray(0, table.length / 2)].map(at => new Date(at / 1000).toISOString());
  expect(changes).toContain('2024-03-10T07:00:00.000Z');
  expect(changes).toContain('2024-11-03T06:00:00.000Z');
  expect(changes).toContain('1987-04-05T07:00:00.000Z'); // the first Sunday of April from then on
});
