// Fit of GARCH(1,1) by quasi-maximum likelihood: r_t = mu + e_t, h_(t+1) = omega + alpha e_t^2 + beta h_t, alpha and beta at least 0
// and together at most 0.9999. Targeted: mu = 0 and omega = v (1 - alpha - beta), v the mean of r^2, so that the variance is v.
// Free: mu and omega are estimated too, omega at least 1e-8 of the variance of the rows, and v is the mean of e^2. Either way
// h_1 = omega + (alpha + beta) v. Where a targeted alpha is 0 the variance is v throughout, and beta, of which nothing is known, 0.
//
// From each of three points, the likeliest with alpha + beta of 0.98, 0.9 and 0.6, Newton's method: the Hessian where it is negative
// definite, otherwise the information, the step that is best within the limits, halved until it raises the likelihood. It has
// converged where the way up is less than 1e-14 steep in units of the parameters' covariance: 1e-7 of a standard error. At most a
// hundred steps each; the likeliest end is the fit. Rows are scaled by their variance, so that the answer does not depend on their
// unit. Cost: some 40 passes, 10 ms for 31,000 rows.
import { boundedStep, isPositive, STEP_WORK_BYTES } from "./boundedStep";
import {
  FREE_WORK_BYTES, freeDerivatives, freeLikelihood, targetedDerivatives, targetedLikelihood,
} from "./garchLikelihood";

const mostSteps: i32 = 100;
const mostHalvings: i32 = 40;
const enough: f64 = 1e-14;
const mostPersistence: f64 = 0.9999;
const leastOmega: f64 = 1e-8;
/** What the likelihood of a row may be wrong by. */
const rounding: f64 = 1e-15;
const twoPi: f64 = 6.283185307179586;

// Field offsets of a fit. All are NaN but the last three where there is none.
export const MU: usize = 0;
export const OMEGA: usize = 8;
export const ALPHA: usize = 16;
export const BETA: usize = 24;
/** v */
export const VARIANCE: usize = 32;
export const LOG_LIKELIHOOD: usize = 40;
export const ITERATIONS: usize = 48;
export const CONVERGED: usize = 56;
export const OBSERVATIONS: usize = 64;
export const FIT_BYTES: usize = 72;

// Field offsets of the work: four parameters, their trial, the best, the step, limits of up to five numbers, derivatives, and what is used
// by one thing after the other.
const TRIAL: usize = 32;
const BEST: usize = 64;
const STEP: usize = 96;
const LIMITS: usize = 128;
const DERIVATIVES: usize = 288;
const MORE: usize = 576;
export const FIT_WORK_BYTES: usize = MORE + (FREE_WORK_BYTES > STEP_WORK_BYTES ? FREE_WORK_BYTES : STEP_WORK_BYTES);

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3);
}

/** Fits `rows` rows, leaving out those that are no numbers; at least `least` must be. `scaled` has room for all of them. */
export function fitGarch(fit: usize, a: usize, rows: i32, least: f64, free: bool, scaled: usize, work: usize): void {
  for (let field = MU; field <= LOG_LIKELIHOOD; field += 8) store<f64>(fit + field, NaN);
  store<f64>(fit, 0, ITERATIONS);
  store<f64>(fit, 0, CONVERGED);
  const count = gatherNumbers(scaled, a, rows);
  store<f64>(fit, <f64>count, OBSERVATIONS);
  if (count == 0 || !(<f64>count >= least)) return;
  const mean = free ? meanOf(scaled, count) : 0;
  const variance = scaleRows(scaled, count, mean, free);
  if (!(variance > 0 && variance < Infinity)) return;
  setLimits(work + LIMITS, free);
  const likelihood = climbFromAll(fit, work, scaled, count, free);
  if (load<f64>(fit, CONVERGED) != 1) return;
  const alpha = load<f64>(work);
  // a variance that does not move says nothing of what it moves by
  const beta = alpha == 0 && !free ? 0 : load<f64>(work, 8);
  store<f64>(fit, alpha, ALPHA);
  store<f64>(fit, beta, BETA);
  const shift = load<f64>(work, 24);
  store<f64>(fit, free ? mean + shift * sqrt<f64>(variance) : 0, MU);
  store<f64>(fit, (free ? load<f64>(work, 16) : 1 - alpha - beta) * variance, OMEGA);
  store<f64>(fit, free ? (1 + shift * shift) * variance : variance, VARIANCE);
  store<f64>(fit, likelihood - 0.5 * <f64>count * NativeMath.log(twoPi * variance), LOG_LIKELIHOOD);
}

