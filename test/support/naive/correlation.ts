import { absolute, add, type Bounded, divideOrNull, missing, scale, subtract } from './bounded.ts';
import { logReturn, momentum, type Naive, type NaiveContext } from './context.ts';
import { derive, largest, lifted, logRatio, once, sd, through } from './derived.ts';
import { byRow, type DomainName } from './domains.ts';
import { meanOf, ofKnown, spreadOf } from './known.ts';
import { beside, type Kind, type Other, othersOf } from './others.ts';
import { pearson } from './pairs.ts';
import { residualScore } from './residual.ts';
import { at, difference, type Series, seriesOf } from './series.ts';
import { standardScore } from './statistics.ts';

type Cell = (context: NaiveContext, row: number) => Bounded;

/** Fewer known pairs than these say nothing. */
const least = 3;

/** X of another pair beside the own rows. */
export const levelOf = (context: NaiveContext, domain: DomainName, symbol: string): Series =>
  beside(context, symbol, `X ${domain}`, other => other[domain].x);

/** Returns of what stands beside the own rows, or differences of it. */
export const returnsOf = (context: NaiveContext, domain: DomainName, symbol: string): Series =>
  once(context, `returns ${domain} ${symbol}`, () => {
    const level = levelOf(context, domain, symbol);
    return domain === 'rate' ? logReturn(level) : difference(level);
  });

/** y: r, in the bqx domain X. */
const own = (context: NaiveContext, domain: DomainName): Series =>
  domain === 'rate' ? context.rate.r : context.bqx.x;

const othersY = (context: NaiveContext, domain: DomainName, symbol: string): Series =>
  domain === 'rate' ? returnsOf(context, domain, symbol) : levelOf(context, domain, symbol);

/** Y: ln X, in the bqx domain X. */
const logOf = (context: NaiveContext, domain: DomainName, name: string, x: Series): Series =>
  domain === 'bqx'
    ? x
    : derive(context, `ln X ${name}`, row => through(at(x, row), Math.log), { of: [x], window: 1 });

export const ownLevel = (context: NaiveContext, domain: DomainName): Series =>
  logOf(context, domain, 'own', context[domain].x);

export const othersLevel = (context: NaiveContext, domain: DomainName, symbol: string): Series =>
  logOf(context, domain, symbol, levelOf(context, domain, symbol));

/** The mean over what is known of the others, each by its side, row by row. */
const meanSeries = (
  context: NaiveContext,
  name: string,
  others: readonly Other[],
  pick: (symbol: string) => Series,
): Series =>
  once(context, name, () => {
    const all = others.map(({ symbol, side }) => ({ x: pick(symbol), side }));
    const isStill = (row: number): boolean =>
      all.every(
        ({ x }) => x.still[row] === 1 || (Number.isNaN(x.value[row]) && Number.isNaN(x.value[row - 1])),
      );
    const cell = (row: number): Bounded =>
      ofKnown(
        all.map(({ x, side }) => scale(at(x, row), side)),
        least,
        meanOf,
      );
    return seriesOf(context.rows, cell, isStill);
  });

/** P of the levels: mean of e_j Y_j. */
export const meanLevel = (context: NaiveContext, domain: DomainName, kind: Kind): Series =>
  meanSeries(context, `P ${domain} ${kind}`, othersOf(context, kind), symbol =>
    othersLevel(context, domain, symbol),
  );

/** P of y: mean of e_j y_j. */
const meanReturn = (context: NaiveContext, domain: DomainName, kind: Kind): Series =>
  meanSeries(context, `p ${domain} ${kind}`, othersOf(context, kind), symbol =>
    othersY(context, domain, symbol),
  );

const correlation = (context: NaiveContext, domain: DomainName, kind: Kind, count: number): Series =>
  derive(context, `corr ${domain} ${kind} ${count}`, row => {
    const cells = othersOf(context, kind).map(({ symbol, side }) => {
      const one = pearson(own(context, domain), row, othersY(context, domain, symbol), row, count);
      return kind === 'cross' ? absolute(one) : scale(one, side);
    });
    return ofKnown(cells, least, meanOf);
  });

/** C: the mean of the base and quote correlations over 60 rows. */
const both = (context: NaiveContext, domain: DomainName): Series => {
  const [base, quote] = [correlation(context, domain, 'base', 60), correlation(context, domain, 'quote', 60)];
  return derive(context, `C ${domain}`, row => {
    const [b, q] = [at(base, row), at(quote, row)];
    return scale(add(b, q), 0.5);
  });
};

/** R_W of X, or the momentum of W rows, of the pair itself. */
const ownMove = (context: NaiveContext, domain: DomainName, count: number, row: number): Bounded => {
  const { x } = context.rate;
  return domain === 'rate' ? logRatio(at(x, row), at(x, row - count)) : momentum(x, row, count);
};

