import { map4 } from "../core/rows";

// How many rows ago a window had its extreme, the newest among equals, by merging two blocks as their extremes are merged: a
// and b are the extremes of the newer and of the older block, which may overlap, and `back` is how many rows the older one
// lies behind. Exact; -0 equals 0. NaN where either extreme is.

class OfGreatest {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, ageA: v128, ageB: v128, back: v128): v128 {
    return merged(a, b, v128.bitselect(f64x2.add(ageB, back), ageA, f64x2.gt(b, a)));
  }
}

/** Rows since the maximum of both blocks. */
export function ageOfGreatest(
  out: usize, a: usize, b: usize, ageA: usize, ageB: usize, rows: i32, back: f64,
): void {
  map4<OfGreatest>(out, a, b, ageA, ageB, rows, f64x2.splat(back));
}

class OfLeast {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, ageA: v128, ageB: v128, back: v128): v128 {
    return merged(a, b, v128.bitselect(f64x2.add(ageB, back), ageA, f64x2.lt(b, a)));
  }
}

/** Rows since the minimum of both blocks. */
export function ageOfLeast(
  out: usize, a: usize, b: usize, ageA: usize, ageB: usize, rows: i32, back: f64,
): void {
  map4<OfLeast>(out, a, b, ageA, ageB, rows, f64x2.splat(back));
}

/** The age where both extremes are numbers; a sum with one that is not is NaN. */
// @ts-ignore: decorator
@inline
function merged(a: v128, b: v128, age: v128): v128 {
  return v128.bitselect(age, f64x2.add(a, b), v128.and(f64x2.eq(a, a), f64x2.eq(b, b)));
}
