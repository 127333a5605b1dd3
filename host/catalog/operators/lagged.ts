import type { Builder, Ref } from '../lowering.ts';
import { windowMoments } from '../windows.ts';
import type { Operator, Param } from './types.ts';

/** The work planes of a kernel grow with window and lags. */
const window: Param = { name: 'window', min: 2, max: 4_096, integer: true };
const lags = (min: number): Param => ({ name: 'lags', min, max: 1_024, integer: true });

const m2 = (b: Builder, x: Ref, n: number): Ref => windowMoments(b, x, n, 2)[0]!;

/** Regressions and correlations of a series with several shifts of another. */
export const lagged: readonly Operator[] = [
  {
    name: 'lagged_r2',
    args: ['y', 'x'],
    params: [window, { ...lags(0), max: 32 }],
    summary:
      'share of the variance of y over the last `window` rows, the current one included, that the least-squares regression on a constant and x of 0 to `lags` rows back explains',
    nulls:
      'of the sum of squares of one of these x less than 1e-12 is left by those before it, or the sample variance of y is below 1e-12',
    lower: (b, [y, x], [w, k]) =>
      b.kernel('laggedR2', [y!, x!, m2(b, y!, Number(w)), m2(b, x!, Number(w))], [Number(w), Number(k)]),
  },
  {
    name: 'best_lag',
    args: ['x', 'y'],
    params: [window, lags(1)],
    summary:
      'the shift 1 to `lags` of x, in rows back, at which its Pearson correlation with y over the last `window` rows, the current one included, is largest in magnitude; the smallest of equals',
    nulls: 'the product of both sample standard deviations is below 1e-12 at one of the shifts',
    lower: (b, [x, y], [w, k]) =>
      b.kernel('bestLag', [x!, y!, m2(b, x!, Number(w)), m2(b, y!, Number(w))], [Number(w), Number(k)]),
  },
];
