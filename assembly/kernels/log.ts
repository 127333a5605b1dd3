// Natural logarithm, by the table-driven form of ARM's optimized routines that AssemblyScript's NativeMath compiles into
// the module: below 0.52 ulp, and no host arithmetic, so every machine has the same bits. NaN for zero, negative
// numbers and NaN.
//
// Most of what is asked for are ratios near 1, where that form is a polynomial without a table: two rows side by side take its
// steps in their order, a third of the time of two calls.

// What the form has near 1, twice each: a vector constant is put together anew wherever it is used.
const constants = memory.data<u64>([
  0x3fee000000000000, 0x3fee000000000000, // near 1 is from here
  0x3ff1090000000000, 0x3ff1090000000000, // up to here
  0x3ff0000000000000, 0x3ff0000000000000, // 1
  0x41a0000000000000, 0x41a0000000000000, // 2^27
  0xbfe0000000000000, 0xbfe0000000000000, // -1/2, the first of the polynomial
  0x3fd5555555555577, 0x3fd5555555555577,
  0xbfcffffffffffdcb, 0xbfcffffffffffdcb,
  0x3fc999999995dd0c, 0x3fc999999995dd0c,
  0xbfc55555556745a7, 0xbfc55555556745a7,
  0x3fc24924a344de30, 0x3fc24924a344de30,
  0xbfbfffffa4423d65, 0xbfbfffffa4423d65,
  0x3fbc7184282ad6ca, 0x3fbc7184282ad6ca,
  0xbfb999eb43b068ff, 0xbfb999eb43b068ff,
  0x3fb78182f7afd085, 0x3fb78182f7afd085,
  0xbfb5521375d145cd, 0xbfb5521375d145cd,
], 16);
const HIGHEST: usize = 16;
const ONE: usize = 32;
const SPLITTER: usize = 48;
const HALF: usize = 64;
const FIRST: usize = 80;
const SECOND: usize = 128;
const THIRD: usize = 176;
const LAST: usize = 224;

export function log(out: usize, a: usize, rows: i32): void {
  for (const end = a + ((<usize>rows) << 3); a < end; a += 16, out += 16) {
    const x = v128.load(a);
    const near = v128.and(f64x2.ge(x, constant(0)), f64x2.lt(x, constant(HIGHEST)));
    if (i64x2.bitmask(near) == 3) {
      v128.store(out, nearOne(x));
      continue;
    }
    store<f64>(out, anywhere(f64x2.extract_lane(x, 0)));
    if (a + 8 < end) store<f64>(out, anywhere(f64x2.extract_lane(x, 1)), 8);
  }
}

// @ts-ignore: decorator
@inline
function anywhere(x: f64): f64 {
  return x > 0 ? NativeMath.log(x) : NaN;
}

// @ts-ignore: decorator
@inline
function constant(at: usize): v128 {
  return v128.load(constants + at);
}

/** The three constants at `at` times 1, r and its square. */
// @ts-ignore: decorator
@inline
function three(at: usize, r: v128, square: v128): v128 {
  const two = f64x2.add(constant(at), f64x2.mul(r, constant(at + 16)));
  return f64x2.add(two, f64x2.mul(square, constant(at + 32)));
}

// @ts-ignore: decorator
@inline
function nearOne(x: v128): v128 {
  const r = f64x2.sub(x, constant(ONE));
  const square = f64x2.mul(r, r);
  const cube = f64x2.mul(square, r);
  let y = f64x2.add(three(THIRD, r, square), f64x2.mul(cube, constant(LAST)));
  y = f64x2.add(three(SECOND, r, square), f64x2.mul(cube, y));
  y = f64x2.mul(cube, f64x2.add(three(FIRST, r, square), f64x2.mul(cube, y)));
  // r - r^2 / 2 in two parts
  const split = f64x2.mul(r, constant(SPLITTER));
  const upper = f64x2.sub(f64x2.add(r, split), split);
  const lower = f64x2.sub(r, upper);
  const half = f64x2.mul(f64x2.mul(upper, upper), constant(HALF));
  const high = f64x2.add(r, half);
  let low = f64x2.add(f64x2.sub(r, high), half);
  low = f64x2.add(low, f64x2.mul(f64x2.mul(constant(HALF), lower), f64x2.add(upper, r)));
  return f64x2.add(f64x2.add(y, low), high);
}
