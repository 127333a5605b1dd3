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
};

export const shift = (ref: Ref, rows: number): Ref => ({ node: ref.node, lag: ref.lag + rows });

/** State of a block of rows that can be merged with its older neighbour: some planes. */
export type State = readonly Ref[];

/** Merges a block of `newerRows` with the block of `olderRows` before it. */
export type Merge = (newer: State, newerRows: number, older: State, olderRows: number) => State;

const back = (state: State, rows: number): State => state.map(ref => shift(ref, rows));

/**
 * Reduces the last `window` rows by doubling. Blocks of 2^k rows are built by merging neighbours; the blocks of the
 * window's binary expansion are merged newest first, largest first. So the association order, and with it every bit,
 * depends on the window alone, the levels are shared by all windows over a series, and cost grows with its logarithm.
 */
export function byDoubling(window: number, row: State, merge: Merge): State {
  const levels: State[] = [row];
  for (let rows = 1; rows * 2 <= window; rows *= 2) {
    const half = levels.at(-1)!;
    levels.push(merge(half, rows, back(half, rows), rows));
  }
  let state = levels.at(-1)!;
  let done = 2 ** (levels.length - 1);
  for (let k = levels.length - 2; k >= 0; k--) {
    if (!(window & (1 << k))) continue;
    state = merge(state, done, back(levels[k]!, done), 2 ** k);
    done += 2 ** k;
  }
  return state;
}
