import { storeResult } from "../core/results";
import { middleOfPairs, sortPairs } from "../core/sortedPairs";

// Discrete wavelet transform of the last n rows less their mean by Daubechies' filter of 8 taps (Daubechies 1992, table 6.1,
// N = 4), periodic, and what is read off it. With h the scaling filter and g_j = (-1)^j h_(7-j), of a level's s of m numbers
//
//   a_k = sum h_j s_(2k+j-3)    d_k = sum g_j s_(2k+j-3)    k = 0..m/2 - 1, places modulo m, terms in the order of j
//
// which is the alignment of PyWavelets' periodization; the next level is that of a. E_i is the sum of d^2 of level i, that of
// the last a behind them, T the sum of all, which is the sum of squares about the mean since the transform is orthonormal.
// The rows count from the newest of them, so that a constant window has exactly 0 everywhere. Two rows go side by side, each
// with its own window in its lane of every vector. Cost at n = 64 and 3 levels: 0.25 us a row.
//
// An entry of the table wants one plane: what it is, and a number. NaN, for all of them, where the window holds a NaN or an
// infinity, where T overflows, and where T is below 1e-12. Errors of the numbers are below 40 levels 2^-53 of the largest row.

// What an entry of the table wants; mirrored by host/catalog/operators/wavelets.ts.
const SHARE: i32 = 0; // E of the level given over T
const TREND: i32 = 1; // least-squares slope of the last a on their order, over their population sd
const ENTROPY: i32 = 2; // -sum q ln q / ln(levels), q = E over the sum of those of all d
const PEAK: i32 = 3; // largest |d| of the first level over their median / 0.6745
const LARGEST: i32 = 4; // level with the largest E, the first of equals

/** Numbers of an entry. */
const ENTRY: i32 = 2;
const least: f64 = 1e-12;
const taps: usize = 8;

const filter = memory.data<f64>([
  0.2303778133088965, 0.7148465705529157, 0.6308807679298589, -0.027983769416859854,
  -0.18703481171909309, 0.030841381835560764, 0.0328830116668852, -0.010597401785069032,
]);

export function wavelet(
  outs: usize, a: usize, rows: i32, table: usize, length: i32, scratch: usize, window: f64, levels: f64,
): void {
  const n = <i32>window;
  const depth = <i32>levels;
  const energies = scratch;
  const details = energies + ((<usize>(depth + 1)) << 4);
  const series = details + ((<usize>n) << 4);
  const count = length / ENTRY;
  const first = a - ((<usize>(n - 1)) << 3);
  for (let row: usize = 0, end = (<usize>rows) << 3; row < end; row += 16) {
    centred(series, first + row, n);
    let from = series;
    let into = details;
    let total = f64x2.splat(0);
    let size = n;
    for (let level = 1; level <= depth; level++) {
      const to = from + ((<usize>size + taps) << 4);
      split(into, to, from, size);
      size >>= 1;
      const energy = energyOf(into, size);
      v128.store(energyAt(energies, level), energy);
      total = f64x2.add(total, energy);
      into += (<usize>size) << 4;
      from = to;
    }
    const energy = energyOf(from, size);
    v128.store(energyAt(energies, depth + 1), energy);
    total = f64x2.add(total, energy);
    const valid = v128.and(f64x2.ge(total, f64x2.splat(least)), f64x2.lt(total, f64x2.splat(Infinity)));
    for (let i = 0; i < count; i++) {
      const entry = table + ((<usize>(i * ENTRY)) << 3);
      let value: v128;
      switch (<i32>load<f64>(entry)) {
        case TREND: {
          value = trend(from, size);
          break;
        }
        case ENTROPY: {
          value = entropy(energies, depth, total);
          break;
        }
        case PEAK: {
          // the series is done with
          value = peak(details, series, n >> 1);
          break;
        }
        case LARGEST: {
          value = largest(energies, depth);
          break;
        }
        default: {
          value = f64x2.div(v128.load(energyAt(energies, <i32>load<f64>(entry, 8))), total);
        }
      }
      storeResult(outs, i, row, value, valid);
    }
  }
}

// @ts-ignore: decorator
@inline
function energyAt(energies: usize, level: i32): usize {
  return energies + ((<usize>(level - 1)) << 4);
}

/** The rows less their mean. */
// @ts-ignore: decorator
@inline
function centred(series: usize, first: usize, n: i32): void {
  const half = n >> 1;
  const last = first + ((<usize>(n - 1)) << 3);
  const newest = v128.load(last);
  let sum = f64x2.splat(0);
  for (let i = 0; i < half; i++) {
    const low = f64x2.sub(v128.load(first + ((<usize>i) << 3)), newest);
    const high = f64x2.sub(v128.load(last - ((<usize>i) << 3)), newest);
    sum = f64x2.add(sum, f64x2.add(low, high));
  }
  const mean = f64x2.mul(sum, f64x2.splat(1 / <f64>n));
  for (let i = 0; i < n; i++) {
    const x = f64x2.sub(v128.load(first + ((<usize>i) << 3)), newest);
    v128.store(series + ((<usize>i) << 4), f64x2.sub(x, mean));
  }
}

