// The forward filter of a hidden Markov model (core/hiddenMarkov.ts) over the rows behind those that it was fitted on: what is
// known of the states at a row from the rows up to it. Beside the probabilities it keeps the most likely state, the first of
// equals, and for how many rows it has been that.
import { LAST, MEAN, peakOf, STATES, TRANSITION, VARIANCE } from "./hiddenModel";

// Field offsets.
export const PROBABILITIES: usize = 0;
/** The most likely state; -1 before the first row. */
export const STATE: usize = 24;
/** Rows since it changed. */
export const DURATION: usize = 28;
const PEAKS: usize = 32;
/** Logarithms of the densities of a row. */
const DENSITIES: usize = 56;
export const FILTER_BYTES: usize = 80;

/** Begins where the fit ended. */
export function beginFilter(filter: usize, model: usize): void {
  memory.copy(filter + PROBABILITIES, model + LAST, 24);
  store<i32>(filter, -1, STATE);
  store<i32>(filter, 0, DURATION);
  for (let k = 0; k < STATES; k++) store<f64>(filter + ((<usize>k) << 3), peakOf(model, k), PEAKS);
}

/** Moves on by one row. Where no state can have had it, it is the one whose density is largest. */
export function moveFilter(filter: usize, model: usize, x: f64, y: f64): void {
  const p0 = load<f64>(filter, PROBABILITIES);
  const p1 = load<f64>(filter, PROBABILITIES + 8);
  const p2 = load<f64>(filter, PROBABILITIES + 16);
  let most = -Infinity;
  for (let k: usize = 0; k < <usize>STATES; k++) {
    const mean = model + MEAN + (k << 4);
    const variance = model + VARIANCE + (k << 4);
    const dx = x - load<f64>(mean);
    const dy = y - load<f64>(mean, 8);
    const squares = (dx * dx) / load<f64>(variance) + (dy * dy) / load<f64>(variance, 8);
    const density = load<f64>(filter + (k << 3), PEAKS) - 0.5 * squares;
    store<f64>(filter + (k << 3), density, DENSITIES);
    most = max<f64>(most, density);
  }
  let sum: f64 = 0;
  for (let k: usize = 0; k < <usize>STATES; k++) {
    const to = model + TRANSITION + (k << 3);
    const predicted = p0 * load<f64>(to) + p1 * load<f64>(to, 24) + p2 * load<f64>(to, 48);
    const p = predicted * NativeMath.exp(load<f64>(filter + (k << 3), DENSITIES) - most);
    store<f64>(filter + (k << 3), p, PROBABILITIES);
    sum += p;
  }
  let state = 0;
  for (let k: usize = 0; k < <usize>STATES; k++) {
    const at = filter + (k << 3);
    const p = sum > 0 ? load<f64>(at, PROBABILITIES) / sum : load<f64>(at, DENSITIES) == most ? 1.0 : 0.0;
    store<f64>(at, p, PROBABILITIES);
    if (p > load<f64>(filter + ((<usize>state) << 3), PROBABILITIES)) state = <i32>k;
  }
  const before = load<i32>(filter, STATE);
  store<i32>(filter, state, STATE);
  store<i32>(filter, before == state ? load<i32>(filter, DURATION) + 1 : 0, DURATION);
}
