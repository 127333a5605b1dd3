import { moments } from './kernels.ts';
import { type Builder, byDoubling, type Ref, type State, shift } from './lowering.ts';

export function windowSum(b: Builder, x: Ref, window: number): Ref {
  return byDoubling(window, [x], ([newer], _, [older]) => [b.kernel('add', [newer!, older!])])[0]!;
}

/** Mean by merging means: a constant window has exactly its own mean, which sum / window does not promise. */
export function windowMean(b: Builder, x: Ref, window: number): Ref {
  return byDoubling(window, [x], ([newer], na, [older], nb) => [
    b.kernel('mergeMean', [newer!, older!], [na, nb]),
  ])[0]!;
}

/** Minimum or maximum: two overlapping blocks of the largest power of two that fits. */
export function windowExtreme(b: Builder, kernel: 'least' | 'greatest', x: Ref, window: number): Ref {
  const k = 31 - Math.clz32(window);
  let block = x;
  for (let i = 0; i < k; i++) block = b.kernel(kernel, [block, shift(block, 2 ** i)]);
  const rest = window - 2 ** k;
  return rest === 0 ? block : b.kernel(kernel, [block, shift(block, rest)]);
}

/** Mean with weights proportional to (1 - alpha)^j over a horizon of a power of two rows, normalised at every level. */
export function exponentialMean(b: Builder, x: Ref, alpha: number): Ref {
  let mean = x;
  let q = 1 - alpha; // weight of the row one block back, relative to the newest
  for (let rows = 1; q >= 2 ** -b.horizonBits; rows *= 2) {
    mean = b.kernel('lerp', [mean, shift(mean, rows)], [q / (1 + q)]);
    q *= q; // repeated squaring: the host's pow has no defined last bit
  }
  return mean;
}

/** What is merged of a block of a series: its newest value, its mean less that, and more. */
const seriesOf = (b: Builder, x: Ref, more: number): State => [
  x,
  ...new Array<Ref>(1 + more).fill(b.constant(0)),
];

/** Planes of the first `count` members of two states, side by side: newer, older, newer, older. */
const pairs = (newer: State, older: State, count: number): Ref[] =>
  newer.slice(0, count).flatMap((ref, i) => [ref, older[i]!]);

/** Central moment sums M2, M3, M4 (as many as `order` asks for) of the last `window` rows. */
export function windowMoments(b: Builder, x: Ref, window: number, order: 2 | 3 | 4): readonly Ref[] {
  const [, , ...sums] = byDoubling(window, seriesOf(b, x, order - 1), (newer, na, older, nb) => [
    newer[0]!,
    ...moments.slice(0, order).map((kernel, i) => b.kernel(kernel, pairs(newer, older, i + 2), [na, nb])),
  ]);
  return sums;
}

/** Sum over the window of (x - mean x)(y - mean y). */
export function windowCross(b: Builder, x: Ref, y: Ref, window: number): Ref {
  const row = [...seriesOf(b, x, 0), ...seriesOf(b, y, 0), b.constant(0)];
  return byDoubling(window, row, (newer, na, older, nb) => {
    const [planesX, planesY] = [0, 2].map(i => pairs(newer.slice(i), older.slice(i), 2));
    const [dx, dy] = [planesX!, planesY!].map(planes => b.kernel('mergeStep', planes, [na, nb]));
    return [
      newer[0]!,
      b.kernel('mergeOffset', planesX!, [na, nb]),
      newer[2]!,
      b.kernel('mergeOffset', planesY!, [na, nb]),
      b.kernel('mergeCross', [dx!, dy!, newer[4]!, older[4]!], [(na * nb) / (na + nb)]),
    ];
  })[4]!;
}

/** Sum over the window of (j - mean j)(x_j - mean x), j the bar number. */
export function windowTrend(b: Builder, x: Ref, window: number): Ref {
  return byDoubling(window, seriesOf(b, x, 1), (newer, na, older, nb) => {
    const planes = pairs(newer, older, 2);
    const d = b.kernel('mergeStep', planes, [na, nb]);
    return [
      newer[0]!,
      b.kernel('mergeOffset', planes, [na, nb]),
      b.kernel('mergeTrend', [d, newer[2]!, older[2]!], [(na * nb) / 2]),
    ];
  })[2]!;
}
