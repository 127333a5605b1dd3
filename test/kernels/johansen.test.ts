import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelByName } from '../../host/catalog/kernels.ts';
import { type Fit, johansen } from '../support/cointegration.ts';
import { Kernels } from '../support/kernel.ts';
import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { seeded, shapes, windowOf } from '../support/kernelShapes.ts';

const minute = 60_000_000;
const rows = 420;

/** Minutes with gaps, for a while three bars a minute, and in `late` no bar for the first rows; or without a gap. */
function times(how?: 'late' | 'whole'): Float64Array {
  const random = seeded(5);
  let now = Date.parse('2024-07-05T11:50:00Z') * 1000;
  return Float64Array.from({ length: rows }, (_, t) => {
    const close = t > 200 && t < 290;
    const gap = random() < 0.05 ? Math.ceil(random() * 30) : 1;
    now += how === 'whole' ? minute : close ? minute / 3 : minute * gap;
    return how === 'late' && t < 40 ? NaN : now;
  });
}

/** The row that begins the stretch of row t, and undefined where there are too many rows since. */
function startOf(time: Float64Array, t: number, minutes: number): number | undefined {
  const stretch = (i: number) => Math.floor(time[i]! / (minutes * minute));
  let start = t;
  while (start > 0 && stretch(start - 1) === stretch(t)) start--;
  return Number.isNaN(time[t]) || t - start >= minutes ? undefined : start;
}

/** Wants of the kernel, as host/catalog/operators/cointegration.ts numbers them. */
const wants = (n: number): [number, number, number][] => [
  [0, 0, 0],
  [0, 0, n - 1],
  [0, n - 1, 1],
  [1, 0, 0],
  [1, n - 1, 0],
  [2, 0, 0],
  [2, n - 1, 0],
  [3, 0, 0],
  [4, 0, 0],
  [4, n - 1, 0],
  [5, 0, 0],
  [6, 0, 0],
];

type Series = readonly Float64Array[];

function caseOf(
  label: string,
  series: Series,
  window: number,
  minutes: number,
  how?: 'late' | 'whole',
): KernelCase {
  const n = series.length;
  const time = times(how);
  const params = [n, window, minutes];
  type Fitted = { readonly size: number; readonly fit: Fit | undefined };
  const kept = new Map<number, Fitted | undefined>();
  /** Undefined where a number is none. */
  const fittedBefore = (start: number): Fitted | undefined => {
    const windows = series.map(y => windowOf(y, start - 1, window));
    if (windows.flat().some(x => !Number.isFinite(x))) return undefined;
    return { size: Math.max(...windows.flat().map(Math.abs)), fit: johansen(windows) };
  };
  /** NULL, no fit, or what is read off it and the error that it may have. */
  const read = (t: number, [want, relation, which]: [number, number, number]) => {
    const none = { value: NaN, error: 0 };
    const start = startOf(time, t, minutes);
    if (start === undefined) return none;
    if (!kept.has(start)) kept.set(start, fittedBefore(start));
    const fitted = kept.get(start);
    if (!fitted) return none;
    if (want === 5) return { value: window - 2, error: 0 };
    const { size, fit } = fitted;
    if (want === 6) return { value: Number(fit !== undefined), error: 0 };
    if (!fit) return none;
    const { values, relations, means, least, gap } = fit;
    const error = 1e-14 / least / Math.min(1 - values[0]!, 1);
    const logs = values.map(value => -(window - 2) * Math.log(1 - value));
    if (want === 0) return { value: relations[relation]![which]!, error: error / gap };
    if (want === 1) return { value: values[relation]!, error };
    if (want === 2)
      return { value: logs.slice(relation).reduce((a, b) => a + b, 0), error: error * window * n };
    if (want === 3) return { value: logs[relation]!, error: error * window };
    const sum = series.reduce((sum, y, s) => sum + relations[relation]![s]! * (y[t]! - means[s]!), 0);
    return {
      value: sum,
      error: (error / gap + 1e-14) * (size + Math.max(...series.map(y => Math.abs(y[t]!)))),
    };
  };
  return {
    label,
    name: 'johansen',
    planes: [time, ...series],
    params,
    span: window + minutes - 1,
    scratchBytes: kernelByName.get('johansen')!.scratchBytes!(params),
    table: Float64Array.from(wants(n).flat()),
    twins: wants(n).map(
      (want): Twin => ({
        naive: t => read(t, want).value,
        tolerance: 1,
        magnitude: t => read(t, want).error,
      }),
    ),
  };
}

