import { draws } from '../draws.ts';
import { unit } from './bounded.ts';

// Recursions over a month or a day have no slack that could be added up step by step and stay small: theirs is read off runs
// over numbers that are moved as far as rounding may move them, some up and some down.

/** A number of the given row and place, moved. */
export type Nudge = (value: number, slack: number) => number;

const still: Nudge = value => value;

export const nudgeOf = (seed: number): Nudge => {
  const { uniform } = draws(seed);
  return (value, slack) => value + (uniform() < 0.5 ? -1 : 1) * (slack + 4 * unit * Math.abs(value));
};

/** What a run finds, plain and over moved numbers. */
export type Runs<T> = { readonly plain: T; readonly moved: readonly T[] };

export const runs = <T>(run: (nudge: Nudge) => T): Runs<T> => ({
  plain: run(still),
  moved: [1, 2].map(seed => run(nudgeOf(seed))),
});

/** Two runs are few, and an engine adds in another order: a hundred times what they differ by. */
export const caution = 100;

/** How far a number of a run may be from the plain one; infinite where a moved run has none. */
export const slackOf = <T>({ plain, moved }: Runs<T>, read: (run: T) => number): number => {
  const value = read(plain);
  const reach = Math.max(...moved.map(run => Math.abs(read(run) - value)));
  return Number.isNaN(reach)
    ? Number.POSITIVE_INFINITY
    : caution * reach + 1e-12 * Math.max(1, Math.abs(value));
};
