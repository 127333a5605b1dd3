// How long ago a series of normal numbers last changed its mean and variance: probabilities of run lengths by Adams and MacKay
// (2007), with a constant hazard and the prior that is conjugate, mean 0, kappa, alpha and beta. A run of r numbers has
// kappa + r and alpha + r / 2, the same at any time; its mean and beta, the logarithm of beta and its probability are a number
// each, the longest run last. A new run comes before them, so that the numbers of the others stay where they are. What is
// longer than the longest run is dropped, and what is below 2^-900 is 0. The step takes a logarithm and an exponential for
// each run, two side by side: 12 ns.
import { expOf, logOf } from "./explog";
import { gammaPeak } from "./gammaTails";

// Field offsets of the state.
const RUNS: usize = 0; // runs that there are, one more than the longest has numbers
const FIRST: usize = 4; // address of the probability of length 0
/** What the probabilities are to be multiplied by. */
const SCALE: usize = 8;
const HEADER: usize = 16;

/**
 * What does not change of two run lengths side by side: logarithm of a constant, alpha, by the square of a distance, by the
 * distance.
 */
const ENTRY: usize = 64;
const CONSTANT: usize = 0;
const ALPHA: usize = 16;
const BY_SQUARE: usize = 32;
const BY_DISTANCE: usize = 48;

const negligible: f64 = 1.1830521861667747e-271; // 2^-900
const lnRootTwoPi: f64 = 0.9189385332046727;

/** Numbers that each plane of the state has room for. */
// @ts-ignore: decorator
@inline
function roomOf(most: i32): usize {
  return <usize>(most + 4);
}

/** Bytes of the state, for `most` numbers. */
// @ts-ignore: decorator
@inline
export function runBytes(most: i32): usize {
  return HEADER + (roomOf(most) << 5);
}

/** Bytes of the table. */
// @ts-ignore: decorator
@inline
export function runTableBytes(longest: i32): usize {
  return (<usize>((longest + 3) >> 1)) * ENTRY;
}

/** Makes the table for run lengths up to `longest`, and one more. */
export function runTable(table: usize, longest: i32, kappa: f64, alpha: f64): void {
  // Gamma(alpha + 1/2) / Gamma(alpha)
  const next = alpha + 0.5;
  let step = sqrt<f64>(next) * NativeMath.exp(alpha * NativeMath.log(next / alpha) - 0.5);
  step = (step * gammaPeak(alpha)) / gammaPeak(next);
  for (let r = 0; r < (longest + 3) >> 1 << 1; r++) {
    const at = table + (<usize>(r >> 1)) * ENTRY + ((<usize>(r & 1)) << 3);
    store<f64>(at, NativeMath.log(step * sqrt<f64>(kappa / (kappa + 1))) - lnRootTwoPi, CONSTANT);
    store<f64>(at, alpha, ALPHA);
    store<f64>(at, kappa / (2 * (kappa + 1)), BY_SQUARE);
    store<f64>(at, 1 / (kappa + 1), BY_DISTANCE);
    step = alpha / step;
    alpha += 0.5;
    kappa += 1;
  }
}

/** Runs that there are. */
// @ts-ignore: decorator
@inline
export function runs(state: usize): i32 {
  return load<i32>(state, RUNS);
}

/** Address of the probabilities, by run length; those of betas and their logarithms lie a plane and two planes behind. */
// @ts-ignore: decorator
@inline
export function probabilities(state: usize): usize {
  return <usize>load<u32>(state, FIRST);
}

// @ts-ignore: decorator
@inline
export function runScale(state: usize): f64 {
  return load<f64>(state, SCALE);
}

/** Bytes from one plane of the state to the next. */
// @ts-ignore: decorator
@inline
export function planeBytes(most: i32): usize {
  return roomOf(most) << 3;
}

/** All mass at length 0. */
export function beginRuns(state: usize, most: i32, beta: f64): void {
  const plane = planeBytes(most);
  const planes = state + HEADER;
  const end = planes + plane;
  memory.fill(planes, 0, plane << 2);
  // places behind the last run are computed with it
  for (let at = planes + plane; at < end + plane; at += 8) store<f64>(at, 1);
  const first = planes + ((<usize>(most + 1)) << 3);
  newRun(first, plane, 1, beta, NativeMath.log(beta));
  store<i32>(state, 1, RUNS);
  store<u32>(state, <u32>first, FIRST);
  store<f64>(state, 1, SCALE);
}

// @ts-ignore: decorator
@inline
function newRun(at: usize, plane: usize, p: f64, beta: f64, logBeta: f64): void {
  store<f64>(at, p);
  store<f64>(at + plane, beta);
  store<f64>(at + 2 * plane, logBeta);
  store<f64>(at + 3 * plane, 0);
}

/** Moves on by a number. */
export function moveRuns(
  state: usize, table: usize, x: f64, longest: i32, most: i32, hazard: f64, beta: f64, logBeta: f64,
): void {
  const plane = planeBytes(most);
  const logs = 2 * plane;
  const means = 3 * plane;
  const count = load<i32>(state, RUNS);
  const first = <usize>load<u32>(state, FIRST);
  const scale = f64x2.splat(load<f64>(state, SCALE));
  const growth = f64x2.splat(1 - hazard);
  const least = f64x2.splat(negligible);
  const value = f64x2.splat(x);
  const half = f64x2.splat(0.5);
  let sum = f64x2.splat(0);
  let entry = table;
  for (let at = first, end = first + ((<usize>count) << 3); at < end; at += 16, entry += ENTRY) {
    const mean = v128.load(at + means);
    const distance = f64x2.sub(value, mean);
    const before = v128.load(at + logs);
    const alpha = v128.load(entry, ALPHA);
    const square = f64x2.mul(distance, distance);
    const next = f64x2.add(v128.load(at + plane), f64x2.mul(v128.load(entry, BY_SQUARE), square));
    const after = logOf(next);
    const shrunk = f64x2.sub(f64x2.mul(alpha, f64x2.sub(before, after)), f64x2.mul(half, after));
    const density = expOf(f64x2.add(v128.load(entry, CONSTANT), shrunk));
    const joint = f64x2.mul(f64x2.mul(v128.load(at), scale), density);
    sum = f64x2.add(sum, joint);
    const grown = f64x2.mul(joint, growth);
    v128.store(at, v128.and(grown, f64x2.gt(grown, least)));
    v128.store(at + plane, next);
    v128.store(at + logs, after);
    v128.store(at + means, f64x2.add(mean, f64x2.mul(distance, v128.load(entry, BY_DISTANCE))));
  }
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  newRun(first - 8, plane, hazard * total, beta, logBeta);
  store<u32>(state, <u32>(first - 8), FIRST);
  if (count > longest) {
    const dropped = first + ((<usize>longest) << 3);
    total -= load<f64>(dropped);
    store<f64>(dropped, 0);
  }
  store<i32>(state, min(count + 1, longest + 1), RUNS);
  store<f64>(state, 1 / total, SCALE);
}
