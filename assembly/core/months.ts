// Where a row stands in its calendar month, and how many rows the month before it has: what a model that is fitted on the
// previous month and applied in the current one asks of the clock.
import { monthStart, nextMonth, previousMonth, rowsSince } from "./anchors";

// Field offsets.
const START: usize = 0;
const END: usize = 8;
const BEFORE: usize = 16;
const SINCE: usize = 20;
export const MONTH_BYTES: usize = 24;

/**
 * Looks at the row at `time`. Both months together may have `maxRows` rows up to it; one row more is read to see that they have
 * not, and where they have, the rows of the month before are -1.
 */
export function lookAt(month: usize, time: usize, maxRows: i32): void {
  const start = monthStart(load<f64>(time));
  store<f64>(month, start, START);
  store<f64>(month, nextMonth(start), END);
  const since = rowsSince(time, start, maxRows);
  const all = rowsSince(time, previousMonth(start), maxRows);
  store<i32>(month, since, SINCE);
  store<i32>(month, all < maxRows ? all - since : -1, BEFORE);
}

/** Whether a time lies in the month; NaN never does. */
// @ts-ignore: decorator
@inline
export function holds(month: usize, time: f64): bool {
  return time >= load<f64>(month, START) && time < load<f64>(month, END);
}

/** Rows of the month before, as far as there are bars; -1 where they are too many. */
// @ts-ignore: decorator
@inline
export function rowsBefore(month: usize): i32 {
  return load<i32>(month, BEFORE);
}

/** Rows of the month that come before the row that was looked at. */
// @ts-ignore: decorator
@inline
export function rowsInMonth(month: usize): i32 {
  return load<i32>(month, SINCE);
}
