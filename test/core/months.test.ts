import { beforeAll, describe, expect, it } from 'vitest';
import { Kernels } from '../support/kernel.ts';
import { seeded } from '../support/kernelShapes.ts';

type Call = (...args: number[]) => number;

let kernels: Kernels;
let call: Record<string, Call>;
beforeAll(async () => {
  kernels = await Kernels.open('core/months');
  call = kernels.arena.exports as unknown as Record<string, Call>;
});

const hour = 3_600_000_000;

/** Some bars a day from 2023-11-20 on, over the turn of a year and a leap day, with a month of which there is none. */
function times(): Float64Array {
  const random = seeded(3);
  let now = Date.UTC(2023, 10, 20) * 1000;
  return Float64Array.from({ length: 600 }, (_, t) => {
    now += hour * (1 + Math.floor(random() * 12));
    if (t === 400) now += 40 * 24 * hour;
    return t < 9 ? NaN : now;
  });
}

const monthOf = (time: number): number => {
  const date = new Date(time / 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

describe('months of rows', () => {
  it('have the rows that stand in them', () => {
    const time = times();
    const below = 700;
    const at = kernels.arena.allocate(8 * (below + time.length));
    kernels.arena
      .f64(at, below + time.length)
      .fill(NaN)
      .set(time, below);
    const month = kernels.arena.allocate(24);
    for (const maxRows of [1, 50, 130, 600])
      time.forEach((now, t) => {
        call.lookAt!(month, at + 8 * (below + t), maxRows);
        if (Number.isNaN(now)) {
          expect([call.rowsBefore!(month), call.rowsInMonth!(month), call.holds!(month, now)]).toEqual([
            0, 0, 0,
          ]);
          return;
        }
        const own = monthOf(now);
        const earlier = [...time.slice(0, t)].map(monthOf);
        const since = earlier.filter(found => found === own).length;
        const before = earlier.filter(found => found === own - 1).length;
        expect(call.rowsInMonth!(month)).toBe(Math.min(since, maxRows));
        expect(call.rowsBefore!(month)).toBe(since + before < maxRows ? before : -1);
        for (const other of [now, time[t + 1] ?? now, time[t - 1]!, NaN])
          expect(call.holds!(month, other)).toBe(Number(monthOf(other) === own));
      });
  });
});
