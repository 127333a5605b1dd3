// Hidden Markov model of three states whose observations, two numbers each, are Gaussian with a diagonal covariance: the fit by
// expectation and maximisation with scaled forward and backward passes (Baum et al. 1970; Rabiner 1989, V), begun from
// clusters. Densities of a row are divided by the largest of the three, which the logarithm of the likelihood is given back, so
// that no row is impossible; variances are not below 1e-6.
//
// Forward probabilities are joint ones, unscaled until they come near the smallest number, every hundred rows or so: a row waits
// for four operations of the row before and for no division. Densities are powers of 2 (core/powers.ts), within 2^-44 of
// themselves. Sums run over the rows in their order, coordinates and states side by side in the lanes.
import { powerOf2 } from "./powers";
import {
  CONVERGED, ITERATIONS, LAST, leastVariance, LOG_LIKELIHOOD, MEAN, OBSERVATIONS, peakOf, START, STATES, TRANSITION, VARIANCE,
} from "./hiddenModel";
import { begin } from "./hiddenStart";

export { begin };

const mostSteps: i32 = 100;
/** The fit is done when a step adds less than this to the mean logarithm of a row's likelihood. */
const tolerance: f64 = 1e-4;
/** Below this joint probabilities are scaled. */
const small: f64 = 8.636168555094445e-78; // 2^-256
const log2e: f64 = 1.4426950408889634;
const ln2: f64 = 0.6931471805599453;

// Field offsets of the work memory: sums of a step, and of each row its densities and filtered probabilities.
/** By state before, of the next row's three: sums of products, the fourth lane 0. */
const PAIRS: usize = 0;
const WEIGHTS: usize = 96;
/** Of each state: weighted sums of the coordinates' differences to the mean, and of their squares. */
const SUMS: usize = 128;
const SQUARES: usize = 176;
const HEADER: usize = 224;
/** Of a row: three densities over the largest; three filtered probabilities and one over how likely the row was. */
const ROW: usize = 64;
const FILTERED: usize = 32;

/** Bytes of work memory for the fit of `n` observations. */
// @ts-ignore: decorator
@inline
export function fitBytes(n: i32): usize {
  return HEADER + (<usize>(n + 1)) * ROW;
}

// @ts-ignore: decorator
@inline
function numberAt(at: usize, i: i32): f64 {
  return load<f64>(at + ((<usize>i) << 3));
}

/** Fits a model to `n` observations at `points`, 16 bytes each, with room for one behind them. */
export function fit(model: usize, points: usize, n: i32, work: usize): void {
  begin(model, points, n, work);
  store<f64>(model, <f64>n, OBSERVATIONS);
  store<f64>(model, 0, CONVERGED);
  let before = NaN;
  for (let step = 0; ; step++) {
    const likelihood = forward(model, points, n, work);
    store<f64>(model, likelihood, LOG_LIKELIHOOD);
    store<f64>(model, <f64>step, ITERATIONS);
    if ((likelihood - before) / <f64>n < tolerance) {
      store<f64>(model, 1, CONVERGED);
      break;
    }
    if (step == mostSteps || likelihood != likelihood) break;
    before = likelihood;
    improve(model, points, n, work);
  }
  memory.copy(model + LAST, work + HEADER + <usize>(n - 1) * ROW + FILTERED, 24);
}

/** Logarithms to base 2 of one state's density in two rows. */
// @ts-ignore: decorator
@inline
function density(x: v128, y: v128, peak: v128, meanX: v128, meanY: v128, byX: v128, byY: v128): v128 {
  const dx = f64x2.sub(x, meanX);
  const dy = f64x2.sub(y, meanY);
  return f64x2.sub(f64x2.sub(peak, f64x2.mul(f64x2.mul(dx, dx), byX)), f64x2.mul(f64x2.mul(dy, dy), byY));
}

// @ts-ignore: decorator
@inline
function meanAt(model: usize, i: i32): v128 {
  return v128.load64_splat(model + MEAN + ((<usize>i) << 3));
}

// @ts-ignore: decorator
@inline
function byVariance(model: usize, i: i32): v128 {
  return f64x2.splat((0.5 * log2e) / numberAt(model + VARIANCE, i));
}

// @ts-ignore: decorator
@inline
function peak(model: usize, state: i32): v128 {
  return f64x2.splat(peakOf(model, state) * log2e);
}

