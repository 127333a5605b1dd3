import { shift } from '../lowering.ts';
import { windowCross, windowExtreme, windowM2, windowOffset } from '../windows.ts';
import { type Operator, type Param, windowParam } from './types.ts';

/** The work planes of a kernel grow with window and lags. */
const window: Param = { name: 'window', min: 2, max: 4_096, integer: true };
const lags = (min: number): Param => ({ name: 'lags', min, max: 1_024, integer: true });

/** Regressions beyond one series on another, and what follows events. */
export const regressions: readonly Operator[] = [
  {
    name: 'lagged_r2',
    args: ['y', 'x'],
    params: [window, { ...lags(0), max: 32 }],
    summary:
      'share of the variance of y over the last `window` rows, the current one included, that the least-squares regression on a constant and x of 0 to `lags` rows back explains',
    nulls:
      'of the sum of squares of one of these x less than 1e-12 is left by those before it, or the sample variance of y is below 1e-12',
    lower: (b, [y, x], [w, k]) =>
      b.kernel(
        'laggedR2',
        [y!, x!, windowM2(b, y!, Number(w)), windowM2(b, x!, Number(w))],
        [Number(w), Number(k)],
      ),
  },
  {
    name: 'best_lag',
    args: ['x', 'y'],
    params: [window, lags(1)],
    summary:
      'the shift 1 to `lags` of x, in rows back, at which its Pearson correlation with y over the last `window` rows, the current one included, is largest in magnitude; the smallest of equals',
    nulls: 'the product of both sample standard deviations is below 1e-12 at one of the shifts',
    lower: (b, [x, y], [w, k]) =>
      b.kernel(
        'bestLag',
        [x!, y!, windowM2(b, x!, Number(w)), windowM2(b, y!, Number(w))],
        [Number(w), Number(k)],
      ),
  },
  {
    name: 'pearson_given',
    args: ['a', 'b', 'c'],
    params: [{ ...windowParam, min: 3 }],
    summary:
      'partial correlation: Pearson correlation of what least-squares lines on c leave of a and of b over the last `window` rows, the current one included',
    nulls:
      'c leaves no more than 1e-12 of the sum of squares of a or b, or the product of both sample standard deviations of what it leaves is below 1e-12',
    lower: (b, [x, y, z], [w]) => {
      const n = Number(w);
      const crosses = [windowCross(b, x!, y!, n), windowCross(b, x!, z!, n), windowCross(b, y!, z!, n)];
      return b.kernel(
        'pearsonGiven',
        [...crosses, windowM2(b, x!, n), windowM2(b, y!, n), windowM2(b, z!, n)],
        [1e-12 * (n - 1)],
      );
    },
  },
  {
    name: 'beta_given',
    args: ['a', 'b', 'c'],
    params: [{ ...windowParam, min: 3 }],
    summary:
      'slope of b in the least-squares regression of a on a constant, b and c over the last `window` rows, the current one included',
    nulls: 'c leaves no more than 1e-12 of the sum of squares of b, or less than 1e-12',
    lower: (b, [x, y, z], [w]) => {
      const n = Number(w);
      const crosses = [windowCross(b, x!, y!, n), windowCross(b, x!, z!, n), windowCross(b, y!, z!, n)];
      return b.kernel('slopeGiven', [...crosses, windowM2(b, y!, n), windowM2(b, z!, n)]);
    },
  },
  {
    name: 'line_residual',
    args: ['a', 'b'],
    params: [{ ...windowParam, min: 3 }],
    summary:
      'what the least-squares line of a on b over the last `window` rows, the current one included, leaves of a in the current row',
    nulls: 'b is constant',
    lower: (b, [x, y], [w]) => {
      const n = Number(w);
      const slope = b.kernel('div', [windowCross(b, x!, y!, n), windowM2(b, y!, n)]);
      // both from the mean of the window, so that a level takes no digits
      return b.kernel('sub', [b.kernel('mul', [slope, windowOffset(b, y!, n)]), windowOffset(b, x!, n)]);
    },
  },
  {
    name: 'line_residual_std',
    args: ['a', 'b'],
    params: [{ ...windowParam, min: 3 }],
    summary:
      'standard deviation (ddof 2) of what the least-squares line of a on b over the last `window` rows, the current one included, leaves of a; 0 where that is no more than 1e-12 of its sum of squares',
    nulls: 'b is constant',
    lower: (b, [x, y], [w]) => {
      const n = Number(w);
      const rest = b.kernel('residualM2', [
        windowCross(b, x!, y!, n),
        windowM2(b, x!, n),
        windowM2(b, y!, n),
      ]);
      return b.kernel('deviation', [rest], [n - 2]);
    },
  },
  {
    name: 'residual_ar1',
    args: ['a', 'b'],
    params: [{ ...windowParam, min: 3 }],
    summary:
      'slope, with a constant, of the residual of the least-squares line of a on b over the last `window` rows, the current one included, on that of the row before, over the pairs of rows in the window',
    nulls:
      'the sum of squares of the residual, or of b, is below 1e-12, or the former no more than 1e-12 of that of a',
    lower: (b, [x, y], [w]) => {
      const [n, pairs] = [Number(w), Number(w) - 1];
      const slope = b.kernel('ratio', [windowCross(b, y!, x!, n), windowM2(b, y!, n)]);
      const before = [shift(x!, 1), shift(y!, 1)] as const;
      return b.kernel('residualSlope', [
        slope,
        ...[x!, y!].flatMap(later => before.map(earlier => windowCross(b, later, earlier, pairs))),
        windowM2(b, before[0], pairs),
        windowCross(b, before[1], before[0], pairs),
        windowM2(b, before[1], pairs),
      ]);
    },
  },
  {
    name: 'after_events',
    args: ['a', 'trigger', 'threshold', 'otherwise'],
    params: [
      { ...windowParam, min: 2 },
      { ...windowParam, name: 'after' },
    ],
    summary:
      'mean of a over those of the last `window` rows that lie 1 to `after` rows behind a row of them whose trigger is above the current threshold; `otherwise` where there are none',
    lower: (b, [x, trigger, threshold, otherwise], [w, after]) => {
      const before = Math.min(Number(after), Number(w) - 1);
      const recent = windowExtreme(b, 'greatest', shift(trigger!, 1), before);
      return b.kernel(
        'afterEvents',
        [x!, trigger!, recent, threshold!, otherwise!],
        [Number(w), Number(after)],
      );
    },
  },
];
