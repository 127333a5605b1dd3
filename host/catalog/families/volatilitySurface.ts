import type { Domain } from '../domains.ts';
import { type Expr, named } from '../expr.ts';
import { type Family, feature, type Model } from '../family.ts';
import { monthly } from '../fitted.ts';
import {
  abs,
  add,
  diff,
  div,
  garchMonth,
  gt,
  log,
  lt,
  maxOf,
  minOf,
  mul,
  quantile,
  ratio,
  ratioOr,
  sqrt,
  std,
  sub,
  sum,
  tercile,
} from '../vocabulary.ts';

/** Windows of the term structure, each twice the one before: so the fit against their logarithms is one against 0 to 4. */
const windows = [15, 30, 60, 120, 240] as const;
const window = 60;
const day = 1440;
/** Rows ahead of the longer forecast. */
const ahead = 60;
/** The longest half-life: a week. */
const longest = 10_080;

const square = (a: Expr): Expr => mul(a, a);

/** 1 + q + ... + q^(n-1) by doubling: nothing is subtracted where q is next to 1. */
function geometric(q: Expr, n: number): { readonly sum: Expr | number; readonly power: Expr } {
  if (n === 1) return { sum: 1, power: q };
  const half = geometric(q, n >> 1);
  const twice = { sum: mul(half.sum, add(1, half.power)), power: square(half.power) };
  return n % 2 === 0 ? twice : { sum: add(1, mul(q, twice.sum)), power: mul(q, twice.power) };
}

/** Straight line and parabola through the logarithms of five deviations against the logarithms of their windows. */
function termStructure(deviations: readonly Expr[]) {
  const [a, b, c, d, e] = deviations.map(s => log(s)) as [Expr, Expr, Expr, Expr, Expr];
  const step = Math.LN2;
  return {
    slope: div(add(mul(2, sub(e, a)), sub(d, b)), 10 * step),
    curvature: div(sub(mul(2, sub(add(a, e), c)), add(b, d)), 14 * step * step),
  };
}

/** Deviation of the falls less that of the rises, each from 0, in deviations of all. */
function smileSkew(returns: Expr, deviation: Expr): Expr {
  const side = (flag: Expr): Expr =>
    sqrt(ratioOr(sum(mul(square(returns), flag), window), sum(flag, window), 0));
  return ratio(sub(side(lt(returns, 0)), side(gt(returns, 0))), deviation);
}

/** GARCH(1,1) with mean 0 and the month's own variance. */
const garchOf = (returns: Expr) => {
  const read = (what: string): Expr => garchMonth(returns, what, 'targeted', monthly.rows, monthly.atLeast);
  const persistence = named('garch_persistence', add(read('alpha'), read('beta')));
  const variance = read('variance');
  const next = read('next_forecast');
  const share = mul(geometric(persistence, ahead).sum, 1 / ahead);
  return {
    read,
    persistence,
    next,
    forecast: read('forecast'),
    later: add(variance, mul(share, sub(next, variance))),
  };
};

const modelOf = ({ name, noun }: Domain, read: (what: string) => Expr): Model => {
  const output = (what: string, description: string) => ({ name: what, expr: read(what), description });
  return {
    name: `garch_${name}`,
    title: `GARCH(1,1) of the returns of the ${noun}, mean 0, variance targeted, on the previous calendar month`,
    anchor: 'month',
    outputs: [
      output('converged', 'Whether the fit converged.'),
      output('observations', 'Returns of the previous month.'),
      output('log_likelihood', 'Logarithm of the Gaussian quasi-likelihood.'),
      output('iterations', 'Steps of the optimiser.'),
      output('omega', 'What the variance is beside what it owes to the row before.'),
      output('alpha', 'Weight of the last squared return.'),
      output('beta', 'Weight of the last variance.'),
      output('variance', 'Mean squared return of the previous month, to which forecasts return.'),
    ],
  };
};

