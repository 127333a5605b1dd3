/** Windows from the row at `a` on that still hold the newest NaN of the `width - 1` rows before it; 0 without one. */
export function lastNaN(a: usize, width: i32): i32 {
  for (let left = width - 1; left > 0; left--) {
    a -= 8;
    const x = load<f64>(a);
    if (x != x) return left;
  }
  return 0;
}
