import { blockSums, total } from './blockSums.ts';
import { windowOf } from './kernelShapes.ts';
import {
  bestOf,
  correlationGiven,
  laggedShare,
  lineResidual,
  regression,
  residualSlope,
  slopeGiven,
} from './regressions.ts';
import type { Twin } from './twinForms.ts';

type Params = readonly (number | string)[];

const some = (rows: readonly (readonly number[])[]): boolean => rows.some(row => row.some(Number.isNaN));
const condition = (x: readonly number[]): number =>
  1 + (Math.max(...x.map(Math.abs)) / Math.sqrt(blockSums(x).m2 / x.length) || 0);

/** Of the line of one series on another; a residual that is nearly nothing has lost its digits. */
const ofLine = (of: 'residual' | 'sd'): Twin => ({
  least: 3,
  tolerance: 1e-13,
  value: ([a, b], [window], t) => {
    const windows = [a!, b!].map(values => windowOf(values, t, Number(window)));
    return some(windows) ? NaN : lineResidual(windows[0]!, windows[1]!)[of];
  },
  magnitude: ([a, b], [window], t) => {
    const windows = [a!, b!].map(values => windowOf(values, t, Number(window)));
    const { left } = lineResidual(windows[0]!, windows[1]!);
    const scale = Math.sqrt(blockSums(windows[0]!).m2);
    if (scale === 0) return 0;
    const digits = condition(windows[0]!) * condition(windows[1]!);
    // a share that is held against 1e-12 may fall on either side of it
    const lost = of === 'sd' && left < 1e-11 ? 1e13 * Math.sqrt(left) : 1 / Math.sqrt(left || 1);
    return digits * scale * Math.max(1, lost);
  },
});

/** The window of a series as it was `from` to `to` rows ago. */
const shifts = (x: Float64Array, t: number, window: number, from: number, to: number): number[][] =>
  Array.from({ length: to - from + 1 }, (_, i) => windowOf(x, t - from - i, window));

const best = ([x, y]: readonly Float64Array[], [window, lags]: Params, t: number) => {
  const windows = shifts(x!, t, Number(window), 1, Number(lags));
  const current = windowOf(y!, t, Number(window));
  return some([current, ...windows]) ? { lag: NaN, tight: false } : bestOf(current, windows);
};

type Given = (...windows: number[][]) => { readonly value: number; readonly left: number };

/** Of windows without NULLs. What is left where another series explains the most has lost as many digits as that is small. */
const ofWindows = (of: Given, size: (windows: readonly number[][]) => number, least: number): Twin => {
  const read = (series: readonly Float64Array[], window: number | string, t: number): number[][] =>
    series.map(values => windowOf(values, t, Number(window)));
  return {
    least,
    tolerance: 1e-13,
    value: (series, [window], t) => {
      const windows = read(series, window!, t);
      return some(windows) ? NaN : of(...windows).value;
    },
    magnitude: (series, [window], t) => {
      const windows = read(series, window!, t);
      const digits = windows.map(condition).reduce((product, one) => product * one);
      return (digits * size(windows)) / of(...windows).left;
    },
  };
};

const sd = (x: readonly number[]): number => Math.sqrt(blockSums(x).m2 / x.length);

/** Twins of the operators over several series, or several shifts of one. */
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
  pearson_given: ofWindows(
    (a, b, c) => correlationGiven(a!, b!, c!),
    () => 1,
    3,
  ),
  beta_given: ofWindows(
    (a, b, c) => slopeGiven(a!, b!, c!),
    ([a, b]) => sd(a!) / sd(b!),
    3,
  ),
  line_residual: ofLine('residual'),
  line_residual_std: ofLine('sd'),
  residual_ar1: ofWindows(
    (a, b) => residualSlope(a!, b!),
    () => 1,
    3,
  ),
  after_events: {
    params: [[1], [3], [15], [300]],
    least: 2,
    tolerance: 1e-14,
    value: ([a, trigger, threshold, otherwise], [window, after], t) => {
      const [x, events] = [windowOf(a!, t, Number(window)), windowOf(trigger!, t, Number(window))];
      const limit = threshold![t]!;
      if (some([x, events, [limit]])) return NaN;
      const isAfter = (row: number) =>
        events.slice(Math.max(0, row - Number(after)), row).some(e => e > limit);
      const chosen = x.filter((_, row) => isAfter(row));
      return chosen.length === 0 ? otherwise![t]! : total(chosen) / chosen.length;
    },
    magnitude: ([a], [window], t) => Math.max(...windowOf(a!, t, Number(window)).map(Math.abs)),
  },
  best_lag: {
    params: [[1], [9]],
    tolerance: 1,
    value: (series, params, t) => best(series, params, t).lag,
    // which of two correlations is larger is open where rounding decides
    magnitude: (series, params, t) => (best(series, params, t).tight ? Number(params[1]) : 0),
  },
};
