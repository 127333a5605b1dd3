import { dayMicros } from "../core/day";
import { dayStart, rowsSince } from "../core/anchors";
import { SHAPES_BYTES, shapeTails, smallerTails, TAIL_WORK_BYTES, tailPeak, tailWork } from "../core/gammaTails";
import { areKept, KEPT_BYTES, keepMore, keepOnly, keptRows, MARK } from "../core/kept";
import { sumOfPowers } from "../core/powers";
import { resultAt } from "../core/results";
import {
  beginRuns, betas, births, constant, firstAlphas, moveRuns, nextAlphas, probabilities, runLevel, runs, runScale, runTable, runTableBytes,
} from "../core/runLengths";

// Bayesian detection of change points since the start of the UTC day, before whose first row all mass is at run length 0
// (core/runLengths.ts, core/gammaTails.ts). A row whose x is NaN or infinite leaves the state as it is.
//
// The state is kept with the day's rows and held against those of a call. A row costs 4 ns for each run length and, where
// tails are wanted, 8 ns for each tail of each that weighs 2^-54 of the whole: of 500 lengths up to 2.2 and, of two tails, 4 us
// more. The polynomials of the tails are made once, in 5 ms.
//
// An entry of the table wants one plane: what it is, and a number. NaN in rows without a bar, where x is no finite number, and
// where the day has more than `maxRows` rows up to there; after an x beyond 1e100 for the rest of the day. The error of a
// probability is some 2^-40 of it; a tail is short by what weighs less than 2^-54
// of the whole, and has an error of 2^-50 of it from what weighs little.

// What an entry of the table wants; mirrored by host/catalog/operators/changes.ts.
// 0 is the most probable length, the smaller of equals; 1 the probability of lengths up to the number; from 2 on it is a tail:
// 2 the probability that the variance is above the number, 3 that it is below.
const LENGTH: i32 = 0;
const ABOVE: i32 = 2;

/** Numbers of an entry, and bytes to the next. */
const ENTRY: i32 = 2;
const NEXT_ENTRY: usize = 16;
// Planes of a list of tails, of two lengths side by side: their logarithm to base 2 but for a ratio, how far y lies above the
// shape and then the ratio, and where the polynomials lie. A limit has two lists.
const DISTANCE: usize = 1;
const SHAPES: usize = 2;
const PLANES: usize = 3;
const LISTED: usize = 2 * PLANES;
/** Powers of 2 of the whole: a tail below the first is left out, and one below the second has the short polynomial. */
const negligible: f64 = -54;
const small: f64 = -28;
const log2e: f64 = 1.4426950408889634;

export function bocpd(
  outs: usize, time: usize, x: usize, rows: i32, table: usize, length: i32, scratch: usize,
  hazard: f64, longestRun: f64, kappa: f64, alpha: f64, beta: f64, maxRows: f64,
): void {
  const most = <i32>maxRows;
  const longest = <i32>longestRun;
  const lengths = scratch + KEPT_BYTES + ((<usize>most) << 3);
  const shapes = lengths + runTableBytes(longest);
  const peaks = shapes + pairsOf(longest) * SHAPES_BYTES;
  const work = peaks + (pairsOf(longest) << 4);
  const state = work + max(TAIL_WORK_BYTES, 2 * LISTED * listBytes(longest));
  if (load<i32>(scratch, MARK) == 0) {
    runTable(lengths, longest, hazard, kappa, alpha, beta);
    makeShapes(shapes, peaks, lengths, work, longest, alpha);
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
          if (isNumber(load<f64>(p))) moveRuns(state, lengths, load<f64>(p), longest, most, hazard, alpha, beta);
        keepMore(scratch, first + ((<usize>done) << 3), since - done);
      }
    }
    const value = load<f64>(x + at);
    const inside = t == t && since < most;
    if (inside) keepMore(scratch, x + at, 1);
    const known = inside && isNumber(value);
    if (known) moveRuns(state, lengths, value, longest, most, hazard, alpha, beta);
    for (let i = 0; i < count; i++) {
      const entry = table + <usize>i * NEXT_ENTRY;
      if (!known || !(runScale(state) < Infinity)) store<f64>(resultAt(outs, i) + at, NaN);
      else if (!isTail(entry)) store<f64>(resultAt(outs, i) + at, read(state, entry));
      else if (i + 1 < count && isTail(entry + NEXT_ENTRY)) {
        tailsOfTwo(outs, i, at, state, shapes, peaks, work, longest, most, alpha, entry);
        i++;
      } else tailsOfOne(outs, i, at, state, shapes, peaks, work, longest, most, alpha, entry);
    }
  }
}

