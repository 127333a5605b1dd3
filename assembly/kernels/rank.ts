// How many of the last `window` values lie strictly below the current one (the current row counts as one of the
// window, never below itself). Of a short window counted directly, two values at a time; a long one is kept in order
// (core/ordered.ts). Exact, and a function of the window alone. -0 equals 0. NaN where the window holds a NaN.
import { lastNaN } from "../core/lastNaN";
import { advance, begin, below, keep, numbers } from "../core/ordered";

/** Windows from here on are kept in order: counting costs more than that. */
const longWindow: i32 = 400;

export function rankBelow(out: usize, a: usize, rows: i32, scratch: usize, window: f64): void {
  const width = <i32>window;
  if (width < longWindow) return count(out, a, rows, width);
  begin(scratch, a, width);
  for (let r = 0; ; ) {
    const p = a + ((<usize>r) << 3);
    store<f64>(out, numbers(scratch) == width ? <f64>below(scratch, load<f64>(p)) : NaN);
    if (++r == rows) break;
    out += 8;
    advance(scratch, load<f64>(p + 8 - ((<usize>width) << 3)), load<f64>(p + 8));
  }
  keep(scratch, a, rows, width);
}

function count(out: usize, a: usize, rows: i32, width: i32): void {
  const first = (<usize>(width - 1)) << 3; // bytes back to the oldest row
  const pairs = ((<usize>(width - 1)) >> 1) << 4;
  const odd = ((width - 1) & 1) != 0;
  let unknown = lastNaN(a, width); // rows for which the newest NaN stays in the window
  for (let r = 0; r < rows; r++) {
    const x = load<f64>(a);
    if (x != x) unknown = width;
    if (unknown > 0) {
      unknown--;
      store<f64>(out, NaN);
    } else {
      const current = f64x2.splat(x);
      let count = i64x2.splat(0);
      let p = a - first;
      for (const end = p + pairs; p < end; p += 16) {
        count = i64x2.sub(count, f64x2.lt(v128.load(p), current)); // a true lane is -1
      }
      let below = i64x2.extract_lane(count, 0) + i64x2.extract_lane(count, 1);
      if (odd) below += i64(load<f64>(p) < x);
      store<f64>(out, <f64>below);
    }
    a += 8;
    out += 8;
  }
}