const walks = (count: number, seed: number): Float64Array[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    let x = 100;
    return Float64Array.from({ length: rows }, () => (x += random() - 0.5));
  });
};

/** Two series that follow a walk. */
const tied = (): Float64Array[] => {
  const random = seeded(11);
  const [walk] = walks(1, 12);
  return [walk!.map(x => 2 * x + random()), walk!.map(x => x + random()), walk!];
};

const [first, second, third] = walks(3, 3);
const cases = [
  caseOf('two walks', walks(2, 1), 40, 5),
  caseOf('three that belong together', tied(), 60, 30),
  caseOf('three, late', tied(), 61, 7, 'late'),
  caseOf('seven walks without a gap', walks(7, 9), 97, 10, 'whole'),
  caseOf('two walks without a gap, in whole blocks', walks(2, 10), 42, 20, 'whole'),
  caseOf('seven walks', walks(7, 2), 160, 60),
  caseOf('eight walks', walks(8, 4), 131, 20),
  caseOf('the fewest rows', walks(2, 6), 9, 3),
  caseOf('far levels', [shapes.far(rows), walks(1, 7)[0]!], 50, 10),
  caseOf('holes', [shapes.holes(rows), first!], 30, 5),
  caseOf('infinities', [first!, shapes.infinite(rows)], 20, 5),
  caseOf('a constant', [first!, shapes.constant(rows), second!], 40, 10),
  caseOf('a ramp', [first!, shapes.ramp(rows)], 40, 10),
  caseOf('one twice', [first!, second!, first!], 40, 10),
  caseOf('a sum', [first!, second!, first!.map((x, t) => x + second![t]!), third!], 40, 10),
];

keepsTheContract('johansen', cases);

describe('johansen', () => {
  const data = new URL('../../../shared/data/econ/', import.meta.url);
  const programs = { urca: 1e-10, statsmodels: 1e-12 };
  const table = (url: URL): Record<string, string>[] => {
    const [header, ...lines] = readFileSync(url, 'utf8').replaceAll('"', '').trim().split('\n');
    const names = header!.split(',');
    return lines.map(line => Object.fromEntries(line.split(',').map((cell, i) => [names[i]!, cell])));
  };

  it.for(Object.entries(programs))(
    'finds what %s does in the data of Denmark and Finland',
    async ([program, tolerance], { skip }) => {
      if (!existsSync(data)) return skip('the data is not here (../shared/data beside the repository)');
      const kernels = await Kernels.open('johansen');
      const expected = table(new URL(`../vectors/johansen_${program}.csv`, import.meta.url));
      for (const [name, lines] of Map.groupBy(expected, line => line.data!)) {
        const levels = table(new URL(`${name}.csv`, data));
        const window = levels.length;
        const n = lines.length;
        // all rows in the first hour, and one row more in the next
        const time = Float64Array.from([...levels.map((_, t) => t * (minute / 4)), 60 * minute]);
        const series = lines.map(line =>
          Float64Array.from([...levels.map(row => Number(row[line.series!])), 0]),
        );
        const params = [n, window, 60];
        const planes = [time, ...series];
        const read = (wants: number[][]): number[] =>
          kernels
            .runAll(
              {
                name: 'johansen',
                params,
                span: window + 59,
                outs: wants.length,
                results: true,
                list: true,
                table: Float64Array.from(wants.flat()),
                scratchBytes: kernelByName.get('johansen')!.scratchBytes!(params),
              },
              planes,
            )
            .map(plane => plane[window]!);
        for (const [i, line] of lines.entries()) {
          const found = read([
            [1, i, 0],
            [2, i, 0],
            [3, i, 0],
            [0, 0, i],
          ]);
          for (const [k, column] of ['eigenvalue', 'trace', 'maximum', 'weight'].entries()) {
            const wanted = Number(line[column]);
            const distance = Math.abs(found[k]! / wanted - 1);
            expect(distance, `${name}, ${line.series}: ${column} ${found[k]} for ${wanted}`).toBeLessThan(
              tolerance,
            );
          }
        }
      }
    },
  );
});
