import {
  absolute,
  add,
  type Bounded,
  divide,
  divideOrNeutral,
  divideOrNull,
  exact,
  isGreater,
  isNull,
  missing,
  multiply,
  root,
  scale,
  subtract,
  tooClose,
} from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { at, difference, type Series, witness } from './series.ts';
import { standardScore } from './statistics.ts';
import { centredProducts, max, mean, min, psd, sd, slope, windowStart } from './window.ts';

/** A feature of spread_close alone. */
const ofSpread = (cell: (s: Series, row: number) => Bounded): Naive => {
  return context => {
    const s = context.column('spread_close');
    return witness(context.rows, row => cell(s, row));
  };
};

const rowwise = (cell: (context: NaiveContext, row: number) => Bounded): Naive => {
  return context => witness(context.rows, row => cell(context, row));
};

const price = (context: NaiveContext, name: Parameters<NaiveContext['column']>[0], row: number): Bounded =>
  at(context.column(name), row);

/** 100 * above / below by rule B: relative to a price that is not there nothing can be said. */
const percent = (above: Bounded, below: Bounded): Bounded => divideOrNull(scale(above, 100), below);

/**
 * Sign of the last mid change that was not zero, among the last 256 changes (this row's included); 0 if all 256 are
 * zero. A NULL change met before one that moves makes it NULL, and so does the beginning of the series: what lies
 * before it is unknown.
 */
export const tickRule = ({ mid }: NaiveContext, row: number): number => {
  for (let back = 0; back < 256; back++) {
    if (row - back < 1) return Number.NaN;
    const change = mid.value[row - back]! - mid.value[row - back - 1]!;
    if (Number.isNaN(change)) return Number.NaN;
    if (change !== 0) return Math.sign(change);
  }
  return 0;
};

/** 100 * 2 * q[t-5] * move / mid[t-5]. */
const afterTrade = (context: NaiveContext, row: number, move: Bounded): Bounded => {
  const q = row < 5 ? Number.NaN : tickRule(context, row - 5);
  return percent(multiply(exact(2 * q), move), at(context.mid, row - 5));
};

/** v / (high - low + pip / 10); NULL in the one case of crossed quotes where that is zero. */
export const depth = (context: NaiveContext, quote: 'bid' | 'ask', row: number): Bounded => {
  const range = subtract(price(context, `${quote}_high`, row), price(context, `${quote}_low`, row));
  return divide(price(context, 'volume', row), add(range, exact(context.parameters.pip / 10)));
};

const depthImbalance = (context: NaiveContext, row: number): Bounded => {
  const [bid, ask] = [depth(context, 'bid', row), depth(context, 'ask', row)];
  if (isNull(bid) || isNull(ask)) return missing;
  return divideOrNeutral(subtract(bid, ask), add(bid, ask), 0, Number.POSITIVE_INFINITY);
};

const quoteImbalance = (context: NaiveContext, row: number): Bounded => {
  const [bid, ask] = (['bid_close', 'ask_close'] as const).map(name =>
    subtract(price(context, name, row), price(context, name, row - 1)),
  ) as [Bounded, Bounded];
  if (isNull(bid) || isNull(ask)) return missing;
  return divideOrNeutral(add(bid, ask), add(absolute(bid), absolute(ask)), 0, 1);
};

/** Roll's half-spread from 60 pairs (dm[i], dm[i-1]): 61 changes, 62 rows; covariance with divisor 59. */
const rollCost: Naive = context => {
  const dm = difference(context.mid);
  return witness(context.rows, row =>
    root(scale(divide(centredProducts(dm, row, dm, row - 1, 60), exact(59)), -1)),
  );
};

/** psd(mid,5) / psd(mid,60) times mean(s,5) / mean(s,60); rule B holds for each of the two ratios. */
const toxicity = (context: NaiveContext, row: number): Bounded => {
  const s = context.column('spread_close');
  const unrest = divideOrNull(psd(context.mid, row, 5), psd(context.mid, row, 60));
  return multiply(unrest, divideOrNull(mean(s, row, 5), mean(s, row, 60)));
};

