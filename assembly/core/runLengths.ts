// How long ago a series of normal numbers last changed its mean and variance: probabilities of run lengths by Adams and MacKay
// (2007), with a constant hazard and the prior that is conjugate, mean 0, kappa, alpha and beta. A run of r numbers has
// kappa + r and alpha + r / 2, the same at any time, so that all that depends on its numbers is its mean and its beta:
//
//   weight = birth (1 - hazard)^r (2 pi)^(-r/2) Gamma(alpha + r/2) / Gamma(alpha) sqrt(kappa / (kappa + r)) beta^alpha beta_r^(-alpha - r/2)
//
// Birth is the hazard times the weights of all runs when it began. So a weight is no product of as many densities as the run has
// numbers but one logarithm and one power of 2, two runs side by side, and nothing adds up in it. Weights are kept as powers of
// 2: those of a day multiply to less than any number. Their error is some 2^-52 of the sum of the logarithms above: 2^-41 of
// a probability where numbers are not far from 1. What is longer than the longest run is dropped, and what is below 2^-1000
// of the largest weight is 0.
//
// A new run comes before the others, so that the numbers of these stay where they are; the longest run is last. A step takes
// three passes, because the processor looks ahead over few runs of a long one; places behind the last run are computed with it.
import { gammaPeak } from "./gammaTails";
import { log2Of, sumOfPowers } from "./powers";

// Field offsets of the state.
const RUNS: usize = 0; // runs that there are, one more than the longest has numbers
const FIRST: usize = 4; // address of the probability of length 0
/** What the probabilities are to be multiplied by; NaN where they are lost. */
const SCALE: usize = 8;
/** Logarithm of what their weights were divided by. */
const LEVEL: usize = 16;
const HEADER: usize = 24;

// Planes of the state, by run; the first one is of probabilities. What a step reads and writes is to stay in the nearest cache,
// so that nothing has a plane that can be told from another.
const BETA: usize = 1;
const MEAN: usize = 2;
const BIRTH: usize = 3; // logarithm
const PLANES: usize = 4;

// Planes of the table, by run length.
const CONSTANT: usize = 0; // logarithm of the weight without birth and beta_r
const BY_DISTANCE: usize = 1; // what a distance adds to the mean, 1 / (kappa + r + 1)
const COLUMNS: usize = 2;

// Loaded where a loop uses them, as in powers.ts.
const numbers = memory.data<f64>([1, 1, 0.5, 0.5], 16);

/** A number further from 0 loses the state. */
const furthest: f64 = 1e100;
const log2RootTwoPi: f64 = 1.3257480647361593;
const log2e: f64 = 1.4426950408889634;

/** Numbers that each plane of the state has room for. */
// @ts-ignore: decorator
@inline
function roomOf(most: i32): usize {
  return <usize>(most + 6);
}

/** Bytes of the state, for `most` numbers. */
// @ts-ignore: decorator
@inline
export function runBytes(most: i32): usize {
  return HEADER + PLANES * planeBytes(most);
}

/** Bytes from one column of the table to the next. */
// @ts-ignore: decorator
@inline
function columnBytes(longest: i32): usize {
  return (<usize>(longest + 6)) << 3;
}

/** Bytes of the table. */
// @ts-ignore: decorator
@inline
export function runTableBytes(longest: i32): usize {
  return COLUMNS * columnBytes(longest);
}

/** Makes the table for run lengths up to `longest`, and five more. */
export function runTable(table: usize, longest: i32, hazard: f64, kappa: f64, alpha: f64, beta: f64): void {
  // Gamma(alpha + 1/2) / Gamma(alpha)
  const next = alpha + 0.5;
  let step = sqrt<f64>(next) * NativeMath.exp(alpha * NativeMath.log(next / alpha) - 0.5);
  step = (step * gammaPeak(alpha)) / gammaPeak(next);
  const column = columnBytes(longest);
  const each = NativeMath.log(1 - hazard) * log2e - log2RootTwoPi;
  let sum = alpha * (NativeMath.log(beta) * log2e);
  let lost: f64 = 0; // of the sum by rounding
  for (let at = table, end = table + column; at < end; at += 8) {
    store<f64>(at + CONSTANT * column, sum + lost);
    store<f64>(at + BY_DISTANCE * column, 1 / (kappa + 1));
    const more = NativeMath.log(step * sqrt<f64>(kappa / (kappa + 1))) * log2e + each;
    const before = sum;
    sum += more;
    const added = sum - before;
    lost += before - (sum - added) + (more - added);
    step = alpha / step;
    alpha += 0.5;
    kappa += 1;
  }
}

/** Logarithm of the weight of a run length without birth and beta_r. */
// @ts-ignore: decorator
@inline
export function constant(table: usize, r: i32): f64 {
  return load<f64>(table + ((<usize>r) << 3));
}

/** Runs that there are. */
// @ts-ignore: decorator
@inline
export function runs(state: usize): i32 {
  return load<i32>(state, RUNS);
}

/** Address of the probabilities, by run length. */
// @ts-ignore: decorator
@inline
export function probabilities(state: usize): usize {
  return <usize>load<u32>(state, FIRST);
}

/** Of two runs, given the address of their probabilities. */
// @ts-ignore: decorator
@inline
export function betas(at: usize, most: i32): v128 {
  return v128.load(at + BETA * planeBytes(most));
}

/** Logarithms of the births of two runs. */
// @ts-ignore: decorator
@inline
export function births(at: usize, most: i32): v128 {
  return v128.load(at + BIRTH * planeBytes(most));
}

