/**
 * Planes to the tuples of Postgres's binary COPY format (manual, "COPY", section "Binary Format"): constant head
 * fields, the time, the columns, constant tail fields. NaN and infinities become NULL.
 *
 * Rows go in tiles of 8, one cache line of every plane. A tile without NULLs has rows of one length: each cell is one
 * 16-byte store (its length, its swapped bytes, and the next cell's length, which is rewritten by the next cell). Other
 * tiles go row by row and cell by cell, without branches on the data. The output may be touched up to 16 bytes above its end.
 */
import {
  ADDRESSES,
  COLUMNS,
  EPOCH_2000,
  HEAD,
  HEAD_BYTES,
  LENGTH_4,
  LENGTH_8,
  LENGTH_NULL,
  MAX_TIME,
  TAIL,
  TAIL_BYTES,
  TIME,
  WIDTH,
} from './layout';
import { scanRow, scanTile } from './scan';

/** Copies a few bytes and touches none after them: what follows may be written already. */
// @ts-ignore: decorator
@inline function copyFew(to: usize, from: usize, bytes: usize): void {
  for (; bytes >= 8; bytes -= 8, to += 8, from += 8) store<u64>(to, load<u64>(from));
  if (bytes & 4) {
    store<u32>(to, load<u32>(from));
    to += 4;
    from += 4;
  }
  if (bytes & 2) {
    store<u16>(to, load<u16>(from));
    to += 2;
    from += 2;
  }
  if (bytes & 1) store<u8>(to, load<u8>(from));
}

/** The 8 bytes of lane 0 between two length words. */
// @ts-ignore: decorator
@inline function lowCell(pair: v128): v128 {
  const swapped = v128.swizzle(pair, i8x16(-1, -1, -1, -1, 7, 6, 5, 4, 3, 2, 1, 0, -1, -1, -1, -1));
  return v128.or(swapped, i32x4(LENGTH_8, 0, 0, LENGTH_8));
}

/** The 8 bytes of lane 1 between two length words. */
// @ts-ignore: decorator
@inline function highCell(pair: v128): v128 {
  const swapped = v128.swizzle(pair, i8x16(-1, -1, -1, -1, 15, 14, 13, 12, 11, 10, 9, 8, -1, -1, -1, -1));
  return v128.or(swapped, i32x4(LENGTH_8, 0, 0, LENGTH_8));
}

/** Two float4 cells, 8 bytes each. */
// @ts-ignore: decorator
@inline function narrowCells(pair: v128): v128 {
  const narrow = f32x4.demote_f64x2_zero(pair);
  const swapped = v128.swizzle(narrow, i8x16(-1, -1, -1, -1, 3, 2, 1, 0, -1, -1, -1, -1, 7, 6, 5, 4));
  return v128.or(swapped, i32x4(LENGTH_4, 0, LENGTH_4, 0));
}

/** Writes the cells of two neighbouring rows. */
// @ts-ignore: decorator
@inline function writePair<T>(pair: v128, out0: usize, out1: usize): void {
  if (sizeof<T>() == 8) {
    v128.store(out0, lowCell(pair));
    v128.store(out1, highCell(pair));
  } else {
    const cells = narrowCells(pair);
    v128.store_lane<u64>(out0, cells, 0);
    v128.store_lane<u64>(out1, cells, 1);
  }
}

/** Ends exactly: in a tile the cells are written already. */
// @ts-ignore: decorator
@inline function writeTime(out: usize, time: f64): void {
  const cell = lowCell(i64x2.splat(<i64>time - EPOCH_2000));
  store<i32>(out, LENGTH_8);
  v128.store_lane<u64>(out, v128.shuffle<u32>(cell, cell, 1, 2, 1, 2), 0, 4);
}

