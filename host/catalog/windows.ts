import { type Builder, byDoubling, type Ref, type State, shift } from './lowering.ts';

/** Weight of the older block in a merged mean. */
const share = (na: number, nb: number): readonly number[] => [nb / (na + nb)];
/** Weight of the squared step between two block means in their merged M2. */
const between = (na: number, nb: number): readonly number[] => [(na * nb) / (na + nb)];

export function windowSum(b: Builder, x: Ref, window: number): Ref {
  return byDoubling(window, [x], ([newer], _, [older]) => [b.kernel('add', [newer!, older!])])[0]!;
}

/** Mean by merging means: a constant window has exactly its own mean, which sum / window does not promise. */
export function windowMean(b: Builder, x: Ref, window: number): Ref {
  return byDoubling(window, [x], ([newer], na, [older], nb) => [
    b.kernel('lerp', [newer!, older!], share(na, nb)),
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

/** Central moment sums M2, M3, M4 (as many as `order` asks for) of the last `window` rows. */
export function windowMoments(b: Builder, x: Ref, window: number, order: 2 | 3 | 4): readonly Ref[] {
  const zeros: State = new Array(order - 1).fill(b.constant(0));
  const [, ...sums] = byDoubling(window, [x, ...zeros], (newer, na, older, nb) => {
    // mean a, mean b, M2a, M2b, ... as the merge of the order `count` reads them
    const pairs = (count: number): Ref[] => newer.slice(0, count).flatMap((ref, i) => [ref, older[i]!]);
    const merged = [
      b.kernel('lerp', pairs(1), share(na, nb)),
      b.kernel('mergeM2', pairs(2), between(na, nb)),
    ];
    if (order > 2) merged.push(b.kernel('mergeM3', pairs(3), [na, nb]));
    if (order > 3) merged.push(b.kernel('mergeM4', pairs(4), [na, nb]));
    return merged;
  });
  return sums;
}

/** Sum over the window of (x - mean x)(y - mean y). */
export function windowCross(b: Builder, x: Ref, y: Ref, window: number): Ref {
  return byDoubling(window, [x, y, b.constant(0)], ([xa, ya, a], na, [xb, yb, c], nb) => [
    b.kernel('lerp', [xa!, xb!], share(na, nb)),
    b.kernel('lerp', [ya!, yb!], share(na, nb)),
    b.kernel('mergeCross', [xa!, xb!, ya!, yb!, a!, c!], between(na, nb)),
  ])[2]!;
}

/** Sum over the window of (j - mean j)(x_j - mean x), j the bar number. */
export function windowTrend(b: Builder, x: Ref, window: number): Ref {
  return byDoubling(window, [x, b.constant(0)], ([xa, a], na, [xb, c], nb) => [
    b.kernel('lerp', [xa!, xb!], share(na, nb)),
    b.kernel('mergeTrend', [xa!, xb!, a!, c!], [(na * nb) / 2]),
  ])[1]!;
}
