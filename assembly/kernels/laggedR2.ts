import { blockSteps, chunkRows, crossSums, mergesOf, planeBytes } from "../core/crossSums";

// Share of the variance of y over a window that the least-squares regression of y on 1, x and x of 1 to `lags` rows back
// explains. The normal equations hold the cross sums of x with its own shifts and of y with those of x, which come by
// doubling (core/crossSums.ts): the sum of x of i and of j rows back is that of x and x of j - i rows back, i rows ago. So
// 2 lags + 1 sums a row do. They are solved by an L D L' decomposition, the newest x first, whose pivots are what of the sum
// of squares of a column the columns before it leave: every term of the share is a square over a pivot. NaN for a NaN in a
// window, where a pivot is below 1e-12 of its column's sum of squares, so that the columns are dependent to rounding, and
// where the sample variance of y is below 1e-12. The share lies in 0..1.
// Golub and Van Loan (2013), Matrix Computations, 4.1.

/** From the series and their M2 over the window. */
export function laggedR2(
  out: usize, y: usize, x: usize, m2Y: usize, m2X: usize, rows: i32, scratch: usize, window: f64, lags: f64,
): void {
  const width = <i32>window;
  const last = <i32>lags;
  const merges = <usize>mergesOf(width);
  const stride = planeBytes(width + last);
  const dx = scratch + ((<usize>(width + last)) << 3);
  const dxWeighted = dx + merges * stride;
  const dyWeighted = dxWeighted + merges * stride;
  const level = dyWeighted + merges * stride;
  const state = level + stride;
  // sums of x with its own shifts, the first of them M2, and of y with the shifts of x
  const own = state + stride;
  const joint = own + <usize>(last + 1) * stride;
  const solution = joint + <usize>(last + 1) * stride;
  for (; rows > 0; rows -= chunkRows) {
    const count = min(rows, chunkRows);
    blockSteps(dx, dxWeighted, stride, level, state, x, last, count, width);
    blockSteps(0, dyWeighted, stride, level, state, y, 0, count, width);
    const behind = (<usize>last) << 3;
    memory.copy(own - behind, m2X - behind, behind + ((<usize>count) << 3));
    for (let lag = 0; lag <= last; lag++) {
      const back = (<usize>lag) << 3;
      const place = <usize>lag * stride;
      if (lag > 0) {
        // x of `lag` rows back and x: seen from rows -(last - lag) on
        crossSums(own + place, level, dx - back, dxWeighted, stride, last - lag, count, width);
      }
      crossSums(joint + place, level, dx - back, dyWeighted, stride, 0, count, width);
    }
    for (let i: usize = 0; i < (<usize>count) << 3; i += 16) {
      const share = explained(own + i, joint + i, stride, last, v128.load(m2Y + i), 1e-12 * (window - 1), solution);
      v128.store(out + i, share);
    }
    const bytes = (<usize>chunkRows) << 3;
    out += bytes;
    y += bytes;
    x += bytes;
    m2Y += bytes;
    m2X += bytes;
  }
}

/** The share of two rows. Column c of the decomposition lies at `work`: its part of the solution, its pivot, its factors. */
// @ts-ignore: decorator
@inline
function explained(own: usize, joint: usize, stride: usize, last: i32, total: v128, least: f64, work: usize): v128 {
  const columnBytes = (<usize>(last + 3)) << 4;
  let sum = f64x2.splat(0);
  let known = f64x2.ge(total, f64x2.splat(least));
  let column = work;
  for (let j = 0; j <= last; j++, column += columnBytes) {
    const square = v128.load(own - ((<usize>j) << 3));
    let pivot = square;
    let right = v128.load(joint + <usize>j * stride);
    // column: right side, pivot, then factor of row i at place 2 + i
    const place = (<usize>(2 + j)) << 4;
    for (let c = work; c < column; c += columnBytes) {
      const factor = v128.load(c + place);
      right = f64x2.sub(right, f64x2.mul(factor, v128.load(c)));
      pivot = f64x2.sub(pivot, f64x2.mul(f64x2.mul(factor, factor), v128.load(c, 16)));
    }
    v128.store(column, right);
    v128.store(column, pivot, 16);
    known = v128.and(known, f64x2.gt(pivot, f64x2.mul(square, f64x2.splat(1e-12))));
    sum = f64x2.add(sum, f64x2.div(f64x2.mul(right, right), pivot));
    for (let i = j + 1; i <= last; i++) {
      // x of i rows back with x of j rows back: the shift i - j, seen j rows ago
      let below = v128.load(own + <usize>(i - j) * stride - ((<usize>j) << 3));
      const row = (<usize>(2 + i)) << 4;
      for (let c = work; c < column; c += columnBytes) {
        below = f64x2.sub(below, f64x2.mul(f64x2.mul(v128.load(c + row), v128.load(c + place)), v128.load(c, 16)));
      }
      v128.store(column + row, f64x2.div(below, pivot));
    }
  }
  const share = f64x2.min(f64x2.div(sum, total), f64x2.splat(1));
  return v128.bitselect(share, f64x2.splat(NaN), known);
}
