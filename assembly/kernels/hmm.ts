import { beginFilter, DURATION, FILTER_BYTES, moveFilter, PROBABILITIES, STATE } from "../core/filterStates";
import { fit } from "../core/hiddenMarkov";
import {
  CONVERGED, ITERATIONS, LAST, LOG_LIKELIHOOD, MEAN, MODEL_BYTES, OBSERVATIONS, START, STATES, TRANSITION, VARIANCE,
} from "../core/hiddenModel";
import { areKept, KEPT_BYTES, keepMore, keepOnly, keptRows } from "../core/kept";
import { holds, lookAt, MONTH_BYTES, rowsBefore, rowsInMonth } from "../core/months";
import { resultAt } from "../core/results";

// A hidden Markov model of three Gaussian states, fitted to the calendar month before that of a row and filtered forward from
// the month's first row to it (core/hiddenMarkov.ts, core/filterStates.ts). An observation is a pair of finite numbers; a row
// without one is left out, there and here. The state with the largest mean of the first coordinate is called shock, of the
// others the one with the larger mean of the second trend, and the last calm; states are in the order calm, trend, shock.
//
// Fit and filter are kept with the rows that they were made of, and held against those of a call: a call costs the comparison
// of two months, some 25 us, and a filter step of 80 ns for each row; a fit, once a month, 4 ms and 1 for each step
// for 31,000 rows.
//
// An entry of the table wants one plane: what it is, and two numbers. NaN in rows without a bar, where either month has more
// than half of `maxRows` rows, and where the month before has fewer than `minRows` observations, where the fit has no step
// and has not converged. What is filtered is NaN besides in
// rows without an observation and where the fit did not converge. The error of the fit is that of sums over its rows, some
// 2^-40 of a parameter; the step at which it stops is decided by its likelihood.

// What an entry of the table wants; mirrored by host/catalog/operators/hiddenMarkov.ts.
const PROBABILITY: i32 = 0; // of the state of the first number
const DURATION_WANTED: i32 = 1; // observations since the most likely state changed, at most the first number
const LEAVING: i32 = 2; // chance that the next row has another state
const PERSISTENCE: i32 = 3; // chance that the most likely state stays
const OF_START: i32 = 4; // of the model: of a state
const OF_TRANSITION: i32 = 5; // from a state to another
const OF_MEAN: i32 = 6; // of a state, and a coordinate
const OF_VARIANCE: i32 = 7;
const OF_FIT: i32 = 8; // by the first number: log likelihood, iterations, converged, observations

/** Numbers of an entry. */
const ENTRY: i32 = 3;

// Field offsets of the scratch memory.
/** 1 when the rest is laid out. */
const READY: usize = 0;
/** Rows of the month before among those kept. */
const BEFORE: usize = 4;
/** 1 where there is a model. */
const FITTED: usize = 8;
const MONTH: usize = 16;
const MODEL: usize = MONTH + MONTH_BYTES;
const FILTER: usize = MODEL + MODEL_BYTES;
const KEPT: usize = FILTER + FILTER_BYTES;

export function hmm(
  outs: usize, time: usize, x: usize, y: usize, rows: i32, table: usize, length: i32, scratch: usize,
  maxRows: f64, minRows: f64,
): void {
  // of one month
  const most = <i32>maxRows >> 1;
  const keptX = scratch + KEPT;
  const keptY = keptX + KEPT_BYTES + ((<usize>most) << 4);
  if (load<i32>(scratch, READY) == 0) {
    forget(scratch, keptX, keptY);
    store<i32>(scratch, 1, READY);
  }
  const month = scratch + MONTH;
  const count = length / ENTRY;
  for (let row = 0; row < rows; ) {
    const at = (<usize>row) << 3;
    lookAt(month, time + at, 2 * most);
    const before = rowsBefore(month);
    const since = rowsInMonth(month);
    if (!holds(month, load<f64>(time + at)) || before < 0 || before > most || since >= most) {
      for (let i = 0; i < count; i++) store<f64>(resultAt(outs, i) + at, NaN);
      row++;
      continue;
    }
    const firstX = x + at - ((<usize>(before + since)) << 3);
    const firstY = y + at - ((<usize>(before + since)) << 3);
    goOn(scratch, keptX, keptY, firstX, firstY, before, since, <i32>minRows, most);
    const last = min(rows, row + most - since);
    const from = row;
    for (; row < last && holds(month, load<f64>(time + ((<usize>row) << 3))); row++) {
      const place = (<usize>row) << 3;
      const observed = move(scratch, load<f64>(x + place), load<f64>(y + place));
      for (let i = 0; i < count; i++) {
        const entry = table + ((<usize>(i * ENTRY)) << 3);
        store<f64>(resultAt(outs, i) + place, read(scratch, entry, observed));
      }
    }
    keepMore(keptX, x + at, row - from);
    keepMore(keptY, y + at, row - from);
  }
}

function forget(scratch: usize, keptX: usize, keptY: usize): void {
  keepOnly(keptX, 0);
  keepOnly(keptY, 0);
  store<i32>(scratch, -1, BEFORE);
}

