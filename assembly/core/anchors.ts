// Anchors on the clock of UTC, where a statistic begins anew or a model is fitted: hour, day, calendar month. Times are those
// of core/day.ts; an instant is microseconds since 1970-01-01, and NaN, no bar, has the anchor NaN.
import { dayMicros, dayOf, dayOfMonth, daysToMonthEnd } from "./day";

export const hourMicros: f64 = 3_600_000_000;

/** First instant of the hour. The quotient is below 2^19 until 2029 and 2^20 until 2089: exact as that of a day is. */
// @ts-ignore: decorator
@inline
export function hourStart(time: f64): f64 {
  return floor<f64>(time / hourMicros) * hourMicros;
}

/** First instant of the day. */
// @ts-ignore: decorator
@inline
export function dayStart(time: f64): f64 {
  return dayOf(time) * dayMicros;
}

/** First instant of the calendar month. */
export function monthStart(time: f64): f64 {
  if (time != time) return NaN;
  const day = dayOf(time);
  return (day - <f64>(dayOfMonth(<i32>day) - 1)) * dayMicros;
}

/** First instant of the month behind the one that begins at `start`. */
export function nextMonth(start: f64): f64 {
  if (start != start) return NaN;
  const day = dayOf(start);
  return (day + <f64>(daysToMonthEnd(<i32>day) + 1)) * dayMicros;
}

/** First instant of the month before the one that begins at `start`. */
export function previousMonth(start: f64): f64 {
  return monthStart(start - dayMicros);
}

/**
 * Rows right before the one at `time` that are at `from` or behind it, at most `limit`; none further back is read. Times
 * ascend and are NaN before the first bar, so that a search finds it.
 */
export function rowsSince(time: usize, from: f64, limit: i32): i32 {
  let since = 0;
  let before = limit + 1;
  while (before - since > 1) {
    const middle = (since + before) >> 1;
    if (load<f64>(time - ((<usize>middle) << 3)) >= from) since = middle;
    else before = middle;
  }
  return since;
}