/** Alphas of the runs of lengths 0 and 1; those of the two behind are 1 more. */
// @ts-ignore: decorator
@inline
export function firstAlphas(alpha: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(alpha), 1, alpha + 0.5);
}

// @ts-ignore: decorator
@inline
export function runScale(state: usize): f64 {
  return load<f64>(state, SCALE);
}

// @ts-ignore: decorator
@inline
export function runLevel(state: usize): f64 {
  return load<f64>(state, LEVEL);
}

/** Of the two run lengths behind. */
// @ts-ignore: decorator
@inline
export function nextAlphas(alphas: v128): v128 {
  return f64x2.add(alphas, v128.load(numbers));
}

/** Bytes from one plane of the state to the next. */
// @ts-ignore: decorator
@inline
function planeBytes(most: i32): usize {
  return roomOf(most) << 3;
}

/** All mass at length 0. */
export function beginRuns(state: usize, most: i32, beta: f64): void {
  const plane = planeBytes(most);
  const planes = state + HEADER;
  memory.fill(planes, 0, PLANES * plane);
  // places behind the last run are computed with it
  for (let at = planes; at < planes + plane; at += 8) {
    store<f64>(at + BETA * plane, 1);
    store<f64>(at + BIRTH * plane, -Infinity);
  }
  const first = planes + ((<usize>(most + 1)) << 3);
  newRun(first, plane, 1, beta, 0);
  store<i32>(state, 1, RUNS);
  store<u32>(state, <u32>first, FIRST);
  store<f64>(state, 1, SCALE);
  store<f64>(state, 0, LEVEL);
}

// @ts-ignore: decorator
@inline
function newRun(at: usize, plane: usize, p: f64, beta: f64, birth: f64): void {
  store<f64>(at, p);
  store<f64>(at + BETA * plane, beta);
  store<f64>(at + MEAN * plane, 0);
  store<f64>(at + BIRTH * plane, birth);
}

/** Moves on by a number. */
export function moveRuns(
  state: usize, table: usize, x: f64, longest: i32, most: i32, hazard: f64, alpha: f64, beta: f64,
): void {
  if (!(abs<f64>(x) <= furthest)) store<f64>(state, NaN, SCALE);
  if (!(runScale(state) < Infinity)) return;
  const plane = planeBytes(most);
  const count = runs(state);
  const first = probabilities(state);
  const end = first + ((<usize>count) << 3);
  learn(first, end, plane, table, columnBytes(longest), x);
  const level = weigh(first, end, plane, table + 8, alpha + 0.5);
  let sum = sumOfPowers(first, end, level, 0);
  v128.store(end, f64x2.splat(0));
  const odds = hazard / (1 - hazard);
  const born = sum * odds;
  newRun(first - 8, plane, born, beta, level + NativeMath.log(born) * log2e);
  store<u32>(state, <u32>(first - 8), FIRST);
  if (count > longest) {
    const dropped = first + ((<usize>longest) << 3);
    sum -= load<f64>(dropped);
    store<f64>(dropped, 0);
    store<f64>(dropped + BIRTH * plane, -Infinity);
  }
  store<i32>(state, min(count + 1, longest + 1), RUNS);
  store<f64>(state, 1 / (sum + born), SCALE);
  store<f64>(state, level, LEVEL);
}

/** What a number does to the means and betas of runs: beta grows by kappa / (kappa + 1) / 2 times the square of its distance. */
// @ts-ignore: decorator
@inline
function learn(first: usize, end: usize, plane: usize, table: usize, column: usize, x: f64): void {
  const value = f64x2.splat(x);
  // by fours: of each two some instructions find out where they lie
  const column0 = table + BY_DISTANCE * column - first;
  for (let at = first; at < end; at += 32) {
    const by = at + column0;
    const mean = at + MEAN * plane;
    const beta = at + BETA * plane;
    const mean0 = v128.load(mean);
    const mean1 = v128.load(mean, 16);
    const distance0 = f64x2.sub(value, mean0);
    const distance1 = f64x2.sub(value, mean1);
    const step0 = f64x2.mul(distance0, v128.load(by));
    const step1 = f64x2.mul(distance1, v128.load(by, 16));
    const half = v128.load(numbers, 16);
    const more0 = f64x2.mul(f64x2.mul(distance0, half), f64x2.sub(distance0, step0));
    const more1 = f64x2.mul(f64x2.mul(distance1, half), f64x2.sub(distance1, step1));
    v128.store(beta, f64x2.add(v128.load(beta), more0));
    v128.store(beta, f64x2.add(v128.load(beta, 16), more1), 16);
    v128.store(mean, f64x2.add(mean0, step0));
    v128.store(mean, f64x2.add(mean1, step1), 16);
  }
}

/** Logarithms of weights, in place of the probabilities, and the largest of them. */
// @ts-ignore: decorator
@inline
function weigh(first: usize, end: usize, plane: usize, table: usize, alpha: f64): f64 {
  let largest = f64x2.splat(-Infinity);
  let alphas = firstAlphas(alpha);
  let at = first;
  for (; at < end; at += 16, table += 16) {
    const log = f64x2.mul(alphas, log2Of(v128.load(at + BETA * plane)));
    const weight = f64x2.sub(f64x2.add(v128.load(table), v128.load(at + BIRTH * plane)), log);
    v128.store(at, weight);
    largest = f64x2.pmax(largest, weight);
    alphas = nextAlphas(alphas);
  }
  v128.store(at, f64x2.splat(-Infinity)); // two that there are not, as powers are taken by fours
  return max<f64>(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
}
