import { lastNaN } from "../core/lastNaN";

// Of the rows of a window, those that have the value of the newest one: how many there are, and behind how many of them
// the next row has another value. As long as the value stays, what enters and what leaves is counted; where it changes the
// window is counted anew, two rows at a time. Cheap for series of few values that hold on, as states do, and never more than
// the window for others. Exact; -0 equals 0. NaN where the window holds a NaN.

/** Rows of the `width` that end at `a` with the value x; of exits those whose next row, which lies in the window, has another. */
// @ts-ignore: decorator
@inline
function countAnew(a: usize, x: f64, width: i32, exits: bool): i32 {
  const rows = exits ? width - 1 : width;
  let p = a - ((<usize>(width - 1)) << 3);
  const current = f64x2.splat(x);
  let counts = i64x2.splat(0);
  for (const end = p + ((<usize>(rows >> 1)) << 4); p < end; p += 16) {
    let mask = f64x2.eq(v128.load(p), current);
    if (exits) mask = v128.and(mask, f64x2.ne(v128.load(p, 8), current));
    counts = i64x2.sub(counts, mask); // a true lane is -1
  }
  const count = <i32>(i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1));
  return rows & 1 ? count + counted(p, x, exits) : count;
}

/** Whether the row at `p` counts. */
// @ts-ignore: decorator
@inline
function counted(p: usize, x: f64, exits: bool): i32 {
  return i32(load<f64>(p) == x && (!exits || load<f64>(p, 8) != x));
}

// @ts-ignore: decorator
@inline
function count(out: usize, a: usize, rows: i32, width: i32, exits: bool): void {
  const back = (<usize>width) << 3;
  let unknown = lastNaN(a, width); // rows for which the newest NaN stays in the window
  let x: f64 = NaN;
  let n = 0;
  for (let r = 0; r < rows; r++, a += 8, out += 8) {
    const next = load<f64>(a);
    if (r > 0 && next == x) n += i32(!exits) - counted(a - back, x, exits);
    else n = countAnew(a, next, width, exits);
    x = next;
    if (x != x) unknown = width;
    store<f64>(out, unknown > 0 ? NaN : <f64>n);
    unknown -= i32(unknown > 0);
  }
}

export function sameRows(out: usize, a: usize, rows: i32, window: f64): void {
  count(out, a, rows, <i32>window, false);
}

export function exitRows(out: usize, a: usize, rows: i32, window: f64): void {
  count(out, a, rows, <i32>window, true);
}
