import { bqxReturn, type Domain, rateIndex } from '../domains.ts';
import { type Expr, named, parameter, peer } from '../expr.ts';
import { type Family, type Feature, feature } from '../family.ts';
import { basePeers, crossPeers, quotePeers, sideParameter } from '../roles.ts';
import {
  abs,
  add,
  diff,
  div,
  drift,
  lag,
  lineResidual,
  lineResidualStd,
  log,
  maxOf,
  mul,
  partialMeanOf,
  partialStdOf,
  pearson,
  ratio,
  ratioOr,
  select,
  std,
  sub,
} from '../vocabulary.ts';

/** Of fewer pairs than these nothing is said. */
const fewest = 3;
const leads = [1, 2, 3, 4, 5];
const scoreWindow = 240;

const groups = [
  { name: 'base', roles: basePeers, noun: 'pairs with the base currency', sided: true },
  { name: 'quote', roles: quotePeers, noun: 'pairs with the quote currency', sided: true },
  { name: 'cross', roles: crossPeers, noun: 'pairs with neither currency', sided: false },
] as const;
type Group = (typeof groups)[number];
type Shared = 'base' | 'quote';

const meanOf = (series: readonly Expr[]): Expr => partialMeanOf(series, fewest);
/** How far the current value lies from the mean of its window, in sample sd; 0 where nothing moved. */
const score = (x: Expr, w: number): Expr => ratioOr(sub(0, drift(x, w)), std(x, w), 0);
/** A pair that stands still is left out, as where there are no returns. */
const moving = (sd: Expr): Expr => select(sd, sd, Number.NaN);
const logReturn = (x: Expr, w: number): Expr => log(div(x, lag(x, w)));

/** What is correlated of a pair, what is held against the level of another, and its move over w rows. */
type Series = { readonly moves: Expr; readonly place: Expr; readonly over: (w: number) => Expr };

const ownOf = ({ name, level, returns }: Domain): Series =>
  name === 'rate'
    ? { moves: returns, place: named('log_index', log(level)), over: w => logReturn(level, w) }
    : { moves: level, place: level, over: bqxReturn };

/** The same of another pair, turned round where the currency that both have is on the other side. */
function peerOf({ name }: Domain, role: string, sided: boolean): Series {
  const turned = (x: Expr): Expr => (sided ? mul(parameter(sideParameter), x) : x);
  const read = (x: Expr): Expr => peer(role, turned(x));
  if (name === 'bqx') {
    const level = read(bqxReturn(15));
    return { moves: level, place: level, over: w => read(bqxReturn(w)) };
  }
  // returns are over the rows of the pair itself
  const level = peer(role, rateIndex);
  const over = (w: number): Expr =>
    sided ? mul(peer(role, parameter(sideParameter)), logReturn(level, w)) : logReturn(level, w);
  return { moves: over(1), place: read(log(rateIndex)), over };
}

/** What the pairs of one group come to. */
function ofGroup(domain: Domain, { name, roles, sided }: Group) {
  const own = ownOf(domain);
  const peers = roles.map(role => peerOf(domain, role, sided));
  const corr = (w: number): Expr => {
    const all = peers.map(({ moves }) => pearson(own.moves, moves, w));
    return named(`corr_${name}_${w}`, meanOf(sided ? all : all.map(abs)));
  };
  const common = named(`${name}_moves`, meanOf(peers.map(({ moves }) => moves)));
  const largest = (of: (k: number) => Expr): Expr => leads.map(of).reduce((a, b) => maxOf(a, b));
  // changes of what has returns of its own are these returns
  const steps = ({ moves }: Series): Expr => (domain.name === 'rate' ? moves : diff(moves, 1));
  return {
    corr,
    basket: named(`${name}_basket`, meanOf(peers.map(({ place }) => place))),
    moved: (w: number): Expr => meanOf(peers.map(({ over }) => over(w))),
    divergence: (w: number): Expr =>
      partialStdOf(
        peers.map(({ over }) => over(w)),
        fewest,
      ),
    leadLag: sub(
      largest(k => pearson(lag(common, k), own.moves, 60)),
      largest(k => pearson(lag(own.moves, k), common, 60)),
    ),
    volatility: meanOf(peers.map(one => moving(std(steps(one), 60)))),
  };
}

