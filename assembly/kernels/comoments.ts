import { map4 } from "../core/rows";

// Co-moment sums of a window of two series by pairwise merging, after the scheme of moments.ts. d is the step between the
// block means of a series: the older block's (b) less the newer one's (a).

class Cross {
  // @ts-ignore: decorator
  @inline of(dx: v128, dy: v128, a: v128, b: v128, weight: v128): v128 {
    return f64x2.add(f64x2.add(a, b), f64x2.mul(f64x2.mul(dx, dy), weight));
  }
}

/** Sum of (x - mean x)(y - mean y) of both blocks; weight = na nb / (na + nb). */
export function mergeCross(out: usize, dx: usize, dy: usize, a: usize, b: usize, rows: i32, weight: f64): void {
  map4<Cross>(out, dx, dy, a, b, rows, f64x2.splat(weight));
}

/** Pearson correlation from a cross sum and two M2; 0 where either side is constant; rounding never leaves -1..1. */
export function correlation(out: usize, cross: usize, m2X: usize, m2Y: usize, rows: i32): void {
  const zero = f64x2.splat(0);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const c = v128.load(cross + i);
    const scale = f64x2.mul(f64x2.sqrt(v128.load(m2X + i)), f64x2.sqrt(v128.load(m2Y + i)));
    const flat = v128.and(f64x2.eq(scale, zero), f64x2.eq(c, c));
    v128.store(out + i, v128.bitselect(zero, within(f64x2.div(c, scale)), flat));
  }
}

/** The same, but NaN where the product of the roots of both M2 is below `least`. */
export function pearson(out: usize, cross: usize, m2X: usize, m2Y: usize, rows: i32, least: f64): void {
  const none = f64x2.splat(NaN);
  const smallest = f64x2.splat(least);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const scale = f64x2.mul(f64x2.sqrt(v128.load(m2X + i)), f64x2.sqrt(v128.load(m2Y + i)));
    const r = within(f64x2.div(v128.load(cross + i), scale));
    v128.store(out + i, v128.bitselect(r, none, f64x2.ge(scale, smallest)));
  }
}

/** r limited to -1..1. */
// @ts-ignore: decorator
@inline
function within(r: v128): v128 {
  return f64x2.max(f64x2.min(r, f64x2.splat(1)), f64x2.splat(-1));
}