/** M_W, the momentum of W rows. */
export const momentumOf = (context: NaiveContext, count: number): Series =>
  derive(context, `momentum ${count}`, row => momentum(context.rate.x, row, count), {
    of: [context.rate.x],
    window: count + 1,
  });

const othersMove = (
  context: NaiveContext,
  domain: DomainName,
  symbol: string,
  count: number,
  row: number,
): Bounded => {
  if (domain === 'bqx')
    return at(
      beside(context, symbol, `momentum ${count}`, other => momentumOf(other, count)),
      row,
    );
  const level = levelOf(context, 'rate', symbol);
  return logRatio(at(level, row), at(level, row - count));
};

const moves = (
  context: NaiveContext,
  domain: DomainName,
  kind: Kind,
  count: number,
  row: number,
): Bounded[] =>
  othersOf(context, kind).map(({ symbol, side }) =>
    scale(othersMove(context, domain, symbol, count, row), side),
  );

const strength =
  (domain: DomainName, kind: Kind): Cell =>
  (context, row) => {
    const all = moves(context, domain, kind, 60, row);
    const above = subtract(ownMove(context, domain, 60, row), ofKnown(all, least, meanOf));
    return divideOrNull(above, ofKnown(all, least, spreadOf));
  };

const leadLag =
  (domain: DomainName, kind: Kind): Cell =>
  (context, row) => {
    const [p, y] = [meanReturn(context, domain, kind), own(context, domain)];
    const best = (first: Series, second: Series): Bounded =>
      largest(...[1, 2, 3, 4, 5].map(k => pearson(first, row - k, second, row, 60)));
    return subtract(best(p, y), best(y, p));
  };

const pairSpread = (domain: DomainName, count: number): Cell => {
  const apart = (context: NaiveContext): Series => {
    const [y, base, quote] = [
      ownLevel(context, domain),
      meanLevel(context, domain, 'base'),
      meanLevel(context, domain, 'quote'),
    ];
    return derive(
      context,
      `pair spread ${domain}`,
      row => {
        const middle = scale(add(at(base, row), at(quote, row)), 0.5);
        return subtract(at(y, row), middle);
      },
      { of: [y, base, quote], window: 1 },
    );
  };
  return (context, row) => lifted(standardScore)(apart(context), row, count);
};

/** A window that does not move is left out, as one that is not known. */
const ratio =
  (domain: DomainName, kind: Kind): Cell =>
  (context, row) => {
    const all = othersOf(context, kind).map(({ symbol }) => {
      const one = sd(returnsOf(context, domain, symbol), row, 60);
      if (one.value === 0 && one.slack === 0) return missing;
      return one.value <= one.slack ? { ...one, maybeNull: true } : one;
    });
    return divideOrNull(sd(context[domain].r, row, 60), ofKnown(all, least, meanOf));
  };

const change =
  (domain: DomainName, back: number): Cell =>
  (context, row) => {
    const c = both(context, domain);
    return subtract(at(c, row), at(c, row - back));
  };

const kinds = ['base', 'quote', 'cross'] as const;
const sides = ['base', 'quote'] as const;

const cellsOf = (domain: DomainName): [name: string, cell: Cell][] => [
  ...kinds.flatMap(kind => [
    ...[15, 30, 60, 120].map((count): [string, Cell] => [
      `w${count}_corr_${kind}_pairs`,
      (context, row) => at(correlation(context, domain, kind, count), row),
    ]),
    ...[15, 60].map((count): [string, Cell] => [
      `w${count}_corr_zscore_${kind}`,
      (context, row) => lifted(standardScore)(correlation(context, domain, kind, count), row, 240),
    ]),
    [`w60_lead_lag_${kind}`, leadLag(domain, kind)] as [string, Cell],
    [
      `w240_cointegration_${kind}`,
      (context, row) => residualScore(ownLevel(context, domain), meanLevel(context, domain, kind), row, 240),
    ] as [string, Cell],
    [`w60_vol_ratio_${kind}`, ratio(domain, kind)] as [string, Cell],
  ]),
  ...sides.flatMap(kind => [
    [`w60_rel_strength_${kind}`, strength(domain, kind)] as [string, Cell],
    ...[15, 60].map((count): [string, Cell] => [
      `w${count}_divergence_${kind}`,
      (context, row) => ofKnown(moves(context, domain, kind, count, row), least, spreadOf),
    ]),
  ]),
  ...[5, 15, 30, 60, 120, 240].map((back): [string, Cell] => [`l${back}_corr_change`, change(domain, back)]),
  ...[15, 60, 240].flatMap((count): [string, Cell][] => [
    [`w${count}_corr_stability`, (context, row) => sd(both(context, domain), row, count)],
    [`w${count}_pair_spread`, pairSpread(domain, count)],
  ]),
];

/** correlation_rate (45) and correlation_bqx (45). */
export const crossPairs = (domain: DomainName): Record<string, Naive> =>
  Object.fromEntries(cellsOf(domain).map(([name, cell]) => [name, byRow(cell)]));
