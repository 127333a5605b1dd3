// A bar's time on the clock of a zone: microseconds since 1970-01-01 00:00 of that clock. The table holds the instants at
// which the zone's offset changes, ascending in microseconds since 1970-01-01 UTC, and behind them the offset from each
// on, in microseconds east of UTC; NaN where it is not known. NaN before the first instant and where there is no bar.
// Exact. The table is searched once per stretch of equal offset.
import { lowerBound } from '../core/sorted';

export function localTime(out: usize, time: usize, rows: i32, table: usize, tableLength: i32): void {
  const bytes = (<usize>(tableLength >> 1)) << 3; // of the instants
  const end = table + bytes;
  let from: f64 = NaN;
  let until: f64 = NaN;
  let offset: f64 = NaN;
  for (let r = 0; r < rows; r++) {
    const t = load<f64>(time);
    if (!(t >= from && t < until)) {
      let next = lowerBound(table, end, t);
      if (next < end && load<f64>(next) == t) next += 8; // the first instant behind t
      from = next > table ? load<f64>(next - 8) : -Infinity;
      until = next < end ? load<f64>(next) : Infinity;
      offset = next > table ? load<f64>(next - 8 + bytes) : NaN;
    }
    store<f64>(out, t + offset);
    time += 8;
    out += 8;
  }
}
