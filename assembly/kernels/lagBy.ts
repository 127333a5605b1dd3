// The value of n rows ago, n being read from the current row: a whole number from 0 to `cap`. NaN for any other n. Exact,
// one load per row.

export function lagBy(out: usize, a: usize, n: usize, rows: i32, cap: f64): void {
  for (const end = a + ((<usize>rows) << 3); a < end; a += 8) {
    const back = load<f64>(n);
    const valid = back >= 0 && back <= cap && floor<f64>(back) == back;
    store<f64>(out, valid ? load<f64>(a - ((<usize>back) << 3)) : NaN);
    n += 8;
    out += 8;
  }
}
