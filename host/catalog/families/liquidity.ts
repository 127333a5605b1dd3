import type { Domain } from '../domains.ts';
import { type Expr, named } from '../expr.ts';
import { type Family, feature } from '../family.ts';
import { mid, spread, tickRule, volume as v } from '../quotes.ts';
import {
  abs,
  add,
  beta,
  div,
  drift,
  gt,
  lt,
  max,
  mean,
  mul,
  pearson,
  rank,
  ratio,
  ratioOr,
  sign,
  sqrt,
  std,
  sub,
  sum,
} from '../vocabulary.ts';

/** Volume whose execution is asked about. */
const order = 1000;

/** Distance from the mean in sample sd. */
const score = (x: Expr, w: number): Expr => ratioOr(sub(0, drift(x, w)), std(x, w), 0);

/** What trading costs, how deep the market is, and what would break it. */
export const liquidity = ({ name, level, returns, returnUnit, noun }: Domain): Family => {
  const relative = named('relative_spread', div(spread, mid));
  // beside the momentum, per unit of it
  const momentum = abs(level);
  const cost = name === 'rate' ? relative : named('spread_cost', mul(relative, momentum));
  const costs = name === 'rate' ? 'relative spread' : 'relative spread times absolute momentum';
  const moved = abs(returns);
  const minutes = ratio(order, mean(v, 60));
  return {
    name: `liquidity_metrics_${name}`,
    title: `Liquidity metrics, ${name} domain`,
    features: [
      feature(
        'w1440_spread_percentile',
        rank(cost, 1440),
        '0..1',
        `Share of the last 1440 rows whose ${costs} is strictly below the current one.`,
      ),
      feature(
        'w20_depth_proxy',
        ratio(mean(v, 20), std(returns, 20)),
        'ticks',
        `Mean volume over the sample sd of returns of the ${noun} over 20 rows.`,
      ),
      feature(
        'w60_liquidity_score',
        sub(score(v, 60), score(cost, 60)),
        'sd units',
        `Distance of volume from its mean in sample sd over 60 rows minus that of the ${costs}; 0 for one whose sd is 0.`,
      ),
      feature(
        'w60_time_to_execute',
        name === 'rate' ? minutes : mul(minutes, ratio(momentum, mean(momentum, 60))),
        'min',
        `Minutes that ${order} ticks take at the mean volume of 60 rows${
          name === 'rate' ? '' : ', times absolute momentum over its mean'
        }.`,
      ),
      feature(
        'w240_liquidity_shock',
        gt(sub(cost, mean(cost, 240)), mul(3, std(cost, 240))),
        'flag',
        `1 where the ${costs} is more than 3 sample sd above its mean over 240 rows.`,
      ),
      feature(
        'w20_slippage_estimate',
        add(mul(0.5, mean(cost, 20)), mul(0.1, std(returns, 20))),
        'ratio',
        `Half the mean ${costs} plus a tenth of the sample sd of returns of the ${noun} over 20 rows.`,
      ),
      feature(
        'w60_market_impact_cost',
        mul(beta(returns, mul(tickRule, v), 60), sqrt(mean(v, 60))),
        returnUnit,
        `Slope of returns of the ${noun} on signed volume over 60 rows times the root of the mean volume.`,
        'Kyle 1985',
      ),
      feature(
        'w60_fill_probability',
        div(sub(60, sum(lt(moved, mul(0.5, cost)), 60)), 60),
        '0..1',
        `Share of the last 60 rows in which the ${noun} moved by half the ${costs} or more.`,
      ),
      feature(
        'w240_liquidity_risk_premium',
        pearson(moved, cost, 240),
        'corr',
        `Correlation of the absolute return of the ${noun} with the ${costs} over 240 rows.`,
      ),
      feature(
        'w60_crowding',
        mul(div(abs(sum(sign(returns), 60)), 60), ratio(v, mean(v, 60))),
        'ratio',
        `How far the signs of 60 returns of the ${noun} agree, times volume over its mean.`,
      ),
      feature(
        'w240_flash_vulnerability',
        mul(ratio(max(moved, 60), std(returns, 240)), ratio(cost, mean(cost, 240))),
        'ratio',
        `Largest absolute return of the ${noun} of 60 rows in sample sd of 240, times the ${costs} over its mean.`,
      ),
    ],
  };
};
