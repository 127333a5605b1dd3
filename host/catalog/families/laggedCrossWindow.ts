import { bqxReturn, type Domain } from '../domains.ts';
import { type Expr, named } from '../expr.ts';
import { type Family, feature } from '../family.ts';
import {
  abs,
  add,
  afterEvents,
  bestLag,
  betaGiven,
  diff,
  div,
  gt,
  lag,
  log,
  maxOf,
  mean,
  mul,
  pearson,
  pearsonGiven,
  quadraticA1,
  quadraticA2,
  quadraticLast,
  quadraticR2,
  quadraticRmse,
  ratio,
  ratioOr,
  residualAr1,
  select,
  sign,
  sqrt,
  std,
  sub,
  sum,
} from '../vocabulary.ts';

const windows = [15, 30, 45, 60, 75];
const more = [...windows, 90];
/** Rows over which windows are held against each other. */
const span = 240;
const short = 15;
const long = 60;

const total = (terms: readonly Expr[]): Expr => terms.reduce((sum, term) => add(sum, term));
const shareOf = (terms: readonly Expr[]): Expr => div(total(terms), terms.length);

/** The window with the largest score, the shortest of equals. */
const largest = (score: (w: number) => Expr): Expr =>
  windows
    .slice(1)
    .reduce<{ best: Expr; at: Expr | number }>(
      ({ best, at }, w) => ({ best: maxOf(score(w), best), at: select(gt(score(w), best), w, at) }),
      { best: score(windows[0]!), at: windows[0]! },
    ).at as Expr;

/** Momentum over w rows, as the domain measures it. */
const momentumOf = ({ name, level }: Domain, w: number): Expr =>
  name === 'rate' ? named(`momentum_${w}`, log(div(level, lag(level, w)))) : bqxReturn(w);

