import { fits, fitsOf5, moments, momentsOf5, numbers } from './blockKernels.ts';
import {
  type Builder,
  type Merge,
  mergeLast,
  type OfFive,
  overWindow,
  type Ref,
  type State,
  shift,
} from './lowering.ts';

/** Planes of the given members of the states of rows: of each member all rows. */
const planesOf = (rows: readonly State[], ...members: number[]): Ref[] =>
  members.flatMap(member => rows.map(row => row[member]!));

export function windowSum(b: Builder, x: Ref, window: number): Ref {
  return overWindow(
    b,
    'sum',
    window,
    [x],
    ([newer], _, [older]) => [b.kernel('add', [newer!, older!])],
    rows => [b.kernel('sumOf5', planesOf(rows, 0))],
  )[0]!;
}

/** Mean by merging means: a constant window has exactly its own mean, which sum / window does not promise. */
export function windowMean(b: Builder, x: Ref, window: number): Ref {
  return overWindow(
    b,
    'mean',
    window,
    [x],
    ([newer], na, [older], nb) => [b.kernel('mergeMean', [newer!, older!], [na, nb])],
    rows => [b.kernel('meanOf5', planesOf(rows, 0))],
  )[0]!;
}

/** Minimum or maximum, of all rows or of those that are known: two overlapping blocks of the largest power of two that fits. */
export function windowExtreme(
  b: Builder,
  kernel: 'least' | 'greatest' | 'leastKnown' | 'greatestKnown',
  x: Ref,
  window: number,
): Ref {
  const k = 31 - Math.clz32(window);
  let block = x;
  for (let i = 0; i < k; i++) block = b.kernel(kernel, [block, shift(block, 2 ** i)]);
  const rest = window - 2 ** k;
  return rest === 0 ? block : b.kernel(kernel, [block, shift(block, rest)]);
}

/** Rows since the extreme of the last `window` rows, the newest among equals: by the same blocks as the extreme itself. */
export function windowExtremeAge(b: Builder, kernel: 'least' | 'greatest', x: Ref, window: number): Ref {
  const ageOf = kernel === 'least' ? 'ageOfLeast' : 'ageOfGreatest';
  const merge = (block: Ref, age: Ref, back: number): Ref =>
    b.kernel(ageOf, [block, shift(block, back), age, shift(age, back)], [back]);
  const k = 31 - Math.clz32(window);
  let block = x;
  let age = b.constant(0);
  for (let i = 0; i < k; i++) {
    age = merge(block, age, 2 ** i);
    block = b.kernel(kernel, [block, shift(block, 2 ** i)]);
  }
  const rest = window - 2 ** k;
  return rest === 0 ? age : merge(block, age, rest);
}

/**
 * Mean with weights proportional to (1 - alpha)^j over a horizon of a power of two rows, normalised at every level. The first
 * three levels are one pass.
 */
export function exponentialMean(b: Builder, x: Ref, alpha: number): Ref {
  const shares: number[] = [];
  // q: weight of the row one block back, relative to the newest
  for (let q = 1 - alpha; q >= 2 ** -b.horizonBits; ) {
    shares.push(q / (1 + q));
    q *= q; // repeated squaring: the host's pow has no defined last bit
  }
  const fused = shares.length < 3 ? 0 : 3;
  const mean = fused === 0 ? x : b.kernel('lerp8', [x], shares.slice(0, fused));
  return shares
    .slice(fused)
    .reduce((block, share, i) => b.kernel('lerp', [block, shift(block, 2 ** (fused + i))], [share]), mean);
}

/** q^n, by repeated squaring as above. */
const power = (q: number, n: number): number =>
  n === 0 ? 1 : n % 2 === 0 ? power(q * q, n / 2) : q * power(q, n - 1);

/** 1 + q + ... + q^(n - 1), without a difference in it. */
const powerSum = (q: number, n: number): number =>
  n === 1 ? 1 : n % 2 === 0 ? (1 + q) * powerSum(q * q, n / 2) : 1 + q * powerSum(q, n - 1);

/** The same mean over exactly the last `window` rows. */
export function windowExponentialMean(b: Builder, x: Ref, alpha: number, window: number): Ref {
  const q = 1 - alpha;
  return overWindow(b, `exponential ${alpha}`, window, [x], ([newer], na, [older], nb) => {
    const weight = power(q, na) * (powerSum(q, nb) / powerSum(q, na)); // of the older block, relative to the newer one
    return [b.kernel('lerp', [newer!, older!], [weight / (1 + weight)])];
  })[0]!;
}

