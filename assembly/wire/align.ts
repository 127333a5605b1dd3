/**
 * Lays the values of one series beside the rows of another: out[i] is its value in its newest row at or before the time of
 * row i, NaN where that row is older than `limit`, in the unit of the times: with 0 times must be equal. Both times ascend,
 * none comes twice.
 */
export function alignRows(
  time: usize,
  rows: i32,
  otherTime: usize,
  values: usize,
  otherRows: i32,
  limit: f64,
  out: usize,
): void {
  const otherEnd = otherTime + (<usize>otherRows << 3);
  const end = time + (<usize>rows << 3);
  // the first row that is later
  let later = otherTime;
  while (time < end) {
    // where both have the same minutes, two rows at a time
    while (time + 8 < end && later + 8 < otherEnd && i64x2.bitmask(f64x2.eq(v128.load(time), v128.load(later))) == 3) {
      v128.store(out, v128.load(values + (later - otherTime)));
      time += 16;
      later += 16;
      out += 16;
    }
    if (time >= end) break;
    const at = load<f64>(time);
    while (later < otherEnd && load<f64>(later) <= at) later += 8;
    const met = later > otherTime && at - load<f64>(later - 8) <= limit;
    store<f64>(out, met ? load<f64>(values + (later - otherTime) - 8) : NaN);
    time += 8;
    out += 8;
  }
}
