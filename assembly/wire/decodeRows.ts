/**
 * The stream of a binary COPY TO (time, then float8 or float4 columns) to planes; NULL becomes NaN. The stream may be
 * cut anywhere: what is not a whole header or tuple stays unconsumed and is to be passed again with its continuation.
 * Nothing is read outside [input, input + bytes) and nothing written outside the planes' capacity, whatever the bytes say.
 */
import {
  ADDRESSES,
  CAPACITY,
  COLUMNS,
  EPOCH_2000,
  FIELD,
  FOUND,
  LENGTH_4,
  LENGTH_8,
  LENGTH_NULL,
  MAX_TIME,
  PHASE,
  PHASE_DONE,
  PHASE_HEADER,
  PHASE_ROWS,
  ROWS,
  SKIP,
  STATUS,
  STATUS_BAD_EXTENSION,
  STATUS_BAD_FIELDS,
  STATUS_BAD_FLAGS,
  STATUS_BAD_LENGTH,
  STATUS_BAD_SIGNATURE,
  STATUS_BAD_TIME,
  STATUS_DONE,
  STATUS_FULL,
  STATUS_OK,
  TIME,
  WIDTH,
} from "./layout";
import { scanRows } from "./scan";

/** The first 8 of the 11 bytes "PGCOPY\n\377\r\n\0", and the 8 bytes from the fourth on. */
const SIGNATURE_FIRST: u64 = 0xff0a59504f434750;
const SIGNATURE_LAST: u64 = 0x000a0dff0a59504f;
const HEADER_BYTES: usize = 19;

/** Flag bits 16 to 31 change the format; a reader must refuse those that it does not know. */
const CRITICAL_FLAGS: u32 = 0xffff0000;

function refuse(layout: usize, status: i32, field: i32, found: i32): usize {
  store<i32>(layout, status, STATUS);
  store<i32>(layout, field, FIELD);
  store<i32>(layout, found, FOUND);
  return 0;
}

/** Reads the header at `at`. Returns its end, or 0 when it is incomplete or refused. */
function readHeader(layout: usize, at: usize, end: usize): usize {
  if (end - at < HEADER_BYTES) return 0;
  if (load<u64>(at) != SIGNATURE_FIRST || load<u64>(at, 3) != SIGNATURE_LAST) {
    return refuse(layout, STATUS_BAD_SIGNATURE, 0, 0);
  }
  const flags = bswap<u32>(load<u32>(at, 11));
  if (flags & CRITICAL_FLAGS) return refuse(layout, STATUS_BAD_FLAGS, 0, flags);
  const extension = bswap<i32>(load<i32>(at, 15));
  if (extension < 0) return refuse(layout, STATUS_BAD_EXTENSION, 0, extension);
  store<i32>(layout, extension, SKIP);
  store<i32>(layout, PHASE_ROWS, PHASE);
  return at + HEADER_BYTES;
}

// @ts-ignore: decorator
@inline
function swapped(at: usize): v128 {
  return v128.swizzle(v128.load_zero<u64>(at), i8x16(7, 6, 5, 4, 3, 2, 1, 0, -1, -1, -1, -1, -1, -1, -1, -1));
}

/**
 * Reads the tuple whose field count ends at `at` into byte `offset` of the planes. Returns its end, or 0 when it is
 * incomplete or refused. Unless `CHECKED`, the longest tuple there is fits before `end`.
 */
function readTuple<T>(layout: usize, at: usize, end: usize, offset: usize, checked: bool): usize {
  if (checked && end - at < 4) return 0;
  const length = load<i32>(at);
  if (length != LENGTH_8) return refuse(layout, STATUS_BAD_LENGTH, 0, bswap<i32>(length));
  if (checked && end - at < 12) return 0;
  const time = i64x2.extract_lane(swapped(at + 4), 0);
  if (time > MAX_TIME - EPOCH_2000 || time < -MAX_TIME - EPOCH_2000) return refuse(layout, STATUS_BAD_TIME, 0, 0);
  store<f64>(<usize>load<u32>(layout, TIME) + offset, <f64>(time + EPOCH_2000));
  at += 12;

  let address: usize = load<u32>(layout, ADDRESSES);
  for (const stop = address + (<usize>load<u32>(layout, COLUMNS) << 2); address < stop; address += 4) {
    if (checked && end - at < 4) return 0;
    const length = load<i32>(at);
    const plane = <usize>load<u32>(address) + offset;
    at += 4;
    if (length == (sizeof<T>() == 8 ? LENGTH_8 : LENGTH_4)) {
      if (checked && end - at < sizeof<T>()) return 0;
      if (sizeof<T>() == 8) v128.store_lane<u64>(plane, swapped(at), 0);
      else store<f64>(plane, <f64>reinterpret<f32>(bswap<u32>(load<u32>(at))));
      at += sizeof<T>();
    } else if (length == LENGTH_NULL) {
      store<f64>(plane, NaN);
    } else {
      const field = 1 + <i32>((address - <usize>load<u32>(layout, ADDRESSES)) >> 2);
      return refuse(layout, STATUS_BAD_LENGTH, field, bswap<i32>(length));
    }
  }
  return at;
}

/** Reads tuples from `at` on. Returns the end of the last one that was complete. */
function readTuples<T>(layout: usize, at: usize, end: usize): usize {
  const fields = <i32>load<i32>(layout, COLUMNS) + 1;
  const longest: usize = 14 + <usize>load<u32>(layout, COLUMNS) * (sizeof<T>() + 4);
  const first = <i32>load<u64>(layout, ROWS);
  const capacity = load<i32>(layout, CAPACITY);
  let row = first;
  while (end - at >= 2) {
    const found = <i32>bswap<i16>(load<i16>(at));
    if (found == -1) {
      store<i32>(layout, PHASE_DONE, PHASE);
      store<i32>(layout, STATUS_DONE, STATUS);
      at += 2;
      break;
    }
    if (found != fields) {
      refuse(layout, STATUS_BAD_FIELDS, 0, found);
      break;
    }
    if (row == capacity) {
      store<i32>(layout, STATUS_FULL, STATUS);
      break;
    }
    const next = readTuple<T>(layout, at + 2, end, <usize>row << 3, end - at < longest);
    if (next == 0) break;
    at = next;
    ++row;
  }
  scanRows(layout, first, row - first);
  return at;
}

/**
 * Appends the tuples in [input, input + bytes) to the planes and takes them into the layout's totals. Returns the
 * bytes consumed; STATUS says why it stopped. After a bad status the stream cannot be continued.
 */
export function decodeRows(layout: usize, input: usize, bytes: i32): i32 {
  const end = input + <usize>bytes;
  let at = input;
  store<i32>(layout, STATUS_OK, STATUS);
  if (load<i32>(layout, PHASE) == PHASE_HEADER) {
    const next = readHeader(layout, at, end);
    if (next == 0) return 0;
    at = next;
  }
  if (load<i32>(layout, PHASE) == PHASE_DONE) {
    store<i32>(layout, STATUS_DONE, STATUS);
    return 0;
  }
  const skip = <usize>load<u32>(layout, SKIP);
  const skipped = min(skip, end - at);
  store<i32>(layout, <i32>(skip - skipped), SKIP);
  at += skipped;
  if (skipped == skip) {
    at = load<i32>(layout, WIDTH) == 8 ? readTuples<f64>(layout, at, end) : readTuples<f32>(layout, at, end);
  }
  return <i32>(at - input);
}
