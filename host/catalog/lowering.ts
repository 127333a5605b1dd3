/** A plane of the plan, read `lag` rows back. Shifting a series is free: its reader looks further back. */
export type Ref = { readonly node: number; readonly lag: number };

/** What an operator's `lower` builds with: kernels over planes. Equal kernels over equal planes are one node. */
export type Builder = {
  /** An exponential mean drops what weighs less than 2^-horizonBits of the total. */
  readonly horizonBits: number;
  kernel(name: string, inputs: readonly Ref[], params?: readonly number[], table?: Float64Array): Ref;
  constant(value: number): Ref;
  /** The bars' times, in microseconds since the Unix epoch. */
  time(): Ref;
  /** What was made under this name before, or else makes it: what asks again need not build again. */
  once<T>(name: string, make: () => T): T;
};

export const shift = (ref: Ref, rows: number): Ref => ({ node: ref.node, lag: ref.lag + rows });

/**
 * A shifted series in a plane of its own, which says NULL in the rows before its first bar. A word that makes a number of
 * NULL needs it: otherwise the shift would be moved to its result, and so would the NULL.
 */
export const inPlace = (b: Builder, ref: Ref): Ref =>
  ref.lag === 0 ? ref : b.kernel('given', [ref, b.time()]);

/** State of a block of rows that can be merged with its older neighbour: some planes. */
export type State = readonly Ref[];

/** Merges a block of `newerRows` with the block of `olderRows` before it. */
export type Merge = (newer: State, newerRows: number, older: State, olderRows: number) => State;

const back = (state: State, rows: number): State => state.map(ref => shift(ref, rows));

/** What is kept of five rows, the newest first; the same as merges of them, up to rounding, for less. */
export type OfFive = (rows: readonly State[]) => State;

/** Rows of the newer of the two blocks that a window is merged from. */
function newerRows(window: number): number {
  if (window % 2 === 0) return window / 2;
  if (window === 15) return 5;
  if (window === 5 || window === 3) return 1;
  return (window % 3 === 0 ? 3 : 1) * (window % 5 === 0 ? 5 : 1);
}

/**
 * Reduces the last `window` rows by merging blocks: an even window is two halves; an odd one is its greatest common divisor
 * with 15, or a part of that, and behind it an even one. So a window of n rows takes between log2 n and twice as many merges,
 * the association order, and with it every bit, depends on the window alone, and the windows of a family, which are
 * multiples of 5 or 15 nearly always, are merged from each other: 15, 30, 45, 60 and 75 rows take one merge each behind the
 * first, where binary expansions take three each and six levels. The newer block is never the longer one, so that no plane
 * keeps more history than its own length. The kind says which merge it is, with everything that it depends on beside the
 * planes of the row.
 */
export function overWindow(
  b: Builder,
  kind: string,
  window: number,
  row: State,
  merge: Merge,
  ofFive?: OfFive,
): State {
  const series = `${kind} ${row.map(({ node, lag }) => `${node}@${lag}`)}`;
  const blocks = b.once(series, () => new Map<number, State>([[1, row]]));
  const block = (rows: number): State => {
    const known = blocks.get(rows);
    if (known) return known;
    const made =
      rows === 5 && ofFive
        ? ofFive([0, 1, 2, 3, 4].map(lag => back(row, lag)))
        : mergeLast(rows, block, merge);
    blocks.set(rows, made);
    return made;
  };
  return block(window);
}

/** The merge that a window of more than one row ends with, of blocks that `block` has: the same, or one that gives a result. */
export function mergeLast<T>(
  window: number,
  block: (rows: number) => State,
  merge: (newer: State, newerRows: number, older: State, olderRows: number) => T,
): T {
  const newer = newerRows(window);
  const older = window - newer;
  return merge(block(newer), newer, back(block(older), newer), older);
}