/** Writes 8 rows that hold no NULL. Returns the end. */
function writeTile<T>(layout: usize, offset: usize, out: usize): usize {
  let address: usize = load<u32>(layout, ADDRESSES);
  const columns: usize = load<u32>(layout, COLUMNS);
  const head: usize = load<u32>(layout, HEAD);
  const headBytes: usize = load<u32>(layout, HEAD_BYTES);
  const tail: usize = load<u32>(layout, TAIL);
  const tailBytes: usize = load<u32>(layout, TAIL_BYTES);
  const cellBytes: usize = sizeof<T>() + 4;
  const stride = headBytes + 12 + columns * cellBytes + tailBytes;
  const end = out + (stride << 3);

  const stride2 = stride << 1;
  const stride3 = stride2 + stride;
  const stride4 = stride << 2;
  const stride5 = stride4 + stride;
  const stride6 = stride4 + stride2;
  const stride7 = stride4 + stride3;
  let at = out + headBytes + 12;
  for (const stop = address + (columns << 2); address < stop; address += 4, at += cellBytes) {
    const plane = <usize>load<u32>(address) + offset;
    writePair<T>(v128.load(plane, 0), at, at + stride);
    writePair<T>(v128.load(plane, 16), at + stride2, at + stride3);
    writePair<T>(v128.load(plane, 32), at + stride4, at + stride5);
    writePair<T>(v128.load(plane, 48), at + stride6, at + stride7);
  }

  let time: usize = <usize>load<u32>(layout, TIME) + offset;
  for (at = out; at < end; at += stride, time += 8) {
    copyFew(at, head, headBytes);
    writeTime(at + headBytes, load<f64>(time));
    copyFew(at + stride - tailBytes, tail, tailBytes);
  }
  return end;
}

/** Writes one row that may hold NULLs. Returns the end. */
function writeRow<T>(layout: usize, offset: usize, out: usize): usize {
  let address: usize = load<u32>(layout, ADDRESSES);
  const headBytes: usize = load<u32>(layout, HEAD_BYTES);
  const tailBytes: usize = load<u32>(layout, TAIL_BYTES);
  copyFew(out, load<u32>(layout, HEAD), headBytes);
  out += headBytes;
  writeTime(out, load<f64>(<usize>load<u32>(layout, TIME) + offset));
  out += 12;
  for (const stop = address + (<usize>load<u32>(layout, COLUMNS) << 2); address < stop; address += 4) {
    const plane = <usize>load<u32>(address) + offset;
    if (sizeof<T>() == 8) {
      const cell = v128.load_zero<u64>(plane);
      const finite = (i64x2.extract_lane(cell, 0) & 0x7ff0000000000000) != 0x7ff0000000000000;
      v128.store(out, lowCell(cell));
      store<i32>(out, select<i32>(LENGTH_8, LENGTH_NULL, finite));
      out += 4 + (<usize>finite << 3);
    } else {
      const bits = reinterpret<u32>(<f32>load<f64>(plane));
      const finite = (bits & 0x7f800000) != 0x7f800000;
      store<u32>(out, bswap<u32>(bits), 4);
      store<i32>(out, select<i32>(LENGTH_4, LENGTH_NULL, finite));
      out += 4 + (<usize>finite << 2);
    }
  }
  copyFew(out, load<u32>(layout, TAIL), tailBytes);
  return out + tailBytes;
}

function writeRows<T>(layout: usize, row: i32, rows: i32, out: usize): usize {
  let offset = <usize>row << 3;
  const end = offset + (<usize>rows << 3);
  for (; offset + 64 <= end; offset += 64) {
    if (scanTile<T>(layout, offset)) {
      out = writeTile<T>(layout, offset, out);
    } else {
      for (let at = offset; at < offset + 64; at += 8) out = writeRow<T>(layout, at, out);
    }
  }
  for (; offset < end; offset += 8) {
    scanRow<T>(layout, offset);
    out = writeRow<T>(layout, offset, out);
  }
  return out;
}

/**
 * Encodes rows [row, row + rows) at `out` and takes them into the layout's totals. Returns the bytes written, or
 * -1 - i when the time of row i is not a whole number of microseconds that f64 holds exactly; nothing is written then.
 */
export function encodeRows(layout: usize, row: i32, rows: i32, out: usize): i32 {
  let time: usize = <usize>load<u32>(layout, TIME) + (<usize>row << 3);
  for (let at = row; at < row + rows; ++at, time += 8) {
    const value = load<f64>(time);
    if (!(abs(value) <= <f64>MAX_TIME && nearest(value) == value)) return -1 - at;
  }
  const end =
    load<i32>(layout, WIDTH) == 8 ? writeRows<f64>(layout, row, rows, out) : writeRows<f32>(layout, row, rows, out);
  return <i32>(end - out);
}
