import { map1, map2 } from "../core/rows";

// Element-wise arithmetic. NaN in either operand gives NaN. Each result is one correctly rounded IEEE operation (or the
// short chain written here), so the bits do not depend on where a block begins.

class Add {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, _: v128): v128 {
    return f64x2.add(a, b);
  }
}

export function add(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Add>(out, a, b, rows, i64x2.splat(0));
}

class Sub {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, _: v128): v128 {
    return f64x2.sub(a, b);
  }
}

export function sub(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Sub>(out, a, b, rows, i64x2.splat(0));
}

class Mul {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, _: v128): v128 {
    return f64x2.mul(a, b);
  }
}

export function mul(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Mul>(out, a, b, rows, i64x2.splat(0));
}

class Div {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, none: v128): v128 {
    return v128.bitselect(none, f64x2.div(a, b), f64x2.eq(b, f64x2.splat(0)));
  }
}

/** a / b; NaN where b is zero, so that no infinity wanders into comparisons and extremes. */
export function div(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Div>(out, a, b, rows, f64x2.splat(NaN));
}

class Ratio {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, none: v128): v128 {
    return v128.bitselect(none, f64x2.div(a, b), f64x2.lt(f64x2.abs(b), f64x2.splat(1e-12)));
  }
}

/** a / b; NaN where the magnitude of b is below 1e-12: a denominator that is only rounding noise has no ratio. */
export function ratio(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Ratio>(out, a, b, rows, f64x2.splat(NaN));
}

class RatioOr {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, neutral: v128): v128 {
    const flat = v128.and(f64x2.eq(b, f64x2.splat(0)), f64x2.eq(a, a));
    return v128.bitselect(neutral, f64x2.div(a, b), flat);
  }
}

/** a / b; `neutral` where b is exactly zero and a is a number. */
export function ratioOr(out: usize, a: usize, b: usize, rows: i32, neutral: f64): void {
  map2<RatioOr>(out, a, b, rows, f64x2.splat(neutral));
}

class Lerp {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, t: v128): v128 {
    return f64x2.add(a, f64x2.mul(f64x2.sub(b, a), t));
  }
}

/** a + (b - a) t: the convex combination behind merged means. A constant series stays exactly constant. */
export function lerp(out: usize, a: usize, b: usize, rows: i32, t: f64): void {
  map2<Lerp>(out, a, b, rows, f64x2.splat(t));
}

/** Two rows of a level of blended ones, `a` the address of the newer. */
// @ts-ignore: decorator
@inline
function blend(a: usize, t: v128): v128 {
  return changetype<Lerp>(0).of(v128.load(a), v128.load(a - 8), t);
}

/**
 * Three levels of `lerp`, of rows 1, 2 and 4 apart, with the bits of three passes: what one level has of the rows before is
 * still in registers when the next one blends it.
 */
export function lerp8(out: usize, a: usize, rows: i32, t1: f64, t2: f64, t4: f64): void {
  const f = changetype<Lerp>(0);
  const first = f64x2.splat(t1);
  const second = f64x2.splat(t2);
  const third = f64x2.splat(t4);
  let two = blend(a - 32, first);
  let fourBefore = f.of(two, blend(a - 48, first), second);
  let twoBefore = blend(a - 16, first);
  let four = f.of(twoBefore, two, second);
  const end = out + ((<usize>((rows + 1) & ~1)) << 3);
  for (; out + 32 <= end; out += 32, a += 32) {
    two = blend(a, first);
    const even = f.of(two, twoBefore, second);
    v128.store(out, f.of(even, fourBefore, third));
    fourBefore = even;
    twoBefore = blend(a + 16, first);
    const odd = f.of(twoBefore, two, second);
    v128.store(out, f.of(odd, four, third), 16);
    four = odd;
  }
  if (out < end) v128.store(out, f.of(f.of(blend(a, first), twoBefore, second), fourBefore, third));
}

class Abs {
  // @ts-ignore: decorator
  @inline of(a: v128, _: v128): v128 {
    return f64x2.abs(a);
  }
}

export function abs(out: usize, a: usize, rows: i32): void {
  map1<Abs>(out, a, rows, i64x2.splat(0));
}

class Sqrt {
  // @ts-ignore: decorator
  @inline of(a: v128, _: v128): v128 {
    return f64x2.sqrt(a);
  }
}

/** Square root; NaN for a negative argument. */
export function sqrt(out: usize, a: usize, rows: i32): void {
  map1<Sqrt>(out, a, rows, i64x2.splat(0));
}

class Sign {
  // @ts-ignore: decorator
  @inline of(a: v128, zero: v128): v128 {
    const up = v128.and(f64x2.gt(a, zero), f64x2.splat(1));
    const down = v128.and(f64x2.lt(a, zero), f64x2.splat(-1));
    return v128.bitselect(v128.or(up, down), a, f64x2.eq(a, a));
  }
}

/** -1, 0 or 1. */
export function sign(out: usize, a: usize, rows: i32): void {
  map1<Sign>(out, a, rows, i64x2.splat(0));
}

// pmin and pmax are an instruction each, min and max seven. They keep a where neither is smaller, a NaN of a among them; all
// bits set are NaN as well, for one of b.

class Least {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, _: v128): v128 {
    return v128.or(f64x2.pmin(a, b), f64x2.ne(b, b));
  }
}

/** The smaller operand: two overlapping power-of-two blocks of it give a rolling minimum of any window. */
export function least(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Least>(out, a, b, rows, i64x2.splat(0));
}

class Greatest {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, _: v128): v128 {
    return v128.or(f64x2.pmax(a, b), f64x2.ne(b, b));
  }
}

/** The larger operand. */
export function greatest(out: usize, a: usize, b: usize, rows: i32): void {
  map2<Greatest>(out, a, b, rows, i64x2.splat(0));
}
