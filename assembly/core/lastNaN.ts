/** Windows from the row at `a` on that still hold the newest NaN of the `width - 1` rows before it; 0 without one. */
export function lastNaN(a: usize, width: i32): i32 {
  let left = width - 1;
  // four rows at a time while there is none among them
  for (; left >= 4; left -= 4, a -= 32) {
    const newer = v128.load(a - 16);
    const older = v128.load(a - 32);
    if (!i64x2.all_true(v128.and(f64x2.eq(newer, newer), f64x2.eq(older, older)))) break;
  }
  for (; left > 0; left--) {
    a -= 8;
    const x = load<f64>(a);
    if (x != x) return left;
  }
  return 0;
}
