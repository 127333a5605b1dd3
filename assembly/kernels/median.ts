// Median and quantile of the last `window` rows. The window is sorted where the call begins and then kept in order by
// one insertion and one deletion per row (core/sorted.ts): O(log window) comparisons and one short move of memory. The
// result is taken from the ordered values, so it is exact up to the last interpolation, which is rounded like the
// expression written there, and it depends on the window's values alone. -0 counts as 0. NaN where the window holds a
// NaN. Scratch: 16 bytes per row of the window.
import { gather, insert, remove, replace, sort } from '../core/sorted';

/** Mean of the two middle values, or the middle one. */
export function median(out: usize, a: usize, rows: i32, scratch: usize, window: f64): void {
  const width = <i32>window;
  const low = (<usize>((width - 1) >> 1)) << 3;
  const high = (<usize>(width >> 1)) << 3;
  let count = begin(a, scratch, width);
  while (true) {
    const x = load<f64>(scratch + low);
    const middle = low == high ? x : (x + load<f64>(scratch + high)) * 0.5;
    store<f64>(out, count == width ? middle : NaN);
    if (--rows == 0) return;
    out += 8;
    a += 8;
    count = advance(a, scratch, count, width);
  }
}

/**
 * The value at rank q (window - 1) of the ordered window, 0 <= q <= 1, interpolated linearly between neighbours.
 * Type 7 of Hyndman and Fan (1996), the default of R, numpy and pandas.
 */
export function quantile(out: usize, a: usize, rows: i32, scratch: usize, window: f64, q: f64): void {
  const width = <i32>window;
  const rank = q * (window - 1);
  const whole = floor<f64>(rank);
  const share = rank - whole;
  const low = (<usize>whole) << 3;
  let count = begin(a, scratch, width);
  while (true) {
    const x = load<f64>(scratch + low);
    // a share of zero must not touch the next value: there is none behind the last, and infinity times 0 is NaN
    const between = share == 0 ? x : x + (load<f64>(scratch + low + 8) - x) * share;
    store<f64>(out, count == width ? between : NaN);
    if (--rows == 0) return;
    out += 8;
    a += 8;
    count = advance(a, scratch, count, width);
  }
}

/** Orders the window that ends with the row at `a`. Returns its count of numbers. */
function begin(a: usize, scratch: usize, width: i32): i32 {
  const count = gather(scratch, a - ((<usize>(width - 1)) << 3), width);
  sort(scratch, count);
  return count;
}

/** Moves the ordered window on by one row, to end at `a`. Returns its count of numbers. */
function advance(a: usize, scratch: usize, count: i32, width: i32): i32 {
  const old = load<f64>(a - ((<usize>width) << 3)) + 0.0;
  const x = load<f64>(a) + 0.0;
  const end = scratch + ((<usize>count) << 3);
  if (old == old) {
    if (x == x) {
      replace(scratch, end, old, x);
      return count;
    }
    remove(scratch, end, old);
    return count - 1;
  }
  if (x == x) {
    insert(scratch, end, x);
    return count + 1;
  }
  return count;
}