/** Realised volatility by horizon and by side, and GARCH forecasts against it. */
export const volatilitySurface = (domain: Domain): Family => {
  const { name, returns, returnUnit: unit, noun } = domain;
  const deviations = windows.map(rows => std(returns, rows));
  const [short, , middle, longer, long] = deviations as [Expr, Expr, Expr, Expr, Expr];
  const { slope, curvature } = termStructure(deviations);
  const garch = garchOf(returns);
  const of = `of returns of the ${noun}`;
  return {
    name: `volatility_surface_${name}`,
    title: `Volatility surface and GARCH, ${name} domain`,
    models: [modelOf(domain, garch.read)],
    features: [
      feature('w15_atm_vol', short, unit, `Sample sd ${of} over 15 rows.`),
      feature('w240_atm_vol', long, unit, `Sample sd ${of} over 240 rows.`),
      feature(
        'term_structure_slope',
        slope,
        'none',
        `Least-squares slope of the logarithm of the sample sd ${of} against that of its window, 15 to 240 rows.`,
      ),
      feature(
        'surface_curvature',
        curvature,
        'none',
        `Quadratic coefficient of the same fit with the square of the logarithm of the window ${of}.`,
      ),
      feature(
        'w60_smile_skew',
        smileSkew(returns, middle),
        'ratio',
        `Root mean square of the negative less that of the positive ${of} over ${window} rows, over their sample sd.`,
      ),
      feature(
        'w60_smile_wings',
        ratio(quantile(abs(returns), window, 0.95), mul(1.96, middle)),
        'ratio',
        `Upper twentieth of the size ${of} over ${window} rows, over 1.96 times their sample sd.`,
      ),
      feature(
        'realized_implied_gap',
        sub(middle, sqrt(garch.next)),
        unit,
        `Sample sd ${of} over ${window} rows less the GARCH forecast for the next row.`,
        'Bollerslev 1986',
      ),
      feature(
        'vol_risk_premium',
        sub(garch.next, square(middle)),
        `${unit}^2`,
        `Variance that GARCH forecasts for the next row less the sample variance ${of} over ${window} rows.`,
        'Bollerslev 1986',
      ),
      feature(
        'forward_vol_60_120',
        sqrt(maxOf(0, sub(mul(2, square(longer)), square(middle)))),
        unit,
        `Volatility ${of} that 60 rows must have had before the last 60 for 120 to have theirs; 0 where its square would be negative.`,
      ),
      feature(
        'vol_forecast_error',
        sub(abs(returns), sqrt(garch.forecast)),
        unit,
        `Size of the return of the ${noun} less what GARCH forecast for it in the row before.`,
        'Bollerslev 1986',
      ),
      feature(
        'garch_vol_forecast_1',
        sqrt(garch.next),
        unit,
        `Volatility ${of} that GARCH forecasts for the next row.`,
        'Bollerslev 1986',
      ),
      feature(
        'garch_vol_forecast_60',
        sqrt(garch.later),
        unit,
        `Root of the mean variance ${of} that GARCH forecasts for the next ${ahead} rows.`,
        'Bollerslev 1986',
      ),
      feature(
        'garch_persistence',
        garch.persistence,
        '0..1',
        `Alpha + beta of GARCH ${of}, fitted on the previous calendar month.`,
        'Bollerslev 1986',
      ),
      feature(
        'garch_mean_reversion_half_life',
        minOf(ratio(-Math.LN2, log(garch.persistence)), longest),
        'bars',
        `Rows in which the distance of the GARCH forecast ${of} from the variance halves, at most ${longest}.`,
        'Bollerslev 1986',
      ),
      feature(
        'vol_regime_transition',
        gt(abs(diff(tercile(middle, day), 15)), 0),
        'flag',
        `1 where the sample sd ${of} over ${window} rows lies in another third of its last ${day} values than 15 rows ago.`,
      ),
    ],
  };
};