/** What is merged of a block of a series: its newest value, its mean less that, and more. */
const seriesOf = (b: Builder, x: Ref, more: number): State => [
  x,
  ...new Array<Ref>(1 + more).fill(b.constant(0)),
];

/** Planes of the first `count` members of two states, side by side: newer, older, newer, older. */
const pairs = (newer: State, older: State, count: number): Ref[] =>
  newer.slice(0, count).flatMap((ref, i) => [ref, older[i]!]);

/** The newest value of five rows and what these kernels keep of them. */
const keptOf5 =
  (b: Builder, kernels: readonly string[]): OfFive =>
  rows => [rows[0]![0]!, ...kernels.map(kernel => b.kernel(kernel, planesOf(rows, 0)))];

/** Newest value, offset and moment sums to the given order of the last `window` rows. */
const momentsOver = (b: Builder, x: Ref, window: number, order: 2 | 3 | 4): State =>
  overWindow(
    b,
    `moments ${order}`,
    window,
    seriesOf(b, x, order - 1),
    (newer, na, older, nb) => [
      newer[0]!,
      ...moments.slice(0, order).map((kernel, i) => b.kernel(kernel, pairs(newer, older, i + 2), [na, nb])),
    ],
    keptOf5(b, momentsOf5.slice(0, order)),
  );

/** Central moment sum M2 of the last `window` rows. */
export const windowM2 = (b: Builder, x: Ref, window: number): Ref => momentsOver(b, x, window, 2)[2]!;

/** Standard deviation of the last `window` rows: the root goes with the last merge, which costs nothing while it is taken. */
export function windowDeviation(b: Builder, x: Ref, window: number, ddof: number): Ref {
  if (window === 5) return b.kernel('deviation', [momentsOver(b, x, 5, 2)[2]!], [5 - ddof]);
  const block = (rows: number) => momentsOver(b, x, rows, 2);
  return mergeLast(window, block, (newer, na, older, nb) =>
    b.kernel('mergeDeviation', pairs(newer, older, 3), [na, nb, ddof]),
  );
}

/** Skewness or kurtosis of the last `window` rows; its root and quotient go with the last merge too. */
export function windowShape(b: Builder, kernel: 'skewness' | 'kurtosis', x: Ref, window: number): Ref {
  const order = kernel === 'skewness' ? 3 : 4;
  const block = (rows: number) => momentsOver(b, x, rows, order);
  if (window === 5) return b.kernel(kernel, [block(5)[2]!, block(5)[order]!], [5]);
  const merged = kernel === 'skewness' ? 'mergeSkewness' : 'mergeKurtosis';
  return mergeLast(window, block, (newer, na, older, nb) =>
    b.kernel(merged, pairs(newer, older, order + 1), [na, nb]),
  );
}

/** M2 of several series in each row, each a block of one. */
export function acrossM2(b: Builder, series: readonly Ref[]): Ref {
  const merged = (of: readonly Ref[]): State => {
    if (of.length === 1) return seriesOf(b, of[0]!, 1);
    const half = of.length >> 1;
    const [first, second] = [merged(of.slice(0, half)), merged(of.slice(half))];
    const sums = moments
      .slice(0, 2)
      .map((kernel, i) => b.kernel(kernel, pairs(first, second, i + 2), [half, of.length - half]));
    return [first[0]!, ...sums];
  };
  return merged(series)[2]!;
}

/**
 * The sum of the window, and M2 of the sums of its first 1, 2, ... rows. A block's newest sum is its whole; seen from the
 * whole of both blocks, that of the older one lies as far back as the newer one adds.
 */
export function windowWalk(b: Builder, x: Ref, window: number): { readonly sum: Ref; readonly m2: Ref } {
  const zero = b.constant(0);
  const [sum, , m2] = overWindow(b, 'walk', window, [x, zero, zero], (newer, na, older, nb) => {
    const steps = [newer[0]!, zero, newer[1]!, older[1]!];
    return [
      b.kernel('add', [newer[0]!, older[0]!]),
      b.kernel('mergeOffset', steps, [na, nb]),
      b.kernel('mergeM2', [...steps, newer[2]!, older[2]!], [na, nb]),
    ];
  });
  return { sum: sum!, m2: m2! };
}

