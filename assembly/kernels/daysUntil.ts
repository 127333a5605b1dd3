// Whole UTC days from a bar to the next day of a table (0 on the day itself), at most `cap`. The table holds days since
// 1970-01-01 as f64, ascending; before its first day and behind its last one nothing is known and the result is NaN,
// as it is where there is no bar. Exact. The table is searched once per day.
import { dayMicros, dayOf } from '../core/day';
import { lowerBound } from '../core/sorted';

export function daysUntil(out: usize, time: usize, rows: i32, table: usize, tableLength: i32, cap: f64): void {
  const end = table + ((<usize>tableLength) << 3);
  let midnight: f64 = NaN;
  let days: f64 = NaN;
  for (let r = 0; r < rows; r++) {
    const t = load<f64>(time);
    const within = t - midnight;
    if (!(within >= 0 && within < dayMicros)) {
      const day = dayOf(t);
      midnight = day * dayMicros;
      const next = lowerBound(table, end, day);
      const known = next < end && load<f64>(table) <= day;
      days = known ? min<f64>(load<f64>(next) - day, cap) : NaN;
    }
    store<f64>(out, days);
    time += 8;
    out += 8;
  }
}
