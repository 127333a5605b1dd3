import type { Builder, Ref } from '../lowering.ts';
import {
  countedCross,
  countedExponentialMean,
  countedM2,
  countedMerge,
  mergedM2,
  windowCount,
  windowExtreme,
} from '../windows.ts';
import { maxWindow, type Operator, type Param, windowParam } from './types.ts';

const atLeast = (min: number): Param => ({ name: 'at_least', min, max: maxWindow, integer: true });

const ofNumbers = 'of those of the last `window` rows, the current one included, that are numbers';
const tooFew = 'only where fewer than `at_least` of the rows are numbers';

/** `value` where the last `window` rows of x have enough numbers. */
const whereEnough = (b: Builder, x: Ref, value: Ref, window: number, least: number): Ref =>
  b.kernel('enough', [windowCount(b, x, window), value], [least, window]);

const over = (
  name: string,
  summary: string,
  lower: (b: Builder, x: Ref, window: number) => Ref,
  least = 1,
): Operator => ({
  name,
  args: ['a'],
  params: [{ ...windowParam, min: least }, atLeast(least)],
  summary: `${summary} ${ofNumbers}`,
  nulls: tooFew,
  forgiving: true,
  lower: (b, [x], [window, least]) =>
    whereEnough(b, x!, lower(b, x!, Number(window)), Number(window), Number(least)),
});

const deviation = (name: string, kind: string, ddof: 0 | 1): Operator =>
  over(
    name,
    `${kind} standard deviation (ddof ${ddof})`,
    (b, x, window) =>
      b.kernel('countedDeviation', [windowCount(b, x, window), countedM2(b, x, window)], [ddof]),
    1 + ddof,
  );

/** Windows that begin with the rows that there are, and step over those that are missing: `min_periods` of pandas. */
export const partial: readonly Operator[] = [
  over('partial_sum', 'sum', (b, x, window) => countedMerge(b, 'mergeCountedSum', x, window)),
  over('partial_mean', 'arithmetic mean', (b, x, window) => countedMerge(b, 'mergeCountedMean', x, window)),
  over('partial_min', 'minimum', (b, x, window) => windowExtreme(b, 'leastKnown', x, window)),
  over('partial_max', 'maximum', (b, x, window) => windowExtreme(b, 'greatestKnown', x, window)),
  deviation('partial_std', 'sample', 1),
  deviation('partial_pstd', 'population', 0),
  {
    name: 'partial_ema',
    args: ['a'],
    params: [{ name: 'n', min: 1, max: maxWindow, integer: true }, atLeast(1)],
    summary:
      'exponential mean with alpha = 2 / (n + 1) of those rows of a finite horizon that are numbers, their weights normalised',
    nulls: 'only where fewer than `at_least` of the rows of the horizon are numbers',
    forgiving: true,
    lower: (b, [x], [n, least]) => {
      const { mean, rows } = countedExponentialMean(b, x!, 2 / (Number(n) + 1));
      return whereEnough(b, x!, mean, rows, Number(least));
    },
  },
  {
    name: 'partial_beta',
    args: ['a', 'b'],
    params: [{ ...windowParam, min: 2 }, atLeast(2)],
    summary:
      'slope of the least-squares line of a on b over those of the last `window` rows, the current one included, in which both are numbers',
    nulls: `${tooFew}, or the sum of squares of b about its mean is below 1e-12`,
    forgiving: true,
    lower: (b, [x, y], [window, least]) => {
      const [a, of] = [b.kernel('given', [x!, y!]), b.kernel('given', [y!, x!])];
      const slope = b.kernel('ratio', [
        countedCross(b, of, a, Number(window)),
        mergedM2(b, of, Number(window)),
      ]);
      return whereEnough(b, of, slope, Number(window), Number(least));
    },
  },
];
