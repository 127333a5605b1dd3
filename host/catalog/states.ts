import type { Expr } from './expr.ts';
import { add, countExits, countSame, div } from './vocabulary.ts';

// Series that hold one of a few values, as regimes do.

/** Chance to leave the current state: exits from it over rows in it, one and two added, over the last rows. */
export const leaving = (state: Expr, window: number): Expr =>
  div(add(1, countExits(state, window)), add(2, countSame(state, window)));

/** Share of the last rows in the current state. */
export const stability = (state: Expr, window: number): Expr => div(countSame(state, window), window);
