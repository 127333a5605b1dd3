// Products of the columns of a vector error correction (core/vectorCorrection.ts) over blocks of its rows, and those of all rows
// from them: of each block its columns less their own means, which are merged as in Chan, Golub and LeVeque (1983). Blocks
// count from the newest rows. Where the rows of a fit are those of the one before moved on by one block, its blocks are kept:
// each depends on its own rows alone, so that it has the same bits whether it was kept or not.
import { addProducts } from "./products";

/** Rows whose columns lie in memory at a time. */
const chunk: i32 = 128;
/** From one column to the next. */
const stride: usize = 1024;
/** Fewer rows than these are no block of their own. */
const fewest: i32 = 8;

// A block: of each series what its columns are less of, sums of the columns, products by rows.
const MEANS_BYTES: usize = 32; // the mean change before, the newest level, the mean level less that, the mean change

/** Rows of a block; of a fit of so many rows. */
// @ts-ignore: decorator
@inline
export function blockRows(wanted: i32, used: i32): i32 {
  return wanted < fewest || wanted > used ? used : wanted;
}

// @ts-ignore: decorator
@inline
function slotBytes(n: i32): usize {
  return <usize>n * MEANS_BYTES + ((<usize>(3 * n * (3 * n + 1))) << 3);
}

/** Bytes that the blocks of a fit are kept in. */
// @ts-ignore: decorator
@inline
export function blocksBytes(n: i32, used: i32, rows: i32): usize {
  return 8 + <usize>((used + rows - 1) / rows) * slotBytes(n);
}

/** Bytes of work memory. */
// @ts-ignore: decorator
@inline
export function productsWorkBytes(n: i32): usize {
  return <usize>(3 * n) * (stride + 32) + 48 + ((<usize>(9 * n * n)) << 4);
}

/** Means of the columns of one series over the rows of which the oldest level that is needed lies at y. */
export function columnMeans(means: usize, y: usize, rows: i32): void {
  const last = y + ((<usize>rows) << 3);
  const level = load<f64>(last);
  store<f64>(means, (level - load<f64>(y)) / <f64>rows);
  store<f64>(means, level, 8);
  store<f64>(means, meanFrom(level, y + 8, rows), 16);
  store<f64>(means, (load<f64>(last, 8) - load<f64>(y, 8)) / <f64>rows, 24);
}

/** The mean of the rows less their newest. */
export function meanFrom(newest: f64, y: usize, rows: i32): f64 {
  const base = f64x2.splat(newest);
  let sum = f64x2.splat(0);
  let p = y;
  for (const end = y + ((<usize>(rows & ~1)) << 3); p < end; p += 16) sum = f64x2.add(sum, f64x2.sub(v128.load(p), base));
  const last = rows & 1 ? load<f64>(p) - newest : 0;
  return (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + last) / <f64>rows;
}

/**
 * Writes the lower triangle of the products of all columns less their means, and its diagonal to `squares`. Columns come as
 * changes before, levels and changes, by series; `means` has those of `columnMeans` over all rows. `moved` says that the
 * blocks are those of the rows before the newest block.
 */
export function productsOf(
  matrix: usize, squares: usize, series: usize, n: i32, used: i32, means: usize, blocks: usize, rows: i32, moved: bool,
  work: usize,
): void {
  const count = (used + rows - 1) / rows;
  const bytes = slotBytes(n);
  let head = moved ? load<i32>(blocks) : 0;
  if (moved) head = head == 0 ? count - 1 : head - 1;
  store<i32>(blocks, head);
  const width = 3 * n;
  const total = work;
  memory.fill(total, 0, (<usize>width) << 3);
  memory.fill(matrix, 0, (<usize>(width * width)) << 3);
  const rest = work + ((<usize>(width + 2)) << 3);
  for (let b = 0; b < count; b++) {
    const slot = blocks + 8 + <usize>((head + b) % count) * bytes;
    const first = max(0, used - (b + 1) * rows);
    const own = used - b * rows - first;
    if (!moved || b == 0 || own < rows) fillBlock(slot, series, n, first, own, rest);
    merge(matrix, total, slot, n, own, means, rest);
  }
  for (let i = 0; i < width; i++) {
    const row = matrix + ((<usize>(i * width)) << 3);
    const mean = load<f64>(total + ((<usize>i) << 3)) / <f64>used;
    for (let j: usize = 0; j <= (<usize>i) << 3; j += 8) store<f64>(row + j, load<f64>(row + j) - mean * load<f64>(total + j));
    store<f64>(squares + ((<usize>i) << 3), load<f64>(row + ((<usize>i) << 3)));
  }
}

