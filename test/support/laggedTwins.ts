import { blockSums } from './blockSums.ts';
import { windowOf } from './kernelShapes.ts';
import type { Twin } from './operatorTwins.ts';
import { bestOf, laggedShare, regression } from './regressions.ts';

type Params = readonly (number | string)[];

const some = (rows: readonly (readonly number[])[]): boolean => rows.some(row => row.some(Number.isNaN));
const condition = (x: readonly number[]): number =>
  1 + (Math.max(...x.map(Math.abs)) / Math.sqrt(blockSums(x).m2 / x.length) || 0);

/** The window of a series as it was `from` to `to` rows ago. */
const shifts = (x: Float64Array, t: number, window: number, from: number, to: number): number[][] =>
  Array.from({ length: to - from + 1 }, (_, i) => windowOf(x, t - from - i, window));

const best = ([x, y]: readonly Float64Array[], [window, lags]: Params, t: number) => {
  const windows = shifts(x!, t, Number(window), 1, Number(lags));
  const current = windowOf(y!, t, Number(window));
  return some([current, ...windows]) ? { lag: NaN, tight: false } : bestOf(current, windows);
};

/** Twins of the operators over several shifts of a series. */
export const laggedTwins: Readonly<Record<string, Twin>> = {
  lagged_r2: {
    params: [[0], [1], [4]],
    tolerance: 1e-13,
    value: ([y, x], [window, lags], t) => {
      const [current, columns] = [
        windowOf(y!, t, Number(window)),
        shifts(x!, t, Number(window), 0, Number(lags)),
      ];
      return some([current, ...columns]) ? NaN : laggedShare(current, columns);
    },
    magnitude: ([y, x], [window, lags], t) => {
      const [current, columns] = [
        windowOf(y!, t, Number(window)),
        shifts(x!, t, Number(window), 0, Number(lags)),
      ];
      return (condition(current) * condition(columns[0]!)) / regression(current, columns).leastPivot;
    },
  },
  best_lag: {
    params: [[1], [9]],
    tolerance: 1,
    value: (series, params, t) => best(series, params, t).lag,
    // which of two correlations is larger is open where rounding decides
    magnitude: (series, params, t) => (best(series, params, t).tight ? Number(params[1]) : 0),
  },
};
