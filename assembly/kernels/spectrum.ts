import { cosinesTo } from "../core/cosines";
import { storeResult } from "../core/results";
import { middleOfPairs, sortPairs } from "../core/sortedPairs";
import { reverseBits, transform } from "../core/transform";

// Power spectrum of the last n rows, n a power of two from 16 to 256, and what is read off it. The rows count from the newest
// of them, which keeps the digits of a series on a high level and leaves exactly 0 of a constant one; their least-squares
// line is taken off and they are weighted by the periodic Hann window sin^2(pi i / n). P_j = |F_j|^2, j = 1..n/2, of the
// discrete Fourier transform F, Q the sum of P in the order of j. Even and odd rows make one complex series of n/2 numbers
// that is transformed in place, four numbers at first and then by radix 2 (Cooley and Tukey 1965), and taken apart (Press et
// al., Numerical Recipes, 12.3). Two rows go side by side, each with its own window in its lane of every vector. Cost at
// n = 64: 0.2 us a row for P and Q, 0.2 for an entropy, whose logarithms are the dearest of what is read.
//
// An entry of the table wants one plane: what it is, and two numbers. NaN, for all of them, where the window holds a NaN or an
// infinity, where Q overflows, and where Q is below 1e-12. The error of P is below 12 (log2 n)^2 2^-53 of the largest square
// of the weighted rows times n^2; of a smooth spectrum P it is some 2^-50 of Q / n.

// What an entry of the table wants; mirrored by host/catalog/operators/spectra.ts.
const POWER: i32 = 0; // Q
const SHARE: i32 = 1; // sum of P of j from the first number to the second, over Q
const DOMINANT: i32 = 2; // frequency of the largest P, the lowest of equals
const DOMINANT_SHARE: i32 = 3; // largest P over Q
const SECONDARY: i32 = 4; // frequency of the largest P that is not the largest nor next to it, the lowest of equals
const HARMONICS: i32 = 5; // P of twice and three times the dominant frequency over its own
const ENTROPY: i32 = 6; // -sum p ln p / ln(n/2), p = P / Q
const EDGE: i32 = 7; // lowest frequency up to which P sums up to Q times the first number
const CONTRAST: i32 = 8; // largest P over the median P

/** Numbers of an entry. */
const ENTRY: i32 = 3;
const least: f64 = 1e-12;

export function spectrum(
  outs: usize, a: usize, rows: i32, table: usize, length: i32, scratch: usize, window: f64,
): void {
  const n = <i32>window;
  const half = n >> 1;
  const places = scratch;
  const cosines = places + ((<usize>half) << 2);
  const numbers = cosines + ((<usize>(half + 1)) << 4);
  const powers = numbers + ((<usize>half) << 5);
  const work = powers + ((<usize>half) << 4);
  cosinesTo(cosines, n);
  reverseBits(places, half);
  const scale = 1 / NativeMath.log(<f64>half);
  const count = length / ENTRY;
  const first = a - ((<usize>(n - 1)) << 3);
  for (let row: usize = 0, end = (<usize>rows) << 3; row < end; row += 16) {
    weighted(numbers, places, cosines, first + row, n);
    transform(numbers, cosines, half);
    toPowers(powers, numbers, cosines, half);

    let total = v128.load(powers);
    let peak = total;
    let place = f64x2.splat(1);
    for (let j = 2; j <= half; j++) {
      const power = powerAt(powers, j);
      total = f64x2.add(total, power);
      place = v128.bitselect(f64x2.splat(<f64>j), place, f64x2.gt(power, peak));
      peak = f64x2.pmax(peak, power);
    }
    const valid = v128.and(f64x2.ge(total, f64x2.splat(least)), f64x2.lt(total, f64x2.splat(Infinity)));
    for (let i = 0; i < count; i++) {
      const entry = table + ((<usize>(i * ENTRY)) << 3);
      const from = load<f64>(entry, 8);
      let value: v128;
      switch (<i32>load<f64>(entry)) {
        case SHARE: {
          value = f64x2.div(sumOf(powers, <i32>from, <i32>load<f64>(entry, 16)), total);
          break;
        }
        case DOMINANT: {
          value = f64x2.div(place, f64x2.splat(window));
          break;
        }
        case DOMINANT_SHARE: {
          value = f64x2.div(peak, total);
          break;
        }
        case SECONDARY: {
          value = f64x2.div(secondary(powers, half, place), f64x2.splat(window));
          break;
        }
        case HARMONICS: {
          value = f64x2.div(harmonics(powers, half, place), peak);
          break;
        }
        case ENTROPY: {
          value = entropy(powers, half, total, scale);
          break;
        }
        case EDGE: {
          value = f64x2.div(edge(powers, half, f64x2.mul(total, f64x2.splat(from))), f64x2.splat(window));
          break;
        }
        case CONTRAST: {
          value = contrast(powers, work, half, peak, total);
          break;
        }
        default: {
          value = total;
        }
      }
      storeResult(outs, i, row, value, valid);
    }
  }
}

