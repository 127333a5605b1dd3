import { rowsSince } from "../core/anchors";
import { blockRows, blocksBytes } from "../core/blockProducts";
import { minuteMicros } from "../core/day";
import { resultAt } from "../core/results";
import { same } from "../core/same";
import { vectorCorrection } from "../core/vectorCorrection";

// Cointegration of n series, 2 to 8, by Johansen's method (core/vectorCorrection.ts), anchored at the clock: the rows of one
// stretch of `minutes` minutes, aligned to those of UTC, have the fit over the `window` rows before the first of them. It is
// made where the stretch changes, and kept with the rows that it was made of: a call that begins in the same stretch takes it
// after it has compared these. Where they are those of the fit before and a stretch without gaps more, products of all but
// the new rows are kept. Cost with 7 series and 1,440 rows: 30 us for a fit, 60 us behind a gap, 5 us for comparing.
//
// An entry of the table wants one plane: what it is, and up to two numbers, relation and series, counted from 0. All are NaN
// where the fit's rows have a NaN or an infinity, and beyond `minutes` rows of a stretch, which are more than one a minute. But
// for whether there is a fit and how many rows it has, they are NaN where there is none: where a sum of squares has no more than
// 1e-12 of itself left beside the columns before it, so that they depend on each other to rounding, or the largest eigenvalue is
// 1 to 1e-12. What is read at the current row is NaN where a series is.

// What an entry of the table wants; mirrored by host/catalog/operators/cointegration.ts.
const WEIGHT: i32 = 0; // of a series in a relation
const EIGENVALUE: i32 = 1;
const TRACE: i32 = 2; // -N sum of ln(1 - l) over the eigenvalues from this on, N the rows fitted
const MAXIMUM: i32 = 3; // -N ln(1 - l)
const COMBINATION: i32 = 4; // the weighted sum of the series at the current row, less its mean over the fit's rows
const ROWS: i32 = 5; // N: rows of the fit less the two that the oldest change needs
const FITTED: i32 = 6; // 1, or 0 where the rows have no fit

/** Numbers of an entry. */
const ENTRY: i32 = 3;
const most: i32 = 8;

// Where the parts of the scratch memory begin.
const KEPT: usize = 0; // whether there are rows of a fit
const FOUND: usize = 8; // 1, 0 or NaN, as vectorCorrection returns it
const SERIES: usize = 16; // addresses of the fit's first rows
const CENTRES: usize = SERIES + 4 * most;
const VALUES: usize = CENTRES + 16 * most;
const LOGS: usize = VALUES + 8 * most; // -ln(1 - l)
const RELATIONS: usize = LOGS + 8 * most;
const ROWS_KEPT: usize = RELATIONS + 8 * most * most;

/** Reads the times, and behind them in the list the series. */
export function johansen(
  outs: usize, planes: usize, listed: i32, rows: i32, table: usize, length: i32, scratch: usize,
  series: f64, window: f64, minutes: f64,
): void {
  const time = <usize>load<u32>(planes);
  const n = <i32>series;
  const width = <i32>window;
  const longest = <i32>minutes;
  const span = minutes * minuteMicros;
  const count = length / ENTRY;
  let stretch: f64 = NaN;
  let age = 0;
  for (let row = 0; row < rows; row++) {
    const at = (<usize>row) << 3;
    const own = floor<f64>(load<f64>(time + at) / span);
    let found: f64 = NaN;
    if (own == own) {
      age++;
      if (own != stretch) {
        age = row == 0 ? rowsSince(time, own * span, longest) : 0;
        if (age < longest) {
          const first = at - ((<usize>(age + width)) << 3);
          for (let s: usize = 4; s <= (<usize>n) << 2; s += 4) {
            store<u32>(scratch + s, <u32>(<usize>load<u32>(planes + s) + first), SERIES - 4);
          }
          fit(scratch, n, width, longest);
        }
      }
      if (age < longest) found = load<f64>(scratch, FOUND);
    }
    stretch = own;
    for (let i = 0; i < count; i++) {
      const value = found == found ? read(scratch, table + <usize>(i * 8 * ENTRY), n, width, age) : NaN;
      store<f64>(resultAt(outs, i) + at, value);
    }
  }
}

