import type { Bar } from './domains.ts';
import type { Expr } from './expr.ts';
import { abs, add, lag, maxOf, mul, ratioOr, sub, wilder } from './vocabulary.ts';

// Ranges of bars and strength of moves that several families are declared over (Wilder 1978).

/** The largest of H - L, |H - C[t-1]| and |L - C[t-1]|. */
export function trueRange({ high, low, close }: Bar): Expr {
  const before = lag(close, 1);
  return maxOf(maxOf(sub(high, low), abs(sub(high, before))), abs(sub(low, before)));
}

/** Average true range by Wilder's mean. */
export const atr = (bar: Bar, n: number): Expr => wilder(trueRange(bar), n);

/** How far a change rose and how far it fell, each 0 where it did not. */
export const gain = (change: Expr): Expr => maxOf(change, 0);
export const loss = (change: Expr): Expr => maxOf(sub(0, change), 0);

/**
 * Strength of ups against downs, neither below 0: 100 - 100 / (1 + ups / downs) in a form that rounding keeps in
 * 0..100; 100 without downs, 50 without either.
 */
export const strength = (ups: Expr, downs: Expr): Expr => mul(100, ratioOr(ups, add(ups, downs), 0.5));

/** Relative strength index of a series' changes by Wilder's means. */
export const rsi = (change: Expr, n: number): Expr =>
  strength(wilder(gain(change), n), wilder(loss(change), n));

/** High + low + close: three times the typical price, without the rounding that turns ties into moves. */
export const priceSum = ({ high, low, close }: Bar): Expr => add(add(high, low), close);
