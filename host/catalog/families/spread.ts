import { column } from '../expr.ts';
import { type Family, feature } from '../family.ts';
import { ask, bid, depth, mid, move, spread as s, tickMemory, tickRule } from '../quotes.ts';
import {
  abs,
  add,
  cov,
  diff,
  gt,
  lag,
  lt,
  max,
  maxOf,
  mean,
  min,
  mul,
  pstd,
  rank,
  ratio,
  ratioOr,
  select,
  sign,
  slope,
  sqrt,
  std,
  sub,
} from '../vocabulary.ts';

const close = column('close');
/** Rows between a trade and the quote that it is held against. */
const delay = 5;
const trade = lag(tickRule, delay);
const midThen = lag(mid, delay);
const score = (w: number) => ratioOr(sub(s, mean(s, w)), std(s, w), 0);
const percent = (a: Parameters<typeof mul>[0], b: Parameters<typeof ratio>[1]) => ratio(mul(100, a), b);

/** Spread, quotes and what they say of cost and depth. */
export const spreadFeatures = (): Family => ({
  name: 'spread_features',
  title: 'Spread and quotes',
  features: [
    feature('w60_spread_mean', mean(s, 60), 'price', 'Mean spread over 60 rows.'),
    feature('w60_spread_volatility', pstd(s, 60), 'price', 'Population sd of the spread over 60 rows.'),
    feature('spread_pct_of_rate', percent(s, mid), '%', 'Spread in percent of the mid price.'),
    feature(
      'w60_spread_trend_slope',
      slope(s, 60),
      'price/bar',
      'Slope of the spread on the row number over 60 rows.',
    ),
    feature(
      'w60_spread_spike',
      gt(s, mul(2, mean(s, 60))),
      'flag',
      '1 where the spread is more than twice its mean over 60 rows.',
    ),
    feature(
      'bid_ask_imbalance',
      ratioOr(add(diff(bid, 1), diff(ask, 1)), add(abs(diff(bid, 1)), abs(diff(ask, 1))), 0),
      '-1..1',
      'Change of bid plus change of ask relative to the size of both; 0 when neither moved.',
    ),
    feature(
      'effective_spread',
      percent(mul(2, abs(sub(close, mid))), mid),
      '%',
      'Twice the distance of the close from the mid, in percent of the mid.',
      'Huang and Stoll 1996',
    ),
    feature('quoted_spread', percent(sub(ask, bid), mid), '%', 'Ask minus bid in percent of the mid.'),
    feature(
      'l5_realized_spread',
      percent(mul(mul(2, trade), sub(lag(close, delay), mid)), midThen),
      '%',
      'What the trade of 5 rows ago earned against the mid now, in percent of the mid then.',
      'Huang and Stoll 1996',
    ),
    feature(
      'l5_price_impact',
      percent(mul(mul(2, trade), sub(mid, midThen)), midThen),
      '%',
      'Move of the mid in the direction of the trade of 5 rows ago, in percent of the mid then.',
      'Huang and Stoll 1996',
    ),
    feature(
      'w60_roll_cost',
      sqrt(maxOf(0, sub(0, cov(move, lag(move, 1), 60)))),
      'price',
      'Half-spread implied by the serial covariance of mid changes over 60 rows.',
      'Roll 1984',
    ),
    feature(
      'bid_depth',
      depth('bid'),
      'ticks/price',
      'Volume per unit of the range of the bid, a tenth of a pip added.',
    ),
    feature(
      'ask_depth',
      depth('ask'),
      'ticks/price',
      'Volume per unit of the range of the ask, a tenth of a pip added.',
    ),
    feature(
      'depth_imbalance',
      ratioOr(sub(depth('bid'), depth('ask')), add(depth('bid'), depth('ask')), 0),
      '-1..1',
      'Bid depth minus ask depth relative to both; 0 without volume.',
    ),
    feature(
      'w60_spread_range',
      sub(max(s, 60), min(s, 60)),
      'price',
      'Widest minus tightest spread over 60 rows.',
    ),
    feature(
      'w60_spread_percentile',
      rank(s, 60),
      '0..1',
      'Share of the 60 rows whose spread is strictly below the current one.',
    ),
    feature('w60_mid_price_volatility', pstd(mid, 60), 'price', 'Population sd of the mid over 60 rows.'),
    feature('tick_direction', sign(move), '-1,0,1', 'Sign of the change of the mid.'),
    feature(
      'tick_rule',
      tickRule,
      '-1,0,1',
      `Sign of the newest change of the mid within ${tickMemory} rows; 0 where it stood still.`,
      'Lee and Ready 1991',
    ),
    feature(
      'w60_order_flow_toxicity',
      mul(ratio(pstd(mid, 5), pstd(mid, 60)), ratio(mean(s, 5), mean(s, 60))),
      'ratio',
      'Volatility of the mid over 5 against 60 rows times spread over 5 against 60 rows.',
    ),
    feature('spread_level', s, 'price', 'Spread at the close.'),
    feature(
      'w20_spread_z',
      score(20),
      'sd units',
      'Distance of the spread from its mean in sample sd over 20 rows; 0 where the sd is 0.',
    ),
    feature('l5_spread_change', diff(s, 5), 'price', 'Change of the spread over 5 rows.'),
    feature('w30_spread_vol', std(s, 30), 'price', 'Sample sd of the spread over 30 rows.'),
    feature('w20_spread_mean', mean(s, 20), 'price', 'Mean spread over 20 rows.'),
    feature('w20_spread_max', max(s, 20), 'price', 'Widest spread over 20 rows.'),
    feature(
      'w60_spread_compression',
      lt(pstd(s, 20), mul(0.5, pstd(s, 60))),
      'flag',
      '1 where the spread varies less than half as much over 20 rows as over 60.',
    ),
    feature(
      'w20_spread_trend',
      slope(s, 20),
      'price/bar',
      'Slope of the spread on the row number over 20 rows.',
    ),
    feature(
      'w60_spread_regime',
      select(lt(score(60), -0.5), 0, select(gt(score(60), 1), 2, 1)),
      '0,1,2',
      'Regime of the spread by its score over 60 rows: 0 tight (below -0.5), 2 wide (above 1), else 1.',
    ),
    feature('w15_spread_mean', mean(s, 15), 'price', 'Mean spread over 15 rows.'),
    feature('w15_spread_std', std(s, 15), 'price', 'Sample sd of the spread over 15 rows.'),
    feature('w30_spread_mean', mean(s, 30), 'price', 'Mean spread over 30 rows.'),
    feature(
      'w60_spread_z',
      score(60),
      'sd units',
      'Distance of the spread from its mean in sample sd over 60 rows; 0 where the sd is 0.',
    ),
    feature(
      'bar_spread_range',
      sub(column('spread_high'), column('spread_low')),
      'price',
      'Widest minus tightest spread within the bar.',
    ),
    feature(
      'bar_spread_change',
      sub(s, column('spread_open')),
      'price',
      'Change of the spread within the bar.',
    ),
  ],
});