/** Where the rows of series `s` begin that the current fit is of. */
// @ts-ignore: decorator
@inline
function rowsOf(scratch: usize, s: i32): usize {
  return <usize>load<u32>(scratch + SERIES + ((<usize>s) << 2));
}

/** The fit of the rows that the series are at, unless it is there. */
function fit(scratch: usize, n: i32, width: i32, minutes: i32): void {
  if (areRows(scratch, n, width, 0)) return;
  const block = blockRows(minutes, width - 2);
  const before = load<f64>(scratch, FOUND);
  const moved = before == before && areRows(scratch, n, width, block);
  const bytes = (<usize>width) << 3;
  const kept = scratch + ROWS_KEPT;
  for (let s = 0; s < n; s++) memory.copy(kept + <usize>s * bytes, rowsOf(scratch, s), bytes);
  store<i32>(scratch, 1, KEPT);
  const blocks = kept + <usize>n * bytes;
  const work = blocks + blocksBytes(n, width - 2, block);
  const found = vectorCorrection(
    scratch + SERIES, n, width, scratch + CENTRES, scratch + VALUES, scratch + RELATIONS, blocks, block, moved, work,
  );
  store<f64>(scratch, found, FOUND);
  if (found != 1) return;
  for (let i: usize = 0; i < (<usize>n) << 3; i += 8) {
    store<f64>(scratch + LOGS + i, -NativeMath.log(1 - load<f64>(scratch + VALUES + i)));
  }
}

/** Whether the rows that the series are at are those kept, but for the newest `more` of them. */
function areRows(scratch: usize, n: i32, width: i32, more: i32): bool {
  if (load<i32>(scratch, KEPT) == 0) return false;
  let known = true;
  for (let s = 0; known && s < n; s++) {
    const own = scratch + ROWS_KEPT + ((<usize>(s * width + more)) << 3);
    known = same(own, rowsOf(scratch, s), <usize>(width - more));
  }
  return known;
}

/** What an entry wants, `age` rows behind the stretch's first row. */
function read(scratch: usize, entry: usize, n: i32, width: i32, age: i32): f64 {
  const want = <i32>load<f64>(entry);
  const found = load<f64>(scratch, FOUND);
  if (want == FITTED) return found;
  const used = <f64>(width - 2);
  if (want == ROWS) return used;
  if (found == 0) return NaN;
  const relation = <i32>load<f64>(entry, 8);
  const place = (<usize>relation) << 3;
  const weights = scratch + RELATIONS + <usize>n * place;
  switch (want) {
    case WEIGHT: return load<f64>(weights + ((<usize><i32>load<f64>(entry, 16)) << 3));
    case EIGENVALUE: return load<f64>(scratch + VALUES + place);
    case MAXIMUM: return used * load<f64>(scratch + LOGS + place);
    case TRACE: {
      let sum: f64 = 0;
      for (let i = n - 1; i >= relation; i--) sum += load<f64>(scratch + LOGS + ((<usize>i) << 3));
      return used * sum;
    }
    default: return combination(scratch, weights, n, width + age);
  }
}

/** The current row lies `back` rows behind the first one of the fit. */
// @ts-ignore: decorator
@inline
function combination(scratch: usize, weights: usize, n: i32, back: i32): f64 {
  let sum: f64 = 0;
  for (let s = 0; s < n; s++) {
    const centre = scratch + CENTRES + ((<usize>s) << 4);
    const y = load<f64>(rowsOf(scratch, s) + ((<usize>back) << 3));
    sum += load<f64>(weights + ((<usize>s) << 3)) * ((y - load<f64>(centre)) - load<f64>(centre, 8));
  }
  return sum;
}
