import { dayMicros } from "../core/day";
import { dayStart, rowsSince } from "../core/anchors";
import { distances, peaks, SHAPES_BYTES, shapeTails, shapesOf, smallerTails, TAIL_WORK_BYTES, tailWork } from "../core/gammaTails";
import { areKept, KEPT_BYTES, keepMore, keepOnly, keptRows, MARK } from "../core/kept";
import { powerOf2 } from "../core/powers";
import { resultAt } from "../core/results";
import {
  beginRuns, betas, births, constants, moveRuns, probabilities, runBytes, runLevel, runs, runScale, runTable, runTableBytes,
} from "../core/runLengths";

// Bayesian detection of change points since the start of the UTC day, before whose first row all mass is at run length 0
// (core/runLengths.ts, core/gammaTails.ts). A row whose x is NaN or infinite leaves the state as it is.
//
// The state is kept with the day's rows and held against those of a call. A row costs 5 ns for each run length and, where
// tails are wanted, 6 ns for each tail of each that weighs 2^-60 of the whole: of 500 lengths up to 2.7 and, of two tails, 5 us
// more. The polynomials of the tails are made once, in 5 ms.
//
// An entry of the table wants one plane: what it is, and a number. NaN in rows without a bar, where x is no finite number, and
// where the day has more than `maxRows` rows up to there; after an x beyond 1e100 for the rest of the day. The error of a
// probability is some 2^-40 of it; a tail is short by what weighs less than 2^-60.

// What an entry of the table wants; mirrored by host/catalog/operators/changes.ts.
const LENGTH: i32 = 0; // most probable length, the smaller of equals
const MASS: i32 = 1; // probability of lengths up to the number
const ABOVE: i32 = 2; // probability that the variance is above the number
const BELOW: i32 = 3;

/** Numbers of an entry. */
const ENTRY: i32 = 2;
const negligible: f64 = 8.673617379884035e-19; // 2^-60
const log2e: f64 = 1.4426950408889634;

export function bocpd(
  outs: usize, time: usize, x: usize, rows: i32, table: usize, length: i32, scratch: usize,
  hazard: f64, longestRun: f64, kappa: f64, alpha: f64, beta: f64, maxRows: f64,
): void {
  const most = <i32>maxRows;
  const longest = <i32>longestRun;
  const lengths = scratch + KEPT_BYTES + ((<usize>most) << 3);
  const shapes = lengths + runTableBytes(longest);
  const work = shapes + pairsOf(longest) * SHAPES_BYTES;
  const state = work + max(TAIL_WORK_BYTES, pairsOf(longest) << 5);
  if (load<i32>(scratch, MARK) == 0) {
    runTable(lengths, longest, hazard, kappa, alpha, beta);
    makeShapes(shapes, work, longest, alpha);
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
          if (isNumber(load<f64>(p))) moveRuns(state, lengths, load<f64>(p), longest, most, hazard, beta);
        keepMore(scratch, first + ((<usize>done) << 3), since - done);
      }
    }
    const value = load<f64>(x + at);
    const inside = t == t && since < most;
    if (inside) keepMore(scratch, x + at, 1);
    const known = inside && isNumber(value);
    if (known) moveRuns(state, lengths, value, longest, most, hazard, beta);
    for (let i = 0; i < count; i++) {
      const entry = table + ((<usize>(i * ENTRY)) << 3);
      store<f64>(resultAt(outs, i) + at, known ? read(state, lengths, shapes, work, most, entry) : NaN);
    }
  }
}

// @ts-ignore: decorator
@inline
function isNumber(x: f64): bool {
  return x - x == 0;
}

/** Pairs of run lengths that there are tables for. */
// @ts-ignore: decorator
@inline
function pairsOf(longest: i32): usize {
  return <usize>((longest + 3) >> 1);
}

function makeShapes(shapes: usize, work: usize, longest: i32, alpha: f64): void {
  tailWork(work);
  for (let r = 0; r < <i32>pairsOf(longest) << 1; r++) {
    const at = shapes + <usize>(r >> 1) * SHAPES_BYTES + ((<usize>(r & 1)) << 3);
    shapeTails(at, alpha + 0.5 * <f64>r, work);
  }
}

