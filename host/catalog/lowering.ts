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

/**
 * Reduces the last `window` rows by doubling. Blocks of 2^k rows are built by merging neighbours; the blocks of the
 * window's binary expansion are merged newest first, smallest first. So the association order, and with it every bit,
 * depends on the window alone, the levels are shared by all windows over a series, and cost grows with its logarithm.
 * A block of 2^k rows begins fewer than 2^k rows back: no level keeps more history than doubling it takes. The kind says which
 * merge it is, with everything that it depends on beside the planes of the row.
 */
export function byDoubling(b: Builder, kind: string, window: number, row: State, merge: Merge): State {
  const series = `${kind} ${row.map(({ node, lag }) => `${node}@${lag}`)}`;
  return b.once(`${series} over ${window}`, () => {
    const levels = b.once(series, () => [row]);
    let state: State | undefined;
    let done = 0;
    for (let k = 0, rows = 1; ; k++, rows *= 2) {
      const below = levels[k - 1] ?? row;
      levels[k] ??= merge(below, rows / 2, back(below, rows / 2), rows / 2);
      const level = levels[k]!;
      if (window & rows) {
        state = state ? merge(state, done, back(level, done), rows) : level;
        done += rows;
      }
      if (done === window) return state!;
    }
  });
}