// @ts-ignore: decorator
@inline
function isNumber(x: f64): bool {
  return x - x == 0;
}

/** Bytes of a plane of a list, with room for a pair behind the last. */
// @ts-ignore: decorator
@inline
function listBytes(longest: i32): usize {
  return (pairsOf(longest) + 1) << 4;
}

/** Pairs of run lengths that there are tables for. */
// @ts-ignore: decorator
@inline
function pairsOf(longest: i32): usize {
  return <usize>((longest + 3) >> 1);
}

/** Of each run length the tails, and what of their logarithm and that of the weight does not depend on its numbers. */
function makeShapes(shapes: usize, peaks: usize, lengths: usize, work: usize, longest: i32, alpha: f64): void {
  tailWork(work);
  for (let r = 0; r < <i32>pairsOf(longest) << 1; r++) {
    const at = shapes + <usize>(r >> 1) * SHAPES_BYTES + ((<usize>(r & 1)) << 3);
    const shape = alpha + 0.5 * <f64>r;
    shapeTails(at, shape, work);
    store<f64>(peaks + ((<usize>r) << 3), constant(lengths, r) + tailPeak(shape));
  }
}

// @ts-ignore: decorator
@inline
function isTail(entry: usize): bool {
  return load<f64>(entry) >= <f64>ABOVE;
}

function read(state: usize, entry: usize): f64 {
  if (<i32>load<f64>(entry) == LENGTH) return mostProbable(state);
  return massUpTo(state, min<i32>(<i32>load<f64>(entry, 8) + 1, runs(state)));
}

function tailsOfOne(
  outs: usize, i: i32, at: usize, state: usize, shapes: usize, peaks: usize, work: usize, longest: i32, most: i32, alpha: f64, entry: usize,
): void {
  tails(false, outs, i, at, state, shapes, peaks, work, longest, most, alpha, entry);
}