/** How momentum, volatility and fits of one window run ahead of those of another. */
export const laggedCrossWindow = (domain: Domain): Family => {
  const { name, level, returns, returnUnit, noun } = domain;
  const m = (w: number): Expr => momentumOf(domain, w);
  const s = (w: number): Expr => named(`volatility_${w}`, std(returns, w));
  const r2 = (w: number): Expr => quadraticR2(level, w);
  const rmse = (w: number): Expr => quadraticRmse(level, w);
  // per bar: slopes of different windows can be compared
  const a1 = (w: number): Expr => div(quadraticA1(level, w), Math.sqrt((w * w - 1) / 12));
  const over = (x: Expr, y: Expr): Expr => pearson(x, y, span);
  const ahead = (D: number): Expr => abs(over(lag(m(short), D), m(short)));
  const signs = windows.map(w => sign(m(w)));
  const known = total(signs.map(abs));
  const tension = ratio(s(long), s(short));
  const partial = pearsonGiven(m(long), lag(m(short), short), lag(m(long), short), span);
  const square = mul(partial, partial);
  const sides = windows.map(w => sign(sub(quadraticLast(level, w), level)));
  const mid = mean(m(long), span);
  const after = afterEvents(m(long), abs(m(short)), mul(2, std(m(short), span)), mid, span, short);
  const momentum = `momentum of the ${noun}`;
  const parabola = `the parabola through the ${noun}`;

  return {
    name: `lagged_cross_window_${name}`,
    title: `Lagged cross-window, ${name} domain`,
    features: [
      feature(
        'w15_w60_momentum_persistence',
        over(lag(m(15), 60), m(60)),
        'corr',
        `Correlation of the ${momentum} over 15 rows, 60 rows ago, with that over 60 rows, over ${span} rows.`,
      ),
      feature(
        'w30_w75_momentum_transfer',
        over(lag(m(30), 75), m(75)),
        'corr',
        `Correlation of the ${momentum} over 30 rows, 75 rows ago, with that over 75 rows, over ${span} rows.`,
      ),
      feature(
        'w45_w90_momentum_acceleration',
        sub(div(m(45), 45), div(m(90), 90)),
        `${returnUnit}/bar`,
        `The ${momentum} per row over 45 rows less that over 90.`,
      ),
      feature(
        'w15_w60_momentum_divergence',
        mul(sign(m(60)), sub(div(m(60), 60), div(m(15), 15))),
        `${returnUnit}/bar`,
        `The ${momentum} per row over 60 rows less that over 15, in the direction of the former.`,
      ),
      feature(
        'momentum_clustering',
        // (all with a sign + what one sign has more) / 2 have the commoner sign; the others are 0
        div(maxOf(div(add(known, abs(total(signs))), 2), sub(windows.length, known)), windows.length),
        '0..1',
        `Share of the windows ${windows.join(', ')} whose ${momentum} has the commonest of the signs -1, 0 and 1.`,
      ),
      feature(
        'w15_w60_vol_transmission',
        over(lag(s(15), 15), s(60)),
        'corr',
        `Correlation of the volatility of the ${noun} over 15 rows, 15 rows ago, with that over 60 rows, over ${span} rows.`,
      ),
      feature(
        'w15_w60_vol_spillover',
        betaGiven(s(60), lag(s(15), 15), lag(s(60), 15), span),
        'ratio',
        `Slope of the volatility of the ${noun} over 60 rows on that over 15 rows, 15 rows ago, beside its own of 15 rows ago, over ${span} rows.`,
      ),
      feature(
        'vol_ratio_cascade',
        ratio(s(15), s(75)),
        'ratio',
        `Volatility of the ${noun} over 15 rows relative to that over 75: the product of the ratios of neighbouring windows.`,
      ),
      feature(
        'l15_vol_term_structure_change',
        diff(tension, 15),
        'ratio',
        `Change over 15 rows of the volatility of the ${noun} over 60 rows relative to that over 15.`,
      ),
      feature(
        'l15_r2_stability',
        sub(1, shareOf(more.map(w => abs(diff(r2(w), 15))))),
        '0..1',
        `1 minus the mean size of the change over 15 rows of the R2 of ${parabola}, over the windows ${more.join(', ')}.`,
      ),
      feature(
        'l15_prediction_error_propagation',
        over(lag(rmse(15), 15), rmse(60)),
        'corr',
        `Correlation of the distance of ${parabola} over 15 rows, 15 rows ago, with that over 60 rows, over ${span} rows.`,
      ),
      feature(
        'curvature_consistency',
        abs(shareOf(more.map(w => sign(quadraticA2(level, w))))),
        '0..1',
        `Size of the mean sign of the curvature of ${parabola}, over the windows ${more.join(', ')}.`,
      ),
      feature(
        'l15_slope_evolution',
        sub(a1(60), lag(a1(15), 15)),
        `${domain.unit}/bar`,
        `Slope per row of ${parabola} over 60 rows less that over 15 rows, 15 rows ago.`,
      ),
      feature(
        'w240_cross_window_cointegration',
        residualAr1(m(60), m(15), span),
        'none',
        `Autoregression of what the line on the ${momentum} over 15 rows leaves of that over 60 rows, over ${span} rows.`,
      ),
      feature(
        'w240_temporal_dependency',
        shareOf([15, 30, 45, 60, 75].map(ahead)),
        '0..1',
        `Mean size of the correlations of the ${momentum} over 15 rows with itself 15, 30, 45, 60 and 75 rows ago, over ${span} rows.`,
      ),
      feature(
        'w240_lag_structure_optimal',
        bestLag(m(15), m(60), span, 60),
        'bars',
        `Rows, 1 to 60, by which the ${momentum} over 15 rows runs ahead of that over 60 where their correlation over ${span} rows is largest in size.`,
      ),
      feature(
        'w240_granger_w15_w60',
        ratio(mul(span - 3, square), sub(1, square)),
        'F',
        `F statistic of the ${momentum} over 15 rows, 15 rows ago, in the regression of that over 60 rows on itself 15 rows ago, over ${span} rows.`,
        'Granger 1969',
      ),
      feature(
        'w240_information_flow',
        mul(-0.5, log(sub(1, square))),
        'nats',
        `Gaussian transfer entropy of the same regression: minus half the logarithm of 1 minus the squared partial correlation.`,
        'Barnett, Barrett and Seth 2009',
      ),
      feature(
        'w240_predictive_power_decay',
        sub(ahead(15), ahead(60)),
        '-1..1',
        `Size of the correlation of the ${momentum} over 15 rows with itself 15 rows ago less that with itself 60 rows ago, over ${span} rows.`,
      ),
      feature(
        'w240_cross_window_synchrony',
        over(m(15), m(60)),
        'corr',
        `Correlation of the ${momentum} over 15 rows with that over 60 rows, over ${span} rows.`,
      ),
      feature(
        'temporal_regime_consistency',
        div(sum(sub(1, abs(sign(sub(sign(m(15)), sign(m(60)))))), 60), 60),
        '0..1',
        `Share of the last 60 rows in which the ${momentum} has the same sign over 15 and over 60 rows.`,
      ),
      feature(
        'window_dominance',
        largest(w => ratio(abs(m(w)), mul(s(w), Math.sqrt(w)))),
        'bars',
        `The window of ${windows.join(', ')} with the largest ${momentum} in units of its volatility times the root of its rows; the shortest of equals.`,
      ),
      feature(
        'adaptive_window_weight',
        ratio(total(windows.map(w => mul(w, r2(w)))), total(windows.map(r2))),
        'bars',
        `Mean of the windows ${windows.join(', ')}, weighted with the R2 of ${parabola}.`,
      ),
      feature(
        'w240_shock_transmission',
        ratioOr(sub(after, mid), std(m(60), span), 0),
        'sd units',
        `Mean ${momentum} over 60 rows in the rows 1 to 15 after one whose momentum over 15 rows is beyond twice its sample sd, less the mean of all, in sample sd, inside ${span} rows; 0 without such a row.`,
      ),
      feature(
        'multi_horizon_forecast_consistency',
        // population sd of the signs, from their sum and the sum of their squares: whole numbers
        sub(
          1,
          div(
            sqrt(sub(mul(windows.length, total(sides.map(abs))), mul(total(sides), total(sides)))),
            windows.length,
          ),
        ),
        '0..1',
        `1 minus the population sd of the signs of ${parabola} at the current row less its value, over the windows ${windows.join(', ')}.`,
      ),
    ],
  };
};
