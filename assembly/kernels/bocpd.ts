import { dayMicros } from "../core/day";
import { dayStart, rowsSince } from "../core/anchors";
import { gammaTails, SHAPES_BYTES, shapeTails, TAIL_WORK_BYTES, tailWork } from "../core/gammaTails";
import { areKept, KEPT_BYTES, keepMore, keepOnly, keptRows, MARK } from "../core/kept";
import { resultAt } from "../core/results";
import {
  beginRuns, moveRuns, planeBytes, probabilities, runBytes, runs, runScale, runTable, runTableBytes,
} from "../core/runLengths";

// Bayesian detection of change points since the start of the UTC day, before whose first row all mass is at run length 0
// (core/runLengths.ts, core/gammaTails.ts). A row whose x is NaN or infinite leaves the state as it is.
//
// The state is kept with the day's rows and held against those of a call. A row costs 12 ns for each run length and, where
// tails are wanted, 8 ns for each tail of each that weighs 2^-60 of the whole: of 500 lengths up to 6 and, of two tails, 8 us.
// The polynomials of the tails are made once, in 5 ms.
//
// An entry of the table wants one plane: what it is, and a number. NaN in rows without a bar, where x is no finite number, and
// where the day has more than `maxRows` rows up to there; after an x beyond 1e100 for the rest of the day. The error of a
// probability is some 2^-38 of it; a tail is short by what weighs less than 2^-60.

// What an entry of the table wants; mirrored by host/catalog/operators/changes.ts.
const LENGTH: i32 = 0; // most probable length, the smaller of equals
const MASS: i32 = 1; // probability of lengths up to the number
const ABOVE: i32 = 2; // probability that the variance is above the number
const BELOW: i32 = 3;

/** Numbers of an entry. */
const ENTRY: i32 = 2;
const negligible: f64 = 8.673617379884035e-19; // 2^-60

export function bocpd(
  outs: usize, time: usize, x: usize, rows: i32, table: usize, length: i32, scratch: usize,
  hazard: f64, longestRun: f64, kappa: f64, alpha: f64, beta: f64, maxRows: f64,
): void {
  const most = <i32>maxRows;
  const longest = <i32>longestRun;
  const lengths = scratch + KEPT_BYTES + ((<usize>most) << 3);
  const shapes = lengths + runTableBytes(longest);
  const state = shapes + (<usize>((longest + 3) >> 1)) * SHAPES_BYTES;
  const logBeta = NativeMath.log(beta);
  if (load<i32>(scratch, MARK) == 0) {
    makeTables(lengths, shapes, state + runBytes(most), longest, kappa, alpha);
    beginRuns(state, most, beta);
    store<i32>(scratch, 1, MARK);
  }
  const count = length / ENTRY;
  let end: f64 = NaN; // of the day
  let since = most; // rows of the day before the current one
  for (let row = 0; row < rows; row++, since++) {
    const at = (<usize>row) << 3;
    const t = load<f64>(time + at);
    if (t == t && !(t < end)) {
      const start = dayStart(t);
      end = start + dayMicros;
      since = rowsSince(time + at, start, most);
      if (since < most) {
        const first = x + at - ((<usize>since) << 3);
        const kept = keptRows(scratch);
        let done = kept;
        if (kept > since || !areKept(scratch, 0, first, kept)) {
          keepOnly(scratch, 0);
          beginRuns(state, most, beta);
          done = 0;
        }
        for (let p = first + ((<usize>done) << 3); p < x + at; p += 8)
          if (isNumber(load<f64>(p))) moveRuns(state, lengths, load<f64>(p), longest, most, hazard, beta, logBeta);
        keepMore(scratch, first + ((<usize>done) << 3), since - done);
      }
    }
    const value = load<f64>(x + at);
    const inside = t == t && since < most;
    if (inside) keepMore(scratch, x + at, 1);
    const known = inside && isNumber(value);
    if (known) moveRuns(state, lengths, value, longest, most, hazard, beta, logBeta);
    for (let i = 0; i < count; i++) {
      const entry = table + ((<usize>(i * ENTRY)) << 3);
      const plane = planeBytes(most);
      store<f64>(resultAt(outs, i) + at, known ? read(state, shapes, plane, entry) : NaN);
    }
  }
}

// @ts-ignore: decorator
@inline
function isNumber(x: f64): bool {
  return x - x == 0;
}

function makeTables(lengths: usize, shapes: usize, work: usize, longest: i32, kappa: f64, alpha: f64): void {
  runTable(lengths, longest, kappa, alpha);
  tailWork(work);
  for (let r = 0; r < (longest + 3) >> 1 << 1; r++) {
    const at = shapes + <usize>(r >> 1) * SHAPES_BYTES + ((<usize>(r & 1)) << 3);
    shapeTails(at, alpha + 0.5 * <f64>r, work);
  }
}

function read(state: usize, shapes: usize, plane: usize, entry: usize): f64 {
  const number = load<f64>(entry, 8);
  switch (<i32>load<f64>(entry)) {
    case LENGTH:
      return mostProbable(state);
    case MASS:
      return massUpTo(state, min<i32>(<i32>number + 1, runs(state)));
    case ABOVE:
      return tail(state, shapes, plane, number, true);
    default:
      return tail(state, shapes, plane, number, false);
  }
}

/** Places behind the last run hold 0. */
function mostProbable(state: usize): f64 {
  const first = probabilities(state);
  const end = first + ((<usize>runs(state)) << 3);
  let largest = f64x2.splat(0);
  for (let at = first; at < end; at += 16) largest = f64x2.pmax(largest, v128.load(at));
  const most = max<f64>(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
  let at = first;
  while (at < end && load<f64>(at) != most) at += 8;
  return at < end && runScale(state) < Infinity ? <f64>((at - first) >> 3) : NaN;
}

function massUpTo(state: usize, count: i32): f64 {
  const first = probabilities(state);
  let sum: f64 = 0;
  for (let at = first; at < first + ((<usize>count) << 3); at += 8) sum += load<f64>(at);
  return min<f64>(1, sum * runScale(state));
}

function tail(state: usize, shapes: usize, plane: usize, limit: f64, above: bool): f64 {
  const first = probabilities(state);
  const scale = runScale(state);
  const least = f64x2.splat(negligible / scale);
  const inverse = f64x2.splat(1 / limit);
  const logLimit = f64x2.splat(NativeMath.log(limit));
  let sum = f64x2.splat(0);
  let shape = shapes;
  for (let at = first, end = first + ((<usize>runs(state)) << 3); at < end; at += 16, shape += SHAPES_BYTES) {
    const p = v128.load(at);
    const counts = f64x2.ge(p, least);
    if (!v128.any_true(counts)) continue;
    const y = f64x2.mul(v128.load(at + plane), inverse);
    // a variance above the limit is one over a gamma number below its inverse
    const part = gammaTails(shape, y, f64x2.sub(v128.load(at + 2 * plane), logLimit), !above);
    sum = f64x2.add(sum, v128.and(f64x2.mul(p, part), counts));
  }
  return min<f64>(1, (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)) * scale);
}
