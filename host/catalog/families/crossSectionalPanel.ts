import { bqxReturn, rate, rateIndex } from '../domains.ts';
import { type Expr, named, peer } from '../expr.ts';
import { type Family, type Feature, feature } from '../family.ts';
import { mid, spread } from '../quotes.ts';
import { panel, rivals } from '../roles.ts';
import {
  abs,
  add,
  countAbove,
  countBelow,
  countEqual,
  countOf,
  cov,
  diff,
  div,
  gt,
  lag,
  lineResidual,
  lineResidualStd,
  log,
  lt,
  mul,
  partialMeanOf,
  partialMedianOf,
  partialStdOf,
  pearson,
  ratio,
  ratioOr,
  select,
  sign,
  spearmanOf,
  std,
  sub,
} from '../vocabulary.ts';

/** Of fewer members than these nothing is said. */
const fewest = 5;
const long = 240;

const membersOf = (of: Expr): Expr[] => panel.map(role => peer(role, of));
const meanOf = (series: readonly Expr[]): Expr => partialMeanOf(series, fewest);
const whereEnough = (members: readonly Expr[], value: Expr): Expr =>
  select(gt(countOf(members), fewest - 1), value, Number.NaN);

/** A quantity of the pair and of every member of the panel, each by its own bars. */
type Quantity = { readonly noun: string; readonly own: Expr; readonly members: readonly Expr[] };
const quantity = (noun: string, own: Expr): Quantity => ({ noun, own, members: membersOf(own) });

const momentum = (w: number): Quantity => quantity(`momentum over ${w} rows`, bqxReturn(w));
const volatility = (w: number): Quantity =>
  quantity(`volatility over ${w} rows`, named(`volatility_${w}`, std(rate.returns, w)));
const cost = quantity('relative spread', named('spread_percent', div(mul(100, spread), mid)));
const ofWindows = (windows: readonly number[], of: (w: number) => Quantity): [string, string, Quantity][] =>
  windows.map(w => [`w${w}_`, of === momentum ? '_momentum' : '_volatility', of(w)]);

// returns are over the rows of the pair itself
const returnOf = (index: Expr): Expr => log(div(index, lag(index, 1)));
const levels = membersOf(rateIndex);
const rivalLevels = rivals.map(role => peer(role, rateIndex));
const returns = levels.map(returnOf);
/** 1 where the pair is a member itself: it is in the panel and no rival, and all others are known or unknown in both. */
const isMember = named('is_member', sub(countOf(levels), countOf(rivalLevels)));
const panelReturn = named('panel_return', meanOf(returns));
const rivalReturn = named('rival_return', whereEnough(returns, partialMeanOf(rivalLevels.map(returnOf), 1)));

// the pair itself is neither above nor below itself, so that members and rivals come to the same
const rankOf = ({ own, members }: Quantity): Expr => whereEnough(members, add(1, countAbove(own, members)));
const shareBelow = ({ own, members }: Quantity): Expr => {
  const equal = sub(countEqual(own, members), isMember);
  const others = sub(countOf(members), isMember);
  return whereEnough(members, div(add(countBelow(own, members), mul(0.5, equal)), others));
};
const nobody = (count: Expr): Expr => lt(count, 1);
const dispersion = ({ members }: Quantity): Expr => partialStdOf(members, fewest);
const correlation = (a: Quantity, b: Quantity): Expr =>
  spearmanOf(
    a.members.map((x, i) => [x, b.members[i]!] as const),
    fewest,
  );
const betaTo = ({ own, members }: Quantity): Expr => {
  const market = meanOf(members);
  const sd = std(market, long);
  return ratio(cov(own, market, long), mul(sd, sd));
};

const ranked = [
  ...ofWindows([15, 30, 45, 60], momentum),
  ...ofWindows([15, 30, 60], volatility),
  ['', '_spread', cost] as const,
];
const spreadOut = [...ofWindows([15, 30, 60], momentum), ...ofWindows([15, 30, 60], volatility)];
const extremes = [...ofWindows([60], momentum), ...ofWindows([60], volatility)];
const units: Readonly<Record<string, string>> = { _momentum: 'bqx', _volatility: 'log-ret' };

const over = (
  quantities: readonly (readonly [string, string, Quantity])[],
  word: string,
  make: (of: Quantity, unit: string) => readonly [expr: Expr, unit: string, description: string],
): Feature[] =>
  quantities.map(([window, suffix, of]) =>
    feature(`${window}${word}${suffix}`, ...make(of, units[suffix] ?? 'none')),
  );

