import { offsetOf, stepOf } from "../core/offsets";
import { map1, map2 } from "../core/rows";

// Mean and central moment sums of a window by pairwise merging: M2, M3, M4 of two neighbouring blocks and the step d
// between their means give the sums of both together. Nothing is subtracted from anything larger than itself, so nothing
// cancels, and the association order depends on the window alone. Block a is the newer one, block b the older; na and nb
// are their rows. Error grows with the logarithm of the window.
// Chan, Golub and LeVeque (1983), "Algorithms for computing the sample variance"; Pebay (2008), SAND2008-6212.
//
// The sums go with an offset in place of the mean: the mean less the block's newest value x. Prices move little within a
// window, so that offsets, and steps between them, keep the digits that a mean next to 1e9 has lost:
//
//   d = (offset b - offset a) + (x b - x a)    offset = offset a + d nb / n    M2 = M2a + M2b + d^2 na nb / n
//   M3 = M3a + M3b + d^3 na nb (na - nb) / n^2 + 3 d (na M2b - nb M2a) / n
//   M4 = M4a + M4b + d^4 na nb (na^2 - na nb + nb^2) / n^3 + 6 d^2 (na^2 M2b + nb^2 M2a) / n^2 + 4 d (na M3b - nb M3a) / n
//
// Where both blocks have the same size, weights are equal or vanish, and a third of the arithmetic goes; most merges of a
// doubling are such. A kernel for several orders takes the step once and reads every plane once.

class Mean {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, share: v128): v128 {
    return f64x2.add(a, f64x2.mul(f64x2.sub(b, a), share));
  }
}

class EqualMean {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, half: v128): v128 {
    return f64x2.mul(f64x2.add(a, b), half);
  }
}

/** The mean of both blocks from their means. A constant series stays exactly constant. */
export function mergeMean(out: usize, a: usize, b: usize, rows: i32, na: f64, nb: f64): void {
  const share = f64x2.splat(nb / (na + nb));
  if (na == nb) map2<EqualMean>(out, a, b, rows, share);
  else map2<Mean>(out, a, b, rows, share);
}

// @ts-ignore: decorator
@inline
function m2Of(d2: v128, a: v128, b: v128, weight: v128): v128 {
  return f64x2.add(f64x2.add(a, b), f64x2.mul(d2, weight));
}

// @ts-ignore: decorator
@inline
function m3Of(
  d: v128, d2: v128, m2a: v128, m2b: v128, a: v128, b: v128, cubic: v128, weightA: v128, weightB: v128, equal: bool,
): v128 {
  const inner = equal
    ? f64x2.mul(f64x2.sub(m2b, m2a), weightA)
    : f64x2.add(f64x2.mul(d2, cubic), f64x2.sub(f64x2.mul(weightA, m2b), f64x2.mul(weightB, m2a)));
  return f64x2.add(f64x2.add(a, b), f64x2.mul(d, inner));
}

// @ts-ignore: decorator
@inline
function m4Of(
  d: v128, d2: v128, m2a: v128, m2b: v128, m3a: v128, m3b: v128, a: v128, b: v128,
  quartic: v128, squareA: v128, squareB: v128, weightA: v128, weightB: v128, equal: bool,
): v128 {
  const second = equal
    ? f64x2.mul(f64x2.add(m2a, m2b), squareA)
    : f64x2.add(f64x2.mul(squareA, m2b), f64x2.mul(squareB, m2a));
  const third = equal
    ? f64x2.mul(f64x2.sub(m3b, m3a), weightA)
    : f64x2.sub(f64x2.mul(weightA, m3b), f64x2.mul(weightB, m3a));
  const even = f64x2.mul(d2, f64x2.add(f64x2.mul(d2, quartic), second));
  return f64x2.add(f64x2.add(a, b), f64x2.add(even, f64x2.mul(d, third)));
}

// What `merge` computes: constants where it is inlined, so that nothing of the rest is left.
const STEP = 32;
const OFFSET = 1;
const M2 = 2;
const M3 = 4;
const M4 = 8;
const EQUAL = 16;
const DEVIATION = 64;
const SKEWNESS = 128;
const KURTOSIS = 256;

