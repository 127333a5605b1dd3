import { offsetOf, stepOf } from "./offsets";
import { map2 } from "./rows";

// Cross sums of one series with many shifts of another: sum of (x - mean x)(y - mean y) over a window, by doubling and the blocks
// of its binary expansion inside one kernel. The steps between the block means of a series (offsets.ts) are the same for
// every shift, so that they are computed once; a shift then costs one product and two sums a merge. What a merge sees
// depends on the window alone, however many rows are computed at once.
//
// Work planes have room for `chunkRows` rows, those behind them that a window reaches, and one above. A plane is given by
// the address of its row 0. Series and sums: NaN for a NaN in the window.

/** Rows computed at once; callers cut their rows into chunks of it. */
export const chunkRows: i32 = 384;

/** Merges of a window: those that double, then those that join blocks of its binary expansion. */
export function mergesOf(window: i32): i32 {
  return 31 - clz<i32>(window) + popcnt<i32>(window) - 1;
}

/** Bytes of a work plane that holds `back` rows behind row 0. */
export function planeBytes(back: i32): usize {
  return (<usize>(back + chunkRows + 2)) << 3;
}

/**
 * Steps of every merge of a window, plane after plane `stride` bytes apart from `steps` on, for the rows that windows ending
 * in rows -back to rows - 1 are merged from; from `weighted` on the same times na nb / (na + nb). Either is left out where it
 * is 0. `level` and `state` are work planes for offsets.
 */
export function blockSteps(
  steps: usize, weighted: usize, stride: usize, level: usize, state: usize, x: usize, back: i32, rows: i32, window: i32,
): void {
  zero(level, back + window, rows);
  for (let size = 1, done = 0; ; size <<= 1) {
    if (window & size) {
      if (done == 0) {
        memory.copy(state - bytes(back), level - bytes(back), bytes(back + rows));
      } else {
        mergeOffsets(steps, weighted, x, state, level, done, size, back, rows);
        if (steps) steps += stride;
        if (weighted) weighted += stride;
      }
      done += size;
    }
    if (done == window) return;
    mergeOffsets(steps, weighted, x, level, level, size, size, back + window - 2 * size, rows);
    if (steps) steps += stride;
    if (weighted) weighted += stride;
  }
}

/** Of newer blocks of `na` rows and the blocks of `nb` rows before them; the newest rows first, so that it works in place. */
function mergeOffsets(
  steps: usize, weighted: usize, x: usize, newer: usize, older: usize, na: i32, nb: i32, back: i32, rows: i32,
): void {
  const lag = bytes(na);
  const share = f64x2.splat(<f64>nb / <f64>(na + nb));
  const weight = f64x2.splat((<f64>na * <f64>nb) / <f64>(na + nb));
  const first = bytes(back);
  for (let i = pairBytes(back + rows); i > 0; ) {
    i -= 16;
    const at = i - first;
    const offset = v128.load(newer + at);
    const d = stepOf(v128.load(x + at), v128.load(x + at - lag), offset, v128.load(older + at - lag));
    if (steps) v128.store(steps + at, d);
    if (weighted) v128.store(weighted + at, f64x2.mul(d, weight));
    v128.store(newer + at, offsetOf(offset, d, share));
  }
}

/**
 * Cross sums of the windows that end in rows -back to rows - 1, from the steps of one series and the weighted ones of the
 * other; the address of a shifted series' steps is that of its row 0. `level` is a work plane.
 */
export function crossSums(
  sums: usize, level: usize, dx: usize, dy: usize, stride: usize, back: i32, rows: i32, window: i32,
): void {
  merge(false, sums, level, dx, dy, stride, back, rows, window);
}

/** Of two shifts at once, dx and one row further back: the second sums and work plane lie `stride` bytes behind the first. */
export function crossSumsOfTwo(
  sums: usize, level: usize, dx: usize, dy: usize, stride: usize, back: i32, rows: i32, window: i32,
): void {
  merge(true, sums, level, dx, dy, stride, back, rows, window);
}

// @ts-ignore: decorator
@inline
function merge(
  two: bool, sums: usize, level: usize, dx: usize, dy: usize, stride: usize, back: i32, rows: i32, window: i32,
): void {
  for (let size = 1, done = 0; ; size <<= 1) {
    if (window & size) {
      if (done == 0) {
        begin(sums, level, size, back, rows);
        if (two) begin(sums + stride, level + stride, size, back, rows);
      } else {
        mergeSums(two, sums, level - bytes(done), dx, dy, stride, back, rows);
        dx += stride;
        dy += stride;
      }
      done += size;
    }
    if (done == window) return;
    const reach = back + window - 2 * size;
    if (back == 0 && rows <= 2) {
      mergeBlocks(level, dx, dy, size, window);
      if (two) mergeBlocks(level + stride, dx - 8, dy, size, window);
    } else if (size > 1) {
      mergeSums(two, level, level - bytes(size), dx, dy, stride, reach, rows);
    } else {
      // a single row has no sum yet
      products(level, dx, dy, reach, rows);
      if (two) products(level + stride, dx - 8, dy, reach, rows);
    }
    dx += stride;
    dy += stride;
  }
}

