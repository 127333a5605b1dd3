import { blockSteps, chunkRows, crossSums, crossSumsOfTwo, mergesOf, planeBytes } from "../core/crossSums";

// The shift 1..lags of x, in rows back, at which its Pearson correlation with y over a window is largest in magnitude; the
// smallest of equals. Cross sums C come by doubling (core/crossSums.ts), the steps of both series being shared by all shifts.
// Correlations are compared by C^2 / M2 of the shifted x, since that of y is common to all: no roots. Cost: about
// log2 window + 3 merges a shift and row. NaN where a row of any of the windows is NaN, and where the correlation of one of
// the shifts has a denominator, the product of both sample deviations, below 1e-12.

/** From the series and their M2 over the window. */
export function bestLag(
  out: usize, x: usize, y: usize, m2X: usize, m2Y: usize, rows: i32, scratch: usize, window: f64, lags: f64,
): void {
  const width = <i32>window;
  const last = <i32>lags;
  const merges = <usize>mergesOf(width);
  const behind = (<usize>(width + last)) << 3;
  const stride = planeBytes(width + last);
  const dx = scratch + behind;
  const dy = dx + merges * stride;
  const level = dy + merges * stride;
  // two of each: shifts go in pairs
  const state = level + 2 * stride;
  const inverse = state + 2 * stride;
  const best = inverse + stride;
  const worst = best + stride;
  for (; rows > 0; rows -= chunkRows) {
    const count = min(rows, chunkRows);
    blockSteps(dx, 0, stride, level, state, x, last, count, width);
    blockSteps(0, dy, stride, level, state, y, 0, count, width);
    invert(inverse, m2X, last, count);
    begin(out, best, worst, count);
    for (let lag = 1; lag <= last; lag += 2) {
      const back = (<usize>lag) << 3;
      if (lag < last) crossSumsOfTwo(state, level, dx - back, dy, stride, 0, count, width);
      else crossSums(state, level, dx - back, dy, stride, 0, count, width);
      keepBest(out, best, worst, state, inverse - back, count, lag);
      if (lag < last) keepBest(out, best, worst, state + stride, inverse - back - 8, count, lag + 1);
    }
    finish(out, best, worst, m2Y, count, 1e-12 * (window - 1));
    const bytes = (<usize>chunkRows) << 3;
    out += bytes;
    x += bytes;
    y += bytes;
    m2X += bytes;
    m2Y += bytes;
  }
}

// @ts-ignore: decorator
@inline
function pairs(rows: i32): usize {
  return (<usize>((rows + 1) & ~1)) << 3;
}

/** out = 1 / a from row -back on. */
function invert(out: usize, a: usize, back: i32, rows: i32): void {
  const first = (<usize>back) << 3;
  for (let i: usize = 0, end = pairs(back + rows); i < end; i += 16) {
    v128.store(out - first + i, f64x2.div(f64x2.splat(1), v128.load(a - first + i)));
  }
}

function begin(out: usize, best: usize, worst: usize, rows: i32): void {
  for (let i: usize = 0, end = pairs(rows); i < end; i += 16) {
    v128.store(out + i, f64x2.splat(NaN));
    v128.store(best + i, f64x2.splat(-1));
    v128.store(worst + i, f64x2.splat(0));
  }
}

/** The larger one, and NaN where one of them is: three instructions where f64x2.max is seven. */
// @ts-ignore: decorator
@inline
function larger(a: v128, b: v128): v128 {
  return v128.or(f64x2.pmax(a, b), f64x2.ne(b, b));
}

/** What a shift adds: whether it is the best so far, and the largest 1 / M2. A NaN stays in either. */
function keepBest(out: usize, best: usize, worst: usize, sums: usize, inverse: usize, rows: i32, lag: i32): void {
  const shift = f64x2.splat(<f64>lag);
  for (let i: usize = 0, end = pairs(rows); i < end; i += 16) {
    const sum = v128.load(sums + i);
    const weight = v128.load(inverse + i);
    const square = f64x2.mul(sum, f64x2.mul(sum, weight));
    const before = v128.load(best + i);
    v128.store(out + i, v128.bitselect(shift, v128.load(out + i), f64x2.gt(square, before)));
    v128.store(best + i, larger(before, square));
    v128.store(worst + i, larger(v128.load(worst + i), weight));
  }
}

/** NaN where one of the shifts has no correlation: `least` is the smallest root of both M2 together. */
function finish(out: usize, best: usize, worst: usize, m2Y: usize, rows: i32, least: f64): void {
  const smallest = f64x2.splat(least * least);
  for (let i: usize = 0, end = pairs(rows); i < end; i += 16) {
    const known = f64x2.ge(v128.load(m2Y + i), f64x2.mul(smallest, v128.load(worst + i)));
    const value = v128.load(best + i);
    const valid = v128.and(known, f64x2.eq(value, value));
    v128.store(out + i, v128.bitselect(v128.load(out + i), f64x2.splat(NaN), valid));
  }
}
