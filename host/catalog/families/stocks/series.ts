import { column, type Expr, named } from '../../expr.ts';
import { abs, div, lag, log, maxOf, orElse, sub } from '../../vocabulary.ts';
import type { MinPeriods } from './rolling.ts';

export const open = column('open');
export const high = column('high');
export const low = column('low');
export const close = column('close');
export const volume = column('volume');

/** The formula of a part, for the feature that is called as the part is. */
export const formulaOf = (part: Expr): Expr => (part.kind === 'named' ? part.body : part);

const before = lag(close, 1);

export const change = sub(close, before);
export const returns = named('returns', sub(div(close, before), 1));
export const logReturns = named('log_returns', log(div(close, before)));

/** How far the close rose and how far it fell, each 0 where it did not. */
export const gain = named('gain', maxOf(change, 0));
export const loss = named('loss', maxOf(sub(before, close), 0));

const widest = maxOf(maxOf(sub(high, low), abs(sub(high, before))), abs(sub(low, before)));

/** Wilder's true range. Of the first bar, which has no close before it, it is NULL, or high - low. */
export const trueRange = (minPeriods: MinPeriods): Expr =>
  named('true_range', minPeriods === 1 ? orElse(widest, sub(high, low)) : widest);
