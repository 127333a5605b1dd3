import { isNumber } from "../core/numbers";
import { map1, map2, map3 } from "../core/rows";

// Element-wise words about what is known: they tell a number from NaN, where every other kernel gives NaN for NaN. Exact.
// An infinity is a number here.

class OrElse {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, _: v128): v128 {
    return v128.bitselect(a, b, isNumber(a));
  }
}

/** a where it is a number, else b. */
export function orElse(out: usize, a: usize, b: usize, rows: i32): void {
  map2<OrElse>(out, a, b, rows, i64x2.splat(0));
}

class Known {
  // @ts-ignore: decorator
  @inline of(a: v128, one: v128): v128 {
    return v128.and(one, isNumber(a));
  }
}

/** 1 where a is a number, else 0; never NaN. */
export function known(out: usize, a: usize, rows: i32): void {
  map1<Known>(out, a, rows, f64x2.splat(1));
}

class Given {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, none: v128): v128 {
    return v128.bitselect(a, none, isNumber(b));
  }
}

/** a where b is a number, else NaN. */
export function given(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Given>(out, a, b, rows, f64x2.splat(NaN));
}

class Clip {
  // @ts-ignore: decorator
  @inline of(a: v128, low: v128, high: v128, _: v128): v128 {
    const raised = v128.bitselect(f64x2.max(a, low), a, isNumber(low));
    return v128.bitselect(f64x2.min(raised, high), raised, isNumber(high));
  }
}

/** a limited to low..high; a bound that is NaN does not bind, and where low > high the result is high. NaN where a is. */
export function clip(out: usize, a: usize, low: usize, high: usize, rows: i32): void {
  map3<Clip>(out, a, low, high, rows, i64x2.splat(0));
}

class LeastKnown {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, _: v128): v128 {
    const both = v128.bitselect(f64x2.min(a, b), b, isNumber(a));
    return v128.bitselect(both, a, isNumber(b));
  }
}

/** The smaller of those operands that are numbers; NaN where none is. */
export function leastKnown(out: usize, a: usize, b: usize, rows: i32): void {
  map2<LeastKnown>(out, a, b, rows, i64x2.splat(0));
}

class GreatestKnown {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, _: v128): v128 {
    const both = v128.bitselect(f64x2.max(a, b), b, isNumber(a));
    return v128.bitselect(both, a, isNumber(b));
  }
}

/** The larger of those operands that are numbers. */
export function greatestKnown(out: usize, a: usize, b: usize, rows: i32): void {
  map2<GreatestKnown>(out, a, b, rows, i64x2.splat(0));
}