function fillBlock(slot: usize, series: usize, n: i32, first: i32, rows: i32, work: usize): void {
  const width = 3 * n;
  const columns = work;
  const sums = columns + <usize>width * stride;
  const products = sums + ((<usize>width) << 4);
  memory.fill(sums, 0, ((<usize>width) << 4) + ((<usize>(width * width)) << 4));
  for (let s = 0; s < n; s++) {
    const y = <usize>load<u32>(series + ((<usize>s) << 2)) + ((<usize>first) << 3);
    columnMeans(slot + <usize>s * MEANS_BYTES, y, rows);
  }
  for (let done = 0; done < rows; done += chunk) {
    const count = min(chunk, rows - done);
    for (let s = 0; s < n; s++) {
      const y = <usize>load<u32>(series + ((<usize>s) << 2)) + ((<usize>(first + done)) << 3);
      fillColumns(columns + <usize>s * stride, columns + <usize>(n + s) * stride, columns + <usize>(2 * n + s) * stride,
        y, count, slot + <usize>s * MEANS_BYTES);
    }
    const even = (count + 1) & ~1;
    for (let i = 0; i < width; i++) addColumn(sums + ((<usize>i) << 4), columns + <usize>i * stride, even);
    addProducts(products, columns, stride, width, even);
  }
  // both lanes together
  const to = slot + <usize>n * MEANS_BYTES;
  for (let i = 0; i < width; i++) store<f64>(to + ((<usize>i) << 3), both(sums + ((<usize>i) << 4)));
  const kept = to + ((<usize>width) << 3);
  for (let i = 0; i < width; i++) {
    for (let at = i * width; at <= i * (width + 1); at++) store<f64>(kept + ((<usize>at) << 3), both(products + ((<usize>at) << 4)));
  }
}

/** Adds a block: of columns less its means d further off, S + d (s + m d / 2)' + (s + m d / 2) d', m its rows. */
function merge(matrix: usize, total: usize, slot: usize, n: i32, rows: i32, means: usize, work: usize): void {
  const width = 3 * n;
  const count = <f64>rows;
  const off = work;
  const half = off + ((<usize>(width + 2)) << 3);
  const sums = slot + <usize>n * MEANS_BYTES;
  for (let s = 0; s < n; s++) {
    const own = slot + <usize>s * MEANS_BYTES;
    const all = means + <usize>s * MEANS_BYTES;
    const before = off + ((<usize>s) << 3);
    store<f64>(before, load<f64>(own) - load<f64>(all));
    const level = load<f64>(own, 8) - load<f64>(all, 8) + (load<f64>(own, 16) - load<f64>(all, 16));
    store<f64>(before + ((<usize>n) << 3), level);
    store<f64>(before + ((<usize>n) << 4), load<f64>(own, 24) - load<f64>(all, 24));
  }
  for (let i: usize = 0; i < (<usize>width) << 3; i += 8) {
    const moved = 0.5 * count * load<f64>(off + i);
    store<f64>(half + i, load<f64>(sums + i) + moved);
    store<f64>(total + i, load<f64>(total + i) + (load<f64>(sums + i) + (moved + moved)));
  }
  let row = matrix;
  let own = sums + ((<usize>width) << 3);
  // a pair may end above the diagonal, where nothing is read
  for (let i: usize = 0; i < (<usize>width) << 3; i += 8, row += (<usize>width) << 3, own += (<usize>width) << 3) {
    const d = v128.load64_splat(off + i);
    const h = v128.load64_splat(half + i);
    for (let j: usize = 0; j <= i; j += 16) {
      const more = f64x2.add(f64x2.mul(d, v128.load(half + j)), f64x2.mul(h, v128.load(off + j)));
      v128.store(row + j, f64x2.add(f64x2.add(v128.load(row + j), v128.load(own + j)), more));
    }
  }
}

/** The columns of one series, the first row of which has its oldest level at y; a zero behind an odd number of rows. */
function fillColumns(before: usize, levels: usize, changes: usize, y: usize, count: i32, means: usize): void {
  const meanBefore = v128.load_splat<f64>(means);
  const newest = v128.load_splat<f64>(means, 8);
  const mean = v128.load_splat<f64>(means, 16);
  const meanChange = v128.load_splat<f64>(means, 24);
  const bytes = (<usize>count) << 3;
  for (let k: usize = 0; k + 8 < bytes; k += 16) {
    const level = v128.load(y + k, 8);
    v128.store(before + k, f64x2.sub(f64x2.sub(level, v128.load(y + k)), meanBefore));
    v128.store(levels + k, f64x2.sub(f64x2.sub(level, newest), mean));
    v128.store(changes + k, f64x2.sub(f64x2.sub(v128.load(y + k, 16), level), meanChange));
  }
  if (count & 1) {
    const k = bytes - 8;
    const level = load<f64>(y + k, 8);
    store<f64>(before + k, level - load<f64>(y + k) - load<f64>(means));
    store<f64>(levels + k, level - load<f64>(means, 8) - load<f64>(means, 16));
    store<f64>(changes + k, load<f64>(y + k, 16) - level - load<f64>(means, 24));
    store<f64>(before + k, 0, 8);
    store<f64>(levels + k, 0, 8);
    store<f64>(changes + k, 0, 8);
  }
}

function addColumn(place: usize, column: usize, rows: i32): void {
  let sum = v128.load(place);
  for (const end = column + ((<usize>rows) << 3); column < end; column += 16) sum = f64x2.add(sum, v128.load(column));
  v128.store(place, sum);
}

// @ts-ignore: decorator
@inline
function both(place: usize): f64 {
  return load<f64>(place) + load<f64>(place, 8);
}
