import type { Domain } from '../domains.ts';
import { column, type Expr, named } from '../expr.ts';
import { type Family, feature } from '../family.ts';
import { depth, mid, spread, tickRule, volume as v } from '../quotes.ts';
import {
  abs,
  add,
  beta,
  cov,
  diff,
  div,
  gt,
  lag,
  laggedR2,
  log,
  maxOf,
  mean,
  mul,
  normalCdf,
  pearson,
  rank,
  ratio,
  ratioOr,
  sign,
  std,
  sub,
  sum,
  walkStd,
} from '../vocabulary.ts';

const close = column('close');
/** Rows between a trade and the price that it is held against. */
const delay = 5;

const variance = (x: Expr, w: number): Expr => mul(std(x, w), std(x, w));
/** Correlation, and slope with a constant, of a series with its own row before. */
const serial = (x: Expr, w: number): Expr => pearson(x, lag(x, 1), w);
const autoregression = (x: Expr, w: number): Expr => beta(x, lag(x, 1), w);

/** What the trade at a row paid over the price before, and the move of prices over some rows, as the domain measures them. */
const pricesOf = ({ name, level, change }: Domain) =>
  name === 'rate'
    ? {
        paid: ratio(mul(mul(2, tickRule), sub(close, lag(mid, 1))), lag(mid, 1)),
        move: (rows: number) => log(div(mid, lag(mid, rows))),
        pricesUnit: 'log-ret',
        paidUnit: 'ratio',
        price: 'mid',
      }
    : {
        paid: mul(mul(2, tickRule), change),
        move: (rows: number) => diff(level, rows),
        pricesUnit: 'bqx',
        paidUnit: 'bqx',
        price: '15-row momentum',
      };