/** Densities and filtered probabilities of all rows. Returns the logarithm of the likelihood. */
export function forward(model: usize, points: usize, n: i32, work: usize): f64 {
  const mx0 = meanAt(model, 0), my0 = meanAt(model, 1), bx0 = byVariance(model, 0), by0 = byVariance(model, 1);
  const mx1 = meanAt(model, 2), my1 = meanAt(model, 3), bx1 = byVariance(model, 2), by1 = byVariance(model, 3);
  const mx2 = meanAt(model, 4), my2 = meanAt(model, 5), bx2 = byVariance(model, 4), by2 = byVariance(model, 5);
  const peak0 = peak(model, 0);
  const peak1 = peak(model, 1);
  const peak2 = peak(model, 2);
  const a = model + TRANSITION;
  const a00 = load<f64>(a), a01 = load<f64>(a, 8), a02 = load<f64>(a, 16);
  const a10 = load<f64>(a, 24), a11 = load<f64>(a, 32), a12 = load<f64>(a, 40);
  const a20 = load<f64>(a, 48), a21 = load<f64>(a, 56), a22 = load<f64>(a, 64);
  // what the first row is predicted to be
  let q0 = load<f64>(model, START);
  let q1 = load<f64>(model, START + 8);
  let q2 = load<f64>(model, START + 16);
  let largest = f64x2.splat(0);
  let logs: f64 = 0;
  let before: f64 = 1; // joint probability of the rows so far, but for what is in the logarithms
  let row = work + HEADER;
  for (let i = 0; i < n; i += 2, points += 32) {
    const u = v128.load(points);
    const v = v128.load(points, 16);
    const x = v128.shuffle<f64>(u, v, 0, 2);
    const y = v128.shuffle<f64>(u, v, 1, 3);
    const l0 = density(x, y, peak0, mx0, my0, bx0, by0);
    const l1 = density(x, y, peak1, mx1, my1, bx1, by1);
    const l2 = density(x, y, peak2, mx2, my2, bx2, by2);
    const most = f64x2.pmax(f64x2.pmax(l0, l1), l2);
    const e0 = powerOf2(f64x2.sub(l0, most));
    const e1 = powerOf2(f64x2.sub(l1, most));
    const e2 = powerOf2(f64x2.sub(l2, most));
    v128.store(row, v128.shuffle<f64>(e0, e1, 0, 2));
    v128.store64_lane(row + 16, e2, 0);
    v128.store(row + ROW, v128.shuffle<f64>(e0, e1, 1, 3));
    v128.store64_lane(row + ROW + 16, e2, 1);
    const rows = i + 1 < n ? 2 : 1;
    largest = f64x2.add(largest, rows == 2 ? most : f64x2.replace_lane(most, 1, 0));
    for (let r = 0; r < rows; r++, row += ROW) {
      let p0 = q0 * load<f64>(row);
      let p1 = q1 * load<f64>(row, 8);
      let p2 = q2 * load<f64>(row, 16);
      const sum = p0 + p1 + p2;
      const inverse = 1 / sum;
      const f0 = p0 * inverse;
      const f1 = p1 * inverse;
      const f2 = p2 * inverse;
      store<f64>(row, f0, FILTERED);
      store<f64>(row, f1, FILTERED + 8);
      store<f64>(row, f2, FILTERED + 16);
      store<f64>(row, before * inverse, FILTERED + 24);
      before = sum;
      if (!(sum > small)) {
        logs += NativeMath.log(sum);
        before = 1;
        p0 = f0;
        p1 = f1;
        p2 = f2;
      }
      q0 = p0 * a00 + p1 * a10 + p2 * a20;
      q1 = p0 * a01 + p1 * a11 + p2 * a21;
      q2 = p0 * a02 + p1 * a12 + p2 * a22;
    }
  }
  const powers = f64x2.extract_lane(largest, 0) + f64x2.extract_lane(largest, 1);
  return powers * ln2 + (logs + NativeMath.log(before));
}