// A root and a quotient wait for nothing else: in the pass of the last merge they are taken while the next rows are merged.

/** g1 = (M3/n) / (M2/n)^1.5; NaN where the population sd is below 1e-12. */
// @ts-ignore: decorator
@inline
function skewnessOf(m2: v128, m3: v128, inverse: v128): v128 {
  const variance = f64x2.mul(m2, inverse);
  const sd = f64x2.sqrt(variance);
  const g = f64x2.div(f64x2.mul(m3, inverse), f64x2.mul(variance, sd));
  return v128.bitselect(f64x2.splat(NaN), g, f64x2.lt(sd, f64x2.splat(1e-12)));
}

/** g2 = (M4/n) / (M2/n)^2 - 3; NaN where the population sd is below 1e-12. */
// @ts-ignore: decorator
@inline
function kurtosisOf(m2: v128, m4: v128, inverse: v128): v128 {
  const variance = f64x2.mul(m2, inverse);
  const g = f64x2.div(f64x2.mul(m4, inverse), f64x2.mul(variance, variance));
  return v128.bitselect(f64x2.splat(NaN), f64x2.sub(g, f64x2.splat(3)), f64x2.lt(variance, f64x2.splat(1e-24)));
}

// @ts-ignore: decorator
@inline
function mergeRows(
  parts: i32, outStep: usize, outOffset: usize, out2: usize, out3: usize, out4: usize,
  xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  m2A: usize, m2B: usize, m3A: usize, m3B: usize, m4A: usize, m4B: usize, rows: i32, na: f64, nb: f64,
  outSd: usize = 0, ddof: f64 = 0, outSkew: usize = 0, outKurt: usize = 0,
): void {
  const n = na + nb;
  const equal = (parts & EQUAL) != 0;
  const share = f64x2.splat(nb / n);
  const weight = f64x2.splat((na * nb) / n);
  const inverse = f64x2.splat(1 / (n - ddof));
  const cubic = f64x2.splat((na * nb * (na - nb)) / (n * n));
  const a3 = f64x2.splat((3 * na) / n);
  const b3 = f64x2.splat((3 * nb) / n);
  const quartic = f64x2.splat((na * nb * (na * na - na * nb + nb * nb)) / (n * n * n));
  const squareA = f64x2.splat((6 * na * na) / (n * n));
  const squareB = f64x2.splat((6 * nb * nb) / (n * n));
  const a4 = f64x2.splat((4 * na) / n);
  const b4 = f64x2.splat((4 * nb) / n);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const offset = v128.load(offsetA + i);
    const d = stepOf(v128.load(xA + i), v128.load(xB + i), offset, v128.load(offsetB + i));
    if (parts & STEP) v128.store(outStep + i, d);
    if (parts & OFFSET) v128.store(outOffset + i, offsetOf(offset, d, share));
    if (parts & (M2 | M3 | M4 | DEVIATION | SKEWNESS | KURTOSIS)) {
      const d2 = f64x2.mul(d, d);
      const m2a = v128.load(m2A + i);
      const m2b = v128.load(m2B + i);
      const m2 = m2Of(d2, m2a, m2b, weight);
      if (parts & M2) v128.store(out2 + i, m2);
      if (parts & DEVIATION) v128.store(outSd + i, f64x2.sqrt(f64x2.mul(m2, inverse)));
      if (parts & (M3 | M4 | SKEWNESS | KURTOSIS)) {
        const m3a = v128.load(m3A + i);
        const m3b = v128.load(m3B + i);
        if (parts & (M3 | SKEWNESS)) {
          const m3 = m3Of(d, d2, m2a, m2b, m3a, m3b, cubic, a3, b3, equal);
          if (parts & M3) v128.store(out3 + i, m3);
          if (parts & SKEWNESS) v128.store(outSkew + i, skewnessOf(m2, m3, inverse));
        }
        if (parts & (M4 | KURTOSIS)) {
          const m4a = v128.load(m4A + i);
          const m4b = v128.load(m4B + i);
          const m4 = m4Of(d, d2, m2a, m2b, m3a, m3b, m4a, m4b, quartic, squareA, squareB, a4, b4, equal);
          if (parts & M4) v128.store(out4 + i, m4);
          if (parts & KURTOSIS) v128.store(outKurt + i, kurtosisOf(m2, m4, inverse));
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function merge(
  parts: i32, outStep: usize, outOffset: usize, out2: usize, out3: usize, out4: usize,
  xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  m2A: usize, m2B: usize, m3A: usize, m3B: usize, m4A: usize, m4B: usize, rows: i32, na: f64, nb: f64,
  outSkew: usize = 0, outKurt: usize = 0,
): void {
  if (na == nb) {
    mergeRows(
      parts | EQUAL, outStep, outOffset, out2, out3, out4, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, m4A, m4B,
      rows, na, nb, 0, 0, outSkew, outKurt,
    );
  } else {
    mergeRows(
      parts, outStep, outOffset, out2, out3, out4, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, m4A, m4B,
      rows, na, nb, 0, 0, outSkew, outKurt,
    );
  }
}

/** d: the older block's mean less the newer one's. */
export function mergeStep(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, rows: i32, na: f64, nb: f64,
): void {
  mergeRows(STEP, out, 0, 0, 0, 0, xA, xB, offsetA, offsetB, 0, 0, 0, 0, 0, 0, rows, na, nb);
}

/** Mean less the newest value. */
export function mergeOffset(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, rows: i32, na: f64, nb: f64,
): void {
  mergeRows(OFFSET, 0, out, 0, 0, 0, xA, xB, offsetA, offsetB, 0, 0, 0, 0, 0, 0, rows, na, nb);
}

export function mergeM2(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  mergeRows(M2, 0, 0, out, 0, 0, xA, xB, offsetA, offsetB, m2A, m2B, 0, 0, 0, 0, rows, na, nb);
}

export function mergeM3(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize, m3A: usize, m3B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(M3, 0, 0, 0, out, 0, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, 0, 0, rows, na, nb);
}

export function mergeM4(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  m3A: usize, m3B: usize, m4A: usize, m4B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(M4, 0, 0, 0, 0, out, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, m4A, m4B, rows, na, nb);
}

/** Offset and M2. */
export function mergeMoments2(
  offset: usize, m2: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  mergeRows(OFFSET | M2, 0, offset, m2, 0, 0, xA, xB, offsetA, offsetB, m2A, m2B, 0, 0, 0, 0, rows, na, nb);
}

/** Offset, M2 and M3. */
export function mergeMoments3(
  offset: usize, m2: usize, m3: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize, m3A: usize, m3B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(OFFSET | M2 | M3, 0, offset, m2, m3, 0, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, 0, 0, rows, na, nb);
}

/** Offset, M2, M3 and M4. */
export function mergeMoments4(
  offset: usize, m2: usize, m3: usize, m4: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  m3A: usize, m3B: usize, m4A: usize, m4B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(OFFSET | M2 | M3 | M4, 0, offset, m2, m3, m4, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, m4A, m4B, rows, na, nb);
}

/** The same with the step, for co-moments that go with them. */
export function stepMoments1(
  step: usize, offset: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  rows: i32, na: f64, nb: f64,
): void {
  mergeRows(STEP | OFFSET, step, offset, 0, 0, 0, xA, xB, offsetA, offsetB, 0, 0, 0, 0, 0, 0, rows, na, nb);
}

export function stepMoments2(
  step: usize, offset: usize, m2: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  mergeRows(STEP | OFFSET | M2, step, offset, m2, 0, 0, xA, xB, offsetA, offsetB, m2A, m2B, 0, 0, 0, 0, rows, na, nb);
}

export function stepMoments3(
  step: usize, offset: usize, m2: usize, m3: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize, m3A: usize, m3B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(STEP | OFFSET | M2 | M3, step, offset, m2, m3, 0, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, 0, 0, rows, na, nb);
}

export function stepMoments4(
  step: usize, offset: usize, m2: usize, m3: usize, m4: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  m3A: usize, m3B: usize, m4A: usize, m4B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(STEP | OFFSET | M2 | M3 | M4, step, offset, m2, m3, m4, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, m4A, m4B, rows, na, nb);
}

/** Standard deviation. */
export function mergeDeviation(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  rows: i32, na: f64, nb: f64, ddof: f64,
): void {
  mergeRows(DEVIATION, 0, 0, 0, 0, 0, xA, xB, offsetA, offsetB, m2A, m2B, 0, 0, 0, 0, rows, na, nb, out, ddof);
}

/** Offset, M2 and standard deviation. */
export function momentsDeviation(
  offset: usize, m2: usize, sd: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  rows: i32, na: f64, nb: f64, ddof: f64,
): void {
  mergeRows(
    OFFSET | M2 | DEVIATION, 0, offset, m2, 0, 0, xA, xB, offsetA, offsetB, m2A, m2B, 0, 0, 0, 0, rows, na, nb, sd, ddof,
  );
}

class Deviation {
  // @ts-ignore: decorator
  @inline of(m2: v128, inverse: v128): v128 {
    return f64x2.sqrt(f64x2.mul(m2, inverse));
  }
}

/** Standard deviation from M2: sqrt(M2 / divisor). A root takes as long as all else of a merge, a quotient nearly so. */
export function deviation(out: usize, m2: usize, rows: i32, divisor: f64): void {
  map1<Deviation>(out, m2, rows, f64x2.splat(1 / divisor));
}

/** Skewness g1, biased, from M2 and M3. */
export function skewness(out: usize, m2: usize, m3: usize, rows: i32, n: f64): void {
  const inverse = f64x2.splat(1 / n);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    v128.store(out + i, skewnessOf(v128.load(m2 + i), v128.load(m3 + i), inverse));
  }
}

/** Excess kurtosis g2, biased, from M2 and M4. */
export function kurtosis(out: usize, m2: usize, m4: usize, rows: i32, n: f64): void {
  const inverse = f64x2.splat(1 / n);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    v128.store(out + i, kurtosisOf(v128.load(m2 + i), v128.load(m4 + i), inverse));
  }
}

/** Skewness of both blocks. */
export function mergeSkewness(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize, m3A: usize, m3B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(SKEWNESS, 0, 0, 0, 0, 0, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, 0, 0, rows, na, nb, out);
}

/** Kurtosis of both blocks. */
export function mergeKurtosis(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  m3A: usize, m3B: usize, m4A: usize, m4B: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(KURTOSIS, 0, 0, 0, 0, 0, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, m4A, m4B, rows, na, nb, 0, out);
}

/** Skewness and kurtosis. */
export function mergeShape(
  skew: usize, kurt: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  m3A: usize, m3B: usize, m4A: usize, m4B: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(
    SKEWNESS | KURTOSIS, 0, 0, 0, 0, 0, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, m4A, m4B, rows, na, nb, skew, kurt,
  );
}

/** Offset, M2, M3 and skewness. */
export function momentsSkewness(
  offset: usize, m2: usize, m3: usize, skew: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  m2A: usize, m2B: usize, m3A: usize, m3B: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(
    OFFSET | M2 | M3 | SKEWNESS, 0, offset, m2, m3, 0, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, 0, 0,
    rows, na, nb, skew,
  );
}

/** Offset, M2, M3, M4 and kurtosis. */
export function momentsKurtosis(
  offset: usize, m2: usize, m3: usize, m4: usize, kurt: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  m2A: usize, m2B: usize, m3A: usize, m3B: usize, m4A: usize, m4B: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(
    OFFSET | M2 | M3 | M4 | KURTOSIS, 0, offset, m2, m3, m4, xA, xB, offsetA, offsetB, m2A, m2B, m3A, m3B, m4A, m4B,
    rows, na, nb, 0, kurt,
  );
}

/** Offset, M2, M3, M4, skewness and kurtosis. */
export function momentsShape(
  offset: usize, m2: usize, m3: usize, m4: usize, skew: usize, kurt: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  m2A: usize, m2B: usize, m3A: usize, m3B: usize, m4A: usize, m4B: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(
    OFFSET | M2 | M3 | M4 | SKEWNESS | KURTOSIS, 0, offset, m2, m3, m4, xA, xB, offsetA, offsetB,
    m2A, m2B, m3A, m3B, m4A, m4B, rows, na, nb, skew, kurt,
  );
}