/** Details and averages of `size` numbers at `from`, which are moved on by 3 places, and lengthened by what follows the last. */
// @ts-ignore: decorator
@inline
function split(details: usize, averages: usize, from: usize, size: i32): void {
  const bytes = (<usize>size) << 4;
  // places -3 to size + 4: the last three before the first, the first four behind the last
  memory.copy(from + 48, from, bytes);
  memory.copy(from, from + bytes, 48);
  memory.copy(from + 48 + bytes, from + 48, 64);
  for (let k: usize = 0; k < bytes; k += 32) {
    let low = f64x2.splat(0);
    let high = low;
    for (let j: usize = 0; j < taps; j += 2) {
      const even = v128.load(from + k + (j << 4));
      const odd = v128.load(from + k + (j << 4), 16);
      low = f64x2.add(low, f64x2.mul(v128.load64_splat(filter + (j << 3)), even));
      low = f64x2.add(low, f64x2.mul(v128.load64_splat(filter + (j << 3), 8), odd));
      high = f64x2.add(high, f64x2.mul(v128.load64_splat(filter + ((7 - j) << 3)), even));
      high = f64x2.sub(high, f64x2.mul(v128.load64_splat(filter + ((6 - j) << 3)), odd));
    }
    v128.store(averages + (k >> 1), low);
    v128.store(details + (k >> 1), high);
  }
}

// @ts-ignore: decorator
@inline
function energyOf(numbers: usize, count: i32): v128 {
  let sum = f64x2.splat(0);
  for (let i = 0; i < count; i++) {
    const x = v128.load(numbers + ((<usize>i) << 4));
    sum = f64x2.add(sum, f64x2.mul(x, x));
  }
  return sum;
}

function trend(averages: usize, count: i32): v128 {
  const inverse = f64x2.splat(1 / <f64>count);
  let sum = f64x2.splat(0);
  for (let i = 0; i < count; i++) sum = f64x2.add(sum, v128.load(averages + ((<usize>i) << 4)));
  const mean = f64x2.mul(sum, inverse);
  const middle = <f64>(count - 1) * 0.5;
  let tilt = f64x2.splat(0);
  let squares = tilt;
  for (let i = 0; i < count; i++) {
    const x = f64x2.sub(v128.load(averages + ((<usize>i) << 4)), mean);
    tilt = f64x2.add(tilt, f64x2.mul(x, f64x2.splat(<f64>i - middle)));
    squares = f64x2.add(squares, f64x2.mul(x, x));
  }
  const slope = f64x2.div(tilt, f64x2.splat((<f64>count * (<f64>count * <f64>count - 1)) / 12));
  const sd = f64x2.sqrt(f64x2.mul(squares, inverse));
  return v128.bitselect(f64x2.div(slope, sd), f64x2.splat(NaN), f64x2.ge(sd, f64x2.splat(least)));
}

function entropy(energies: usize, depth: i32, total: v128): v128 {
  let all = f64x2.splat(0);
  for (let level = 1; level <= depth; level++) all = f64x2.add(all, v128.load(energyAt(energies, level)));
  let sum = f64x2.splat(0);
  for (let level = 1; level <= depth; level++) {
    const q = f64x2.div(v128.load(energyAt(energies, level)), all);
    const x = surprise(f64x2.extract_lane(q, 0));
    sum = f64x2.add(sum, f64x2.replace_lane(f64x2.splat(x), 1, surprise(f64x2.extract_lane(q, 1))));
  }
  const share = f64x2.mul(sum, f64x2.splat(1 / NativeMath.log(<f64>depth)));
  const value = f64x2.max(f64x2.min(share, f64x2.splat(1)), f64x2.splat(0));
  return v128.bitselect(value, f64x2.splat(NaN), f64x2.ge(f64x2.div(all, total), f64x2.splat(least)));
}

// @ts-ignore: decorator
@inline
function surprise(q: f64): f64 {
  return q > 0 ? -q * NativeMath.log(q) : 0;
}

/** Robust: the median is 0.6745 sd of normal noise (Donoho and Johnstone 1994). */
function peak(details: usize, work: usize, count: i32): v128 {
  for (let i = 0; i < count; i++) {
    const place = (<usize>i) << 4;
    v128.store(work + place, f64x2.abs(v128.load(details + place)));
  }
  sortPairs(work, count);
  const sd = f64x2.div(middleOfPairs(work, count), f64x2.splat(0.6745));
  const most = v128.load(work + ((<usize>(count - 1)) << 4));
  return v128.bitselect(f64x2.div(most, sd), f64x2.splat(NaN), f64x2.ge(sd, f64x2.splat(least)));
}

function largest(energies: usize, depth: i32): v128 {
  let most = v128.load(energies);
  let place = f64x2.splat(1);
  for (let level = 2; level <= depth + 1; level++) {
    const energy = v128.load(energyAt(energies, level));
    place = v128.bitselect(f64x2.splat(<f64>level), place, f64x2.gt(energy, most));
    most = f64x2.pmax(most, energy);
  }
  return place;
}