/** Adds up, over the rows from the last to the first, what the next model is made of. */
function backward(model: usize, points: usize, n: i32, work: usize): void {
  memory.fill(work, 0, HEADER);
  const mean0 = v128.load(model, MEAN), mean1 = v128.load(model, MEAN + 16), mean2 = v128.load(model, MEAN + 32);
  const a = model + TRANSITION;
  const a00 = load<f64>(a), a01 = load<f64>(a, 8), a02 = load<f64>(a, 16);
  const a10 = load<f64>(a, 24), a11 = load<f64>(a, 32), a12 = load<f64>(a, 40);
  const a20 = load<f64>(a, 48), a21 = load<f64>(a, 56), a22 = load<f64>(a, 64);
  let g0: f64 = 0, g1: f64 = 0, g2: f64 = 0;
  let w0: f64 = 0, w1: f64 = 0, w2: f64 = 0;
  let n0: f64 = 0, n1: f64 = 0, n2: f64 = 0;
  let b0: f64 = 1, b1: f64 = 1, b2: f64 = 1;
  const zero = f64x2.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, v0 = zero, v1 = zero, v2 = zero;
  let low0 = zero, low1 = zero, low2 = zero, high0 = zero, high1 = zero, high2 = zero;
  const first = work + HEADER;
  let row = first + <usize>(n - 1) * ROW;
  let point = points + ((<usize>(n - 1)) << 4);
  for (; ; row -= ROW, point -= 16) {
    g0 = load<f64>(row, FILTERED) * b0;
    g1 = load<f64>(row, FILTERED + 8) * b1;
    g2 = load<f64>(row, FILTERED + 16) * b2;
    n0 += g0;
    n1 += g1;
    n2 += g2;
    const here = v128.load(point);
    const d0 = f64x2.sub(here, mean0);
    const d1 = f64x2.sub(here, mean1);
    const d2 = f64x2.sub(here, mean2);
    const t0 = f64x2.mul(f64x2.splat(g0), d0);
    const t1 = f64x2.mul(f64x2.splat(g1), d1);
    const t2 = f64x2.mul(f64x2.splat(g2), d2);
    s0 = f64x2.add(s0, t0);
    s1 = f64x2.add(s1, t1);
    s2 = f64x2.add(s2, t2);
    v0 = f64x2.add(v0, f64x2.mul(t0, d0));
    v1 = f64x2.add(v1, f64x2.mul(t1, d1));
    v2 = f64x2.add(v2, f64x2.mul(t2, d2));
    if (row == first) break;
    const inverse = load<f64>(row, FILTERED + 24);
    w0 = load<f64>(row) * inverse * b0;
    w1 = load<f64>(row, 8) * inverse * b1;
    w2 = load<f64>(row, 16) * inverse * b2;
    const low = f64x2.replace_lane(f64x2.splat(w0), 1, w1);
    const high = f64x2.splat(w2);
    const from0 = v128.load64_splat(row - ROW + FILTERED);
    const from1 = v128.load64_splat(row - ROW + FILTERED + 8);
    const from2 = v128.load64_splat(row - ROW + FILTERED + 16);
    low0 = f64x2.add(low0, f64x2.mul(from0, low));
    low1 = f64x2.add(low1, f64x2.mul(from1, low));
    low2 = f64x2.add(low2, f64x2.mul(from2, low));
    high0 = f64x2.add(high0, f64x2.mul(from0, high));
    high1 = f64x2.add(high1, f64x2.mul(from1, high));
    high2 = f64x2.add(high2, f64x2.mul(from2, high));
    b0 = a00 * w0 + a01 * w1 + a02 * w2;
    b1 = a10 * w0 + a11 * w1 + a12 * w2;
    b2 = a20 * w0 + a21 * w1 + a22 * w2;
  }
  store<f64>(model, g0, START);
  store<f64>(model, g1, START + 8);
  store<f64>(model, g2, START + 16);
  v128.store(work, low0, PAIRS);
  v128.store(work, high0, PAIRS + 16);
  v128.store(work, low1, PAIRS + 32);
  v128.store(work, high1, PAIRS + 48);
  v128.store(work, low2, PAIRS + 64);
  v128.store(work, high2, PAIRS + 80);
  store<f64>(work, n0, WEIGHTS);
  store<f64>(work, n1, WEIGHTS + 8);
  store<f64>(work, n2, WEIGHTS + 16);
  v128.store(work, s0, SUMS);
  v128.store(work, s1, SUMS + 16);
  v128.store(work, s2, SUMS + 32);
  v128.store(work, v0, SQUARES);
  v128.store(work, v1, SQUARES + 16);
  v128.store(work, v2, SQUARES + 32);
}

/** One step from the model whose densities and probabilities `forward` has left. */
export function improve(model: usize, points: usize, n: i32, work: usize): void {
  backward(model, points, n, work);
  maximise(model, work);
}

/** The model that the sums of a step make most likely; a state that no row can be in stays as it is. */
function maximise(model: usize, work: usize): void {
  for (let k: usize = 0; k < <usize>STATES; k++) {
    const row = model + TRANSITION + k * 24;
    const pairs = work + PAIRS + (k << 5);
    const to0 = load<f64>(row) * load<f64>(pairs);
    const to1 = load<f64>(row, 8) * load<f64>(pairs, 8);
    const to2 = load<f64>(row, 16) * load<f64>(pairs, 16);
    const leaving = to0 + to1 + to2;
    if (leaving > 0) {
      store<f64>(row, to0 / leaving);
      store<f64>(row, to1 / leaving, 8);
      store<f64>(row, to2 / leaving, 16);
    }
    const weight = load<f64>(work + WEIGHTS + (k << 3));
    if (!(weight > 0)) continue;
    const mean = model + MEAN + (k << 4);
    const step = f64x2.div(v128.load(work + SUMS + (k << 4)), f64x2.splat(weight));
    const square = f64x2.div(v128.load(work + SQUARES + (k << 4)), f64x2.splat(weight));
    v128.store(mean, f64x2.add(v128.load(mean), step));
    const variance = f64x2.sub(square, f64x2.mul(step, step));
    v128.store(model + VARIANCE + (k << 4), f64x2.pmax(f64x2.splat(leastVariance), variance));
  }
}
