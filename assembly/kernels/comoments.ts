// Co-moment sums of a window by pairwise merging, after the same scheme as moments.ts: for two series, and for one
// series against time, whose block means lie a known number of bars apart.
// Block a is the newer one, block b the older.

/** Sum of (x - mean x)(y - mean y) of a and b together; weight = na nb / (na + nb). */
export function mergeCross(
  out: usize, meanXA: usize, meanXB: usize, meanYA: usize, meanYB: usize, a: usize, b: usize, rows: i32,
  weight: f64,
): void {
  const w = f64x2.splat(weight);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const dx = f64x2.sub(v128.load(meanXB + i), v128.load(meanXA + i));
    const dy = f64x2.sub(v128.load(meanYB + i), v128.load(meanYA + i));
    const both = f64x2.add(v128.load(a + i), v128.load(b + i));
    v128.store(out + i, f64x2.add(both, f64x2.mul(f64x2.mul(dx, dy), w)));
  }
}

/** Sum of (j - mean j)(x_j - mean x), j the bar number; weight = na nb / 2, the block means being (na + nb) / 2 apart. */
export function mergeTrend(out: usize, meanA: usize, meanB: usize, a: usize, b: usize, rows: i32, weight: f64): void {
  const w = f64x2.splat(weight);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const rise = f64x2.sub(v128.load(meanA + i), v128.load(meanB + i));
    const both = f64x2.add(v128.load(a + i), v128.load(b + i));
    v128.store(out + i, f64x2.add(both, f64x2.mul(rise, w)));
  }
}

/** Pearson correlation from a cross sum and two M2; 0 where either side is constant; rounding never leaves -1..1. */
export function correlation(out: usize, cross: usize, m2X: usize, m2Y: usize, rows: i32): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const minus = f64x2.splat(-1);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const c = v128.load(cross + i);
    const scale = f64x2.mul(f64x2.sqrt(v128.load(m2X + i)), f64x2.sqrt(v128.load(m2Y + i)));
    const r = f64x2.max(f64x2.min(f64x2.div(c, scale), one), minus);
    const flat = v128.and(f64x2.eq(scale, zero), f64x2.eq(c, c));
    v128.store(out + i, v128.bitselect(zero, r, flat));
  }
}
