// Central moment sums of a window by pairwise merging: M2, M3, M4 of two neighbouring blocks and the step between
// their means give the sums of both together. Nothing is subtracted from anything larger than itself, so nothing
// cancels, and the association order depends on the window alone.
// Chan, Golub and LeVeque (1983), "Algorithms for computing the sample variance"; Pebay (2008), SAND2008-6212.
// Block a is the newer one, block b the older; na and nb are their rows. Error grows with the logarithm of the window.

/** M2 of a and b together; weight = na nb / (na + nb). */
export function mergeM2(
  out: usize, meanA: usize, meanB: usize, m2A: usize, m2B: usize, rows: i32, weight: f64,
): void {
  const w = f64x2.splat(weight);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const d = f64x2.sub(v128.load(meanB + i), v128.load(meanA + i));
    const both = f64x2.add(v128.load(m2A + i), v128.load(m2B + i));
    v128.store(out + i, f64x2.add(both, f64x2.mul(f64x2.mul(d, d), w)));
  }
}

/** M3 = M3a + M3b + d^3 na nb (na - nb) / n^2 + 3 d (na M2b - nb M2a) / n. */
export function mergeM3(
  out: usize, meanA: usize, meanB: usize, m2A: usize, m2B: usize, m3A: usize, m3B: usize, rows: i32,
  na: f64, nb: f64,
): void {
  const n = na + nb;
  const cubic = f64x2.splat((na * nb * (na - nb)) / (n * n));
  const a = f64x2.splat((3 * na) / n);
  const b = f64x2.splat((3 * nb) / n);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const d = f64x2.sub(v128.load(meanB + i), v128.load(meanA + i));
    const cross = f64x2.sub(f64x2.mul(a, v128.load(m2B + i)), f64x2.mul(b, v128.load(m2A + i)));
    const inner = f64x2.add(f64x2.mul(f64x2.mul(d, d), cubic), cross);
    const both = f64x2.add(v128.load(m3A + i), v128.load(m3B + i));
    v128.store(out + i, f64x2.add(both, f64x2.mul(d, inner)));
  }
}

/** M4 = M4a + M4b + d^4 na nb (na^2 - na nb + nb^2) / n^3 + 6 d^2 (na^2 M2b + nb^2 M2a) / n^2 + 4 d (na M3b - nb M3a) / n. */
export function mergeM4(
  out: usize, meanA: usize, meanB: usize, m2A: usize, m2B: usize, m3A: usize, m3B: usize, m4A: usize, m4B: usize,
  rows: i32, na: f64, nb: f64,
): void {
  const n = na + nb;
  const quartic = f64x2.splat((na * nb * (na * na - na * nb + nb * nb)) / (n * n * n));
  const squareA = f64x2.splat((6 * na * na) / (n * n));
  const squareB = f64x2.splat((6 * nb * nb) / (n * n));
  const a = f64x2.splat((4 * na) / n);
  const b = f64x2.splat((4 * nb) / n);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const d = f64x2.sub(v128.load(meanB + i), v128.load(meanA + i));
    const d2 = f64x2.mul(d, d);
    const second = f64x2.add(f64x2.mul(squareA, v128.load(m2B + i)), f64x2.mul(squareB, v128.load(m2A + i)));
    const third = f64x2.sub(f64x2.mul(a, v128.load(m3B + i)), f64x2.mul(b, v128.load(m3A + i)));
    const inner = f64x2.add(f64x2.mul(d2, f64x2.add(f64x2.mul(d2, quartic), second)), f64x2.mul(d, third));
    const both = f64x2.add(v128.load(m4A + i), v128.load(m4B + i));
    v128.store(out + i, f64x2.add(both, inner));
  }
}

/** Standard deviation from M2: sqrt(M2 / divisor). */
export function deviation(out: usize, m2: usize, rows: i32, divisor: f64): void {
  const by = f64x2.splat(divisor);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    v128.store(out + i, f64x2.sqrt(f64x2.div(v128.load(m2 + i), by)));
  }
}

/** Skewness g1 = (M3/n) / (M2/n)^1.5, biased; NaN where the population sd is below 1e-12. */
export function skewness(out: usize, m2: usize, m3: usize, rows: i32, n: f64): void {
  const count = f64x2.splat(n);
  const least = f64x2.splat(1e-12);
  const none = f64x2.splat(NaN);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const variance = f64x2.div(v128.load(m2 + i), count);
    const sd = f64x2.sqrt(variance);
    const g = f64x2.div(f64x2.div(v128.load(m3 + i), count), f64x2.mul(variance, sd));
    v128.store(out + i, v128.bitselect(none, g, f64x2.lt(sd, least)));
  }
}

/** Excess kurtosis g2 = (M4/n) / (M2/n)^2 - 3, biased; NaN where the population sd is below 1e-12. */
export function kurtosis(out: usize, m2: usize, m4: usize, rows: i32, n: f64): void {
  const count = f64x2.splat(n);
  const least = f64x2.splat(1e-12);
  const none = f64x2.splat(NaN);
  const three = f64x2.splat(3);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const variance = f64x2.div(v128.load(m2 + i), count);
    const g = f64x2.div(f64x2.div(v128.load(m4 + i), count), f64x2.mul(variance, variance));
    v128.store(out + i, v128.bitselect(none, f64x2.sub(g, three), f64x2.lt(f64x2.sqrt(variance), least)));
  }
}