/** Where a pair stands among the eight pairs of the panel, and how these stand to each other. */
export const crossSectionalPanel = (): Family => ({
  name: 'cross_sectional_panel',
  title: 'Cross-sectional panel',
  partition: 'month',
  features: [
    ...over(ranked, 'rank', of => [
      rankOf(of),
      'rank',
      `1 and as many as there are other pairs of the panel with a larger ${of.noun}.`,
    ]),
    ...over(ranked, 'pctile', of => [
      shareBelow(of),
      '0..1',
      `Share of the other pairs of the panel with a smaller ${of.noun}, equal ones by half.`,
    ]),
    ...over(spreadOut, 'dispersion', (of, unit) => [
      dispersion(of),
      unit,
      `Sample sd of the ${of.noun} among the pairs of the panel.`,
    ]),
    ...extremes.flatMap(one => [
      ...over([one], 'extreme_high', of => [
        whereEnough(of.members, nobody(countAbove(of.own, of.members))),
        'flag',
        `1 where no pair of the panel has a larger ${of.noun}.`,
      ]),
      ...over([one], 'extreme_low', of => [
        whereEnough(of.members, nobody(countBelow(of.own, of.members))),
        'flag',
        `1 where no pair of the panel has a smaller ${of.noun}.`,
      ]),
    ]),
    ...over(spreadOut, 'divergence_from_median', (of, unit) => [
      sub(of.own, partialMedianOf(of.members, fewest)),
      unit,
      `The pair's ${of.noun} less the panel's median.`,
    ]),
    feature(
      'w60_xs_corr_momentum_volatility',
      correlation(momentum(60), volatility(60)),
      'corr',
      'Rank correlation of momentum and volatility over 60 rows among the pairs of the panel.',
    ),
    feature(
      'w60_xs_corr_momentum_spread',
      correlation(momentum(60), cost),
      'corr',
      'Rank correlation of momentum over 60 rows and relative spread among the pairs of the panel.',
    ),
    feature(
      'w60_xs_corr_volatility_spread',
      correlation(volatility(60), cost),
      'corr',
      'Rank correlation of volatility over 60 rows and relative spread among the pairs of the panel.',
    ),
    feature(
      'w240_xs_beta_to_panel_momentum',
      betaTo(momentum(15)),
      'ratio',
      `Slope of the pair's momentum over 15 rows on the panel's mean, over ${long} rows.`,
    ),
    feature(
      'w240_xs_beta_to_panel_volatility',
      betaTo(volatility(15)),
      'ratio',
      `Slope of the pair's volatility over 15 rows on the panel's mean, over ${long} rows.`,
    ),
    feature(
      'w240_xs_idiosyncratic_shock',
      ratioOr(
        lineResidual(rate.returns, panelReturn, long),
        lineResidualStd(rate.returns, panelReturn, long),
        0,
      ),
      'sd units',
      `What the line on the panel's mean return over ${long} rows leaves of the return, in its sd.`,
    ),
    feature(
      'l15_panel_momentum_acceleration',
      diff(meanOf(momentum(15).members), 15),
      'bqx',
      "Change over 15 rows of the panel's mean momentum over 15 rows.",
    ),
    feature(
      'l15_panel_volatility_acceleration',
      diff(meanOf(volatility(15).members), 15),
      'log-ret',
      "Change over 15 rows of the panel's mean volatility over 15 rows.",
    ),
    feature(
      'l15_panel_dispersion_change',
      diff(dispersion(momentum(15)), 15),
      'bqx',
      'Change over 15 rows of the sample sd of the momentum over 15 rows among the pairs of the panel.',
    ),
    feature(
      'l15_panel_rank_stability',
      spearmanOf(
        momentum(60).members.map(x => [x, lag(x, 15)] as const),
        fewest,
      ),
      'corr',
      'Rank correlation of the momentum over 60 rows among the pairs of the panel with what it was 15 rows ago.',
    ),
    feature(
      'w60_panel_regime_coherence',
      abs(meanOf(momentum(60).members.map(sign))),
      '0..1',
      'Size of the mean sign of the momentum over 60 rows in the panel.',
    ),
    feature(
      'w60_panel_leadership_score',
      sub(pearson(lag(rate.returns, 1), rivalReturn, 60), pearson(lag(rivalReturn, 1), rate.returns, 60)),
      '-2..2',
      "Correlation over 60 rows of the return with the mean of the panel's other pairs a row later, less the same with them a row before.",
    ),
    feature(
      'w60_panel_contagion_exposure',
      meanOf(returns.map(r => pearson(abs(rate.returns), abs(r), 60))),
      'corr',
      'Mean correlation over 60 rows of the size of returns with those of the pairs of the panel.',
    ),
    feature(
      'w60_panel_isolation_score',
      sub(1, meanOf(returns.map(r => abs(pearson(rate.returns, r, 60))))),
      '0..1',
      '1 less the mean size of the correlation over 60 rows of returns with those of the pairs of the panel.',
    ),
  ],
});
