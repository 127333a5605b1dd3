// Exponential function and natural logarithm of two numbers at once, without a branch, for kernels that take many of them.
// Reduction and polynomials are those of fdlibm (Sun 1993), below 1 ulp; one order of operations on every machine. Constants
// lie in memory, twice each: a vector constant is put together anew wherever it is used, which takes longer than loading it.

const constants = memory.data<f64>([
  1.44269504088896338700, 1.44269504088896338700, // 1 / ln 2
  6.93147180369123816490e-1, 6.93147180369123816490e-1, // ln 2 in two parts
  1.90821492927058770002e-10, 1.90821492927058770002e-10,
  4.13813679705723846039e-8, 4.13813679705723846039e-8,
  -1.65339022054652515390e-6, -1.65339022054652515390e-6,
  6.61375632143793436117e-5, 6.61375632143793436117e-5,
  -2.77777777770155933842e-3, -2.77777777770155933842e-3,
  1.66666666666666019037e-1, 1.66666666666666019037e-1,
  6755399441055744, 6755399441055744, // leaves a whole number added to it in the lowest bits
  1.531383769920937332e-1, 1.531383769920937332e-1,
  2.222219843214978396e-1, 2.222219843214978396e-1,
  3.999999999940941908e-1, 3.999999999940941908e-1,
  1.479819860511658591e-1, 1.479819860511658591e-1,
  1.818357216161805012e-1, 1.818357216161805012e-1,
  2.857142874366239149e-1, 2.857142874366239149e-1,
  6.666666666666735130e-1, 6.666666666666735130e-1,
  4503599627371519, 4503599627371519, // 2^52 + 1023
  1, 1,
  2, 2,
  0.5, 0.5,
  -708, -708,
], 16);
const bits = memory.data<i64>([
  0x00095f6200000000, 0x00095f6200000000, // from sqrt(1/2) up to 1 in the highest bits
  0x4330000000000000, 0x4330000000000000, // 2^52
  0x000fffffffffffff, 0x000fffffffffffff,
  0x3fe6a09e00000000, 0x3fe6a09e00000000, // sqrt(1/2)
], 16);
const byLn2: usize = 0;
const ln2High: usize = 16;
const ln2Low: usize = 32;
const ofExp: usize = 48;
const magic: usize = 128;
const ofLog: usize = 144;
const bias: usize = 256;
const one: usize = 272;
const two: usize = 288;
const half: usize = 304;
const lowest: usize = 320;

// @ts-ignore: decorator
@inline
function constant(at: usize): v128 {
  return v128.load(constants + at);
}

// @ts-ignore: decorator
@inline
function step(x: v128, by: v128, at: usize): v128 {
  return f64x2.add(constant(at), f64x2.mul(x, by));
}

/** exp(x) for x up to 700; 0 below -708, NaN for NaN. */
// @ts-ignore: decorator
@inline
export function expOf(x: v128): v128 {
  const least = constant(lowest);
  const inside = f64x2.pmax(x, least); // NaN stays
  const k = f64x2.nearest(f64x2.mul(inside, constant(byLn2)));
  const high = f64x2.sub(inside, f64x2.mul(k, constant(ln2High)));
  const low = f64x2.mul(k, constant(ln2Low));
  const r = f64x2.sub(high, low);
  const t = f64x2.mul(r, r);
  let p = step(constant(ofExp), t, ofExp + 16);
  p = step(p, t, ofExp + 32);
  p = step(p, t, ofExp + 48);
  p = step(p, t, ofExp + 64);
  const c = f64x2.sub(r, f64x2.mul(t, p));
  const part = f64x2.div(f64x2.mul(r, c), f64x2.sub(constant(two), c));
  const y = f64x2.sub(constant(one), f64x2.sub(f64x2.sub(low, part), high));
  const scaled = i64x2.add(y, i64x2.shl(f64x2.add(k, constant(magic)), 52));
  return v128.andnot(scaled, f64x2.lt(x, least));
}

/** ln(x) for numbers from 2^-1022 on; what it is of others is said nowhere. */
// @ts-ignore: decorator
@inline
export function logOf(x: v128): v128 {
  // x = 2^k (1 + f), 1 + f from sqrt(1/2) to sqrt(2)
  const shifted = i64x2.add(x, v128.load(bits));
  const biased = v128.or(i64x2.shr_u(shifted, 52), v128.load(bits, 16)); // 2^52 and more
  const k = f64x2.sub(biased, constant(bias));
  const mantissa = v128.and(shifted, v128.load(bits, 32));
  const f = f64x2.sub(i64x2.add(mantissa, v128.load(bits, 48)), constant(one));
  const s = f64x2.div(f, f64x2.add(constant(two), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let even = step(constant(ofLog), w, ofLog + 16);
  even = f64x2.mul(w, step(even, w, ofLog + 32));
  let odd = step(constant(ofLog + 48), w, ofLog + 64);
  odd = step(odd, w, ofLog + 80);
  odd = f64x2.mul(z, step(odd, w, ofLog + 96));
  const square = f64x2.mul(f64x2.mul(constant(half), f), f);
  const near = f64x2.mul(s, f64x2.add(square, f64x2.add(even, odd)));
  const low = f64x2.add(near, f64x2.mul(k, constant(ln2Low)));
  return f64x2.add(f64x2.add(f64x2.sub(low, square), f), f64x2.mul(k, constant(ln2High)));
}
