import { map2, map3 } from "../core/rows";

// Comparisons give 1 or 0, and NaN where an operand is NaN: an unknown is not a "no". All bits set are NaN: a mask of what is
// unknown is laid over the answer.

class Greater {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, one: v128): v128 {
    const unknown = v128.or(f64x2.ne(a, a), f64x2.ne(b, b));
    return v128.or(v128.and(f64x2.gt(a, b), one), unknown);
  }
}

/** 1 where a > b. */
export function greater(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Greater>(out, a, b, rows, f64x2.splat(1));
}

/** 1 where low <= a < high. */
export function within(out: usize, a: usize, rows: i32, low: f64, high: f64): void {
  const one = f64x2.splat(1);
  const lower = f64x2.splat(low);
  const upper = f64x2.splat(high);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const x = v128.load(a + i);
    const inside = v128.and(v128.and(f64x2.ge(x, lower), f64x2.lt(x, upper)), one);
    v128.store(out + i, v128.or(inside, f64x2.ne(x, x)));
  }
}

class Select {
  // @ts-ignore: decorator
  @inline of(condition: v128, b: v128, c: v128, zero: v128): v128 {
    const chosen = v128.bitselect(c, b, f64x2.eq(condition, zero));
    return v128.or(chosen, f64x2.ne(condition, condition));
  }
}

/** b where the condition is not zero, else c; NaN where the condition is NaN. */
export function select(out: usize, a: usize, b: usize, c: usize, rows: i32): void {
  map3<Select>(out, a, b, c, rows, f64x2.splat(0));
}
