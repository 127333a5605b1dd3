/**
 * Lays the values of one series beside the rows of another: out[i] is its value in its newest row at or before the time of
 * row i, NaN where that row is older than `limit`, in the unit of the times: with 0 times must be equal. Both times ascend.
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
  // the first row that is later
  let later = otherTime;
  for (const end = time + (<usize>rows << 3); time < end; time += 8, out += 8) {
    const at = load<f64>(time);
    while (later < otherEnd && load<f64>(later) <= at) later += 8;
    const met = later > otherTime && at - load<f64>(later - 8) <= limit;
    store<f64>(out, met ? load<f64>(values + (later - otherTime) - 8) : NaN);
  }
}