/** Copies what is a finite number. */
function gatherNumbers(to: usize, a: usize, rows: i32): i32 {
  let count = 0;
  for (const end = at(a, rows); a < end; a += 8) {
    const x = load<f64>(a);
    store<f64>(at(to, count), x);
    count += i32(abs<f64>(x) < Infinity);
  }
  return count;
}

function meanOf(a: usize, rows: i32): f64 {
  const first = load<f64>(a);
  let sum: f64 = 0;
  for (let p = a, end = at(a, rows); p < end; p += 8) sum += load<f64>(p) - first;
  return first + sum / <f64>rows;
}

/** Makes of the rows their squares over the mean square, or, free, what differs from the mean over the deviation. */
function scaleRows(a: usize, rows: i32, mean: f64, free: bool): f64 {
  const end = at(a, rows);
  let sum: f64 = 0;
  for (let p = a; p < end; p += 8) {
    const x = load<f64>(p) - mean;
    sum += x * x;
  }
  const variance = sum / <f64>rows;
  if (free) {
    const deviation = sqrt<f64>(variance);
    for (let p = a; p < end; p += 8) store<f64>(p, (load<f64>(p) - mean) / deviation);
  } else {
    for (let p = a; p < end; p += 8) {
      const x = load<f64>(p);
      store<f64>(p, (x * x) / variance);
    }
  }
  return variance;
}

/** alpha >= 0, beta >= 0, -alpha - beta >= -0.9999, and, free, omega >= 1e-8. */
function setLimits(limits: usize, free: bool): void {
  const size = free ? 4 : 2;
  memory.fill(limits, 0, 20 << 3);
  store<f64>(at(limits, 0), 1);
  store<f64>(at(limits, size + 2), 1);
  const sum = at(limits, 2 * (size + 1));
  store<f64>(at(sum, 0), -1);
  store<f64>(at(sum, 1), -1);
  store<f64>(at(sum, size), -mostPersistence);
  if (!free) return;
  store<f64>(at(limits, 3 * (size + 1) + 2), 1);
  store<f64>(at(limits, 3 * (size + 1) + size), leastOmega);
}

/** Climbs from each of the starts and leaves the best parameters in `work`. Returns their likelihood. */
function climbFromAll(fit: usize, work: usize, scaled: usize, rows: i32, free: bool): f64 {
  const best = work + BEST;
  let likelihood = -Infinity;
  let steps: f64 = 0;
  let converged: f64 = 0;
  for (let i = 0; i < 3; i++) {
    start(work, scaled, rows, i == 0 ? 0.98 : i == 1 ? 0.9 : 0.6, free);
    const found = climb(fit, work, scaled, rows, free);
    steps += load<f64>(fit, ITERATIONS);
    // what is better by rounding is the same place
    if (i > 0 && !(found > likelihood + 1e-9 * <f64>rows)) continue;
    likelihood = found;
    converged = load<f64>(fit, CONVERGED);
    memory.copy(best, work, 32);
  }
  memory.copy(work, best, 32);
  store<f64>(fit, steps, ITERATIONS);
  store<f64>(fit, converged, CONVERGED);
  return likelihood;
}

