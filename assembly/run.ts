import { dispatch, OP_BYTES } from "./dispatch";

// The op loop. A session is a plan laid out in memory by the host:
//
//   planes    each plane is [history][room for `planeRows` rows, one or more blocks of `blockRows`][padding]; its
//             address is that of the room's first row, and a reader with a lag reads below it
//   ops       records of OP_BYTES: what dispatch reads, and `reach` (rows between a row of the plane and the last
//             output row that depends on it)
//   carries   planes with history: address and bytes of history
//   loads     columns of bars: plane and address of the column's first loaded row
//   stores    results: plane (its lag applied) and address of the result's first row
//
// Rows are counted from the first loaded bar. When the room is full, the last rows of each plane with history are
// carried below its first row. The values do not depend on where blocks begin, since every kernel is a pure function of
// the rows that it reads.

// Field offsets of a session, mirrored by host/engine/session.ts.
const OPS: usize = 0;
const OP_COUNT: usize = 4;
const CARRIES: usize = 8;
const CARRY_COUNT: usize = 12;
const LOADS: usize = 16;
const LOAD_COUNT: usize = 20;
const STORES: usize = 24;
const STORE_COUNT: usize = 28;
const BLOCK_ROWS: usize = 32;
const POSITION: usize = 36;
const FIRST_OUTPUT: usize = 40;
const PLANE_ROWS: usize = 44;

const REACH: usize = 124;

function carry(session: usize, rows: i32): void {
  let entry = <usize>load<u32>(session, CARRIES);
  const end = entry + (<usize>load<u32>(session, CARRY_COUNT) << 3);
  const moved = <usize>rows << 3;
  for (; entry < end; entry += 8) {
    const first = <usize>load<u32>(entry);
    const history = <usize>load<u32>(entry, 4);
    memory.copy(first - history, first + moved - history, history);
  }
}

function loadColumns(session: usize, row: i32, position: i32, rows: i32): void {
  let entry = <usize>load<u32>(session, LOADS);
  const end = entry + (<usize>load<u32>(session, LOAD_COUNT) << 3);
  for (; entry < end; entry += 8) {
    const plane = <usize>load<u32>(entry) + (<usize>position << 3);
    memory.copy(plane, <usize>load<u32>(entry, 4) + (<usize>row << 3), <usize>rows << 3);
  }
}

/** A table has NULL where a value is infinite, and so do results in memory: what is live equals what is stored. */
function storeResults(session: usize, row: i32, position: i32, rows: i32): void {
  let entry = <usize>load<u32>(session, STORES);
  const end = entry + (<usize>load<u32>(session, STORE_COUNT) << 3);
  for (; entry < end; entry += 8) {
    let plane = <usize>load<u32>(entry) + (<usize>position << 3);
    let result = <usize>load<u32>(entry, 4) + (<usize>row << 3);
    for (const last = plane + (<usize>rows << 3); plane < last; plane += 8, result += 8) {
      const value = load<f64>(plane);
      store<f64>(result, abs<f64>(value) < Infinity ? value : NaN);
    }
  }
}

/**
 * Computes rows [first, first + rows) of the loaded bars, in blocks; rows follow those of the call before. Results are
 * stored for rows from `FIRST_OUTPUT` on. Returns the position in the planes of the last block's first row.
 */
export function execute(session: usize, first: i32, rows: i32): i32 {
  const blockRows = load<i32>(session, BLOCK_ROWS);
  const planeRows = load<i32>(session, PLANE_ROWS);
  const firstOutput = load<i32>(session, FIRST_OUTPUT);
  const ops = <usize>load<u32>(session, OPS);
  const opsEnd = ops + <usize>load<u32>(session, OP_COUNT) * OP_BYTES;
  const end = first + rows;
  let position = load<i32>(session, POSITION);
  let start = position;
  while (first < end) {
    if (position == planeRows) {
      carry(session, planeRows);
      position = 0;
    }
    const n = min(end - first, blockRows - position % blockRows);
    loadColumns(session, first, position, n);
    const offset = <usize>position << 3;
    for (let op = ops; op < opsEnd; op += OP_BYTES) {
      if (first + n + load<i32>(op, REACH) > firstOutput) dispatch(op, offset, n);
    }
    const skipped = max(firstOutput - first, 0);
    if (skipped < n) {
      const row = first + skipped - firstOutput;
      storeResults(session, row, position + skipped, n - skipped);
    }
    start = position;
    position += n;
    first += n;
  }
  store<i32>(session, position, POSITION);
  return start;
}
