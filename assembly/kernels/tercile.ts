import { lastNaN } from "../core/lastNaN";

// The third of the last `window` values in which the newest lies: 0 below the quantile 1/3 (type 7), 2 from the quantile
// 2/3 on, else 1. Below a quantile between two values lies what has the larger one above it, so that it is enough to know
// whether fewer than so many values are larger than the newest one. For each of both numbers a mark is kept, a value at
// which the larger ones are counted: what enters and what leaves is held against it. A newest value that lies on the far
// side of the mark needs nothing more; one between mark and quantile is counted itself, two rows at a time, and is the
// next mark. So marks stay near the quantiles, and a row costs a count of the window only now and then. Exact, and a
// function of the window alone: marks live inside a call. -0 equals 0. NaN where the window holds a NaN.

/** How many of the `width` rows that end at `a` are larger than x: eight rows a turn, counts of four pairs side by side. */
function larger(a: usize, x: f64, width: i32): i32 {
  let p = a - ((<usize>(width - 1)) << 3);
  const mark = f64x2.splat(x);
  let c0 = i64x2.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (const end = p + ((<usize>(width >> 3)) << 6); p < end; p += 64) {
    c0 = i64x2.sub(c0, f64x2.gt(v128.load(p), mark)); // a true lane is -1
    c1 = i64x2.sub(c1, f64x2.gt(v128.load(p, 16), mark));
    c2 = i64x2.sub(c2, f64x2.gt(v128.load(p, 32), mark));
    c3 = i64x2.sub(c3, f64x2.gt(v128.load(p, 48), mark));
  }
  const counts = i64x2.add(i64x2.add(c0, c1), i64x2.add(c2, c3));
  let count = <i32>(i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1));
  for (; p <= a; p += 8) count += i32(load<f64>(p) > x);
  return count;
}

/** Whether it is open on which side of `limit` larger values x stands, of a mark with `count` larger ones. */
// @ts-ignore: decorator
@inline
function isOpen(x: f64, mark: f64, count: i32, limit: i32): bool {
  return x >= mark ? count >= limit : count < limit;
}

export function tercile(out: usize, a: usize, rows: i32, window: f64): void {
  const width = <i32>window;
  const back = (<usize>width) << 3;
  const many = width - (width + 1) / 3; // the quantile 1/3 has ceil((width - 1) / 3) values below it
  const few = width - (2 * width) / 3;
  let unknown = lastNaN(a, width); // rows for which the newest NaN stays in the window
  let low = load<f64>(a);
  let high = low;
  let aboveLow = larger(a, low, width);
  let aboveHigh = aboveLow;
  for (let r = 0; r < rows; r++, a += 8, out += 8) {
    const x = load<f64>(a);
    if (r > 0) {
      const gone = load<f64>(a - back);
      aboveLow += i32(x > low) - i32(gone > low);
      aboveHigh += i32(x > high) - i32(gone > high);
    }
    if (x != x) unknown = width;
    if (unknown > 0) {
      unknown--;
      store<f64>(out, NaN);
      continue;
    }
    if (isOpen(x, low, aboveLow, many)) {
      low = x;
      aboveLow = larger(a, x, width);
    }
    if (isOpen(x, high, aboveHigh, few)) {
      high = x;
      aboveHigh = larger(a, x, width);
    }
    store<f64>(out, <f64>(i32(x >= low && aboveLow < many) + i32(x >= high && aboveHigh < few)));
  }
}
