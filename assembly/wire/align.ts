/**
 * Lays the values of one series beside the rows of another: out[i] is the value at the time of row i, NaN where the
 * series has no row at that time. Both times ascend.
 */
export function alignRows(time: usize, rows: i32, otherTime: usize, values: usize, otherRows: i32, out: usize): void {
  const otherEnd = otherTime + (<usize>otherRows << 3);
  let other = otherTime;
  for (const end = time + (<usize>rows << 3); time < end; time += 8, out += 8) {
    const at = load<f64>(time);
    while (other < otherEnd && load<f64>(other) < at) other += 8;
    const met = other < otherEnd && load<f64>(other) == at;
    store<f64>(out, met ? load<f64>(values + (other - otherTime)) : NaN);
  }
}
