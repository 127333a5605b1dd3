import type { Builder, Ref } from '../lowering.ts';
import { type Fit, windowFit, windowM2, windowTrend } from '../windows.ts';
import { type Operator, windowParam } from './types.ts';

/** Variance of the row numbers 0..n - 1 and the sums of squares of p1 and p2 over them (assembly/kernels/fits.ts). */
const gridOf = (n: number) => {
  const variance = (n * n - 1) / 12;
  return { variance, s2: n * variance, s4: (n * variance * (n * n - 4)) / 15 };
};

const quadratic = (
  name: string,
  summary: string,
  read: (b: Builder, fit: Fit, window: number, x: Ref) => Ref,
  nulls?: string,
): Operator => ({
  name: `quadratic_${name}`,
  args: ['a'],
  params: [{ ...windowParam, min: 3 }],
  summary: `${summary} over the last \`window\` rows, the current one included`,
  ...(nulls === undefined ? {} : { nulls }),
  lower: (b, [x], [window]) => read(b, windowFit(b, x!, Number(window)), Number(window), x!),
});

const parabola =
  'of the least-squares parabola a2 u^2 + a1 u + b, u = (row - mean) / population sd of the row numbers,';
const constantWindow = 'the window is constant';

/** Value of the parabola, as far from the mean row, squared about its variance, as said. */
const at = (
  b: Builder,
  { offset, trend, curve }: Fit,
  window: number,
  x: Ref,
  p1: number,
  p2: number,
): Ref => {
  const { s2, s4 } = gridOf(window);
  return b.kernel('fitted', [x, offset, trend, curve], [p1 / s2, p2 / s4]);
};

/** Least-squares lines and parabolas of a window against the row number. */
export const fits: readonly Operator[] = [
  {
    name: 'linear_r2',
    args: ['a'],
    params: [{ ...windowParam, min: 2 }],
    summary:
      'R2 of the least-squares line against the row number over the last `window` rows, the current one included',
    nulls: constantWindow,
    lower: (b, [x], [window]) => {
      const n = Number(window);
      const m2 = windowM2(b, x!, n);
      return b.kernel('lineR2', [windowTrend(b, x!, n), m2], [1 / gridOf(n).s2]);
    },
  },
  quadratic('a2', `a2 ${parabola}`, (b, { curve }, window) => {
    const { variance, s4 } = gridOf(window);
    return b.kernel('mul', [curve, b.constant(variance / s4)]);
  }),
  quadratic('a1', `a1 ${parabola}`, (b, { trend }, window) => {
    const { variance, s2 } = gridOf(window);
    return b.kernel('mul', [trend, b.constant(Math.sqrt(variance) / s2)]);
  }),
  quadratic('b', `b ${parabola}`, (b, fit, window, x) => at(b, fit, window, x, 0, -gridOf(window).variance)),
  quadratic(
    'r2',
    'R2 of the least-squares parabola against the row number',
    (b, { trend, curve, residual }, window) => {
      const { s2, s4 } = gridOf(window);
      return b.kernel('parabolaR2', [trend, curve, residual], [1 / s2, 1 / s4]);
    },
    constantWindow,
  ),
  quadratic(
    'rmse',
    'root mean square distance (divisor `window`) from the least-squares parabola against the row number',
    (b, { residual }, window) => b.kernel('deviation', [residual], [window]),
  ),
  quadratic(
    'last',
    'value at the current row of the least-squares parabola against the row number',
    (b, fit, window, x) => at(b, fit, window, x, (window - 1) / 2, ((window - 1) * (window - 2)) / 6),
  ),
];
