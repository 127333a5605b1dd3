// Tails of the inverse gamma distribution for many shapes at once: P(s > v) of s with shape a and scale b is the lower regularised
// incomplete gamma function P(a, y), y = b / v, and P(s < v) the upper one, Q(a, y).
//
// Of each shape the smaller one of P and Q, divided by exp(-phi), phi = y - a - a ln(y / a), is a smooth function of the
// distance of y from a (a ratio of Mills'). Either side of a it is kept as a polynomial in u = A - B / (w + c), w = |y - a| / sqrt(2 a),
// u from -1 to 1, that goes through its values in Chebyshev's points: Legendre's continued fraction above a, the series
// below (Abramowitz and Stegun 6.5.31, 6.5.29). A tail then costs a division, a polynomial and the power exp(-phi), which callers
// take together with what they weigh a tail by. Polynomials hold where phi is not above 44; the error is below 2^-41 of a tail,
// and below 2^-22 where it is taken from the first half of Chebyshev's series.
/** Coefficients of a polynomial, and of the shorter one, multiples of four. */
const TERMS: i32 = 16;
const FEW: i32 = 8;
/** Bytes of as many numbers. */
const BYTES: usize = 128;
const mostPhi: f64 = 44;

// Two shapes go side by side, a number of each in the lanes of 16 bytes. Field offsets of a side; coefficients have the highest
// power first, and the short polynomial lies beside what both need.
const NEAR: usize = 0; // c, and B, times sqrt(2 a)
const LEVEL: usize = 16; // A
const SLOPE: usize = 32;
const SHORT: usize = 48;
const LONG: usize = SHORT + <usize>FEW * 16;
const SIDE_BYTES: usize = LONG + 2 * BYTES;

/** Field offset of the side above a; that below it comes first. */
const ABOVE: usize = SIDE_BYTES;
export const SHAPES_BYTES: usize = 2 * SIDE_BYTES;

/** Field offset in the work memory of the cosines of multiples of a quarter turn over TERMS. */
const COSINES: usize = 3 * BYTES;
/** Bytes of work memory for `shapeTails`. */
export const TAIL_WORK_BYTES: usize = COSINES + 4 * BYTES;

/** Makes the work memory ready for `shapeTails`. */
export function tailWork(work: usize): void {
  for (let k = 0; k < 4 * TERMS; k++) {
    const cosine = NativeMath.cos((<f64>k * 3.141592653589793) / <f64>(2 * TERMS));
    store<f64>(work + ((<usize>k) << 3), cosine, COSINES);
  }
}

/** a^a exp(-a) / Gamma(a), by Stirling's series from 16 on. */
export function gammaPeak(a: f64): f64 {
  let logs: f64 = 0;
  for (; a < 16; a += 1) logs += 1 + (a + 1) * NativeMath.log(a / (a + 1));
  const t = 1 / (a * a);
  const series = (1.0 / 12 - t * (1.0 / 360 - t * (1.0 / 1260 - t * (1.0 / 1680 - t * (1.0 / 1188 - (t * 691) / 360360))))) / a;
  return sqrt<f64>(a * 0.15915494309189535) * NativeMath.exp(logs - series); // 1 / (2 pi)
}

/** Makes what is needed of shape a, which is to be one of two: `shape` is their address, and 8 more for the second. */
export function shapeTails(shape: usize, a: f64, work: usize): void {
  const peak = gammaPeak(a);
  makeSide(shape, a, -1, 4, peak, work);
  makeSide(shape + ABOVE, a, 1, a < 1.5 ? a : 1.5 + (1.5 * (a - 1.5)) / (a + 13), peak, work);
}

/** The logarithm to base 2 of exp(-phi) y^-a exp(y). */
export function tailPeak(a: f64): f64 {
  return (a - a * NativeMath.log(a)) * 1.4426950408889634;
}

function phi(a: f64, y: f64): f64 {
  return y - a - a * NativeMath.log(y / a);
}

/** How far w goes, where phi is not above its limit. */
function reach(a: f64, side: f64, unit: f64): f64 {
  let low: f64 = 0;
  let high = side < 0 ? a / unit : 64;
  for (let i = 0; i < 60; i++) {
    const middle = 0.5 * (low + high);
    if (phi(a, a + side * middle * unit) < mostPhi) low = middle;
    else high = middle;
  }
  return high;
}

/** Puts a polynomial through the values of one side, those above a with the other sign. */
function makeSide(to: usize, a: f64, side: f64, c: f64, peak: f64, work: usize): void {
  const unit = sqrt<f64>(2 * a);
  const far = reach(a, side, unit);
  const gain = (far + c) / far; // twice over the range of 2 - 2 c / (w + c)
  const level = 2 * gain - 1;
  const slope = 2 * c * gain;
  store<f64>(to, c * unit, NEAR);
  store<f64>(to, level, LEVEL);
  store<f64>(to, slope * unit, SLOPE);
  for (let k = 0; k < TERMS; k++) {
    const w = slope / (level - cosineOf(work, 2 * k + 1)) - c;
    const y = a + side * w * unit;
    store<f64>(work + ((<usize>k) << 3), side > 0 ? -peak * fraction(a, y) : peak * series(a, y));
  }
  toPowers(to, work);
}

