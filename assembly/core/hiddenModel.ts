// A hidden Markov model in memory: three states, Gaussian in two coordinates (core/hiddenMarkov.ts fits it).
import { CLUSTERS } from "./clusters";

export const STATES: i32 = CLUSTERS;
export const leastVariance: f64 = 1e-6;
const lnTwoPi: f64 = 1.8378770664093453;

// Field offsets of a model, 8 bytes a number; matrices by rows.
export const START: usize = 0; // of each state
export const TRANSITION: usize = 24;
export const MEAN: usize = 96; // two of each state
export const VARIANCE: usize = 144;
/** Filtered probabilities of the last row fitted. */
export const LAST: usize = 192;
export const LOG_LIKELIHOOD: usize = 216;
export const ITERATIONS: usize = 224;
export const CONVERGED: usize = 232;
export const OBSERVATIONS: usize = 240;
export const MODEL_BYTES: usize = 248;

/** Logarithm of a state's density where it is largest. */
// @ts-ignore: decorator
@inline
export function peakOf(model: usize, state: i32): f64 {
  const variance = model + VARIANCE + ((<usize>state) << 4);
  return -lnTwoPi - 0.5 * (NativeMath.log(load<f64>(variance)) + NativeMath.log(load<f64>(variance, 8)));
}
