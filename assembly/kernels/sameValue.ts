import { lastNaN } from "../core/lastNaN";

// Of the rows of a window, those that have the value of the newest one: how many there are, and behind how many of them
// the next row has another value. The counts of four values are kept up to date by what enters and what leaves; a fifth takes
// the place of the one that was counted first, and is counted anew, two rows at a time. Cheap for series of few values, as states
// are, and never more than the window for others. Exact; -0 equals 0. NaN where the window holds a NaN.

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
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  let unknown = lastNaN(a, width); // rows for which the newest NaN stays in the window
  // four values, no number at first, and how often each counts
  let values0 = f64x2.splat(NaN);
  let values1 = values0;
  let counts0 = zero;
  let counts1 = zero;
  let place: i64 = 0;
  for (let r = 0; r < rows; r++, a += 8, out += 8) {
    const x = load<f64>(a);
    const newest = f64x2.splat(x);
    // of exits it is the row before that counts now, if it has another value
    const came = f64x2.splat(exits ? load<f64>(a - 8) : x);
    const went = f64x2.splat(load<f64>(a - back));
    const more = exits && load<f64>(a - 8) == x ? zero : one;
    const less = exits && load<f64>(a - back) == load<f64>(a - back, 8) ? zero : one;
    counts0 = f64x2.add(counts0, v128.and(f64x2.eq(values0, came), more));
    counts1 = f64x2.add(counts1, v128.and(f64x2.eq(values1, came), more));
    counts0 = f64x2.sub(counts0, v128.and(f64x2.eq(values0, went), less));
    counts1 = f64x2.sub(counts1, v128.and(f64x2.eq(values1, went), less));
    if (x != x) unknown = width;
    else if (!v128.any_true(v128.or(f64x2.eq(values0, newest), f64x2.eq(values1, newest)))) {
      const anew = f64x2.splat(<f64>countAnew(a, x, width, exits));
      const here0 = i64x2.eq(i64x2.splat(place), i64x2(0, 1));
      const here1 = i64x2.eq(i64x2.splat(place), i64x2(2, 3));
      values0 = v128.bitselect(newest, values0, here0);
      values1 = v128.bitselect(newest, values1, here1);
      counts0 = v128.bitselect(anew, counts0, here0);
      counts1 = v128.bitselect(anew, counts1, here1);
      place = (place + 1) & 3;
    }
    const counts = f64x2.add(
      v128.and(counts0, f64x2.eq(values0, newest)),
      v128.and(counts1, f64x2.eq(values1, newest)),
    );
    const n = f64x2.extract_lane(counts, 0) + f64x2.extract_lane(counts, 1);
    store<f64>(out, unknown > 0 ? NaN : n);
    unknown -= i32(unknown > 0);
  }
}

export function sameRows(out: usize, a: usize, rows: i32, window: f64): void {
  count(out, a, rows, <i32>window, false);
}

export function exitRows(out: usize, a: usize, rows: i32, window: f64): void {
  count(out, a, rows, <i32>window, true);
}