/** How a pair moves with the pairs that share a currency with it, and with the others. */
export const correlation = (domain: Domain): Family => {
  const { name, returns, returnUnit, noun } = domain;
  const own = ownOf(domain);
  const of = {
    base: ofGroup(domain, groups[0]),
    quote: ofGroup(domain, groups[1]),
    cross: ofGroup(domain, groups[2]),
  };
  const shared: readonly Shared[] = ['base', 'quote'];
  const nounOf = (group: string): string => groups.find(one => one.name === group)!.noun;
  const together = named('corr_shared', div(add(of.base.corr(60), of.quote.corr(60)), 2));
  const spread = named('pair_spread', sub(own.place, div(add(of.base.basket, of.quote.basket), 2)));
  const move = name === 'rate' ? `returns of the ${noun}` : `the ${noun}`;
  const all = (make: (group: Group) => readonly Feature[]): Feature[] => groups.flatMap(make);
  const each = (make: (group: Shared) => readonly Feature[]): Feature[] => shared.flatMap(make);

  return {
    name: `correlation_${name}`,
    title: `Cross-pair correlation, ${name} domain`,
    features: [
      ...all(({ name: group, noun: others }) =>
        [15, 30, 60, 120].map(w =>
          feature(
            `w${w}_corr_${group}_pairs`,
            of[group].corr(w),
            'corr',
            `Mean ${group === 'cross' ? 'size of the ' : ''}correlation of ${move} over ${w} rows with the ${others}.`,
          ),
        ),
      ),
      ...[5, 15, 30, 60, 120, 240].map(k =>
        feature(
          `l${k}_corr_change`,
          diff(together, k),
          'corr',
          `Change over ${k} rows of the mean correlation of ${move} with the pairs that share a currency.`,
        ),
      ),
      ...all(({ name: group, noun: others }) =>
        [15, 60].map(w =>
          feature(
            `w${w}_corr_zscore_${group}`,
            score(of[group].corr(w), scoreWindow),
            'sd units',
            `Correlation of ${move} over ${w} rows with the ${others}, in sd from the mean of its last ${scoreWindow} values.`,
          ),
        ),
      ),
      ...each(group => [
        feature(
          `w60_rel_strength_${group}`,
          ratio(sub(own.over(60), of[group].moved(60)), of[group].divergence(60)),
          'sd units',
          `Move of the ${noun} over 60 rows less the mean of the ${nounOf(group)}, in their sample sd.`,
        ),
      ]),
      ...each(group =>
        [15, 60].map(w =>
          feature(
            `w${w}_divergence_${group}`,
            of[group].divergence(w),
            returnUnit,
            `Sample sd of the moves over ${w} rows among the ${nounOf(group)}.`,
          ),
        ),
      ),
      ...[15, 60, 240].map(w =>
        feature(
          `w${w}_corr_stability`,
          std(together, w),
          'corr',
          `Sample sd over ${w} rows of the mean correlation of ${move} with the pairs that share a currency.`,
        ),
      ),
      ...all(({ name: group, noun: others }) => [
        feature(
          `w60_lead_lag_${group}`,
          of[group].leadLag,
          '-2..2',
          `Largest correlation over 60 rows of ${move} with the mean of the ${others} 1 to 5 rows before, less the same the other way round; positive where the others lead.`,
        ),
      ]),
      ...all(({ name: group, noun: others }) => [
        feature(
          `w240_cointegration_${group}`,
          ratioOr(
            lineResidual(own.place, of[group].basket, scoreWindow),
            lineResidualStd(own.place, of[group].basket, scoreWindow),
            0,
          ),
          'sd units',
          `What the line on the mean of the ${others} over ${scoreWindow} rows leaves of the ${noun}, in its sd.`,
        ),
      ]),
      ...[15, 60, scoreWindow].map(w =>
        feature(
          `w${w}_pair_spread`,
          score(spread, w),
          'sd units',
          `Distance of the ${noun} from the mean of the pairs that share a currency, in sd from its mean over ${w} rows.`,
        ),
      ),
      ...all(({ name: group, noun: others }) => [
        feature(
          `w60_vol_ratio_${group}`,
          ratio(std(returns, 60), of[group].volatility),
          'ratio',
          `Volatility of the ${noun} over 60 rows relative to the mean of the ${others}.`,
        ),
      ]),
    ],
  };
};