/** The likeliest of four alpha with the given alpha + beta. */
function start(theta: usize, scaled: usize, rows: i32, persistence: f64, free: bool): void {
  const trial = theta + TRIAL;
  let best = -Infinity;
  for (let i = 0; i < 4; i++) {
    const alpha = i == 0 ? 0.02 : i == 1 ? 0.05 : i == 2 ? 0.1 : 0.2;
    store<f64>(trial, alpha);
    store<f64>(trial, persistence - alpha, 8);
    store<f64>(trial, 1 - persistence, 16);
    store<f64>(trial, 0, 24);
    const likelihood = likelihoodAt(scaled, rows, trial, free);
    if (i > 0 && !(likelihood > best)) continue;
    best = likelihood;
    memory.copy(theta, trial, 32);
  }
}

// @ts-ignore: decorator
@inline
function likelihoodAt(scaled: usize, rows: i32, theta: usize, free: bool): f64 {
  return free ? freeLikelihood(scaled, rows, theta) : targetedLikelihood(scaled, rows, theta);
}

/** Climbs from the parameters in `work` and notes how it went. Returns the likelihood. */
function climb(fit: usize, work: usize, scaled: usize, rows: i32, free: bool): f64 {
  const size = free ? 4 : 2;
  const limits = free ? 4 : 3;
  const trial = work + TRIAL;
  const step = work + STEP;
  const derivatives = work + DERIVATIVES;
  const curvature = at(derivatives, size);
  const information = at(curvature, size * size);
  const more = work + MORE;
  let likelihood = likelihoodAt(scaled, rows, work, free);
  store<f64>(fit, 0, CONVERGED);
  for (let steps = 0; steps <= mostSteps; steps++) {
    store<f64>(fit, <f64>steps, ITERATIONS);
    if (!(abs<f64>(likelihood) < Infinity)) break;
    if (free) freeDerivatives(scaled, rows, work, derivatives, more);
    else targetedDerivatives(scaled, rows, work, derivatives);
    let matrix = curvature;
    if (!isPositive(curvature, size, more)) {
      matrix = information;
      raiseDiagonal(matrix, size);
    }
    const slope = boundedStep(step, size, derivatives, matrix, work, work + LIMITS, limits, more);
    if (slope <= enough) {
      store<f64>(fit, 1, CONVERGED);
      return likelihood;
    }
    let part: f64 = 1;
    let halvings = 0;
    for (; halvings < mostHalvings; halvings++) {
      tryStep(trial, work, step, part, size);
      const found = likelihoodAt(scaled, rows, trial, free);
      if (found >= likelihood + 1e-4 * part * slope - rounding * <f64>rows) {
        likelihood = found;
        break;
      }
      part *= 0.5;
    }
    if (halvings == mostHalvings) break;
    memory.copy(work, trial, 32);
  }
  return likelihood;
}

/** So much that a direction in which the likelihood is flat does not make the matrix singular. */
function raiseDiagonal(matrix: usize, size: i32): void {
  let largest: f64 = 0;
  for (let i = 0; i < size; i++) largest = max<f64>(largest, load<f64>(at(matrix, i * size + i)));
  for (let i = 0; i < size; i++) {
    const place = at(matrix, i * size + i);
    store<f64>(place, load<f64>(place) + 1e-10 * largest);
  }
}

/** The parameters a part of the step on, within their limits to the last bit. */
function tryStep(trial: usize, theta: usize, step: usize, part: f64, size: i32): void {
  for (let i = 0; i < size; i++) store<f64>(at(trial, i), load<f64>(at(theta, i)) + part * load<f64>(at(step, i)));
  const alpha = within(load<f64>(trial), mostPersistence);
  store<f64>(trial, alpha);
  store<f64>(trial, within(load<f64>(trial, 8), mostPersistence - alpha), 8);
  if (size == 4) store<f64>(trial, max<f64>(load<f64>(trial, 16), leastOmega), 16);
}

/** Between 0 and a limit, and 0 where it differs from it by rounding. */
// @ts-ignore: decorator
@inline
function within(x: f64, limit: f64): f64 {
  return x < 1e-14 ? 0 : min<f64>(x, limit);
}
