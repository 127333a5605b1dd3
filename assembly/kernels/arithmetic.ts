// Element-wise arithmetic, two rows at a time. NaN in either operand gives NaN. Each result is one correctly rounded
// IEEE operation (or the short chain written here), so the bits do not depend on where a block begins.

/** Bytes from the first row to the end of the last whole pair. */
// @ts-ignore: decorator
@inline
function span(rows: i32): usize {
  return (<usize>((rows + 1) & ~1)) << 3;
}

export function add(out: usize, a: usize, b: usize, rows: i32): void {
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    v128.store(out + i, f64x2.add(v128.load(a + i), v128.load(b + i)));
  }
}

export function sub(out: usize, a: usize, b: usize, rows: i32): void {
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    v128.store(out + i, f64x2.sub(v128.load(a + i), v128.load(b + i)));
  }
}

export function mul(out: usize, a: usize, b: usize, rows: i32): void {
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    v128.store(out + i, f64x2.mul(v128.load(a + i), v128.load(b + i)));
  }
}

/** a / b; NaN where b is zero, so that no infinity wanders into comparisons and extremes. */
export function div(out: usize, a: usize, b: usize, rows: i32): void {
  const zero = f64x2.splat(0);
  const none = f64x2.splat(NaN);
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    const y = v128.load(b + i);
    const q = f64x2.div(v128.load(a + i), y);
    v128.store(out + i, v128.bitselect(none, q, f64x2.eq(y, zero)));
  }
}

/** a / b; NaN where the magnitude of b is below 1e-12: a denominator that is only rounding noise has no ratio. */
export function ratio(out: usize, a: usize, b: usize, rows: i32): void {
  const least = f64x2.splat(1e-12);
  const none = f64x2.splat(NaN);
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    const y = v128.load(b + i);
    const q = f64x2.div(v128.load(a + i), y);
    v128.store(out + i, v128.bitselect(none, q, f64x2.lt(f64x2.abs(y), least)));
  }
}

/** a / b; `neutral` where b is exactly zero and a is a number. */
export function ratioOr(out: usize, a: usize, b: usize, rows: i32, neutral: f64): void {
  const zero = f64x2.splat(0);
  const other = f64x2.splat(neutral);
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const flat = v128.and(f64x2.eq(y, zero), f64x2.eq(x, x));
    v128.store(out + i, v128.bitselect(other, f64x2.div(x, y), flat));
  }
}

/** a + (b - a) t: the convex combination behind every merged mean. A constant series stays exactly constant. */
export function lerp(out: usize, a: usize, b: usize, rows: i32, t: f64): void {
  const weight = f64x2.splat(t);
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    const x = v128.load(a + i);
    const step = f64x2.mul(f64x2.sub(v128.load(b + i), x), weight);
    v128.store(out + i, f64x2.add(x, step));
  }
}

export function abs(out: usize, a: usize, rows: i32): void {
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    v128.store(out + i, f64x2.abs(v128.load(a + i)));
  }
}

/** Square root; NaN for a negative argument. */
export function sqrt(out: usize, a: usize, rows: i32): void {
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    v128.store(out + i, f64x2.sqrt(v128.load(a + i)));
  }
}

/** -1, 0 or 1. */
export function sign(out: usize, a: usize, rows: i32): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const minus = f64x2.splat(-1);
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    const x = v128.load(a + i);
    const up = v128.and(f64x2.gt(x, zero), one);
    const down = v128.and(f64x2.lt(x, zero), minus);
    v128.store(out + i, v128.bitselect(v128.or(up, down), x, f64x2.eq(x, x)));
  }
}

/** The smaller operand: two overlapping power-of-two blocks of it give a rolling minimum of any window. */
export function least(out: usize, a: usize, b: usize, rows: i32): void {
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    v128.store(out + i, f64x2.min(v128.load(a + i), v128.load(b + i)));
  }
}

/** The larger operand. */
export function greatest(out: usize, a: usize, b: usize, rows: i32): void {
  for (let i: usize = 0, end = span(rows); i < end; i += 16) {
    v128.store(out + i, f64x2.max(v128.load(a + i), v128.load(b + i)));
  }
}
