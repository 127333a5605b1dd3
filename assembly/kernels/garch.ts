import { ALPHA, BETA, FIT_BYTES, FIT_WORK_BYTES, fitGarch, MU, OBSERVATIONS, OMEGA, VARIANCE } from "../core/garchFit";
import { areKept, keepMore, keepOnly, KEPT_BYTES, keptRows, MARK } from "../core/kept";
import { holds, lookAt, MONTH_BYTES, rowsBefore, rowsInMonth } from "../core/months";
import { resultAt } from "../core/results";

// GARCH(1,1) by quasi-maximum likelihood (core/garchFit.ts), fitted on the previous UTC calendar month and run forward in the
// current one (`garch`), or on the last n rows and run to the newest of them (`garchWindow`). An entry of the table wants one
// plane: what of the fit, the variance of the row as the row before it forecasts it, or that of the row behind it.
//
// `garch` leaves rows out that are no finite numbers, in the fit as in the month, where they are NaN and the forecast for them
// holds for the next row. The month begins with h_1 of the fit. Both months together may have `maxRows` rows up to the newest:
// more are NaN, all of them. Where fewer than `minRows` are numbers, their variance is 0, or the fit has not converged, all is NaN
// but observations, iterations and converged, which is 0 then. What comes before the first bar is not there.
//
// The rows of both months are kept in scratch with fit and forecast, and compared. Cost: a fit in a call that begins a month, 10 ms
// for 31,000 rows; beside it 30 ns a row in blocks, 14 us for a single row, most of it for the comparison.

// What an entry of the table wants beside the fields of a fit, by their number; mirrored by
// host/catalog/operators/garch.ts.
const FORECAST: i32 = 9;
const NEXT: i32 = 10;

/** Field offsets of the state behind the rows kept: fit, forecast for the next row. */
const H: usize = FIT_BYTES;
const STATE_BYTES: usize = FIT_BYTES + 8;

export function garch(
  outs: usize, time: usize, a: usize, rows: i32, table: usize, length: i32, scratch: usize, maxRows: f64, minRows: f64, free: f64,
): void {
  const most = <i32>maxRows;
  const kept = scratch;
  const scaled = kept + KEPT_BYTES + ((<usize>most) << 3);
  const month = scaled + ((<usize>most) << 3);
  const state = month + MONTH_BYTES;
  const work = state + STATE_BYTES;
  for (let done = 0; done < rows; ) {
    const bytes = (<usize>done) << 3;
    lookAt(month, time + bytes, most);
    let end = done + 1;
    while (end < rows && holds(month, load<f64>(time + ((<usize>end) << 3)))) end++;
    const before = rowsBefore(month);
    const since = rowsInMonth(month);
    // up to where both months have no more rows than they may
    const whole = before < 0 || !holds(month, load<f64>(time + bytes)) ? done : min<i32>(end, done + most - before - since);
    if (whole > done) {
      resume(kept, state, a + bytes, before, since, minRows, free != 0, scaled, work);
      keepMore(kept, a + bytes, whole - done);
      run(outs, bytes, a + bytes, whole - done, table, length, state);
    }
    for (let i = 0; i < length; i++) {
      fill(resultAt(outs, i) + ((<usize>whole) << 3), end - whole, NaN);
    }
    done = end;
  }
}

/** Brings fit and forecast to the row at `a`, of a month with so many rows before it and a month of so many before that. */
function resume(
  kept: usize, state: usize, a: usize, before: i32, since: i32, minRows: f64, free: bool, scaled: usize, work: usize,
): void {
  const begin = a - ((<usize>since) << 3);
  const first = begin - ((<usize>before) << 3);
  // one more than the rows of the fit, so that 0 is none
  const fitted = load<i32>(kept, MARK) == before + 1 && areKept(kept, 0, first, before);
  if (!fitted) {
    fitGarch(state, first, before, minRows, free, scaled, work);
    keepOnly(kept, 0);
    keepMore(kept, first, before);
    store<i32>(kept, before + 1, MARK);
  }
  if (fitted && keptRows(kept) == before + since && areKept(kept, before, begin, since)) return;
  keepOnly(kept, before);
  keepMore(kept, begin, since);
  let h = firstVariance(state, free);
  for (let p = begin; p < a; p += 8) h = follow(state, h, load<f64>(p));
  store<f64>(state, h, H);
}

/** h_1: of a targeted fit v, without rounding. */
function firstVariance(fit: usize, free: bool): f64 {
  const variance = load<f64>(fit, VARIANCE);
  if (!free) return variance;
  return load<f64>(fit, OMEGA) + (load<f64>(fit, ALPHA) + load<f64>(fit, BETA)) * variance;
}

/** The forecast behind a row. */
// @ts-ignore: decorator
@inline
function follow(fit: usize, h: f64, x: f64): f64 {
  const e = x - load<f64>(fit, MU);
  const next = load<f64>(fit, OMEGA) + load<f64>(fit, ALPHA) * (e * e) + load<f64>(fit, BETA) * h;
  return abs<f64>(x) < Infinity ? next : h;
}

/** Writes the rows from `a` on and leaves the forecast for the next. */
function run(outs: usize, bytes: usize, a: usize, rows: i32, table: usize, length: i32, state: usize): void {
  let forecasts: usize = 0;
  let nexts: usize = 0;
  for (let i = 0; i < length; i++) {
    const want = <i32>load<f64>(table + ((<usize>i) << 3));
    const out = resultAt(outs, i) + bytes;
    if (want == FORECAST) forecasts = out;
    else if (want == NEXT) nexts = out;
    else fill(out, rows, load<f64>(state + ((<usize>want) << 3)));
  }
  let h = load<f64>(state, H);
  for (let row: usize = 0, end = (<usize>rows) << 3; row < end; row += 8) {
    const x = load<f64>(a + row);
    const next = follow(state, h, x);
    const here = abs<f64>(x) < Infinity;
    if (forecasts) store<f64>(forecasts + row, here ? h : NaN);
    if (nexts) store<f64>(nexts + row, here ? next : NaN);
    h = next;
  }
  store<f64>(state, h, H);
}

// @ts-ignore: decorator
@inline
function fill(out: usize, rows: i32, value: f64): void {
  for (const end = out + ((<usize>rows) << 3); out < end; out += 8) store<f64>(out, value);
}

/** Every row has a fit of its own. NaN, all of it, where a row of the window is no finite number. */
export function garchWindow(
  outs: usize, a: usize, rows: i32, table: usize, length: i32, scratch: usize, window: f64, free: f64,
): void {
  const n = <i32>window;
  const state = scratch;
  const work = state + STATE_BYTES;
  const scaled = work + FIT_WORK_BYTES;
  for (let row: usize = 0, end = (<usize>rows) << 3; row < end; row += 8) {
    const newest = a + row;
    const first = newest - ((<usize>(n - 1)) << 3);
    fitGarch(state, first, n, window, free != 0, scaled, work);
    let h = firstVariance(state, free != 0);
    for (let p = first; p < newest; p += 8) h = follow(state, h, load<f64>(p));
    const next = follow(state, h, load<f64>(newest));
    const whole = load<f64>(state, OBSERVATIONS) == window;
    for (let i = 0; i < length; i++) {
      const want = <i32>load<f64>(table + ((<usize>i) << 3));
      const value = want == FORECAST ? h : want == NEXT ? next : load<f64>(state + ((<usize>want) << 3));
      store<f64>(resultAt(outs, i) + row, whole ? value : NaN);
    }
  }
}
