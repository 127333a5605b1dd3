// Powers of 2 and logarithms to base 2 of two numbers at once, for sums of many of which none has to be right to the last bit: a
// power is within 2^-45 of itself, a logarithm within 2^-52 of itself or, near 1, of the distance from it. Polynomials go
// through the function in Chebyshev's points, and are put together in a tree: what a step waits for is what it costs.
// Constants lie in memory, twice each: a vector constant is put together anew wherever it is used, which takes longer than
// loading it.

const constants = memory.data<f64>([
  6755399441055744, 6755399441055744, // leaves a whole number added to it in the lowest bits
  -1000, -1000,
  // 2^x, x from -1/2 to 1/2
  1.0000000000000135, 1.0000000000000135,
  0.6931471805599462, 0.6931471805599462,
  0.2402265069564034, 0.2402265069564034,
  0.05550410866465167, 0.05550410866465167,
  0.009618129193934313, 0.009618129193934313,
  0.0013333558200794592, 0.0013333558200794592,
  0.0001540343375125101, 0.0001540343375125101,
  1.5252672924850737e-5, 1.5252672924850737e-5,
  1.325964524488711e-6, 1.325964524488711e-6,
  1.0205905413765595e-7, 1.0205905413765595e-7,
  // log2((1 + s) / (1 - s)) / s in powers of s^2
  2.885390081777927, 2.885390081777927,
  0.9617966939243345, 0.9617966939243345,
  0.5770780172463286, 0.5770780172463286,
  0.4121984020482752, 0.4121984020482752,
  0.32061638813224547, 0.32061638813224547,
  0.2614442493522915, 0.2614442493522915,
  0.2429160853987535, 0.2429160853987535,
  4503599627371519, 4503599627371519, // 2^52 + 1023
  1, 1,
], 16);
const bits = memory.data<i64>([
  0x00095f6200000000, 0x00095f6200000000, // from sqrt(1/2) up to 1 in the highest bits
  0x4330000000000000, 0x4330000000000000, // 2^52
  0x000fffffffffffff, 0x000fffffffffffff,
  0x3fe6a09e00000000, 0x3fe6a09e00000000, // sqrt(1/2)
], 16);
const lowest: usize = 16;
const ofPower: usize = 32;
const ofLog: usize = 192;
const bias: usize = 304;
const one: usize = 320;

// @ts-ignore: decorator
@inline
function constant(at: usize): v128 {
  return v128.load(constants + at);
}

/** The constant at `at` and x times the one behind it. */
// @ts-ignore: decorator
@inline
function line(x: v128, at: usize): v128 {
  return joined(constant(at), x, constant(at + 16));
}

/** low + x high */
// @ts-ignore: decorator
@inline
function joined(low: v128, x: v128, high: v128): v128 {
  return f64x2.add(low, f64x2.mul(x, high));
}

/** x with a whole number left in the lowest bits. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return f64x2.add(x, constant(0));
}

/** What of x is beyond the whole number. */
// @ts-ignore: decorator
@inline
function rest(x: v128, shifted: v128): v128 {
  return f64x2.sub(x, f64x2.sub(shifted, constant(0)));
}

// @ts-ignore: decorator
@inline
function scaled(power: v128, x: v128, shifted: v128): v128 {
  return v128.and(i64x2.add(power, i64x2.shl(shifted, 52)), f64x2.ge(x, constant(lowest)));
}

/** 2^x for x up to 1000; 0 below -1000 and for NaN. */
// @ts-ignore: decorator
@inline
export function powerOf2(x: v128): v128 {
  const shifted = rounded(x);
  const r = rest(x, shifted);
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const low = joined(line(r, ofPower), r2, line(r, ofPower + 32));
  const middle = joined(line(r, ofPower + 64), r2, line(r, ofPower + 96));
  const high = joined(middle, r4, line(r, ofPower + 128));
  return scaled(joined(low, r4, high), x, shifted);
}

/**
 * The sum of 2^(x - level) of the numbers x from `at` to `end`, 0 for what is below -1000 and for NaN. They take the numbers'
 * place, or with `factors`, so many bytes behind the numbers, are multiplied by these and left. Up to three places behind the
 * last are read and written: there it is to be 0.
 */
// @ts-ignore: decorator
@inline
export function sumOfPowers(at: usize, end: usize, level: f64, factors: usize): f64 {
  const by = f64x2.splat(level);
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  for (; at < end; at += 32) {
    const x0 = f64x2.sub(v128.load(at), by);
    const x1 = f64x2.sub(v128.load(at, 16), by);
    const shifted0 = rounded(x0);
    const shifted1 = rounded(x1);
    const r0 = rest(x0, shifted0);
    const r1 = rest(x1, shifted1);
    let c = constant(ofPower + 128);
    let d = constant(ofPower + 144);
    let high0 = joined(c, r0, d);
    let high1 = joined(c, r1, d);
    c = constant(ofPower + 96);
    d = constant(ofPower + 112);
    let low0 = joined(c, r0, d);
    let low1 = joined(c, r1, d);
    const s0 = f64x2.mul(r0, r0);
    const s1 = f64x2.mul(r1, r1);
    c = constant(ofPower + 64);
    d = constant(ofPower + 80);
    low0 = joined(joined(c, r0, d), s0, low0);
    low1 = joined(joined(c, r1, d), s1, low1);
    const f0 = f64x2.mul(s0, s0);
    const f1 = f64x2.mul(s1, s1);
    high0 = joined(low0, f0, high0);
    high1 = joined(low1, f1, high1);
    c = constant(ofPower + 32);
    d = constant(ofPower + 48);
    low0 = joined(c, r0, d);
    low1 = joined(c, r1, d);
    c = constant(ofPower);
    d = constant(ofPower + 16);
    low0 = joined(joined(c, r0, d), s0, low0);
    low1 = joined(joined(c, r1, d), s1, low1);
    let p0 = scaled(joined(low0, f0, high0), x0, shifted0);
    let p1 = scaled(joined(low1, f1, high1), x1, shifted1);
    if (factors) {
      p0 = f64x2.mul(p0, v128.load(at + factors));
      p1 = f64x2.mul(p1, v128.load(at + factors, 16));
    } else {
      v128.store(at, p0);
      v128.store(at, p1, 16);
    }
    sum0 = f64x2.add(sum0, p0);
    sum1 = f64x2.add(sum1, p1);
  }
  sum0 = f64x2.add(sum0, sum1);
  return f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1);
}

/** The logarithm to base 2 of numbers from 2^-1022 on; what it is of others is said nowhere. */
// @ts-ignore: decorator
@inline
export function log2Of(x: v128): v128 {
  // x = 2^k (1 + f), 1 + f from sqrt(1/2) to sqrt(2)
  const shifted = i64x2.add(x, v128.load(bits));
  const k = f64x2.sub(v128.or(i64x2.shr_u(shifted, 52), v128.load(bits, 16)), constant(bias));
  const mantissa = i64x2.add(v128.and(shifted, v128.load(bits, 32)), v128.load(bits, 48));
  const f = f64x2.sub(mantissa, constant(one));
  const s = f64x2.div(f, f64x2.add(mantissa, constant(one)));
  const z = f64x2.mul(s, s);
  const z2 = f64x2.mul(z, z);
  const low = joined(line(z, ofLog), z2, line(z, ofLog + 32));
  const high = joined(line(z, ofLog + 64), z2, constant(ofLog + 96));
  return joined(k, s, joined(low, f64x2.mul(z2, z2), high));
}