/** Mean of the last `window` rows less the newest of them; it comes with the moments at no cost. */
export function windowOffset(b: Builder, x: Ref, window: number): Ref {
  return overWindow(
    b,
    'offset',
    window,
    seriesOf(b, x, 0),
    (newer, na, older, nb) => [newer[0]!, b.kernel('mergeOffset', pairs(newer, older, 2), [na, nb])],
    keptOf5(b, momentsOf5.slice(0, 1)),
  )[1]!;
}

/** Newest value and offset of both series, and the sum of (x - mean x)(y - mean y), of the last `window` rows. */
function crossOver(b: Builder, x: Ref, y: Ref, window: number): State {
  const row = [...seriesOf(b, x, 0), ...seriesOf(b, y, 0), b.constant(0)];
  const merge: Merge = (newer, na, older, nb) => {
    const [planesX, planesY] = [0, 2].map(i => pairs(newer.slice(i), older.slice(i), 2));
    const [dx, dy] = [planesX!, planesY!].map(planes => b.kernel('mergeStep', planes, [na, nb]));
    return [
      newer[0]!,
      b.kernel('mergeOffset', planesX!, [na, nb]),
      newer[2]!,
      b.kernel('mergeOffset', planesY!, [na, nb]),
      b.kernel('mergeCross', [dx!, dy!, newer[4]!, older[4]!], [(na * nb) / (na + nb)]),
    ];
  };
  return overWindow(b, 'cross', window, row, merge, rows => [
    x,
    b.kernel('offsetOf5', planesOf(rows, 0)),
    y,
    b.kernel('offsetOf5', planesOf(rows, 2)),
    b.kernel('crossOf5', planesOf(rows, 0, 2)),
  ]);
}

/** Sum over the window of (x - mean x)(y - mean y). */
export const windowCross = (b: Builder, x: Ref, y: Ref, window: number): Ref =>
  crossOver(b, x, y, window)[4]!;

/** A kernel of the cross sum and both M2 of a window: of the blocks that they are merged from, in the pass of the merge. */
export function windowCorrelation(
  b: Builder,
  kernel: 'correlation' | 'pearson',
  of: { readonly x: Ref; readonly y: Ref; readonly window: number },
  params: readonly number[],
): Ref {
  const { x, y, window } = of;
  const block = (rows: number): State => [
    ...momentsOver(b, x, rows, 2),
    ...momentsOver(b, y, rows, 2),
    crossOver(b, x, y, rows)[4]!,
  ];
  if (window === 5)
    return b.kernel(
      kernel,
      [6, 2, 5].map(i => block(5)[i]!),
      params,
    );
  const merged = kernel === 'correlation' ? 'mergeCorrelation' : 'mergePearson';
  return mergeLast(window, block, (newer, na, older, nb) =>
    b.kernel(merged, pairs(newer, older, 7), [na, nb, ...params]),
  );
}

/** Newest value, offset and trend of the last `window` rows. */
const trendOver = (b: Builder, x: Ref, window: number): State =>
  overWindow(
    b,
    'trend',
    window,
    seriesOf(b, x, 1),
    (newer, na, older, nb) => [
      newer[0]!,
      ...fits.slice(0, 2).map((kernel, i) => b.kernel(kernel, pairs(newer, older, i + 2), [na, nb])),
    ],
    keptOf5(b, fitsOf5.slice(0, 2)),
  );

/** Sum over the window of (j - mean j)(x_j - mean x), j the bar number. */
export const windowTrend = (b: Builder, x: Ref, window: number): Ref => trendOver(b, x, window)[2]!;

/** Slope of the least-squares line of the last `window` rows. */
export function windowSlope(b: Builder, x: Ref, window: number): Ref {
  if (window === 5) return b.kernel('div', [windowTrend(b, x, 5), b.constant(10)]);
  const block = (rows: number) => trendOver(b, x, rows);
  return mergeLast(window, block, (newer, na, older, nb) =>
    b.kernel('mergeSlope', pairs(newer, older, 3), [na, nb]),
  );
}

/** What a least-squares parabola of the last `window` rows, three at least, is read from. */
export type Fit = Readonly<Record<'offset' | 'trend' | 'curve' | 'residual', Ref>>;

export function windowFit(b: Builder, x: Ref, window: number): Fit {
  const [, offset, trend, curve, residual] = overWindow(
    b,
    'fit',
    window,
    seriesOf(b, x, 3),
    (newer, na, older, nb) => [
      newer[0]!,
      // two rows have neither curve nor residual
      ...fits.map((kernel, i) =>
        i > 1 && na + nb < 3 ? b.constant(0) : b.kernel(kernel, pairs(newer, older, i + 2), [na, nb]),
      ),
    ],
    keptOf5(b, fitsOf5),
  );
  return { offset: offset!, trend: trend!, curve: curve!, residual: residual! };
}