/** Of odd multiples up to a half turn these are Chebyshev's points. */
function cosineOf(work: usize, k: i32): f64 {
  return load<f64>(work + ((<usize>(k % (4 * TERMS))) << 3), COSINES);
}

/**
 * Coefficients in powers, the highest first, from values in Chebyshev's points: of his polynomials by a cosine transform, and
 * these in powers by their recurrence. The first of his polynomials make the short one.
 */
function toPowers(to: usize, work: usize): void {
  let before = work + BYTES;
  let current = before + BYTES;
  memory.fill(before, 0, 2 * BYTES);
  const long = to + LONG;
  for (let at = long; at < long + 2 * BYTES; at += 16) store<f64>(at, 0);
  store<f64>(current, 1); // lowest power first
  for (let j = 0; j < TERMS; j++) {
    let sum: f64 = 0;
    for (let k = 0; k < TERMS; k++) sum += load<f64>(work + ((<usize>k) << 3)) * cosineOf(work, j * (2 * k + 1));
    const weight = (sum * (j == 0 ? 1 : 2)) / <f64>TERMS;
    for (let power = 0; power <= j; power++) {
      const at = long + 2 * BYTES - ((<usize>(power + 1)) << 4);
      store<f64>(at, load<f64>(at) + weight * load<f64>(current + ((<usize>power) << 3)));
    }
    if (j == FEW - 1) {
      const lowest = long + 2 * BYTES - ((<usize>FEW) << 4);
      for (let at: usize = 0; at < (<usize>FEW) << 4; at += 16) store<f64>(to + at, load<f64>(lowest + at), SHORT);
    }
    // the next one takes the place of the one before
    const factor: f64 = j == 0 ? 1 : 2;
    for (let power = TERMS - 1; power >= 0; power--) {
      const at = (<usize>power) << 3;
      const shifted = power > 0 ? load<f64>(current + at - 8) : 0;
      store<f64>(before + at, factor * shifted - load<f64>(before + at));
    }
    const next = before;
    before = current;
    current = next;
  }
}

/** Q(a, y) over y^a exp(-y) / Gamma(a), y not below a, by the method of Lentz (1976). */
function fraction(a: f64, y: f64): f64 {
  let b = y + 1 - a;
  let c: f64 = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 10_000; i++) {
    const n = -<f64>i * (<f64>i - a);
    b += 2;
    d = n * d + b;
    c = b + n / c;
    d = 1 / (abs<f64>(d) < 1e-300 ? 1e-300 : d);
    const factor = d * c;
    h *= factor;
    if (abs<f64>(factor - 1) < 1e-16) break;
  }
  return h;
}

/** P(a, y) over y^a exp(-y) / Gamma(a), y not above a. */
function series(a: f64, y: f64): f64 {
  let term = 1 / a;
  let sum = term;
  for (let k: f64 = a + 1; term > sum * 1e-17; k += 1) {
    term *= y / k;
    sum += term;
  }
  return sum;
}

/** The smaller tails over exp(-phi), of two shapes of which y is on the same side. */
// @ts-ignore: decorator
@inline
function ratios(short: bool, side: usize, w: v128): v128 {
  const near = f64x2.add(w, v128.load(side, NEAR));
  const u = f64x2.sub(v128.load(side, LEVEL), f64x2.div(v128.load(side, SLOPE), near));
  // powers apart by fours, so that none waits for the others
  const square = f64x2.mul(u, u);
  const fourth = f64x2.mul(square, square);
  const at = side + (short ? SHORT : LONG);
  let three = next(v128.load(at), fourth, v128.load(at, 64));
  let two = next(v128.load(at, 16), fourth, v128.load(at, 80));
  let one = next(v128.load(at, 32), fourth, v128.load(at, 96));
  let zero = next(v128.load(at, 48), fourth, v128.load(at, 112));
  if (!short) {
    three = next(next(three, fourth, v128.load(at, 128)), fourth, v128.load(at, 192));
    two = next(next(two, fourth, v128.load(at, 144)), fourth, v128.load(at, 208));
    one = next(next(one, fourth, v128.load(at, 160)), fourth, v128.load(at, 224));
    zero = next(next(zero, fourth, v128.load(at, 176)), fourth, v128.load(at, 240));
  }
  return next(next(three, square, one), u, next(two, square, zero));
}

// @ts-ignore: decorator
@inline
function next(higher: v128, by: v128, lower: v128): v128 {
  return f64x2.add(f64x2.mul(higher, by), lower);
}

/**
 * The smaller tails of two shapes over exp(-phi), P below a shape and -Q from it on, given how far y lies above each; by the short
 * polynomials or the long ones. They mean nothing where phi is above its limit, and are finite.
 */
// @ts-ignore: decorator
@inline
export function smallerTails(short: bool, shapes: usize, distance: v128): v128 {
  const signs = i64x2.bitmask(distance);
  if (signs == 0) return ratios(short, shapes + ABOVE, distance);
  const w = f64x2.neg(distance);
  if (signs == 3) return ratios(short, shapes, w);
  const below = f64x2.lt(distance, f64x2.splat(0));
  return v128.bitselect(ratios(short, shapes, f64x2.abs(w)), ratios(short, shapes + ABOVE, f64x2.abs(w)), below);
}
