// Median and quantile of the last `window` rows, which are kept in order, a short window in one line (core/shortOrder.ts), a
// long one in blocks (core/ordered.ts). The result is taken from the ordered values, so it is exact up to the last
// interpolation, which is rounded like the expression written there, and it depends on the window's values alone. -0 counts
// as 0. NaN where the window holds a NaN.
import { advance, begin, keep, numbers, ranked } from "../core/ordered";
import * as short from "../core/shortOrder";

class Middle {
  // @ts-ignore: decorator
  @inline of(x: f64, next: f64, share: f64): f64 {
    return share == 0 ? x : (x + next) * 0.5;
  }
}

class Between {
  // @ts-ignore: decorator
  @inline of(x: f64, next: f64, share: f64): f64 {
    return share == 0 ? x : x + (next - x) * share;
  }
}

/** F of the value of rank `low`, counted from 0, and of the next one, which is only asked for where the share is not 0. */
// @ts-ignore: decorator
@inline
function atRank<F>(out: usize, a: usize, rows: i32, scratch: usize, width: i32, low: i32, share: f64): void {
  const f = changetype<F>(0);
  const oldest = (<usize>width) << 3;
  if (width < short.longOrder) {
    short.begin(scratch, a, width);
    const place = short.valuesOf(scratch) + ((<usize>low) << 3);
    for (let p = a, end = a + ((<usize>rows) << 3); ; out += 8) {
      // infinity lies behind the last value
      store<f64>(out, short.allKnown(scratch) ? f.of(load<f64>(place), load<f64>(place, 8), share) : NaN);
      if ((p += 8) == end) break;
      short.advance(scratch, width, load<f64>(p - oldest), load<f64>(p));
    }
    return short.keep(scratch, a, rows, width);
  }
  begin(scratch, a, width);
  for (let p = a, end = a + ((<usize>rows) << 3); ; out += 8) {
    let result = NaN;
    if (numbers(scratch) == width) {
      const x = ranked(scratch, low);
      result = f.of(x, share == 0 ? x : ranked(scratch, low + 1), share);
    }
    store<f64>(out, result);
    if ((p += 8) == end) break;
    advance(scratch, load<f64>(p - oldest), load<f64>(p));
  }
  keep(scratch, a, rows, width);
}

/** Mean of the two middle values, or the middle one. */
export function median(out: usize, a: usize, rows: i32, scratch: usize, window: f64): void {
  const width = <i32>window;
  atRank<Middle>(out, a, rows, scratch, width, (width - 1) >> 1, (width & 1) != 0 ? 0 : 0.5);
}

/**
 * The value at rank q (window - 1) of the ordered window, 0 <= q <= 1, interpolated linearly between neighbours.
 * Type 7 of Hyndman and Fan (1996), the default of R, numpy and pandas.
 */
export function quantile(out: usize, a: usize, rows: i32, scratch: usize, window: f64, q: f64): void {
  const rank = q * (window - 1);
  const whole = floor<f64>(rank);
  atRank<Between>(out, a, rows, scratch, <i32>window, <i32>whole, rank - whole);
}