/** How many of the last `window` rows are numbers; NULL for none of them. */
export function windowCount(b: Builder, x: Ref, window: number): Ref {
  return overWindow(b, 'count', window, [b.kernel('counted', [x])], ([newer], _, [older]) => [
    b.kernel('mergeCount', [newer!, older!]),
  ])[0]!;
}

/** Sum or mean of those of the last `window` rows that are numbers. */
export function countedMerge(
  b: Builder,
  kernel: 'mergeCountedSum' | 'mergeCountedMean',
  x: Ref,
  window: number,
): Ref {
  return overWindow(b, kernel, window, [b.kernel('counted', [x]), x], ([na, newer], _, [nb, older]) => [
    b.kernel('mergeCount', [na!, nb!]),
    b.kernel(kernel, [na!, nb!, newer!, older!]),
  ])[1]!;
}

/**
 * Mean with weights proportional to (1 - alpha)^j, j rows back, of those rows of the horizon that are numbers; and the
 * rows of the horizon.
 */
export function countedExponentialMean(b: Builder, x: Ref, alpha: number): { mean: Ref; rows: number } {
  let weight = b.kernel('counted', [x]);
  let mean = x;
  let rows = 1;
  for (let q = 1 - alpha; q >= 2 ** -b.horizonBits; q *= q) {
    const weights = [weight, shift(weight, rows)];
    mean = b.kernel('mergeWeightedMean', [...weights, mean, shift(mean, rows)], [q]);
    weight = b.kernel('mergeWeight', weights, [q]);
    rows *= 2;
  }
  return { mean, rows };
}

const mergeCounted =
  (b: Builder): Merge =>
  (newer, _, older) =>
    numbers.map((kernel, i) => b.kernel(kernel, pairs(newer, older, i + 1)));

const countedRow = (b: Builder, x: Ref): State => [b.kernel('counted', [x]), ...seriesOf(b, x, 1)];

/** M2 of those of the last `window` rows that are numbers; where all are, with the bits of that of full windows. */
export function countedM2(b: Builder, x: Ref, window: number): Ref {
  const merge = mergeCounted(b);
  return overWindow(b, 'counted moments', window, countedRow(b, x), merge, rows => {
    const [r0, r1, r2, r3, r4] = rows as [State, State, State, State, State];
    const merged = merge(r0, 1, merge(merge(r1, 1, r2, 1), 2, merge(r3, 1, r4, 1), 2), 4);
    // of five numbers what full windows keep of them
    const whole = momentsOf5.slice(0, 2).map(kernel => b.kernel(kernel, planesOf(rows, 1)));
    return [...merged.slice(0, 2), ...whole.map((ref, i) => b.kernel('orElse', [ref, merged[i + 2]!]))];
  })[3]!;
}

/** The same merged row by row, as the cross sums are: of a series with itself these are it, bit for bit. */
export const mergedM2 = (b: Builder, x: Ref, window: number): Ref =>
  overWindow(b, 'counted merges', window, countedRow(b, x), mergeCounted(b))[3]!;

/** Sum of (x - mean x)(y - mean y) over those of the last `window` rows in which both, as they must be, are numbers. */
export function countedCross(b: Builder, x: Ref, y: Ref, window: number): Ref {
  const row = [b.kernel('counted', [x]), ...seriesOf(b, x, 0), ...seriesOf(b, y, 0), b.constant(0)];
  return overWindow(b, 'counted cross', window, row, (newer, na, older, nb) => {
    const counts = pairs(newer, older, 1);
    const [ofX, ofY] = [1, 3].map(i => {
      const planes = pairs(newer.slice(i), older.slice(i), 2);
      const newest = b.kernel('mergeNewest', [...counts, ...planes.slice(0, 2)]);
      const offset = b.kernel('mergeCountedOffset', [...counts, ...planes]);
      return { step: b.kernel('mergeStep', planes, [na, nb]), state: [newest, offset] };
    });
    const sums = [newer[5]!, older[5]!];
    const cross = b.kernel('mergeCountedCross', [...counts, ofX!.step, ofY!.step, ...sums]);
    return [b.kernel('mergeCount', counts), ...ofX!.state, ...ofY!.state, cross];
  })[5]!;
}
