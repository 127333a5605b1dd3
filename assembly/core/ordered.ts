// The values of a sliding window in ascending order, without NaN, in blocks of at most 32 of them. A row costs two searches
// among the blocks, and two passes over one block each that have no branch on the values; a block that is full is parted in
// two, and when there is no block left all are filled evenly again. -0 is made 0 on the way in, so that which equal value
// sits where cannot be told: what is read depends on the window's values alone.
//
// It lies in a kernel's scratch memory and is kept from call to call, with the rows that it was made of: a call compares
// these with the rows that it is given, and where they differ it begins anew with a merge sort. So a kernel stays a pure
// function of its rows, whoever calls it for which rows.
import { same } from "./same";
import { gather, sort } from "./sorted";

/** Values that a block has room for; fixed, so that a pass over it is a straight line of code. */
const capacity: i32 = 32;
/** Values of a block when all are filled evenly. */
const fill: i32 = 20;
/** Bytes of a block: its values, -Infinity before them and Infinity behind, and in all places that are free. */
const blockBytes: usize = 272;

// Field offsets of the header.
/** Rows kept; 0 when there are none. */
const KEPT: usize = 0;
/** Numbers in the window. */
const COUNT: usize = 4;
const BLOCKS: usize = 8;
const MOST_BLOCKS: usize = 12;
/** The block that was read last by rank, and how many values lie in those before it. */
const AT: usize = 16;
const BEFORE: usize = 20;
/** The block that a value was put into last. */
const LATEST: usize = 24;
// Addresses: for each block in ascending order a value that none in it is below and none before it above, the count of its
// values, and where they are.
const BOUNDS: usize = 28;
const COUNTS: usize = 32;
const PLACES: usize = 36;
const POOL: usize = 40;
const HEADER: usize = 48;

/** Makes it the window of `width` rows that ends with the row at `a`. Scratch as said in host/catalog/kernels.ts. */
export function begin(w: usize, a: usize, width: i32): void {
  const kept = load<i32>(w, KEPT);
  const rows = <usize>(width - 1);
  if (kept > 0) {
    const newest = w + HEADER + ((<usize>kept - rows) << 3);
    if (same(newest, a - (rows << 3), rows)) {
      advance(w, load<f64>(newest - 8), load<f64>(a));
      return;
    }
  }
  const values = w + HEADER;
  const count = gather(values, a - (rows << 3), width);
  sort(values, count);
  const most = (3 * width) / (2 * fill) + 8;
  const bounds = values + ((<usize>width) << 4);
  const counts = bounds + ((<usize>most) << 3);
  const places = counts + ((<usize>most + 31) & ~15); // sixteen are read at a time
  store<i32>(w, most, MOST_BLOCKS);
  store<u32>(w, <u32>bounds, BOUNDS);
  store<u32>(w, <u32>counts, COUNTS);
  store<u32>(w, <u32>places, PLACES);
  store<u32>(w, <u32>(places + (((<usize>most + 1) & ~1) << 2)), POOL);
  distribute(w, count);
}

/** Remembers the rows of a call, which ends where the window does, for the call that may follow. */
export function keep(w: usize, a: usize, rows: i32, width: i32): void {
  const kept = load<i32>(w, KEPT);
  const values = w + HEADER;
  if (kept == 0 || kept + rows > 2 * width) {
    memory.copy(values, a + ((<usize>rows) << 3) - ((<usize>width) << 3), (<usize>width) << 3);
    store<i32>(w, width, KEPT);
    return;
  }
  const end = values + ((<usize>kept) << 3);
  if (rows == 1) store<f64>(end, load<f64>(a));
  else memory.copy(end, a, (<usize>rows) << 3);
  store<i32>(w, kept + rows, KEPT);
}

/** How many numbers the window has. */
// @ts-ignore: decorator
@inline
export function numbers(w: usize): i32 {
  return load<i32>(w, COUNT);
}

/** Moves the window on by one row. */
export function advance(w: usize, old: f64, x: f64): void {
  old += 0.0;
  x += 0.0;
  if (old == x) return;
  // both searches at once: each waits for its loads, and neither for the other
  const bounds = <usize>load<u32>(w, BOUNDS);
  let ofOld = bounds;
  let ofX = bounds;
  for (let n = <usize>load<i32>(w, BLOCKS); n > 1; n -= n >> 1) {
    const half = (n >> 1) << 3;
    ofOld = select<usize>(ofOld + half, ofOld, load<f64>(ofOld + half) <= old);
    ofX = select<usize>(ofX + half, ofX, load<f64>(ofX + half) <= x);
  }
  if (old == old) remove(w, <i32>((ofOld - bounds) >> 3), old);
  if (x == x) insert(w, <i32>((ofX - bounds) >> 3), x);
}