/** The rows without their line, weighted: even ones as real parts, odd ones as imaginary parts. */
// @ts-ignore: decorator
@inline
function weighted(numbers: usize, places: usize, cosines: usize, first: usize, n: i32): void {
  const half = n >> 1;
  const last = first + ((<usize>(n - 1)) << 3);
  const newest = v128.load(last);
  const middle = <f64>(n - 1) * 0.5;
  let sum = f64x2.splat(0);
  let tilt = sum;
  for (let i = 0; i < half; i++) {
    const low = f64x2.sub(v128.load(first + ((<usize>i) << 3)), newest);
    const high = f64x2.sub(v128.load(last - ((<usize>i) << 3)), newest);
    sum = f64x2.add(sum, f64x2.add(low, high));
    tilt = f64x2.add(tilt, f64x2.mul(f64x2.sub(high, low), f64x2.splat(middle - <f64>i)));
  }
  const mean = f64x2.mul(sum, f64x2.splat(1 / <f64>n));
  const slope = f64x2.div(tilt, f64x2.splat((<f64>n * (<f64>n * <f64>n - 1)) / 12));
  for (let i = 0; i < n; i++) {
    const x = f64x2.sub(f64x2.sub(v128.load(first + ((<usize>i) << 3)), newest), mean);
    const y = f64x2.sub(x, f64x2.mul(slope, f64x2.splat(<f64>i - middle)));
    const weight = 0.5 - 0.5 * load<f64>(cosines + ((<usize>min(i, n - i)) << 3));
    const place = <usize>load<u32>(places + ((<usize>(i >> 1)) << 2)) + ((<usize>(i & 1)) << 4);
    v128.store(numbers + place, f64x2.mul(y, f64x2.splat(weight)));
  }
}

/** P_1 to P_half from the transform of even and odd rows as one complex series. */
// @ts-ignore: decorator
@inline
function toPowers(powers: usize, numbers: usize, cosines: usize, half: i32): void {
  const sines = cosines + ((<usize>(half + 1)) << 3);
  const two = f64x2.splat(0.5);
  for (let j = 1; j <= half >> 1; j++) {
    const low = numbers + ((<usize>j) << 5);
    const high = numbers + ((<usize>(half - j)) << 5);
    const a = v128.load(low);
    const b = v128.load(low, 16);
    const c = v128.load(high);
    const d = v128.load(high, 16);
    const evenRe = f64x2.mul(f64x2.add(a, c), two);
    const evenIm = f64x2.mul(f64x2.sub(b, d), two);
    const oddRe = f64x2.mul(f64x2.add(b, d), two);
    const oddIm = f64x2.mul(f64x2.sub(c, a), two);
    const re = v128.load64_splat(cosines + ((<usize>j) << 3));
    const im = v128.load64_splat(sines + ((<usize>j) << 3));
    const turnedRe = f64x2.add(f64x2.mul(re, oddRe), f64x2.mul(im, oddIm));
    const turnedIm = f64x2.sub(f64x2.mul(re, oddIm), f64x2.mul(im, oddRe));
    const place = powers - 16;
    v128.store(
      place + ((<usize>(half - j)) << 4),
      squared(f64x2.sub(evenRe, turnedRe), f64x2.sub(evenIm, turnedIm)),
    );
    v128.store(
      place + ((<usize>j) << 4),
      squared(f64x2.add(evenRe, turnedRe), f64x2.add(evenIm, turnedIm)),
    );
  }
  const highest = f64x2.sub(v128.load(numbers), v128.load(numbers, 16));
  v128.store(powers + ((<usize>(half - 1)) << 4), f64x2.mul(highest, highest));
}