/** Cost, impact and information of trading as far as bars tell: there is neither an order book nor a feed of trades. */
export const microstructure = (domain: Domain): Family => {
  const { name, level, change, returns: y, returnUnit, noun } = domain;
  const isRate = name === 'rate';
  const { paid, move, pricesUnit, paidUnit, price } = pricesOf(domain);
  const signed = named('signed_volume', mul(tickRule, v));
  const direction = isRate ? tickRule : sign(change);
  const traded = isRate ? v : mul(v, abs(change));
  const quoted = isRate ? spread : mul(spread, abs(level));
  const moves = isRate ? 'returns' : 'changes';
  const flow = 'volume signed by the tick rule';
  const side = isRate ? 'the tick rule' : `the sign of the change of the ${noun}`;
  const width = isRate ? 'spread' : `spread times the size of the ${noun}`;

  // bulk classification: Phi(z) of a row's volume bought, the rest sold
  const bought = normalCdf(ratio(y, std(y, 50)));
  const imbalance = mul(v, abs(sub(mul(2, bought), 1)));
  const vpin = ratio(sum(imbalance, 50), sum(v, 50));
  const impact = mul(mul(2, lag(tickRule, delay)), move(delay + 1));
  const bothDepths = add(depth('bid'), depth('ask'));

  return {
    name: `advanced_microstructure_${name}`,
    title: `Advanced microstructure, ${name} domain`,
    features: [
      feature(
        'w20_amihud_illiquidity',
        // rows without volume add nothing and are not counted
        ratio(mul(1e6, sum(ratioOr(abs(y), v, 0), 20)), sum(gt(v, 0), 20)),
        '1e-6/tick',
        `Mean size of ${moves} of the ${noun} per tick of volume over those of 20 rows that have volume, in millionths.`,
        'Amihud 2002',
      ),
      feature(
        'w20_kyle_lambda',
        beta(y, signed, 20),
        `${returnUnit}/tick`,
        `Slope of ${moves} of the ${noun} on ${flow} over 20 rows.`,
        'Kyle 1985',
      ),
      feature(
        'w60_hasbrouck_info_share',
        laggedR2(y, signed, 60, 4),
        '0..1',
        `Share of the variance of ${moves} of the ${noun} over 60 rows that the ${flow} of the same row and the 4 before explains.`,
        'Hasbrouck 1991',
      ),
      feature(
        'effective_spread',
        paid,
        paidUnit,
        isRate
          ? 'Twice the distance of the close from the mid of the row before in the direction of the trade, relative to that mid.'
          : `Twice the change of the ${noun} in the direction of the trade.`,
        'Huang and Stoll 1996',
      ),
      feature(
        'l5_realized_spread',
        mul(mul(-2, lag(tickRule, delay)), move(delay)),
        pricesUnit,
        `What the trade of 5 rows ago earned: twice the move of the ${price} since against its direction.`,
        'Huang and Stoll 1996',
      ),
      feature(
        'l5_price_impact',
        impact,
        pricesUnit,
        `Twice the move of the ${price} from before the trade of 5 rows ago until now, in its direction.`,
        'Huang and Stoll 1996',
      ),
      feature(
        'w50_vpin',
        vpin,
        '0..1',
        `Volume bought less volume sold, in size, relative to all volume over 50 rows, each row's parted by its move in sd of 50 rows.`,
        "Easley, Lopez de Prado and O'Hara 2012",
      ),
      feature(
        'w250_order_flow_toxicity',
        rank(vpin, 250),
        '0..1',
        'Share of the last 250 values of w50_vpin that are strictly below the current one.',
        "Easley, Lopez de Prado and O'Hara 2012",
      ),
      feature(
        'w60_trade_clustering',
        serial(traded, 60),
        'corr',
        `Correlation of ${isRate ? 'volume' : `volume times the size of changes of the ${noun}`} with that of the row before over 60 rows.`,
      ),
      feature(
        'w20_volume_imbalance',
        ratio(abs(sum(mul(direction, v), 20)), sum(v, 20)),
        '0..1',
        `Volume signed by ${side}, summed and without its sign, relative to all volume over 20 rows.`,
      ),
      feature(
        'w20_tick_rule',
        mean(direction, 20),
        '-1..1',
        `Mean of ${side} over 20 rows.`,
        ...(isRate ? (['Lee and Ready 1991'] as const) : []),
      ),
      feature(
        'w60_bid_ask_bounce',
        sub(0, serial(y, 60)),
        'corr',
        `Minus the correlation of ${moves} of the ${noun} with those of the row before over 60 rows.`,
        'Roll 1984',
      ),
      feature(
        'w60_quoted_spread_stability',
        sub(1, ratio(std(quoted, 60), mean(quoted, 60))),
        'ratio',
        `1 minus the sample sd of the ${width} relative to its mean over 60 rows.`,
      ),
      feature(
        'w20_depth_weighted_spread',
        ratio(sum(mul(quoted, bothDepths), 20), sum(bothDepths, 20)),
        'price',
        `Mean ${width} over 20 rows, weighted with the depth of bid and ask.`,
      ),
      feature(
        'w60_price_resilience',
        sub(1, abs(autoregression(sub(level, mean(level, 20)), 60))),
        'ratio',
        `1 minus the size of the slope of the distance of the ${noun} from its mean of 20 rows on that of the row before, over 60 rows.`,
      ),
      feature(
        'w60_market_efficiency',
        ratio(variance(diff(level, 5), 60), mul(5, variance(change, 60))),
        'ratio',
        `Sample variance of changes of the ${noun} over 5 rows relative to 5 times that of changes over one, over 60 rows.`,
        'Lo and MacKinlay 1988',
      ),
      feature(
        'w20_adverse_selection',
        ratio(mean(impact, 20), mean(abs(paid), 20)),
        'ratio',
        'Mean of l5_price_impact relative to the mean size of effective_spread over 20 rows.',
      ),
      feature(
        'w60_inventory_risk',
        ratio(walkStd(signed, 60), sum(v, 60)),
        'ratio',
        `Sample sd of the running sum of ${flow} over 60 rows relative to all volume.`,
      ),
      feature(
        'w60_price_discovery',
        pearson(lag(signed, 1), y, 60),
        'corr',
        `Correlation of ${flow} with the ${isRate ? 'return' : 'change'} of the ${noun} in the next row over 60 pairs of rows, the newest of which ends now.`,
      ),
      feature(
        'w60_microstructure_noise',
        ratio(maxOf(0, sub(0, cov(y, lag(y, 1), 60))), variance(y, 60)),
        'ratio',
        `Minus the covariance of ${moves} of the ${noun} with those of the row before, where that is negative, relative to their variance, over 60 rows.`,
      ),
    ],
  };
};
