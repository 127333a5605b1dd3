import { beforeAll, describe, expect, it } from 'vitest';
import { Kernels } from '../support/kernel.ts';
import { seeded } from '../support/kernelShapes.ts';

type Call = (...args: number[]) => number;

let kernels: Kernels;
let call: Record<string, Call>;
beforeAll(async () => {
  kernels = await Kernels.open('core/anchors');
  call = kernels.arena.exports as unknown as Record<string, Call>;
});

const hour = 3_600_000_000;
const day = 24 * hour;

/** Instants of months, days and hours, what is right before and behind them, and some at random. */
function instants(): number[] {
  const random = seeded(7);
  const found = [0, -1, 1];
  for (let year = 1900; year <= 2200; year++)
    for (let month = 0; month < 12; month++) {
      const start = Date.UTC(year, month, 1) * 1000;
      found.push(start - 1, start, start + 1, start + hour - 1, start + day - 1);
      found.push(start + Math.floor(random() * 27 * day));
    }
  return found;
}

/** By the calendar of JavaScript, which has milliseconds. */
const shifted = (time: number, months: number): number => {
  const date = new Date(Math.floor(time / 1000));
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1) * 1000;
};

describe('anchors on the clock', () => {
  it('are those of the calendar', () => {
    for (const time of instants()) {
      const start = shifted(time, 0);
      expect(call.monthStart!(time)).toBe(start);
      expect(call.nextMonth!(start)).toBe(shifted(time, 1));
      expect(call.previousMonth!(start)).toBe(shifted(time, -1));
      expect(call.dayStart!(time)).toBe(Number(BigInt(time) - floorRest(time, day)));
      expect(call.hourStart!(time)).toBe(Number(BigInt(time) - floorRest(time, hour)));
    }
  });

  it('are NaN where there is no bar', () => {
    for (const name of ['monthStart', 'nextMonth', 'previousMonth', 'dayStart', 'hourStart'])
      expect(call[name]!(NaN)).toBeNaN();
  });

  it('have the rows behind them, as far as is looked back', () => {
    const times = [NaN, NaN, 1, 5, 5.5, 7, 11];
    const at = kernels.arena.allocate(8 * times.length);
    kernels.arena.f64(at, times.length).set(times);
    const last = at + 8 * (times.length - 1);
    const naive = (from: number, limit: number): number => {
      let count = 0;
      while (count < limit && times[times.length - 2 - count]! >= from) count++;
      return count;
    };
    for (const from of [NaN, -1, 1, 2, 5, 6, 7, 8, 11, 12])
      for (const limit of [0, 1, 2, 3, 5, 6])
        expect(call.rowsSince!(last, from, limit)).toBe(naive(from, limit));
  });
});

/** What lies between the last whole multiple at or before a time and the time. */
function floorRest(time: number, unit: number): bigint {
  const rest = BigInt(time) % BigInt(unit);
  return rest < 0n ? rest + BigInt(unit) : rest;
}
