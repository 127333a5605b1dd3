// Rows since the newest in which the series is neither 0 nor NaN, 0 in that row; `cap` where there is none among the last `cap`
// rows. NaN where the current row is. The call looks back once, as far as that row, and then goes on by one comparison per row.
// Exact.

export function sinceEvent(out: usize, a: usize, rows: i32, cap: f64): void {
  const most = <i32>cap;
  let n = 1;
  for (let p = a - 8; n < most && !isEvent(load<f64>(p)); p -= 8) n++;
  for (const end = a + ((<usize>rows) << 3); a < end; a += 8, out += 8, n++) {
    const x = load<f64>(a);
    if (isEvent(x)) n = 0;
    store<f64>(out, x == x ? <f64>min<i32>(n, most) : NaN);
  }
}

// @ts-ignore: decorator
@inline
function isEvent(x: f64): bool {
  return x != 0 && x == x;
}