function read(state: usize, lengths: usize, shapes: usize, work: usize, most: i32, entry: usize): f64 {
  const number = load<f64>(entry, 8);
  if (!(runScale(state) < Infinity)) return NaN;
  switch (<i32>load<f64>(entry)) {
    case LENGTH:
      return mostProbable(state);
    case MASS:
      return massUpTo(state, min<i32>(<i32>number + 1, runs(state)));
    case ABOVE:
      return tail(state, lengths, shapes, work, most, number, true);
    default:
      return tail(state, lengths, shapes, work, most, number, false);
  }
}

/** Places behind the last run hold 0. */
function mostProbable(state: usize): f64 {
  const first = probabilities(state);
  const end = first + ((<usize>runs(state)) << 3);
  let even = f64x2.splat(0);
  let odd = even;
  let at = first;
  for (; at + 64 <= end; at += 64) {
    even = f64x2.pmax(even, f64x2.pmax(v128.load(at), v128.load(at, 16)));
    odd = f64x2.pmax(odd, f64x2.pmax(v128.load(at, 32), v128.load(at, 48)));
  }
  for (; at < end; at += 16) even = f64x2.pmax(even, v128.load(at));
  const largest = f64x2.pmax(even, odd);
  const most = f64x2.splat(max<f64>(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1)));
  at = first;
  while (at < end && !v128.any_true(f64x2.eq(v128.load(at), most))) at += 16;
  if (load<f64>(at) != f64x2.extract_lane(most, 0)) at += 8;
  return <f64>((at - first) >> 3);
}

function massUpTo(state: usize, count: i32): f64 {
  const first = probabilities(state);
  let sum: f64 = 0;
  for (let at = first; at < first + ((<usize>count) << 3); at += 8) sum += load<f64>(at);
  return min<f64>(1, sum * runScale(state));
}

/**
 * Probability that the variance is above the limit, or below it. A variance above the limit is one over a gamma number below
 * its inverse. Of each run the smaller tail is known, of which the other is what is left of its probability; a first pass
 * leaves of the smaller ones a ratio with its sign and the logarithm of a power of 2, of which the second takes the products.
 */
function tail(state: usize, lengths: usize, shapes: usize, work: usize, most: i32, limit: f64, above: bool): f64 {
  const first = probabilities(state);
  const end = first + ((<usize>runs(state)) << 3);
  const level = f64x2.splat(runLevel(state));
  const least = f64x2.splat(negligible / runScale(state));
  const leastLog = f64x2.splat(NativeMath.log(negligible / runScale(state)) * log2e);
  const inverse = f64x2.splat(1 / limit);
  const logLimit = f64x2.splat(NativeMath.log(limit) * log2e);
  const negative = f64x2.splat(-0.0);
  let sum = f64x2.splat(0);
  let to = work;
  for (let at = first, shape = shapes, r = 0; at < end; at += 16, shape += SHAPES_BYTES, r += 2) {
    const p = v128.load(at);
    const counts = f64x2.ge(p, least);
    if (!v128.any_true(counts)) continue;
    const y = f64x2.mul(betas(at, most), inverse);
    const distance = distances(shape, y);
    const isAbove = f64x2.gt(distance, f64x2.splat(0));
    const isOther = v128.and(above ? isAbove : v128.not(isAbove), counts);
    sum = f64x2.add(sum, v128.and(p, isOther));
    const fixed = f64x2.add(f64x2.add(constants(lengths, r), peaks(shape)), births(at, most, level));
    const moving = f64x2.add(f64x2.mul(shapesOf(shape), logLimit), f64x2.mul(y, f64x2.splat(log2e)));
    const exponent = f64x2.sub(fixed, moving);
    const matters = v128.and(f64x2.ge(exponent, leastLog), counts);
    if (!v128.any_true(matters)) continue;
    const ratio = v128.and(smallerTails(shape, distance, isAbove), matters);
    v128.store(to, v128.xor(ratio, v128.and(isOther, negative)));
    v128.store(to, exponent, 16);
    to += 32;
  }
  for (let at = work; at < to; at += 32) {
    sum = f64x2.add(sum, f64x2.mul(v128.load(at), powerOf2(v128.load(at, 16))));
  }
  return min<f64>(1, (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)) * runScale(state));
}
