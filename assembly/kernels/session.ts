// Statistics of the rows since the latest session open of the same UTC day. The opens are a table of ascending minutes
// of the day, as f64; before the first of them a day has no session yet. A call looks back for the open of its first
// row's session and then runs through the rows in order, so a value depends on the rows of its session alone, wherever
// a block begins. At most `maxRows` rows are looked back: a session longer than that is NaN from there on.
// Rows without a bar (NaN time) are NaN and belong to no session; times ascend.
import { dayMicros, dayOf, minuteMicros, minuteOf } from '../core/day';

/** How many rows the session has so far, the current one included; 0 outside any session. Exact. */
export function sessionRows(
  out: usize, time: usize, rows: i32, opens: usize, opensLength: i32, maxRows: f64,
): void {
  let from: f64 = NaN;
  let until: f64 = NaN;
  let known = false;
  let n = 0;
  for (let r = 0; r < rows; r++) {
    const t = load<f64>(time);
    if (!(t >= from && t < until)) {
      const before = opensBefore(t, opens, opensLength);
      from = startOf(t, opens, before);
      until = endOf(t, opens, opensLength, before);
      known = before > 0;
      n = r == 0 ? rowsSince(from, time, <i32>maxRows) : 0;
    }
    n++;
    store<f64>(out, t != t ? NaN : !known ? 0 : n > <i32>maxRows ? NaN : <f64>n);
    time += 8;
    out += 8;
  }
}

/**
 * Sample standard deviation (divisor n - 1) of `a` over the rows of the session so far; NaN before `minRows` rows,
 * outside any session, and from the first NaN in the session on. Sums are taken of differences to the session's first
 * value and centred by the update of Youngs and Cramer (1971), as in Chan, Golub and LeVeque (1983): nothing large is
 * subtracted, a constant session has exactly 0, and the division is off the chain from row to row.
 */
export function sessionStd(
  out: usize, time: usize, a: usize, rows: i32, opens: usize, opensLength: i32, minRows: f64, maxRows: f64,
): void {
  const least = max<f64>(minRows, 2);
  let from: f64 = NaN;
  let until: f64 = NaN;
  let known = false;
  let n: f64 = 0;
  let first: f64 = 0; // the session's first value
  let sum: f64 = 0; // of the differences to it
  let m2: f64 = 0;
  const back = backToOpen(time, opens, opensLength, <i32>maxRows);
  time -= (<usize>back) << 3;
  a -= (<usize>back) << 3;
  for (let r = -back; r < rows; r++) {
    const t = load<f64>(time);
    const value = load<f64>(a);
    if (!(t >= from && t < until)) {
      const before = opensBefore(t, opens, opensLength);
      from = startOf(t, opens, before);
      until = endOf(t, opens, opensLength, before);
      known = before > 0;
      n = 1;
      first = value;
      sum = value - first; // 0, or NaN for NaN and infinity
      m2 = sum;
    } else {
      const x = value - first;
      n += 1;
      sum += x;
      const d = n * x - sum;
      m2 += (d * d) / (n * (n - 1));
    }
    if (r >= 0) {
      const defined = known && n >= least && n <= maxRows;
      store<f64>(out, defined ? sqrt<f64>(m2 / (n - 1)) : NaN);
      out += 8;
    }
    time += 8;
    a += 8;
  }
}

/** How many of the day's opens are at or before t; 0 where there is no bar. */
function opensBefore(t: f64, opens: usize, opensLength: i32): i32 {
  const minute = minuteOf(t - dayOf(t) * dayMicros);
  let count = 0;
  while (count < opensLength && load<f64>(opens + ((<usize>count) << 3)) <= minute) count++;
  return count;
}

/** Start of the stretch between two opens that t lies in, or midnight; NaN for NaN. */
function startOf(t: f64, opens: usize, before: i32): f64 {
  const midnight = dayOf(t) * dayMicros;
  return before == 0 ? midnight : midnight + load<f64>(opens + ((<usize>(before - 1)) << 3)) * minuteMicros;
}

/** End of that stretch: the day's next open, or midnight. */
function endOf(t: f64, opens: usize, opensLength: i32, before: i32): f64 {
  const midnight = dayOf(t) * dayMicros;
  return before == opensLength ? midnight + dayMicros : midnight + load<f64>(opens + ((<usize>before) << 3)) * minuteMicros;
}

/** Rows right before the one at `time` that are not before `from`, at most `limit`. */
function rowsSince(from: f64, time: usize, limit: i32): i32 {
  let count = 0;
  while (count < limit && load<f64>(time - ((<usize>(count + 1)) << 3)) >= from) count++;
  return count;
}

/** Rows of the session of the row at `time` that come before it, at most `limit`. */
function backToOpen(time: usize, opens: usize, opensLength: i32, limit: i32): i32 {
  const t = load<f64>(time);
  return rowsSince(startOf(t, opens, opensBefore(t, opens, opensLength)), time, limit);
}
