import { basketOf, placeOf } from '../baskets.ts';
import type { Domain } from '../domains.ts';
import { type Expr, named, peer } from '../expr.ts';
import { type Family, feature, type Model } from '../family.ts';
import {
  abs,
  add,
  beta,
  betaGiven,
  diff,
  div,
  drift,
  johansen,
  lag,
  lineResidual,
  log,
  lt,
  minOf,
  mul,
  ratioOr,
  std,
  sub,
} from '../vocabulary.ts';

/** Rows of a day without a break. */
const day = 1440;
const hour = 60;
const scoreWindow = 240;
/** The longest half-life: a week. */
const longest = 10_080;
/** The pairs of the dollar with the other majors, -1 where they have it as their base. */
const majors = [
  { symbol: 'eurusd', side: 1 },
  { symbol: 'gbpusd', side: 1 },
  { symbol: 'audusd', side: 1 },
  { symbol: 'nzdusd', side: 1 },
  { symbol: 'usdjpy', side: -1 },
  { symbol: 'usdchf', side: -1 },
  { symbol: 'usdcad', side: -1 },
] as const;

const aboutMean = (x: Expr): Expr => sub(0, drift(x, day));

/** What the regression on a constant and two series leaves of a third, in the row. */
const residualOf = (y: Expr, a: Expr, b: Expr, window: number): Expr => {
  const explained = add(
    mul(betaGiven(y, a, b, window), drift(a, window)),
    mul(betaGiven(y, b, a, window), drift(b, window)),
  );
  return sub(explained, drift(y, window));
};

const modelOf = ({ name, noun }: Domain, cointegration: ReturnType<typeof johansen>): Model => {
  const each = majors.map(({ symbol }, i) => ({ symbol, place: i + 1 }));
  const output = (name: string, expr: Expr, description: string) => ({ name, expr, description });
  return {
    name: `johansen_${name}`,
    title: `Johansen's cointegration of the ${noun} of seven dollar pairs, on the ${day} rows before the hour`,
    anchor: 'hour',
    outputs: [
      output('converged', cointegration.fitted, 'Whether there is a fit.'),
      output('observations', cointegration.rows, 'Rows fitted.'),
      output(
        'rank_95',
        cointegration.rank('trace', '95'),
        'Number of relations by the trace statistic at 95 %, by the critical values of MacKinnon, Haug and Michelis (1999).',
      ),
      ...each.map(({ symbol, place }) =>
        output(
          `weight_${symbol}`,
          cointegration.weight(1, place),
          `Weight of ${symbol} in the first relation.`,
        ),
      ),
      ...each.map(({ place }) =>
        output(`eigenvalue_${place}`, cointegration.eigenvalue(place), `Eigenvalue ${place}, largest first.`),
      ),
      ...each.map(({ place }) =>
        output(
          `trace_${place}`,
          cointegration.trace(place),
          `Trace statistic of the hypothesis of fewer than ${place} relations.`,
        ),
      ),
    ],
  };
};

/** How far levels are from what holds them together: triangles, a fitted relation, the pair's own baskets. */
export const errorCorrection = (domain: Domain): Family => {
  const { name, noun } = domain;
  const unit = name === 'rate' ? 'log' : 'bqx';
  const place = placeOf(domain);
  const of = (symbol: string): Expr => named(symbol, peer(symbol, place));
  const [eurusd, audusd] = [of('eurusd'), of('audusd')];
  const oriented = majors.map(({ symbol, side }) => (side > 0 ? of(symbol) : sub(0, of(symbol))));
  const cointegration = johansen(oriented, day, hour);
  const error = named('ect', residualOf(place, basketOf(domain, 'base'), basketOf(domain, 'quote'), day));
  const velocity = named('ect_velocity', div(diff(error, 20), 20));
  const phi = beta(error, lag(error, 1), scoreWindow);
  const what = name === 'rate' ? `logarithm of the ${noun}` : noun;
  const distance = `distance of the ${what} from its regression on the mean places of the pairs that share its currencies`;
  const weight = (i: number, currency: string) =>
    feature(
      `vec_weight_${currency}`,
      cointegration.weight(1, i),
      'none',
      `Weight of ${majors[i - 1]!.symbol} in the relation of the seven dollar pairs; sizes of all weights sum to 1.`,
      'Johansen 1991',
    );

  return {
    name: `error_correction_${name}`,
    title: `Error correction, ${name} domain`,
    sources: ['Engle and Granger 1987'],
    models: [modelOf(domain, cointegration)],
    features: [
      feature(
        'ect_eurusd_triangle',
        aboutMean(sub(sub(eurusd, of('eurgbp')), of('gbpusd'))),
        unit,
        `The ${what} of eurusd less those of eurgbp and gbpusd, less the mean of that over ${day} rows.`,
      ),
      feature(
        'ect_audusd_cluster',
        lineResidual(audusd, of('nzdusd'), day),
        unit,
        `What the least-squares line on nzdusd over ${day} rows leaves of the ${what} of audusd.`,
      ),
      feature(
        'ect_euraud_cross',
        aboutMean(add(sub(of('euraud'), eurusd), audusd)),
        unit,
        `The ${what} of euraud less that of eurusd plus that of audusd, less the mean of that over ${day} rows.`,
      ),
      feature(
        'ect_usd_majors',
        cointegration.combination(1),
        unit,
        `Weighted sum of the ${what} of the seven dollar pairs, less its mean over the rows that the weights are fitted to, ${day} before the hour.`,
        'Johansen 1991',
      ),
      feature('w20_ect_velocity', velocity, `${unit}/bar`, `Change per row over 20 rows of the ${distance}.`),
      feature(
        'w20_ect_accel',
        div(diff(velocity, 20), 20),
        `${unit}/bar^2`,
        `Change per row over 20 rows of that change of the ${distance}.`,
      ),
      feature(
        'w1440_ect_half_life',
        // no half-life where nothing decays: a logarithm of 0 has no quotient
        minOf(div(-Math.LN2, minOf(log(phi), 0)), longest),
        'bars',
        `Rows in which half of the ${distance} goes, by its slope on the row before over ${scoreWindow} rows; at most a week.`,
      ),
      weight(1, 'eur'),
      weight(2, 'gbp'),
      weight(3, 'aud'),
      feature(
        'w1440_ect_zscore',
        ratioOr(error, std(error, scoreWindow), 0),
        'sd units',
        `The ${distance} in its sd of ${scoreWindow} rows.`,
      ),
      feature(
        'l5_ect_inbound',
        lt(abs(error), abs(lag(error, 5))),
        'flag',
        `Whether the size of the ${distance} is less than five rows ago.`,
      ),
    ],
  };
};
