import { hourMicros, hourStart, monthStart, nextMonth } from "./core/anchors";

// Units of the clock, mirrored by host/engine/fits.ts.
const MONTH: i32 = 0;

/**
 * Finds the rows in which a month or an hour of UTC begins: those that lie in another one than the row before, whose time is
 * `before`, NaN where there is none. Writes for each its number and the unit's first instant, as f64; returns how many.
 */
export function anchorRows(time: usize, rows: i32, unit: i32, before: f64, out: usize): i32 {
  let start = unit == MONTH ? monthStart(before) : hourStart(before);
  let end = unit == MONTH ? nextMonth(start) : start + hourMicros;
  let count = 0;
  for (let row = 0; row < rows; row++, time += 8) {
    const t = load<f64>(time);
    if (t >= start && t < end) continue;
    start = unit == MONTH ? monthStart(t) : hourStart(t);
    end = unit == MONTH ? nextMonth(start) : start + hourMicros;
    store<f64>(out, <f64>row);
    store<f64>(out, start, 8);
    out += 16;
    count++;
  }
  return count;
}
