import { column, type Expr, named, parameter } from './expr.ts';
import { add, carrySign, diff, div, sub } from './vocabulary.ts';

// Series of quotes and volume that several families are declared over.

export const volume: Expr = column('volume');
export const bid: Expr = column('bid_close');
export const ask: Expr = column('ask_close');
export const spread: Expr = column('spread_close');
export const mid: Expr = named('mid', div(add(bid, ask), 2));
/** Change of the mid. */
export const move: Expr = diff(mid, 1);

/** Rows that the tick rule looks back for a change of the mid. */
export const tickMemory = 256;
/** Sign of the last change of the mid. */
export const tickRule: Expr = named('tick_rule', carrySign(move, tickMemory));

/** Volume per unit of the range of a side of the quotes, a tenth of a pip added. */
export const depth = (side: 'bid' | 'ask'): Expr =>
  div(volume, add(sub(column(`${side}_high`), column(`${side}_low`)), div(parameter('pip'), 10)));
