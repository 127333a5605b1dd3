// Clock-aligned bars of a program's rows, and results over such bars held in the rows. A bar is the rows whose times have the
// same floor(time / width). It is complete when a row behind it has been seen; only then do the programs over bars see it.
//
// `gather` reads a block's rows: it appends the bars that are complete to the series that the program over bars loads, and
// keeps what the open bar has so far. `hold` gives each row the result of the last bar that was complete at it. What is kept
// between calls follows from the rows of the bars that a result reads, and of the one under way, alone: the rows of a bar are
// taken in their order, wherever a block begins. A bar of more rows than minutes (bars below a minute) would reach back further
// than a plan says: results that read such a bar are NaN, and so are rows of the open bar from the row too many on.
import { planeAt } from "./dispatch";

// Field offsets, mirrored by host/engine/resampling.ts. The session of the program over bars comes first.
const TIME: usize = 4;
const SERIES: usize = 8;
const SERIES_COUNT: usize = 12;
const HELD: usize = 16;
const HELD_COUNT: usize = 20;
/** One stretch of rows per bar that is under way in the block, and one for the open bar when it begins. */
const SPANS: usize = 24;
/** Where the bars' times go, or 0. */
const TIMES: usize = 28;
/** Microseconds of a bar. */
const WIDTH: usize = 32;
/** Where the open bar ends; NaN before the first row. */
const END: usize = 40;
/** Rows that the open bar has, and the most that it may have. */
const ROWS: usize = 48;
const MOST: usize = 52;
/** Complete bars since one that had more. */
const CALM: usize = 56;

// A stretch of rows of one bar: its first row, the first that is too many, the row behind it, `CALM` in these rows.
const SPAN_BYTES: usize = 16;
const CROWDED: usize = 4;
const BEHIND: usize = 8;
const SPAN_CALM: usize = 12;

// A series: plane, part, address of its values by bar, and what the open bar has.
const SERIES_BYTES: usize = 24;
const PART: usize = 4;
const VALUES: usize = 8;
const SO_FAR: usize = 16;

// A held result: plane, address of the results by bar, bars that must not have had too many rows, the value held.
const HELD_BYTES: usize = 24;
const RESULTS: usize = 4;
const WITHIN: usize = 8;
const VALUE: usize = 16;

/** Takes rows of the current block, the first `skip` bytes of it left out; returns how many bars they complete. */
export function gather(at: usize, classes: usize, skip: usize, rows: i32): i32 {
  const began = load<f64>(at, END) == load<f64>(at, END);
  const bars = divide(at, planeAt(at + TIME, classes) + skip, rows);
  let entry = <usize>load<u32>(at, SERIES);
  for (const last = entry + <usize>load<u32>(at, SERIES_COUNT) * SERIES_BYTES; entry < last; entry += SERIES_BYTES) {
    const plane = planeAt(entry, classes) + skip;
    const part = load<i32>(entry, PART);
    let out = <usize>load<u32>(entry, VALUES);
    let span = <usize>load<u32>(at, SPANS);
    let value = load<f64>(entry, SO_FAR);
    let fresh = !began;
    for (const open = span + <usize>bars * SPAN_BYTES; span < open; span += SPAN_BYTES) {
      store<f64>(out, fold(part, plane, span, value, fresh));
      out += 8;
      fresh = true;
    }
    store<f64>(entry, fold(part, plane, span, value, fresh), SO_FAR);
  }
  return bars;
}

/** Divides rows into stretches of one bar each; returns how many bars are complete behind the first. */
function divide(at: usize, time: usize, rows: i32): i32 {
  const width = load<f64>(at, WIDTH);
  const most = load<i32>(at, MOST);
  const times = <usize>load<u32>(at, TIMES);
  let span = <usize>load<u32>(at, SPANS);
  let end = load<f64>(at, END);
  let before = load<i32>(at, ROWS); // of the bar, when the stretch begins
  let calm = load<i32>(at, CALM);
  let first = 0;
  let bars = 0;
  for (let row = 0; row < rows; row++) {
    const t = load<f64>(time + ((<usize>row) << 3));
    if (t < end) continue;
    if (end == end) {
      closeSpan(span, first, row, most - before, calm);
      span += SPAN_BYTES;
      calm = before + row - first > most ? 0 : min(calm + 1, i32.MAX_VALUE - 1);
      if (times) store<f64>(times + ((<usize>bars) << 3), end - width);
      bars++;
    }
    end = floor<f64>(t / width) * width + width;
    before = 0;
    first = row;
  }
  closeSpan(span, first, rows, most - before, calm);
  store<f64>(at, end, END);
  store<i32>(at, min(before + rows - first, most + 1), ROWS);
  store<i32>(at, calm, CALM);
  return bars;
}