function tailsOfTwo(
  outs: usize, i: i32, at: usize, state: usize, shapes: usize, peaks: usize, work: usize, longest: i32, most: i32, alpha: f64, entry: usize,
): void {
  tails(true, outs, i, at, state, shapes, peaks, work, longest, most, alpha, entry);
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
 * Probabilities that the variance is above a limit, or below it, of one entry or of two. A variance above the limit is one over
 * a gamma number below its inverse. Of each run the smaller tail is known, of which the other is what is left of its
 * probability. A first pass, the same for both entries, takes the logarithms of what the smaller ones come to, and lists those
 * that matter much and those that matter little; then come their ratios, and then powers and products: each pass waits for
 * something else.
 */
// @ts-ignore: decorator
@inline
function tails(
  two: bool, outs: usize, i: i32, at: usize, state: usize, shapes: usize, peaks: usize, work: usize, longest: i32, most: i32, alpha: f64, entry: usize,
): void {
  const place = probabilities(state);
  const end = place + ((<usize>runs(state)) << 3);
  const level = runLevel(state);
  const whole = level - NativeMath.log(runScale(state)) * log2e;
  const least = f64x2.splat(whole + negligible);
  const little = f64x2.splat(whole + small);
  const byNumber = f64x2.splat(log2e);
  const plane = listBytes(longest);
  const limit0 = load<f64>(entry, 8);
  const limit1 = two ? load<f64>(entry, NEXT_ENTRY + 8) : 0;
  const above0 = isAbove(entry);
  const above1 = two ? isAbove(entry + NEXT_ENTRY) : above0;
  const inverse0 = f64x2.splat(1 / limit0);
  const inverse1 = two ? f64x2.splat(1 / limit1) : inverse0;
  const logLimit0 = f64x2.splat(NativeMath.log(limit0) * log2e);
  const logLimit1 = two ? f64x2.splat(NativeMath.log(limit1) * log2e) : logLimit0;
  const other = work + LISTED * plane;
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let alphas = firstAlphas(alpha);
  let long0 = work;
  let short0 = work + PLANES * plane;
  let long1 = other;
  let short1 = other + PLANES * plane;
  for (let run = place, peak = peaks, pair = shapes; run < end; run += 16, peak += 16, pair += SHAPES_BYTES) {
    const p = v128.load(run);
    const beta = betas(run, most);
    const born = f64x2.add(v128.load(peak), births(run, most));
    const y0 = f64x2.mul(beta, inverse0);
    const distance0 = f64x2.sub(y0, alphas);
    sum0 = f64x2.add(sum0, v128.and(p, v128.xor(f64x2.lt(distance0, f64x2.splat(0)), above0)));
    const exponent0 = f64x2.sub(born, f64x2.add(f64x2.mul(alphas, logLimit0), f64x2.mul(y0, byNumber)));
    if (i64x2.bitmask(f64x2.ge(exponent0, little))) {
      list(long0, plane, exponent0, distance0, pair);
      long0 += 16;
    } else if (i64x2.bitmask(f64x2.ge(exponent0, least))) {
      list(short0, plane, exponent0, distance0, pair);
      short0 += 16;
    }
    if (two) {
      const y1 = f64x2.mul(beta, inverse1);
      const distance1 = f64x2.sub(y1, alphas);
      sum1 = f64x2.add(sum1, v128.and(p, v128.xor(f64x2.lt(distance1, f64x2.splat(0)), above1)));
      const exponent1 = f64x2.sub(born, f64x2.add(f64x2.mul(alphas, logLimit1), f64x2.mul(y1, byNumber)));
      if (i64x2.bitmask(f64x2.ge(exponent1, little))) {
        list(long1, plane, exponent1, distance1, pair);
        long1 += 16;
      } else if (i64x2.bitmask(f64x2.ge(exponent1, least))) {
        list(short1, plane, exponent1, distance1, pair);
        short1 += 16;
      }
    }
    alphas = nextAlphas(alphas);
  }
  store<f64>(resultAt(outs, i) + at, tail(state, work, long0, short0, plane, level, sum0, above0));
  if (two) store<f64>(resultAt(outs, i + 1) + at, tail(state, other, long1, short1, plane, level, sum1, above1));
}

/** All bits where the entry wants what is above its limit, none where below. */
// @ts-ignore: decorator
@inline
function isAbove(entry: usize): v128 {
  return i64x2.splat(<i32>load<f64>(entry) == ABOVE ? -1 : 0);
}

/** The probability from the lists of a limit and the sum of the larger tails. */
function tail(state: usize, long: usize, longEnd: usize, shortEnd: usize, plane: usize, level: f64, sum: v128, above: v128): f64 {
  const smaller = listed(false, long, longEnd, plane, level) + listed(true, long + PLANES * plane, shortEnd, plane, level);
  const larger = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  return max<f64>(0, min<f64>(1, (v128.any_true(above) ? larger + smaller : larger - smaller) * runScale(state)));
}

// @ts-ignore: decorator
@inline
function list(to: usize, plane: usize, exponent: v128, distance: v128, pair: usize): void {
  v128.store(to, exponent);
  v128.store(to + DISTANCE * plane, distance);
  store<u32>(to + SHAPES * plane, <u32>pair);
}

/** The sum of the smaller tails of a list, those above their shape less than 0. */
// @ts-ignore: decorator
@inline
function listed(short: bool, from: usize, end: usize, plane: usize, level: f64): f64 {
  for (let at = from; at < end; at += 16) {
    const place = at + DISTANCE * plane;
    v128.store(place, smallerTails(short, <usize>load<u32>(at + SHAPES * plane), v128.load(place)));
  }
  v128.store(end, f64x2.splat(-Infinity));
  v128.store(end + DISTANCE * plane, f64x2.splat(0));
  return sumOfPowers(from, end, level, DISTANCE * plane);
}