/** The last block whose bound is below x, or the first: no value below x lies behind it. */
function blockBelow(w: usize, x: f64): i32 {
  const bounds = <usize>load<u32>(w, BOUNDS);
  let first = bounds;
  for (let n = <usize>load<i32>(w, BLOCKS); n > 1; n -= n >> 1) {
    const half = (n >> 1) << 3;
    first = select<usize>(first + half, first, load<f64>(first + half) < x);
  }
  return <i32>((first - bounds) >> 3);
}

/** How many values of a block are below x. */
// @ts-ignore: decorator
@inline
function belowIn(values: usize, x: f64): i32 {
  const limit = f64x2.splat(x);
  let found = i64x2.splat(0); // a true lane is -1
  for (const end = values + ((<usize>capacity) << 3); values < end; values += 64) {
    const first = i64x2.add(f64x2.lt(v128.load(values), limit), f64x2.lt(v128.load(values, 16), limit));
    const second = i64x2.add(f64x2.lt(v128.load(values, 32), limit), f64x2.lt(v128.load(values, 48), limit));
    found = i64x2.add(found, i64x2.add(first, second));
  }
  return -<i32>(i64x2.extract_lane(found, 0) + i64x2.extract_lane(found, 1));
}

/** Where the count of a block lies, one byte, and where the address of its values does. */
// @ts-ignore: decorator
@inline
function countOf(w: usize, block: i32): usize {
  return <usize>load<u32>(w, COUNTS) + <usize>block;
}

// @ts-ignore: decorator
@inline
function placeOf(w: usize, block: i32): usize {
  return <usize>load<u32>(w, PLACES) + ((<usize>block) << 2);
}

function holds(w: usize, block: i32, x: f64): bool {
  const values = <usize>load<u32>(placeOf(w, block));
  const below = belowIn(values, x);
  return below < <i32>load<u8>(countOf(w, block)) && load<f64>(values + ((<usize>below) << 3)) == x;
}

/** Takes x, which is there, out of the given block or one before it. */
// @ts-ignore: decorator
@inline
function remove(w: usize, block: i32, x: f64): void {
  // values equal to a bound may lie on both sides of it
  if (load<f64>(<usize>load<u32>(w, BOUNDS) + ((<usize>block) << 3)) == x) while (!holds(w, block, x)) block--;
  const values = <usize>load<u32>(placeOf(w, block));
  const limit = f64x2.splat(x);
  for (let p = values, end = values + ((<usize>capacity) << 3); p < end; p += 32) {
    const first = v128.load(p);
    const second = v128.load(p, 16);
    v128.store(p, v128.bitselect(first, v128.load(p, 8), f64x2.lt(first, limit)));
    v128.store(p, v128.bitselect(second, v128.load(p, 24), f64x2.lt(second, limit)), 16);
  }
  change(w, block, -1);
}

/** Puts x into the given block. */
// @ts-ignore: decorator
@inline
function insert(w: usize, block: i32, x: f64): void {
  while (<i32>load<u8>(countOf(w, block)) == capacity) {
    if (load<i32>(w, BLOCKS) == load<i32>(w, MOST_BLOCKS)) even(w);
    else part(w, block);
    block = blockBelow(w, x);
  }
  const values = <usize>load<u32>(placeOf(w, block));
  const added = f64x2.splat(x);
  // the value itself below x, the one before it above, and x between
  for (let p = values + ((<usize>capacity) << 3) - 32; p >= values; p -= 32) {
    const first = f64x2.pmax(v128.load(p - 8), f64x2.pmin(v128.load(p), added));
    const second = f64x2.pmax(v128.load(p, 8), f64x2.pmin(v128.load(p, 16), added));
    v128.store(p, first);
    v128.store(p, second, 16);
  }
  change(w, block, 1);
  store<i32>(w, block, LATEST);
}

// @ts-ignore: decorator
@inline
function change(w: usize, block: i32, by: i32): void {
  const count = countOf(w, block);
  store<u8>(count, <u8>(<i32>load<u8>(count) + by));
  store<i32>(w, load<i32>(w, COUNT) + by, COUNT);
  store<i32>(w, load<i32>(w, BEFORE) + select<i32>(by, 0, block < load<i32>(w, AT)), BEFORE);
}

/** An empty block in the given place. Returns where its values are. */
function emptyBlock(w: usize, place: i32): usize {
  const values = <usize>load<u32>(w, POOL) + (<usize>place) * blockBytes + 8;
  store<f64>(values - 8, -Infinity);
  for (let p = values, end = values + ((<usize>capacity) << 3); p <= end; p += 8) store<f64>(p, Infinity);
  return values;
}

