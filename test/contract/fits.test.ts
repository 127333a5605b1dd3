import { describe, expect, test } from 'vitest';
import { column, type Expr } from '../../host/catalog/expr.ts';
import {
  linearR2,
  quadraticA1,
  quadraticA2,
  quadraticB,
  quadraticLast,
  quadraticR2,
  quadraticRmse,
} from '../../host/catalog/vocabulary.ts';
import { subjectOfExpressions } from '../support/contract.ts';
import { draws } from '../support/draws.ts';
import { type ExactFit, exactFit } from '../support/exactFits.ts';
import { exactSums } from '../support/exactMoments.ts';
import { hex } from '../support/kernelShapes.ts';

// Least-squares parabolas against exact arithmetic on the same doubles: of noise, of lines and parabolas that fit all but
// for their rounding, of noise that they all but hide, and of an outlier and what comes after it.

const rows = 360;
const windows = [3, 4, 5, 6, 7, 8, 15, 60, 90, 127];
const u = 2 ** -53;

const close = column('close');
const operators: Readonly<Record<string, readonly [(x: Expr, window: number) => Expr, keyof ExactFit]>> = {
  quadratic_a2: [quadraticA2, 'a2'],
  quadratic_a1: [quadraticA1, 'a1'],
  quadratic_b: [quadraticB, 'b'],
  quadratic_last: [quadraticLast, 'last'],
  quadratic_rmse: [quadraticRmse, 'rmse'],
  quadratic_r2: [quadraticR2, 'r2'],
  linear_r2: [linearR2, 'lineR2'],
};
const uses = windows.flatMap(window =>
  Object.entries(operators).map(([name, [of, key]]) => ({
    name: `${name}(${window})`,
    window,
    key,
    expr: of(close, window),
  })),
);
const subject = subjectOfExpressions('fits', uses);

const { normal } = draws(11);
const noise = Float64Array.from({ length: rows }, normal);
const series: Readonly<Record<string, (t: number) => number>> = {
  noise: t => noise[t]!,
  'noise at 1e9': t => 1e9 + noise[t]!,
  'a line': t => 100 - 0.1 * t,
  'a parabola': t => 100 + 0.1 * t - 0.003 * t * t,
  'a parabola of whole numbers': t => 40 - 7 * t + 3 * t * t,
  'noise on a steep line': t => 1e3 * t + noise[t]!,
  'a parabola and little noise': t => 100 + 0.1 * t - 0.003 * t * t + 1e-6 * noise[t]!,
  'noise and an outlier': t => (t === 200 ? 1e12 : noise[t]!),
  'a constant': () => 1.1,
};

// The bounds of accuracy.test.ts, D = floor(log2 window) + 1: 12 D u R in units of the series, R the range of the window,
// and as far as R2 is concerned twice that over the sd. A value of the parabola is rounded at the level of the series.
const bound = (key: keyof ExactFit, window: readonly number[]): number => {
  const range = Math.max(...window) - Math.min(...window);
  const error = 12 * (Math.floor(Math.log2(window.length)) + 1) * u * range;
  if (key === 'b' || key === 'last') return 2 * error + 2 * u * Math.max(...window.map(Math.abs));
  if (key !== 'r2' && key !== 'lineR2') return error;
  const { m2 } = exactSums(window);
  return (2 * error) / Math.sqrt(m2 / window.length);
};

describe('parabolas and lines through a window', () => {
  test.each(Object.keys(series))('of %s are those of exact arithmetic', async name => {
    const values = Float64Array.from({ length: rows }, (_, t) => series[name]!(t));
    const time = values.map((_, t) => t * 60_000_000);
    const { columns } = await subject.compute({ time, columns: { close: values } });
    for (const window of windows) {
      for (let t = window - 1; t < rows; t += 5) {
        const block = Array.from(values.subarray(t - window + 1, t + 1));
        const exact = exactFit(block);
        for (const use of uses) {
          if (use.window !== window) continue;
          const found = columns[use.name]![t]!;
          const expected = exact[use.key];
          if (Object.is(found, expected)) continue;
          if (use.key === 'r2' || use.key === 'lineR2') expect(found >= 0 && found <= 1, use.name).toBe(true);
          if (!(Math.abs(found - expected) <= bound(use.key, block)))
            expect.fail(`${use.name} in row ${t}: ${hex(found)} instead of ${hex(expected)}`);
        }
      }
    }
  });
});
