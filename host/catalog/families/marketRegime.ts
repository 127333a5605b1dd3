import type { Domain } from '../domains.ts';
import { type Expr, named, peer } from '../expr.ts';
import { type Family, feature } from '../family.ts';
import { panel } from '../roles.ts';
import { leaving, stability } from '../states.ts';
import {
  abs,
  add,
  countEqual,
  countOf,
  diff,
  div,
  gt,
  lt,
  mean,
  median,
  mul,
  ratioOr,
  runUpTo,
  select,
  std,
  sub,
  sum,
  tercile,
} from '../vocabulary.ts';

const window = 60;
const day = 1440;
/** Of fewer members of the panel than these nothing is said. */
const fewest = 5;

const both = (a: Expr, b: Expr): Expr => div(add(a, b), 2);

/** Share of those members that are known whose value is the one given. */
const shareWith = (value: Expr | number, members: readonly Expr[]): Expr => {
  const known = countOf(members);
  return select(gt(known, fewest - 1), div(countEqual(value, members), known), Number.NaN);
};

/** Where the market stands: direction, volatility, trend and crisis, how long, and whether others agree. */
export const marketRegime = ({ name, level, change, returns, noun }: Domain): Family => {
  // the mean of returns in sd of what it would be by chance
  const z = named('drift_z', ratioOr(mean(returns, window), div(std(returns, window), Math.sqrt(window)), 0));
  const direction = named('direction', sub(gt(z, 1), lt(z, -1)));
  const volatility = named('volatility_third', tercile(std(returns, window), day));
  const efficiency = ratioOr(abs(diff(level, window)), sum(abs(change), window), 0);
  const trending = named('trending', gt(efficiency, 0.3));
  const state = named('market_state', add(direction, mul(3, trending)));
  const short = std(returns, 15);
  const members = (of: Expr): Expr[] => panel.map(role => peer(role, of));
  const zOf = (symbol: string): Expr => peer(symbol, z);
  const yenCarry = div(add(add(zOf('audjpy'), zOf('nzdjpy')), zOf('cadjpy')), 3);
  const inState = 'in the same direction and trend';

  return {
    name: `market_regime_${name}`,
    title: `Market regime, ${name} domain`,
    features: [
      feature(
        'regime_direction',
        direction,
        '-1,0,1',
        `1 or -1 where the mean of ${window} returns of the ${noun} lies more than one standard error from 0, else 0.`,
      ),
      feature(
        'regime_volatility',
        volatility,
        '0,1,2',
        `Third of its last ${day} values in which the volatility of the ${noun} over ${window} rows lies.`,
      ),
      feature(
        'regime_trending',
        trending,
        'flag',
        `1 where the ${noun} has come further in ${window} rows than 0.3 of its way, else 0.`,
        'Kaufman 1995',
      ),
      feature(
        'regime_crisis',
        gt(short, mul(3, median(short, day))),
        'flag',
        `1 where the volatility of the ${noun} over 15 rows is above three times the median of its last ${day} values.`,
      ),
      feature(
        'regime_change_prob',
        leaving(state, day),
        '0..1',
        `Chance to leave direction and trend of the ${noun}: exits over rows, one and two added, over ${day} rows.`,
      ),
      feature(
        'time_in_regime',
        runUpTo(state, day),
        'bars',
        `Rows right before this one ${inState} of the ${noun}, at most ${day}.`,
      ),
      feature(
        'regime_stability',
        stability(state, window),
        '0..1',
        `Share of the last ${window} rows ${inState} of the ${noun}.`,
      ),
      feature(
        'cross_pair_regime_agreement',
        shareWith(direction, members(direction)),
        '0..1',
        `Share of the panel's pairs whose ${noun} has the same direction.`,
      ),
      feature(
        'systemic_vol_share',
        shareWith(2, members(volatility)),
        '0..1',
        `Share of the panel's pairs whose ${noun} has a volatility in the highest third.`,
      ),
      feature(
        'risk_on_score',
        sub(yenCarry, both(zOf('usdjpy'), zOf('usdchf'))),
        'sd units',
        `Drift of audjpy, nzdjpy and cadjpy less that of usdjpy and usdchf, in standard errors over ${window} rows.`,
      ),
    ],
  };
};
