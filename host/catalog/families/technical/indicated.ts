import type { Bar, Domain } from '../../domains.ts';
import { type Expr, named } from '../../expr.ts';
import { volume } from '../../quotes.ts';
import { gain, loss, priceSum, trueRange } from '../../ranges.ts';
import { abs, diff, div, gt, lag, lt, maxOf, minOf, mul, select, sub } from '../../vocabulary.ts';

/**
 * A domain as indicators read it. The momentum has no bars: what only needs extremes takes each row as its own high, low
 * and close; what would then be constant (ranges of bars, vortex) takes the bar of five rows.
 */
export type Indicated = {
  readonly domain: Domain;
  /** Of which highest highs, lowest lows and closes are taken. */
  readonly reach: Pick<Bar, 'high' | 'low' | 'close'>;
  readonly typical: Expr;
  /** How far the level rose and fell. */
  readonly rise: Expr;
  readonly fall: Expr;
  readonly trueRange: Expr;
  /** Directional movement, and what the true range has beside both. */
  readonly plus: Expr;
  readonly minus: Expr;
  readonly rest?: Expr;
  /** Close above the true low. */
  readonly buying: Expr;
  /** Volume in money where the typical price rose and where it fell. */
  readonly inflow: Expr;
  readonly outflow: Expr;
  /** High minus low of the bar, and its true range. */
  readonly barRange: Expr;
  readonly barTrueRange: Expr;
};

const barRangeOf = ({ bar, suffix }: Domain): Expr => named(`bar_range_${suffix}`, sub(bar.high, bar.low));

function ofBars(domain: Domain): Indicated {
  const { bar, change } = domain;
  const prices = named('price_sum', priceSum(bar));
  const typical = named('typical', div(prices, 3));
  // moves are those of the sum, whose ties a division by 3 would turn into moves by rounding
  const before = lag(prices, 1);
  const flow = mul(typical, volume);
  const up = diff(bar.high, 1);
  const down = sub(lag(bar.low, 1), bar.low);
  const plus = named('plus_dm', select(gt(up, down), maxOf(up, 0), 0));
  const minus = named('minus_dm', select(gt(down, up), maxOf(down, 0), 0));
  const range = named('true_range', trueRange(bar));
  return {
    domain,
    reach: bar,
    typical,
    rise: gain(change),
    fall: loss(change),
    trueRange: range,
    plus,
    minus,
    rest: sub(sub(range, plus), minus),
    buying: sub(bar.close, minOf(bar.low, lag(bar.close, 1))),
    inflow: mul(flow, gt(prices, before)),
    outflow: mul(flow, lt(prices, before)),
    barRange: barRangeOf(domain),
    barTrueRange: range,
  };
}

function ofRows(domain: Domain): Indicated {
  const { level, change } = domain;
  const [rise, fall] = [gain(change), loss(change)];
  const barRange = barRangeOf(domain);
  return {
    domain,
    reach: { high: level, low: level, close: level },
    typical: level,
    rise,
    fall,
    // with one value a row every range is the size of the change
    trueRange: abs(change),
    plus: rise,
    minus: fall,
    buying: rise,
    inflow: mul(volume, rise),
    outflow: mul(volume, fall),
    barRange,
    // the row before lies within the bar of five rows
    barTrueRange: barRange,
  };
}

export const indicated = (domain: Domain): Indicated =>
  domain.name === 'rate' ? ofBars(domain) : ofRows(domain);