/**
 * Of a row or two, as a stream asks for them, only those blocks of 2 `size` rows that their window is made of: they lie side
 * by side behind the smaller blocks of its binary expansion.
 */
function mergeBlocks(level: usize, dx: usize, dy: usize, size: i32, window: i32): void {
  const lag = bytes(size);
  const end = bytes(window);
  for (let behind = bytes(window & (2 * size - 1)); behind < end; behind += 2 * lag) {
    const product = f64x2.mul(v128.load(dx - behind), v128.load(dy - behind));
    const at = level - behind;
    v128.store(at, size == 1 ? product : f64x2.add(f64x2.add(v128.load(at), v128.load(at - lag)), product));
  }
}

/** The newest block of a window. */
function begin(sums: usize, level: usize, size: i32, back: i32, rows: i32): void {
  if (size == 1) zero(sums, back, rows);
  else memory.copy(sums - bytes(back), level - bytes(back), bytes(back + rows));
}

function products(out: usize, dx: usize, dy: usize, back: i32, rows: i32): void {
  const first = bytes(back);
  map2<Product>(out - first, dx - first, dy - first, back + rows, i64x2.splat(0));
}

class Product {
  // @ts-ignore: decorator
  @inline of(dx: v128, dy: v128, _: v128): v128 {
    return f64x2.mul(dx, dy);
  }
}

/** newer += older + dx dy, the newest rows first so that it works in place, four pairs of rows a turn. */
// @ts-ignore: decorator
@inline
function mergeSums(
  two: bool, newer: usize, older: usize, dx: usize, dy: usize, stride: usize, back: i32, rows: i32,
): void {
  const first = bytes(back);
  newer -= first;
  older -= first;
  dx -= first;
  dy -= first;
  let i = pairBytes(back + rows);
  while (i >= 64) {
    i -= 64;
    const y = dy + i;
    const step3 = v128.load(y, 48);
    const step2 = v128.load(y, 32);
    const step1 = v128.load(y, 16);
    const step0 = v128.load(y);
    let to = newer + i;
    let from = older + i;
    let x = dx + i;
    v128.store(to, merged(v128.load(to, 48), v128.load(from, 48), v128.load(x, 48), step3), 48);
    v128.store(to, merged(v128.load(to, 32), v128.load(from, 32), v128.load(x, 32), step2), 32);
    v128.store(to, merged(v128.load(to, 16), v128.load(from, 16), v128.load(x, 16), step1), 16);
    v128.store(to, merged(v128.load(to), v128.load(from), v128.load(x), step0));
    if (two) {
      to += stride;
      from += stride;
      x -= 8;
      v128.store(to, merged(v128.load(to, 48), v128.load(from, 48), v128.load(x, 48), step3), 48);
      v128.store(to, merged(v128.load(to, 32), v128.load(from, 32), v128.load(x, 32), step2), 32);
      v128.store(to, merged(v128.load(to, 16), v128.load(from, 16), v128.load(x, 16), step1), 16);
      v128.store(to, merged(v128.load(to), v128.load(from), v128.load(x), step0));
    }
  }
  while (i > 0) {
    i -= 16;
    const step = v128.load(dy + i);
    let to = newer + i;
    let from = older + i;
    v128.store(to, merged(v128.load(to), v128.load(from), v128.load(dx + i), step));
    if (two) {
      to += stride;
      from += stride;
      v128.store(to, merged(v128.load(to), v128.load(from), v128.load(dx + i - 8), step));
    }
  }
}

// @ts-ignore: decorator
@inline
function merged(newer: v128, older: v128, dx: v128, dy: v128): v128 {
  return f64x2.add(f64x2.add(newer, older), f64x2.mul(dx, dy));
}

function zero(plane: usize, back: i32, rows: i32): void {
  memory.fill(plane - bytes(back), 0, bytes(back + rows));
}

// @ts-ignore: decorator
@inline
function bytes(rows: i32): usize {
  return (<usize>rows) << 3;
}

/** Bytes of whole pairs of rows. */
// @ts-ignore: decorator
@inline
function pairBytes(rows: i32): usize {
  return (<usize>((rows + 1) & ~1)) << 3;
}
