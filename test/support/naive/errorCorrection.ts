import { absolute, type Bounded, divide, exact, missing, subtract, unit } from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { meanLevel, othersLevel, ownLevel } from './correlation.ts';
import { derive, divideOr, greater, mean, sd, strict, through } from './derived.ts';
import { byRow, type DomainName } from './domains.ts';
import { beyondMean, majorsFit } from './majors.ts';
import { slopeOn } from './pairs.ts';
import { residual } from './residual.ts';
import { at, type Series } from './series.ts';

type Cell = (context: NaiveContext, row: number) => Bounded;

const rows = 1440;
const longest = 10_080;

/** Y of one pair less that of a second, less or plus that of a third: 0 but for noise where the three are a triangle. */
const triangle =
  (domain: DomainName, name: string, symbols: readonly [string, string, string], sign: 1 | -1): Cell =>
  (context, row) => {
    const [a, b, c] = symbols.map(symbol => othersLevel(context, domain, symbol)) as [Series, Series, Series];
    const apart = derive(
      context,
      `${name} ${domain}`,
      i => {
        const third = at(c, i);
        return subtract(subtract(at(a, i), at(b, i)), { ...third, value: sign * third.value });
      },
      { of: [a, b, c], window: 1 },
    );
    return subtract(at(apart, row), mean(apart, row, rows));
  };

/** E: what the base and quote means leave of the own level. */
const error = (context: NaiveContext, domain: DomainName): Series => {
  const y = ownLevel(context, domain);
  const [base, quote] = [meanLevel(context, domain, 'base'), meanLevel(context, domain, 'quote')];
  return derive(context, `E ${domain}`, row => residual(y, [base, quote], row, rows).last, {
    of: [y, base, quote],
    window: rows,
  });
};

const velocity = (context: NaiveContext, domain: DomainName): Series => {
  const e = error(context, domain);
  return derive(context, `velocity ${domain}`, row =>
    divide(subtract(at(e, row), at(e, row - 20)), exact(20)),
  );
};

/** -ln 2 / ln phi, at most 10080; NULL where phi is not between 0 and 1. */
export const halfLife = (phi: Bounded): Bounded =>
  strict([phi], () => {
    const edges = [0, 1].some(edge => phi.slack > 0 && Math.abs(phi.value - edge) <= phi.slack);
    const inside = phi.value > 0 && phi.value < 1;
    if (!inside) return edges ? { ...missing, maybeNull: true } : missing;
    const bars = through(phi, x => {
      const kept = Math.min(1 - unit, Math.max(Number.MIN_VALUE, x));
      return Math.min(longest, -Math.LN2 / Math.log(kept));
    });
    // ln of a number near 1 has the rounding of that number.
    const near = { ...bars, slack: bars.slack + (4 * unit * bars.value ** 2) / phi.value };
    return edges ? { ...near, maybeNull: true } : near;
  });

const weight =
  (domain: DomainName, place: number): Cell =>
  (context, row) =>
    majorsFit(context, domain, row).weights[place]!;

const cellsOf = (domain: DomainName): Record<string, Cell> => ({
  ect_eurusd_triangle: triangle(domain, 'triangle', ['eurusd', 'eurgbp', 'gbpusd'], 1),
  ect_audusd_cluster: (context, row) =>
    residual(othersLevel(context, domain, 'audusd'), [othersLevel(context, domain, 'nzdusd')], row, rows)
      .last,
  ect_euraud_cross: triangle(domain, 'cross', ['euraud', 'eurusd', 'audusd'], -1),
  ect_usd_majors: (context, row) => beyondMean(context, domain, row),
  w20_ect_velocity: (context, row) => at(velocity(context, domain), row),
  w20_ect_accel: (context, row) => {
    const v = velocity(context, domain);
    return divide(subtract(at(v, row), at(v, row - 20)), exact(20));
  },
  w1440_ect_half_life: (context, row) => {
    const e = error(context, domain);
    return halfLife(slopeOn(e, row, e, row - 1, 240));
  },
  vec_weight_eur: weight(domain, 0),
  vec_weight_gbp: weight(domain, 1),
  vec_weight_aud: weight(domain, 2),
  w1440_ect_zscore: (context, row) => {
    const e = error(context, domain);
    return divideOr(at(e, row), sd(e, row, 240), 0);
  },
  l5_ect_inbound: (context, row) => {
    const e = error(context, domain);
    return greater(absolute(at(e, row - 5)), absolute(at(e, row)));
  },
});

/** error_correction_rate (12) and error_correction_bqx (12). */
export const errorCorrection = (domain: DomainName): Record<string, Naive> =>
  Object.fromEntries(Object.entries(cellsOf(domain)).map(([name, cell]) => [name, byRow(cell)]));