/** Moves the upper half of a full block to a new one behind it. */
function part(w: usize, block: i32): void {
  const blocks = load<i32>(w, BLOCKS);
  const next = block + 1;
  const behind = <usize>(blocks - next);
  const bound = <usize>load<u32>(w, BOUNDS) + ((<usize>next) << 3);
  memory.copy(bound + 8, bound, behind << 3);
  const count = countOf(w, next);
  memory.copy(count + 1, count, behind);
  const place = placeOf(w, next);
  memory.copy(place + 4, place, behind << 2);
  const half: usize = (<usize>capacity >> 1) << 3;
  const upper = <usize>load<u32>(place - 4) + half;
  const values = emptyBlock(w, blocks);
  for (let offset: usize = 0; offset < half; offset += 8) {
    store<f64>(values + offset, load<f64>(upper + offset));
    store<f64>(upper + offset, Infinity);
  }
  store<f64>(bound, load<f64>(values));
  store<u8>(count - 1, <u8>(capacity >> 1));
  store<u8>(count, <u8>(capacity >> 1));
  store<u32>(place, <u32>values);
  store<i32>(w, blocks + 1, BLOCKS);
  if (block < load<i32>(w, AT)) store<i32>(w, load<i32>(w, AT) + 1, AT);
}

/** Fills all blocks evenly, by way of the memory for the rows that are kept. */
function even(w: usize): void {
  let to = w + HEADER;
  for (let block = 0, blocks = load<i32>(w, BLOCKS); block < blocks; block++) {
    const bytes = (<usize><i32>load<u8>(countOf(w, block))) << 3;
    memory.copy(to, <usize>load<u32>(placeOf(w, block)), bytes);
    to += bytes;
  }
  distribute(w, load<i32>(w, COUNT));
}

/** Makes blocks of the ascending values that lie where rows are kept, which thereby are no longer. */
function distribute(w: usize, count: i32): void {
  const from = w + HEADER;
  const each = count <= capacity ? capacity : fill;
  const bounds = <usize>load<u32>(w, BOUNDS);
  let block = 0;
  for (let taken = 0; taken < count || block == 0; taken += each) {
    const part = min<i32>(each, count - taken);
    const first = from + ((<usize>taken) << 3);
    const values = emptyBlock(w, block);
    memory.copy(values, first, (<usize>part) << 3);
    store<f64>(bounds + ((<usize>block) << 3), block == 0 ? -Infinity : load<f64>(first));
    store<u8>(countOf(w, block), <u8>part);
    store<u32>(placeOf(w, block), <u32>values);
    block++;
  }
  store<i32>(w, block, BLOCKS);
  store<i32>(w, count, COUNT);
  store<i32>(w, 0, AT);
  store<i32>(w, 0, BEFORE);
  store<i32>(w, 0, LATEST);
  store<i32>(w, 0, KEPT);
}

/** How many values are below x; cheap for the value that was put in last. */
export function below(w: usize, x: f64): i32 {
  let block = load<i32>(w, LATEST);
  const bound = <usize>load<u32>(w, BOUNDS) + ((<usize>block) << 3);
  const holds = load<f64>(bound) < x && (block + 1 == load<i32>(w, BLOCKS) || x <= load<f64>(bound, 8));
  if (!holds) block = blockBelow(w, x);
  let sum = i16x8.splat(0);
  let count = countOf(w, 0);
  for (const end = count + (<usize>block & ~15); count < end; count += 16) {
    sum = i16x8.add(sum, i16x8.extadd_pairwise_i8x16_u(v128.load(count)));
  }
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const rest = v128.and(v128.load(count), i8x16.lt_u(lanes, i8x16.splat(<i8>(block & 15))));
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.add(sum, i16x8.extadd_pairwise_i8x16_u(rest)));
  const pairs = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
  const before = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
  return before + belowIn(<usize>load<u32>(placeOf(w, block)), x);
}

/** The value of a rank, counted from 0, that is there. The ranks that are asked for should be near one another. */
export function ranked(w: usize, rank: i32): f64 {
  let at = load<i32>(w, AT);
  let before = load<i32>(w, BEFORE);
  while (rank < before) before -= <i32>load<u8>(countOf(w, --at));
  for (let count = <i32>load<u8>(countOf(w, at)); rank >= before + count; count = <i32>load<u8>(countOf(w, at))) {
    before += count;
    at++;
  }
  store<i32>(w, at, AT);
  store<i32>(w, before, BEFORE);
  return load<f64>(<usize>load<u32>(placeOf(w, at)) + ((<usize>(rank - before)) << 3));
}
