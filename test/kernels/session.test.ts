import { describe, expect, it } from 'vitest';
import { Kernels } from '../support/kernel.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

const minute = 60_000_000;
const day = 1440 * minute;
const rows = 3_300;

/** Minutes from a Friday evening on, with weekend, missing minutes and, in `late`, no bar for the first rows. */
function times(late = false): Float64Array {
  const random = seeded(5);
  let now = Date.parse('2024-07-05T11:50:00Z') * 1000;
  return Float64Array.from({ length: rows }, (_, t) => {
    now += random() < 0.02 ? minute * Math.ceil(random() * 9) : minute;
    if (t === 610) now += 2 * day;
    return late && t < 40 ? NaN : now;
  });
}

/** Rows of the session that row t belongs to, up to t; undefined outside any session. */
function session(time: Float64Array, t: number, opens: Float64Array): number[] | undefined {
  const midnight = Math.floor(time[t]! / day) * day;
  const open = opens.findLast(at => midnight + at * minute <= time[t]!);
  if (open === undefined) return undefined;
  const found = [];
  for (let i = t; i >= 0 && time[i]! >= midnight + open * minute; i--) found.unshift(i);
  return found;
}

function sampleSd(values: readonly number[]): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
}

const openings = { fx: [0, 480, 780], one: [480], none: [] as number[], midnight: [0] };

const cases: KernelCase[] = Object.entries(openings).flatMap(([name, minutes]) =>
  [1440, 200].flatMap(maxRows =>
    [false, true].flatMap(late => {
      const opens = Float64Array.from(minutes);
      const time = times(late);
      const use = { table: opens, span: maxRows };
      const label = `${name}${late ? ', late' : ''}`;
      const count: KernelCase = {
        ...use,
        label,
        name: 'sessionRows',
        planes: [time],
        params: [maxRows],
        naive: t => {
          if (Number.isNaN(time[t])) return NaN;
          const n = session(time, t, opens)?.length ?? 0;
          return n > maxRows ? NaN : n;
        },
      };
      const spreads = Object.entries(name === 'fx' ? shapes : { walk: shapes.walk }).map(
        ([shape, make]): KernelCase => {
          const a = make(rows);
          return {
            ...use,
            label: `${label}, ${shape}`,
            name: 'sessionStd',
            planes: [time, a],
            params: [10, maxRows],
            // the twin sums squares of differences to a rounded mean: its own error, above all after the outlier
            tolerance: 1e-11,
            naive: t => {
              const found = session(time, t, opens) ?? [];
              if (found.length < 10 || found.length > maxRows) return NaN;
              const values = found.map(i => a[i]!);
              if (new Set(values.map(x => x + 0)).size === 1) return 0;
              return sampleSd(values);
            },
          };
        },
      );
      return [count, ...spreads];
    }),
  ),
);

keepsTheContract('session', cases);

describe('sessionStd', () => {
  it('keeps its digits at a large offset', async () => {
    const kernels = await Kernels.open('session');
    const time = Float64Array.from({ length: 1_001 }, (_, t) => t * minute);
    // NIST StRD NumAcc4: 1001 values around 10000000.2, certified sd 0.1; 8.3 digits are what binary input allows
    const a = time.map((_, t) => (t === 0 ? 10_000_000.2 : t % 2 === 1 ? 10_000_000.1 : 10_000_000.3));
    const use = { name: 'sessionStd', params: [2, 1440], table: Float64Array.of(0), span: 1440 };
    expect(Math.abs(kernels.run(use, [time, a])[1_000]! - 0.1)).toBeLessThan(0.1 * 10 ** -8.2);
  });
});
