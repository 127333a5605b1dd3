// Median and quantile of the last `window` rows, which are kept in order (core/ordered.ts). The result is taken from the
// ordered values, so it is exact up to the last interpolation, which is rounded like the expression written there, and it
// depends on the window's values alone. -0 counts as 0. NaN where the window holds a NaN.
import { advance, begin, keep, numbers, ranked } from "../core/ordered";

/** Mean of the two middle values, or the middle one. */
export function median(out: usize, a: usize, rows: i32, scratch: usize, window: f64): void {
  const width = <i32>window;
  const low = (width - 1) >> 1;
  const high = width >> 1;
  begin(scratch, a, width);
  for (let r = 0; ; ) {
    let middle = NaN;
    if (numbers(scratch) == width) {
      const x = ranked(scratch, low);
      middle = low == high ? x : (x + ranked(scratch, high)) * 0.5;
    }
    store<f64>(out, middle);
    if (++r == rows) break;
    out += 8;
    const p = a + ((<usize>r) << 3);
    advance(scratch, load<f64>(p - ((<usize>width) << 3)), load<f64>(p));
  }
  keep(scratch, a, rows, width);
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
  const low = <i32>whole;
  begin(scratch, a, width);
  for (let r = 0; ; ) {
    let between = NaN;
    if (numbers(scratch) == width) {
      const x = ranked(scratch, low);
      // a share of zero must not touch the next value: there is none behind the last, and infinity times 0 is NaN
      between = share == 0 ? x : x + (ranked(scratch, low + 1) - x) * share;
    }
    store<f64>(out, between);
    if (++r == rows) break;
    out += 8;
    const p = a + ((<usize>r) << 3);
    advance(scratch, load<f64>(p - ((<usize>width) << 3)), load<f64>(p));
  }
  keep(scratch, a, rows, width);
}
