import type { Builder, Ref } from '../lowering.ts';
import {
  acrossM2,
  exponentialMean,
  windowCorrelation,
  windowCross,
  windowDeviation,
  windowExponentialMean,
  windowExtreme,
  windowExtremeAge,
  windowM2,
  windowMean,
  windowOffset,
  windowShape,
  windowSlope,
  windowSum,
  windowWalk,
} from '../windows.ts';
import { maxWindow, type Operator, type Param, windowParam } from './types.ts';

const atLeast = (min: number): Param => ({ ...windowParam, min });

const over = (
  name: string,
  summary: string,
  lower: (b: Builder, x: Ref, window: number) => Ref,
  more: { readonly min?: number; readonly nulls?: string } = {},
): Operator => ({
  name,
  args: ['a'],
  params: [atLeast(more.min ?? 1)],
  summary: `${summary} over the last \`window\` rows, the current one included`,
  ...(more.nulls === undefined ? {} : { nulls: more.nulls }),
  lower: (b, [x], [window]) => lower(b, x!, Number(window)),
});

/** Alpha of an exponential mean by its customary length n. */
const smoothing = (name: string, summary: string, alpha: (n: number) => number): Operator => ({
  name,
  args: ['a'],
  params: [{ name: 'n', min: 1, max: maxWindow, integer: true }],
  summary,
  lower: (b, [x], [n]) => exponentialMean(b, x!, alpha(Number(n))),
});

/** The same over exactly as many rows as asked for. */
const smoothingOver = (name: string, summary: string, alpha: (n: number) => number): Operator => ({
  name,
  args: ['a'],
  params: [
    { name: 'n', min: 1, max: maxWindow, integer: true },
    { ...windowParam, name: 'rows' },
  ],
  summary: `${summary} over the last \`rows\` rows, the current one included, its weights normalised`,
  lower: (b, [x], [n, rows]) => windowExponentialMean(b, x!, alpha(Number(n)), Number(rows)),
});

/** Rolling windows by merging blocks, and exponential means with a finite horizon. */
export const rolling: readonly Operator[] = [
  over('sum', 'sum', windowSum),
  over('mean', 'arithmetic mean', windowMean),
  over('drift', 'arithmetic mean less the current value', windowOffset, { min: 2 }),
  over('min', 'minimum', (b, x, window) => windowExtreme(b, 'least', x, window)),
  over('max', 'maximum', (b, x, window) => windowExtreme(b, 'greatest', x, window)),
  over(
    'rows_since_max',
    'rows since the maximum, the newest among equals,',
    (b, x, window) => windowExtremeAge(b, 'greatest', x, window),
    { min: 2 },
  ),
  over(
    'rows_since_min',
    'rows since the minimum, the newest among equals,',
    (b, x, window) => windowExtremeAge(b, 'least', x, window),
    { min: 2 },
  ),
  over('std', 'sample standard deviation (ddof 1)', (b, x, window) => windowDeviation(b, x, window, 1), {
    min: 2,
  }),
  over('pstd', 'population standard deviation (ddof 0)', (b, x, window) => windowDeviation(b, x, window, 0), {
    min: 2,
  }),
  {
    name: 'std_of',
    args: ['a', 'b'],
    more: true,
    summary: 'sample standard deviation (ddof 1) of the values that the series have in the row',
    lower: (b, series) => b.kernel('deviation', [acrossM2(b, series)], [series.length - 1]),
  },
  over('mad', "mean absolute deviation from the window's own mean", (b, x, window) =>
    b.kernel('absoluteDeviation', [x], [window]),
  ),
  over(
    'walk_std',
    'sample standard deviation (ddof 1) of the running sum that begins with the first row of the window,',
    (b, x, window) => {
      const { sum, m2 } = windowWalk(b, x, window);
      // the first row moves all sums alike: they vary without it, but it is one of the window
      return b.kernel('given', [b.kernel('deviation', [m2], [window - 1]), sum]);
    },
    { min: 2 },
  ),
  over('skew', 'biased skewness g1 = m3 / m2^1.5', (b, x, window) => windowShape(b, 'skewness', x, window), {
    min: 2,
    nulls: 'the population standard deviation is below 1e-12',
  }),
  over(
    'kurt',
    'biased excess kurtosis g2 = m4 / m2^2 - 3',
    (b, x, window) => windowShape(b, 'kurtosis', x, window),
    { min: 2, nulls: 'the population standard deviation is below 1e-12' },
  ),
  over('slope', 'slope of the least-squares line against the row number', windowSlope, { min: 2 }),
  {
    name: 'cov',
    args: ['a', 'b'],
    params: [atLeast(2)],
    summary: 'sample covariance (ddof 1) of a and b over the last `window` rows, the current one included',
    lower: (b, [x, y], [window]) =>
      b.kernel('div', [windowCross(b, x!, y!, Number(window)), b.constant(Number(window) - 1)]),
  },
  {
    name: 'corr',
    args: ['a', 'b'],
    params: [atLeast(2)],
    summary:
      'Pearson correlation of a and b over the last `window` rows, the current one included; 0 where either is constant',
    lower: (b, [x, y], [window]) =>
      windowCorrelation(b, 'correlation', { x: x!, y: y!, window: Number(window) }, []),
  },
  {
    name: 'pearson',
    args: ['a', 'b'],
    params: [atLeast(2)],
    summary: 'Pearson correlation of a and b over the last `window` rows, the current one included',
    nulls: 'the product of both sample standard deviations is below 1e-12',
    lower: (b, [x, y], [window]) => {
      const n = Number(window);
      return windowCorrelation(b, 'pearson', { x: x!, y: y!, window: n }, [1e-12 * (n - 1)]);
    },
  },
  {
    name: 'beta',
    args: ['a', 'b'],
    params: [atLeast(2)],
    summary:
      'slope of the least-squares line of a on b over the last `window` rows, the current one included',
    nulls: 'the sum of squares of b about its mean is below 1e-12',
    lower: (b, [x, y], [window]) => {
      const n = Number(window);
      return b.kernel('ratio', [windowCross(b, x!, y!, n), windowM2(b, y!, n)]);
    },
  },
  smoothing('ema', 'exponential mean with alpha = 2 / (n + 1) over a finite horizon', n => 2 / (n + 1)),
  smoothing('wilder', "Wilder's exponential mean, alpha = 1 / n, over a finite horizon", n => 1 / n),
  smoothingOver('ema_over', 'exponential mean with alpha = 2 / (n + 1)', n => 2 / (n + 1)),
  smoothingOver('wilder_over', "Wilder's exponential mean, alpha = 1 / n,", n => 1 / n),
];