// @ts-ignore: decorator
@inline
function squared(re: v128, im: v128): v128 {
  return f64x2.add(f64x2.mul(re, re), f64x2.mul(im, im));
}

// @ts-ignore: decorator
@inline
function powerAt(powers: usize, j: i32): v128 {
  return v128.load(powers + ((<usize>(j - 1)) << 4));
}

/** Of P_first to P_last, in this order: what is added to nothing is never more than the same added to something. */
function sumOf(powers: usize, first: i32, last: i32): v128 {
  let sum = f64x2.splat(0);
  for (let j = first; j <= last; j++) sum = f64x2.add(sum, powerAt(powers, j));
  return sum;
}

function secondary(powers: usize, half: i32, place: v128): v128 {
  let best = f64x2.splat(-1);
  let second = f64x2.splat(0);
  for (let j = 1; j <= half; j++) {
    const power = powerAt(powers, j);
    const here = f64x2.splat(<f64>j);
    const apart = f64x2.gt(f64x2.abs(f64x2.sub(here, place)), f64x2.splat(1));
    const larger = v128.and(apart, f64x2.gt(power, best));
    best = v128.bitselect(power, best, larger);
    second = v128.bitselect(here, second, larger);
  }
  return second;
}

/** P of 2 k and of 3 k, of either lane; 0 above the highest frequency. */
function harmonics(powers: usize, half: i32, place: v128): v128 {
  const even = harmonicsOf(powers, half, <i32>f64x2.extract_lane(place, 0));
  const odd = harmonicsOf(powers + 8, half, <i32>f64x2.extract_lane(place, 1));
  return f64x2.replace_lane(f64x2.splat(even), 1, odd);
}

function harmonicsOf(powers: usize, half: i32, k: i32): f64 {
  const twice = 2 * k <= half ? load<f64>(powers + ((<usize>(2 * k - 1)) << 4)) : 0;
  return twice + (3 * k <= half ? load<f64>(powers + ((<usize>(3 * k - 1)) << 4)) : 0);
}

function entropy(powers: usize, half: i32, total: v128, scale: f64): v128 {
  let sum = f64x2.splat(0);
  for (let j = 1; j <= half; j++) {
    const p = f64x2.div(powerAt(powers, j), total);
    const x = f64x2.extract_lane(p, 0);
    const y = f64x2.extract_lane(p, 1);
    const term = f64x2.replace_lane(f64x2.splat(surprise(x)), 1, surprise(y));
    sum = f64x2.add(sum, term);
  }
  return f64x2.max(f64x2.min(f64x2.mul(sum, f64x2.splat(scale)), f64x2.splat(1)), f64x2.splat(0));
}

// @ts-ignore: decorator
@inline
function surprise(p: f64): f64 {
  return p > 0 ? -p * NativeMath.log(p) : 0;
}

/** First j at which the sum of P reaches the goal. */
function edge(powers: usize, half: i32, goal: v128): v128 {
  let sum = f64x2.splat(0);
  let below = f64x2.splat(1);
  const one = f64x2.splat(1);
  for (let j = 1; j < half; j++) {
    sum = f64x2.add(sum, powerAt(powers, j));
    below = f64x2.add(below, v128.and(one, f64x2.lt(sum, goal)));
  }
  return below;
}

function contrast(powers: usize, work: usize, half: i32, peak: v128, total: v128): v128 {
  memory.copy(work, powers, (<usize>half) << 4);
  sortPairs(work, half);
  const middle = middleOfPairs(work, half);
  const known = f64x2.ge(f64x2.div(middle, total), f64x2.splat(least));
  return v128.bitselect(f64x2.div(peak, middle), f64x2.splat(NaN), known);
}
