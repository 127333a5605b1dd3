import { describe, expect, it } from 'vitest';
import { Kernels } from '../support/kernel.ts';
import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded } from '../support/kernelShapes.ts';

const fields: Record<string, (date: Date) => number> = {
  hour: date => date.getUTCHours(),
  minute: date => date.getUTCMinutes(),
  minuteOfDay: date => date.getUTCHours() * 60 + date.getUTCMinutes(),
  weekday: date => (date.getUTCDay() + 6) % 7,
  monthDay: date => date.getUTCDate(),
  month: date => date.getUTCMonth() + 1,
  monthDaysLeft: date =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate() - date.getUTCDate(),
  dayNumber: date => Math.floor(date.getTime() / 86_400_000),
};
const readers = Object.values(fields);

const random = seeded(3);
const first = Date.UTC(1900, 0, 1);
const span = Date.UTC(2200, 11, 31, 23, 59) - first;
const ascending = (stepMinutes: number, from: string) =>
  Float64Array.from({ length: 700 }, (_, t) => (Date.parse(from) + t * stepMinutes * 60_000) * 1000);

const planes = {
  minutes: ascending(1, '2024-02-28T20:00:00Z'),
  hours: ascending(60, '1899-12-25T00:30:00Z'),
  months: ascending(60 * 24 * 31, '2040-01-01T00:00:00Z'),
  anywhere: Float64Array.from({ length: 700 }, () => (first + Math.floor(random() * span)) * 1000),
  gaps: ascending(7, '2023-12-31T20:00:00Z').map((t, i) => (i % 9 === 4 ? NaN : t)),
};

const cases = Object.entries(planes).flatMap(([label, time]) =>
  readers.map((read, field) => ({
    label,
    name: 'calendar',
    planes: [time],
    params: [field],
    span: 0,
    naive: (t: number) => read(new Date(time[t]! / 1000)),
  })),
);

keepsTheContract('calendar', cases);

describe('calendar', () => {
  it('agrees with the host on every day from 1900 to 2200, to the microsecond', async () => {
    const kernels = await Kernels.open('calendar');
    const days = Math.ceil(span / 86_400_000);
    const edges = Float64Array.from(
      { length: 2 * days },
      (_, i) => (first + (i >> 1) * 86_400_000) * 1000 - (i & 1),
    );
    readers.forEach((read, field) => {
      const found = kernels.run({ name: 'calendar', params: [field], span: 0 }, [edges]);
      const wrong = found.findIndex((value, i) => value !== read(new Date(Math.floor(edges[i]! / 1000))));
      expect(wrong, `field ${Object.keys(fields)[field]} at ${edges[wrong]}`).toBe(-1);
    });
  });
});
