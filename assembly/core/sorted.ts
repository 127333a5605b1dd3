// Sorting and searching of plain numbers. Which equal value sits where cannot be told from the bits, because zeros are
// made positive on the way in, so the order depends on the set of values alone.

/** Runs of this many values are sorted by insertion before they are merged. */
const runRows: i32 = 8;

/** Copies the numbers among `rows` values at `a` to `out`, -0 as 0. Returns how many there are. */
export function gather(out: usize, a: usize, rows: i32): i32 {
  let p = out;
  for (const end = a + ((<usize>rows) << 3); a < end; a += 8) {
    const x = load<f64>(a) + 0.0;
    store<f64>(p, x);
    p += (<usize>i32(x == x)) << 3;
  }
  return <i32>((p - out) >> 3);
}

/** Ascending order for at most `runRows` values. */
function sortRun(from: usize, end: usize): void {
  for (let next = from + 8; next < end; next += 8) {
    const x = load<f64>(next);
    let p = next;
    while (p > from) {
      const y = load<f64>(p - 8);
      if (y <= x) break;
      store<f64>(p, y);
      p -= 8;
    }
    store<f64>(p, x);
  }
}

/** Merges the ascending runs [left, middle) and [middle, end) to `out`, without a branch on the values. */
function mergeRuns(out: usize, left: usize, middle: usize, end: usize): void {
  let right = middle;
  while (left < middle && right < end) {
    const x = load<f64>(left);
    const y = load<f64>(right);
    const later = i32(y < x);
    store<f64>(out, select<f64>(y, x, later));
    right += (<usize>later) << 3;
    left += (<usize>(later ^ 1)) << 3;
    out += 8;
  }
  memory.copy(out, left, middle - left);
  memory.copy(out + (middle - left), right, end - right);
}

/** Sorts `count` numbers at `values` in place; the bytes behind them, as many again, are overwritten. */
export function sort(values: usize, count: i32): void {
  const bytes = (<usize>count) << 3;
  for (let from: usize = 0; from < bytes; from += runRows << 3) {
    sortRun(values + from, values + min<usize>(from + (runRows << 3), bytes));
  }
  let from = values;
  let to = values + bytes;
  for (let width: usize = runRows << 3; width < bytes; width <<= 1) {
    for (let left: usize = 0; left < bytes; left += width << 1) {
      const middle = min<usize>(left + width, bytes);
      mergeRuns(to + left, from + left, from + middle, from + min<usize>(middle + width, bytes));
    }
    const sorted = to;
    to = from;
    from = sorted;
  }
  if (from != values) memory.copy(values, from, bytes);
}

/** Address of the first of the ascending numbers [from, end) that is not below x, or `end`. NaNs may precede them. */
export function lowerBound(from: usize, end: usize, x: f64): usize {
  let count = (end - from) >> 3;
  while (count > 0) {
    const half = count >> 1;
    const middle = from + (half << 3);
    const below = !(load<f64>(middle) >= x);
    from = select<usize>(middle + 8, from, below);
    count = select<usize>(count - half - 1, half, below);
  }
  return from;
}
