// The values of a short sliding window in ascending order, in one straight line of memory: a row is one pass over them that
// takes one value out and puts one in, with no branch but which of the two is larger, and no search. Of each value and its
// neighbour on the side of the new one:
//
//   new above old    value below old ? value : max(value, min(next, new))
//   new below old    value above old ? value : min(value, max(the one before, new))
//
// A NaN lies in it as Infinity and is counted. -0 is made 0 on the way in, so that which equal value sits where cannot be
// told: what is read depends on the window's values alone.
//
// It lies in a kernel's scratch memory, with the rows that it was made of, and is kept from call to call as that of
// ordered.ts is: a call whose rows are others begins anew.
import { same } from "./same";
import { gather, sort } from "./sorted";

/** Windows from here on are kept in blocks (ordered.ts): a pass over all of them costs more. */
export const longOrder: i32 = 200;

// Field offsets of the header.
/** Rows kept; 0 when there are none. */
const KEPT: usize = 0;
/** NaNs in the window. */
const UNKNOWN: usize = 4;
/** Address of the values, -Infinity before them and Infinity behind, to the end of a turn and one more. */
const VALUES: usize = 8;
const HEADER: usize = 16;

/** Makes it the window of `width` rows that ends with the row at `a`. Scratch as said in host/catalog/kernelNeeds.ts. */
export function begin(w: usize, a: usize, width: i32): void {
  const kept = load<i32>(w, KEPT);
  const rows = <usize>(width - 1);
  if (kept > 0) {
    const newest = w + HEADER + ((<usize>kept - rows) << 3);
    if (same(newest, a - (rows << 3), rows)) {
      advance(w, width, load<f64>(newest - 8), load<f64>(a));
      return;
    }
  }
  const numbers = w + HEADER;
  const count = gather(numbers, a - (rows << 3), width);
  sort(numbers, count);
  const values = (numbers + ((<usize>width) << 4) + 31) & ~15;
  const bytes = (<usize>count) << 3;
  store<f64>(values - 8, -Infinity);
  memory.copy(values, numbers, bytes);
  const end = values + (((<usize>width + 3) & ~3) << 3) + 16;
  for (let p = values + bytes; p < end; p += 8) store<f64>(p, Infinity);
  store<i32>(w, width - count, UNKNOWN);
  store<u32>(w, <u32>values, VALUES);
  store<i32>(w, 0, KEPT);
}

/** Remembers the rows of a call, which ends where the window does, for the call that may follow. */
export function keep(w: usize, a: usize, rows: i32, width: i32): void {
  const kept = load<i32>(w, KEPT);
  const all = w + HEADER;
  if (kept == 0 || kept + rows > 2 * width) {
    memory.copy(all, a + ((<usize>rows) << 3) - ((<usize>width) << 3), (<usize>width) << 3);
    store<i32>(w, width, KEPT);
    return;
  }
  memory.copy(all + ((<usize>kept) << 3), a, (<usize>rows) << 3);
  store<i32>(w, kept + rows, KEPT);
}

/** Where the values are, and whether all of them are numbers. */
// @ts-ignore: decorator
@inline
export function valuesOf(w: usize): usize {
  return <usize>load<u32>(w, VALUES);
}

// @ts-ignore: decorator
@inline
export function allKnown(w: usize): bool {
  return load<i32>(w, UNKNOWN) == 0;
}

/** Moves the window on by one row. */
// @ts-ignore: decorator
@inline
export function advance(w: usize, width: i32, old: f64, x: f64): void {
  old += 0.0;
  x += 0.0;
  if (old != old || x != x) {
    store<i32>(w, load<i32>(w, UNKNOWN) + i32(x != x) - i32(old != old), UNKNOWN);
    if (old != old) old = Infinity;
    if (x != x) x = Infinity;
  }
  const added = f64x2.splat(x);
  const left = f64x2.splat(old);
  const values = valuesOf(w);
  const end = values + (((<usize>width + 3) & ~3) << 3);
  // all bits set are NaN, of which neither the smaller nor the larger is taken
  if (x > old) {
    let first = v128.load(values);
    for (let p = values; p < end; p += 32) {
      const second = v128.load(p, 16);
      const third = v128.load(p, 32);
      const afterFirst = f64x2.pmin(v128.shuffle<f64>(first, second, 1, 2), added);
      const afterSecond = f64x2.pmin(v128.shuffle<f64>(second, third, 1, 2), added);
      v128.store(p, f64x2.pmax(first, v128.or(afterFirst, f64x2.lt(first, left))));
      v128.store(p, f64x2.pmax(second, v128.or(afterSecond, f64x2.lt(second, left))), 16);
      first = third;
    }
  } else if (x < old) {
    let last = v128.load(end - 16);
    for (let p = end - 32; p >= values; p -= 32) {
      const second = v128.load(p);
      const third = v128.load(p - 16);
      const beforeLast = f64x2.pmax(v128.shuffle<f64>(second, last, 1, 2), added);
      const beforeSecond = f64x2.pmax(v128.shuffle<f64>(third, second, 1, 2), added);
      v128.store(p, f64x2.pmin(last, v128.or(beforeLast, f64x2.gt(last, left))), 16);
      v128.store(p, f64x2.pmin(second, v128.or(beforeSecond, f64x2.gt(second, left))));
      last = third;
    }
  }
}