/** Brings model and filter to the row behind the first `since` of the month, from what is kept as far as it holds. */
function goOn(
  scratch: usize, keptX: usize, keptY: usize, x: usize, y: usize, before: i32, since: i32, least: i32, most: i32,
): void {
  const known = load<i32>(scratch, BEFORE) == before && areKept(keptX, 0, x, before) && areKept(keptY, 0, y, before);
  if (!known) {
    forget(scratch, keptX, keptY);
    keepMore(keptX, x, before);
    keepMore(keptY, y, before);
    fitMonth(scratch, keptY + KEPT_BYTES + ((<usize>most) << 4), x, y, before, least);
    store<i32>(scratch, before, BEFORE);
  }
  const ofMonth = (<usize>before) << 3;
  const filtered = keptRows(keptX) - before;
  const holdsOn =
    known &&
    filtered <= since &&
    areKept(keptX, before, x + ofMonth, filtered) &&
    areKept(keptY, before, y + ofMonth, filtered);
  if (!holdsOn) {
    keepOnly(keptX, before);
    keepOnly(keptY, before);
    beginFilter(scratch + FILTER, scratch + MODEL);
  }
  const done = holdsOn ? filtered : 0;
  const from = ofMonth + ((<usize>done) << 3);
  for (let place = from; place < ofMonth + ((<usize>since) << 3); place += 8)
    move(scratch, load<f64>(x + place), load<f64>(y + place));
  keepMore(keptX, x + from, since - done);
  keepMore(keptY, y + from, since - done);
}

/** Moves the filter on, where the row has an observation and there is a model. Returns whether it has. */
// @ts-ignore: decorator
@inline
function move(scratch: usize, x: f64, y: f64): bool {
  const observed = x - x == 0 && y - y == 0;
  if (observed && load<i32>(scratch, FITTED) == 1) moveFilter(scratch + FILTER, scratch + MODEL, x, y);
  return observed;
}

function fitMonth(scratch: usize, work: usize, x: usize, y: usize, rows: i32, least: i32): void {
  let n = 0;
  for (const end = x + ((<usize>rows) << 3); x < end; x += 8, y += 8) {
    const point = work + ((<usize>n) << 4);
    const first = load<f64>(x);
    const second = load<f64>(y);
    store<f64>(point, first);
    store<f64>(point, second, 8);
    n += i32(first - first == 0 && second - second == 0);
  }
  store<i32>(scratch, i32(n >= least), FITTED);
  const model = scratch + MODEL;
  if (n < least) return empty(model, n);
  fit(model, work, n, work + ((<usize>(n + 1)) << 4));
  order(model);
}

/** What is known where there is no model. */
function empty(model: usize, n: i32): void {
  for (let at = model; at < model + MODEL_BYTES; at += 8) store<f64>(at, NaN);
  store<f64>(model, 0, ITERATIONS);
  store<f64>(model, 0, CONVERGED);
  store<f64>(model, <f64>n, OBSERVATIONS);
}

/** Puts the states into the order calm, trend, shock. */
function order(model: usize): void {
  const mean = model + MEAN;
  let shock = 0;
  for (let k = 1; k < STATES; k++)
    if (load<f64>(mean + ((<usize>k) << 4)) > load<f64>(mean + ((<usize>shock) << 4))) shock = k;
  exchange(model, shock, 2);
  if (load<f64>(mean, 8) > load<f64>(mean + 16, 8)) exchange(model, 0, 1);
}

function exchange(model: usize, a: i32, b: i32): void {
  if (a == b) return;
  const first = <usize>a;
  const second = <usize>b;
  swap(model + START + (first << 3), model + START + (second << 3));
  swap(model + LAST + (first << 3), model + LAST + (second << 3));
  for (let i: usize = 0; i < 16; i += 8) {
    swap(model + MEAN + (first << 4) + i, model + MEAN + (second << 4) + i);
    swap(model + VARIANCE + (first << 4) + i, model + VARIANCE + (second << 4) + i);
  }
  for (let i: usize = 0; i < 24; i += 8)
    swap(model + TRANSITION + first * 24 + i, model + TRANSITION + second * 24 + i);
  for (let row: usize = 0; row < 72; row += 24)
    swap(model + TRANSITION + row + (first << 3), model + TRANSITION + row + (second << 3));
}

// @ts-ignore: decorator
@inline
function swap(a: usize, b: usize): void {
  const kept = load<f64>(a);
  store<f64>(a, load<f64>(b));
  store<f64>(b, kept);
}

function read(scratch: usize, entry: usize, observed: bool): f64 {
  const model = scratch + MODEL;
  const filter = scratch + FILTER;
  const first = <usize>load<f64>(entry, 8);
  const second = <usize>load<f64>(entry, 16);
  const want = <i32>load<f64>(entry);
  if (want < OF_START && (!observed || load<f64>(model, CONVERGED) == 0)) return NaN;
  const state = <usize>load<i32>(filter, STATE);
  switch (want) {
    case PROBABILITY:
      return load<f64>(filter + (first << 3), PROBABILITIES);
    case DURATION_WANTED:
      return min<f64>(<f64>load<i32>(filter, DURATION), <f64>first);
    case LEAVING: {
      let sum: f64 = 0;
      for (let k: usize = 0; k < <usize>STATES; k++)
        sum += load<f64>(filter + (k << 3), PROBABILITIES) * (1 - load<f64>(model + TRANSITION + (k << 5)));
      return sum;
    }
    case PERSISTENCE:
      return load<f64>(model + TRANSITION + (state << 5));
    case OF_START:
      return load<f64>(model + START + (first << 3));
    case OF_TRANSITION:
      return load<f64>(model + TRANSITION + first * 24 + (second << 3));
    case OF_MEAN:
      return load<f64>(model + MEAN + (first << 4) + (second << 3));
    case OF_VARIANCE:
      return load<f64>(model + VARIANCE + (first << 4) + (second << 3));
    default:
      return load<f64>(model + LOG_LIKELIHOOD + (first << 3));
  }
}
