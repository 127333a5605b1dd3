// How many rows right before the current one have the value that it has: 0 where it has just changed, and in the first
// row of a series, before which there is NaN. NaN where the value is, and where the run is longer than `cap`. The call
// looks back once, at most cap + 1 rows, and then goes on by one comparison per row. Exact; -0 equals 0.

export function runLength(out: usize, a: usize, rows: i32, cap: f64): void {
  const tooLong = <i32>cap + 1;
  let x = load<f64>(a);
  let n = -1; // counts the current row itself
  for (let p = a; n < tooLong && load<f64>(p) == x; p -= 8) n++;
  while (true) {
    store<f64>(out, n < 0 || n >= tooLong ? NaN : <f64>n);
    if (--rows == 0) return;
    a += 8;
    out += 8;
    const next = load<f64>(a);
    n = next == x ? min<i32>(n + 1, tooLong) : next == next ? 0 : -1;
    x = next;
  }
}

/** The same, but `cap` where the run is as long as that or longer; NaN where the row before is, and so in the first row. */
export function runUpTo(out: usize, a: usize, rows: i32, cap: f64): void {
  const most = <i32>cap;
  let x = load<f64>(a);
  let before = load<f64>(a - 8);
  let n = 0;
  for (let p = a - 8; n < most && load<f64>(p) == x; p -= 8) n++;
  while (true) {
    store<f64>(out, x == x && before == before ? <f64>n : NaN);
    if (--rows == 0) return;
    a += 8;
    out += 8;
    before = x;
    x = load<f64>(a);
    n = x == before ? min<i32>(n + 1, most) : 0;
  }
}
