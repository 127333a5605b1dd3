import { copyRows } from "./core/copyRows";
import { BAR_OP, CLASS_BYTES, dispatch, OP_BYTES, planeAt, REACH, RESAMPLE } from "./dispatch";
import { gather, hold } from "./resample";

// The op loop. A session is a plan laid out in memory by the host:
//
//   planes    each plane is [history][room][padding]; its address is that of the room's first row, and a reader with a
//             lag reads below it. Rooms of class c hold `blockRows << c` rows
//   ops       records one behind the other: what dispatch reads, how long each is, and `reach` (rows between a row of the
//             op's planes and the last output row that depends on it)
//   classes   for each class of rooms: where the current block begins in its planes, bytes of the room, carries
//   carries   planes with history: address and bytes of history
//   loads     columns of bars: plane and address of the column's first loaded row
//   stores    results: plane (its lag applied), address of the result's first row, and of the op behind which it is stored,
//             while the plane is in the nearest cache; in the order of the ops
//
// A plane is addressed by a word: the address, a multiple of 8, with the class in the lowest bits. Rows are counted from
// the first loaded bar. When a room is full, the last rows of its planes are carried below their first row; a plane has
// room for as many rows as it keeps history, so that no more rows are carried than computed, and short planes, which are
// most, stay in the cache. The values do not depend on where blocks begin, since every kernel is a pure function of the
// rows that it reads.
//
// An op of no kernel has a session of its own over coarser bars, which the rows of a block complete now and then.

// Field offsets of a session, mirrored by host/engine/session.ts.
const OPS: usize = 0;
const OPS_END: usize = 4;
const LOADS: usize = 8;
const LOAD_COUNT: usize = 12;
const STORES: usize = 16;
const STORE_COUNT: usize = 20;
const BLOCK_ROWS: usize = 24;
const FIRST_OUTPUT: usize = 28;
/** Rows of the block computed last. */
const LAST_ROWS: usize = 32;
const CLASS_COUNT: usize = 36;
const CLASSES: usize = 40;

// Field offsets of a store, and its size.
const RESULT: usize = 4;
const STORE_OP: usize = 8;
const STORE_BYTES: usize = 12;

// Field offsets of a class.
const ROOM: usize = 4;
const CARRIES: usize = 8;
const CARRY_COUNT: usize = 12;

/** Moves on by the block computed last, and carries the history of the planes whose room is full. */
function advance(session: usize): void {
  const bytes = load<u32>(session, LAST_ROWS) << 3;
  let entry = session + CLASSES;
  for (const end = entry + <usize>load<u32>(session, CLASS_COUNT) * CLASS_BYTES; entry < end; entry += CLASS_BYTES) {
    const place = load<u32>(entry) + bytes;
    const room = load<u32>(entry, ROOM);
    if (place < room) {
      store<u32>(entry, place);
      continue;
    }
    let carry = <usize>load<u32>(entry, CARRIES);
    for (const last = carry + (<usize>load<u32>(entry, CARRY_COUNT) << 3); carry < last; carry += 8) {
      const first = <usize>load<u32>(carry);
      const history = <usize>load<u32>(carry, 4);
      copyRows(first - history, first + room - history, history);
    }
    store<u32>(entry, 0);
  }
}

function loadColumns(session: usize, row: i32, rows: i32): void {
  let entry = <usize>load<u32>(session, LOADS);
  const end = entry + (<usize>load<u32>(session, LOAD_COUNT) << 3);
  for (; entry < end; entry += 8) {
    const plane = planeAt(entry, session + CLASSES);
    copyRows(plane, <usize>load<u32>(entry, 4) + (<usize>row << 3), <usize>rows << 3);
  }
}

/** Runs the program over bars for those that rows of the current block complete, and holds its results in the rows. */
function resample(at: usize, classes: usize, skip: usize, rows: i32): void {
  const bars = gather(at, classes, skip, rows);
  if (bars > 0) execute(<usize>load<u32>(at), 0, bars);
  hold(at, classes, skip, bars);
}

/** x, or NULL where it is infinite or NULL: what is live equals what is stored, and a table has NULL there. */
// @ts-ignore: decorator
@inline
function finite(x: v128): v128 {
  // all bits set are NaN
  return v128.or(x, f64x2.ne(f64x2.sub(x, x), f64x2.splat(0)));
}

/** Stores rows of a plane, at `plane`, as those of a result. */
function storeResult(plane: usize, result: usize, rows: i32): void {
  const bytes = <usize>rows << 3;
  for (const last = plane + (bytes & ~63); plane < last; plane += 64, result += 64) {
    v128.store(result, finite(v128.load(plane)));
    v128.store(result, finite(v128.load(plane, 16)), 16);
    v128.store(result, finite(v128.load(plane, 32)), 32);
    v128.store(result, finite(v128.load(plane, 48)), 48);
  }
  for (const last = plane + (bytes & 63); plane < last; plane += 8, result += 8) {
    v128.store64_lane(result, finite(v128.load64_zero(plane)), 0);
  }
}

/**
 * Computes rows [first, first + rows) of the loaded bars, in blocks; rows follow those of the call before. Results are
 * stored for rows from `FIRST_OUTPUT` on. The classes say where the last block lies.
 */
export function execute(session: usize, first: i32, rows: i32): void {
  const blockRows = load<i32>(session, BLOCK_ROWS);
  const firstOutput = load<i32>(session, FIRST_OUTPUT);
  const ops = <usize>load<u32>(session, OPS);
  const opsEnd = <usize>load<u32>(session, OPS_END);
  const stores = <usize>load<u32>(session, STORES);
  const storesEnd = stores + <usize>load<u32>(session, STORE_COUNT) * STORE_BYTES;
  const classes = session + CLASSES;
  const end = first + rows;
  while (first < end) {
    advance(session);
    // the rooms of class 0 have one block
    const n = min(end - first, blockRows - <i32>(load<u32>(classes) >> 3));
    store<i32>(session, n, LAST_ROWS);
    loadColumns(session, first, n);
    const wanted = max(firstOutput - first, 0);
    const kept = n - wanted;
    const behind = <usize>wanted << 3;
    const row = <usize>(first + wanted - firstOutput) << 3;
    let store = kept > 0 ? stores : storesEnd;
    for (let op = ops; op < opsEnd; op += <usize>load<u16>(op, OP_BYTES)) {
      // rows that no wanted output depends on
      const skipped = max(firstOutput - load<i32>(op, REACH) - first, 0);
      if (skipped >= n) continue;
      if (<i32>load<u16>(op) == BAR_OP) resample(<usize>load<u32>(op, RESAMPLE), classes, <usize>skipped << 3, n - skipped);
      else dispatch(op, classes, <usize>skipped << 3, n - skipped);
      for (; store < storesEnd && <usize>load<u32>(store, STORE_OP) == op; store += STORE_BYTES) {
        storeResult(planeAt(store, classes) + behind, <usize>load<u32>(store, RESULT) + row, kept);
      }
    }
    // results that are read or given, and all of them where other ops were chosen
    for (; store < storesEnd; store += STORE_BYTES) {
      storeResult(planeAt(store, classes) + behind, <usize>load<u32>(store, RESULT) + row, kept);
    }
    first += n;
  }
}
