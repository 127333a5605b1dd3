// Comparisons give 1 or 0, and NaN where an operand is NaN: an unknown is not a "no".

/** 1 where a > b. */
export function greater(out: usize, a: usize, b: usize, rows: i32): void {
  const one = f64x2.splat(1);
  const none = f64x2.splat(NaN);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const known = v128.and(f64x2.eq(x, x), f64x2.eq(y, y));
    v128.store(out + i, v128.bitselect(v128.and(f64x2.gt(x, y), one), none, known));
  }
}

/** 1 where low <= a < high. */
export function within(out: usize, a: usize, rows: i32, low: f64, high: f64): void {
  const one = f64x2.splat(1);
  const lower = f64x2.splat(low);
  const upper = f64x2.splat(high);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const x = v128.load(a + i);
    const inside = v128.and(v128.and(f64x2.ge(x, lower), f64x2.lt(x, upper)), one);
    v128.store(out + i, v128.bitselect(inside, x, f64x2.eq(x, x)));
  }
}

/** b where the condition is not zero, else c; NaN where the condition is NaN. */
export function select(out: usize, a: usize, b: usize, c: usize, rows: i32): void {
  const zero = f64x2.splat(0);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const condition = v128.load(a + i);
    const chosen = v128.bitselect(v128.load(c + i), v128.load(b + i), f64x2.eq(condition, zero));
    v128.store(out + i, v128.bitselect(chosen, condition, f64x2.eq(condition, condition)));
  }
}