/** 0 below -0.5, 2 above 1, else 1; 1 where sd is 0, as the score is then 0. */
const regime = (s: Series, row: number): Bounded => {
  const score = standardScore(s, row, 60);
  if (isNull(score)) return missing;
  const label = (z: number) => (z < -0.5 ? 0 : z > 1 ? 2 : 1);
  const open = [-0.5, 1].some(edge => tooClose(score.value - edge, score, exact(edge)));
  return { value: label(score.value), slack: open ? 1 : 0 };
};

const percentile = (s: Series, row: number): Bounded => {
  const first = windowStart(s, row, 60);
  if (first < 0) return missing;
  const below = s.value.subarray(first, row + 1).filter(x => x < s.value[row]!).length;
  return divide(exact(below), exact(60));
};

/** spread_features (35). s = spread_close, mid = (bid_close + ask_close) / 2, rate = mid. */
export const spreadFeatures: Record<string, Naive> = {
  w60_spread_mean: ofSpread((s, row) => mean(s, row, 60)),
  w60_spread_volatility: ofSpread((s, row) => psd(s, row, 60)),
  spread_pct_of_rate: rowwise((all, row) => percent(price(all, 'spread_close', row), at(all.mid, row))),
  w60_spread_trend_slope: ofSpread((s, row) => slope(s, row, 60)),
  w60_spread_spike: ofSpread((s, row) => isGreater(at(s, row), scale(mean(s, row, 60), 2))),
  bid_ask_imbalance: rowwise(quoteImbalance),
  effective_spread: rowwise((all, row) => {
    const distance = absolute(subtract(price(all, 'close', row), at(all.mid, row)));
    return percent(scale(distance, 2), at(all.mid, row));
  }),
  quoted_spread: rowwise((all, row) =>
    percent(subtract(price(all, 'ask_close', row), price(all, 'bid_close', row)), at(all.mid, row)),
  ),
  l5_realized_spread: rowwise((all, row) =>
    afterTrade(all, row, subtract(price(all, 'close', row - 5), at(all.mid, row))),
  ),
  l5_price_impact: rowwise((all, row) =>
    afterTrade(all, row, subtract(at(all.mid, row), at(all.mid, row - 5))),
  ),
  w60_roll_cost: rollCost,
  bid_depth: rowwise((all, row) => depth(all, 'bid', row)),
  ask_depth: rowwise((all, row) => depth(all, 'ask', row)),
  depth_imbalance: rowwise(depthImbalance),
  w60_spread_range: ofSpread((s, row) => subtract(max(s, row, 60), min(s, row, 60))),
  w60_spread_percentile: ofSpread(percentile),
  w60_mid_price_volatility: rowwise((all, row) => psd(all.mid, row, 60)),
  tick_direction: rowwise(({ mid }, row) => {
    const change = subtract(at(mid, row), at(mid, row - 1));
    return isNull(change) ? missing : exact(Math.sign(change.value));
  }),
  tick_rule: rowwise((all, row) => exact(tickRule(all, row))),
  w60_order_flow_toxicity: rowwise(toxicity),
  spread_level: ofSpread(at),
  w20_spread_z: ofSpread((s, row) => standardScore(s, row, 20)),
  l5_spread_change: ofSpread((s, row) => subtract(at(s, row), at(s, row - 5))),
  w30_spread_vol: ofSpread((s, row) => sd(s, row, 30)),
  w20_spread_mean: ofSpread((s, row) => mean(s, row, 20)),
  w20_spread_max: ofSpread((s, row) => max(s, row, 20)),
  w60_spread_compression: ofSpread((s, row) => isGreater(scale(psd(s, row, 60), 0.5), psd(s, row, 20))),
  w20_spread_trend: ofSpread((s, row) => slope(s, row, 20)),
  w60_spread_regime: ofSpread(regime),
  w15_spread_mean: ofSpread((s, row) => mean(s, row, 15)),
  w15_spread_std: ofSpread((s, row) => sd(s, row, 15)),
  w30_spread_mean: ofSpread((s, row) => mean(s, row, 30)),
  w60_spread_z: ofSpread((s, row) => standardScore(s, row, 60)),
  bar_spread_range: rowwise((all, row) =>
    subtract(price(all, 'spread_high', row), price(all, 'spread_low', row)),
  ),
  bar_spread_change: rowwise((all, row) =>
    subtract(price(all, 'spread_close', row), price(all, 'spread_open', row)),
  ),
};
