// Rows of a plane since an anchor, kept in a kernel's scratch memory from call to call beside what was made of them: a call
// compares them with the rows that it is given, and goes on from the state only where they are the same to the bit. So a kernel
// whose state begins at an anchor stays a pure function of its rows (core/ordered.ts does it for windows). The memory is
// KEPT_BYTES and 8 for each row; a kernel that reads several planes keeps each of them. Its second four bytes are the kernel's
// own: zero as long as nothing is kept, where they begin its scratch memory.
import { same } from "./same";

export const KEPT_BYTES: usize = 8;

/** Field offset of what is the kernel's own, an i32. */
export const MARK: usize = 4;

/** How many rows are kept; 0 in memory that is zero. */
// @ts-ignore: decorator
@inline
export function keptRows(kept: usize): i32 {
  return load<i32>(kept);
}

/** Keeps the first of the rows kept and forgets the others. */
// @ts-ignore: decorator
@inline
export function keepOnly(kept: usize, rows: i32): void {
  store<i32>(kept, rows);
}

/** Keeps `rows` rows more, from the one at `a` on. */
export function keepMore(kept: usize, a: usize, rows: i32): void {
  const count = load<i32>(kept);
  const end = kept + KEPT_BYTES + ((<usize>count) << 3);
  if (rows == 1) store<f64>(end, load<f64>(a));
  else memory.copy(end, a, (<usize>rows) << 3);
  store<i32>(kept, count + rows);
}

/** Whether the rows kept, from row `first` of them on, begin with the `rows` rows at `a`. */
export function areKept(kept: usize, first: i32, a: usize, rows: i32): bool {
  if (first + rows > load<i32>(kept)) return false;
  return same(kept + KEPT_BYTES + ((<usize>first) << 3), a, <usize>rows);
}