function closeSpan(span: usize, first: i32, behind: i32, free: i32, calm: i32): void {
  store<i32>(span, first);
  store<i32>(span, min(first + max(free, 0), behind), CROWDED);
  store<i32>(span, behind, BEHIND);
  store<i32>(span, calm, SPAN_CALM);
}

/** What a bar has with the rows of one more stretch. A NaN in any row makes it NaN; an extreme is never -0. */
function fold(part: i32, plane: usize, span: usize, value: f64, fresh: bool): f64 {
  const p = plane + ((<usize>load<u32>(span)) << 3);
  const end = plane + ((<usize>load<u32>(span, BEHIND)) << 3);
  if (p == end || (!fresh && value != value)) return value;
  if (part == 4) return total(p, end, fresh ? 0 : value);
  if (isAnyAbsent(p, end)) return NaN;
  if (part == 0) return fresh ? load<f64>(p) : value;
  if (part == 3) return load<f64>(end - 8);
  const first = fresh ? load<f64>(p) : value;
  return (part == 1 ? highest(p, end, first) : lowest(p, end, first)) + 0;
}

/** Whether a row is NaN, two rows a turn. */
function isAnyAbsent(p: usize, end: usize): bool {
  let absent = i64x2.splat(0);
  for (; p + 16 <= end; p += 16) absent = v128.or(absent, f64x2.ne(v128.load(p), v128.load(p)));
  return v128.any_true(absent) || (p < end && load<f64>(p) != load<f64>(p));
}

/** The largest of numbers. Which zero it is depends on how rows meet in pairs; the caller makes both the same. */
function highest(p: usize, end: usize, value: f64): f64 {
  let most = f64x2.splat(value);
  for (; p + 16 <= end; p += 16) most = f64x2.pmax(most, v128.load(p));
  if (p < end) most = f64x2.pmax(most, v128.load64_splat(p));
  return max<f64>(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
}

function lowest(p: usize, end: usize, value: f64): f64 {
  let least = f64x2.splat(value);
  for (; p + 16 <= end; p += 16) least = f64x2.pmin(least, v128.load(p));
  if (p < end) least = f64x2.pmin(least, v128.load64_splat(p));
  return min<f64>(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
}

/** The sum so far and the rows, one by one: its order is that of the bar, wherever a stretch begins. */
function total(p: usize, end: usize, value: f64): f64 {
  for (; p < end; p += 8) value += load<f64>(p);
  return value;
}

/** Writes the rows that `gather` has taken, `bars` results having been computed since. */
export function hold(at: usize, classes: usize, skip: usize, bars: i32): void {
  const spans = <usize>load<u32>(at, SPANS);
  let entry = <usize>load<u32>(at, HELD);
  for (const last = entry + <usize>load<u32>(at, HELD_COUNT) * HELD_BYTES; entry < last; entry += HELD_BYTES) {
    const plane = planeAt(entry, classes) + skip;
    const within = load<i32>(entry, WITHIN);
    let result = <usize>load<u32>(entry, RESULTS);
    let span = spans;
    let value = load<f64>(entry, VALUE);
    for (let bar = 0; ; bar++) {
      const crowded = <usize>load<u32>(span, CROWDED);
      const behind = <usize>load<u32>(span, BEHIND);
      fill(plane + (<usize>load<u32>(span) << 3), plane + (crowded << 3), value);
      fill(plane + (crowded << 3), plane + (behind << 3), NaN);
      if (bar == bars) break;
      span += SPAN_BYTES;
      value = load<i32>(span, SPAN_CALM) < within ? NaN : load<f64>(result);
      result += 8;
    }
    store<f64>(entry, value, VALUE);
  }
}

// @ts-ignore: decorator
@inline
function fill(p: usize, end: usize, value: f64): void {
  const pair = f64x2.splat(value);
  for (; p + 16 <= end; p += 16) v128.store(p, pair);
  if (p < end) store<f64>(p, value);
}
