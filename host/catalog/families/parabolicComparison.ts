import { bqx, type Domain, rate } from '../domains.ts';
import type { Expr } from '../expr.ts';
import { type Family, type Feature, feature } from '../family.ts';
import {
  abs,
  add,
  diff,
  div,
  gt,
  lag,
  lt,
  mean,
  mul,
  pearson,
  quadraticA1,
  quadraticA2,
  quadraticB,
  quadraticR2,
  quadraticRmse,
  ratio,
  ratioOr,
  sign,
  std,
  stdOf,
  sub,
} from '../vocabulary.ts';

const windows = [15, 30, 45, 60, 75, 90] as const;
const compared = [
  [15, 60],
  [30, 75],
  [45, 90],
] as const;

/** Coefficients of the parabola over w rows per bar^2 and per bar: those of different windows can be compared. */
const rowVariance = (w: number): number => (w * w - 1) / 12;
const bend = ({ level }: Domain, w: number): Expr => div(quadraticA2(level, w), rowVariance(w));
const incline = ({ level }: Domain, w: number): Expr => div(quadraticA1(level, w), Math.sqrt(rowVariance(w)));

const sumOf = (terms: readonly Expr[]): Expr => terms.reduce((sum, term) => add(sum, term));

const sdOverWindows = (of: (w: number) => Expr): Expr => {
  const [first, second, ...more] = windows.map(of);
  return stdOf(first!, second!, ...more);
};

const score = (x: Expr, w: number): Expr => ratioOr(sub(x, mean(x, w)), std(x, w), 0);

const within = (domain: Domain): Feature[] => {
  const { level, change, unit, noun } = domain;
  const [a2, a1] = [(w: number) => bend(domain, w), (w: number) => incline(domain, w)];
  const [b, r2] = [(w: number) => quadraticB(level, w), (w: number) => quadraticR2(level, w)];
  const rmse = (w: number) => quadraticRmse(level, w);
  const of = `of parabolas through the ${noun}`;
  const ratios = (name: string, coefficient: (w: number) => Expr) =>
    compared.map(([short, long]) =>
      feature(
        `w${short}_w${long}_${name}_ratio`,
        ratio(coefficient(short), coefficient(long)),
        'ratio',
        `Ratio of the ${name} ${of} over ${short} rows to that over ${long}, both per bar.`,
      ),
    );
  const gap = (short: number, long: number) =>
    feature(
      `w${short}_w${long}_b_gap`,
      sub(b(short), b(long)),
      unit,
      `Difference of the constants ${of} over ${short} and ${long} rows.`,
    );
  return [
    ...ratios('a2', a2),
    feature('a2_consistency', sdOverWindows(a2), 'A2', `Sample sd of a2 ${of} over six windows, per bar^2.`),
    // least squares against W / 15 = 1, 2, 3, 4
    feature(
      'a2_trend_slope',
      add(mul(0.3, sub(a2(60), a2(15))), mul(0.1, sub(a2(45), a2(30)))),
      'A2',
      `Slope of a2 ${of} over 15, 30, 45 and 60 rows against the window, per 15 rows of it.`,
    ),
    feature(
      'a2_regime_shift',
      gt(abs(diff(sign(a2(60)), 15)), 0),
      'flag',
      `1 where the sign of a2 ${of} over 60 rows differs from that 15 rows ago.`,
    ),
    ...ratios('a1', a1),
    feature('a1_consistency', sdOverWindows(a1), 'A1', `Sample sd of a1 ${of} over six windows, per bar.`),
    feature(
      'a1_acceleration',
      div(diff(a1(60), 15), 15),
      'A1/bar',
      `Change of a1 ${of} over 60 rows in 15 rows, per bar of them.`,
    ),
    feature(
      'a1_momentum',
      // 60, 30, ..., 10: whole numbers in the proportion of 1 / W
      div(
        sumOf(windows.map(w => mul(900 / w, a1(w)))),
        windows.reduce((sum, w) => sum + 900 / w, 0),
      ),
      'A1',
      `Mean of a1 ${of} over six windows W, weighted with 1 / W, per bar.`,
    ),
    gap(15, 45),
    gap(30, 60),
    feature(
      'b_drift_rate',
      div(diff(b(60), 60), 60),
      `${unit}/bar`,
      `Change of the constant ${of} over 60 rows in 60 rows, per bar of them.`,
    ),
    feature(
      'b_reversion_tendency',
      mul(-1, pearson(lag(sub(level, b(60)), 1), change, 60)),
      'corr',
      `Correlation over 60 rows of the change of the ${noun} with its distance from the constant of the parabola over 60 rows a row before, sign turned: positive where it returns.`,
    ),
    feature('w30_w90_r2_spread', sub(r2(30), r2(90)), 'ratio', `R2 ${of} over 30 rows less that over 90.`),
    feature('r2_consistency', sdOverWindows(r2), 'ratio', `Sample sd of R2 ${of} over six windows.`),
    feature(
      'w15_w60_rmse_ratio',
      ratio(rmse(15), rmse(60)),
      'ratio',
      `Root mean square residual ${of} over 15 rows relative to that over 60.`,
    ),
    feature(
      'quality_degradation_flag',
      lt(r2(60), sub(lag(r2(60), 15), 0.1)),
      'flag',
      `1 where R2 ${of} over 60 rows is lower than 15 rows ago by more than 0.1.`,
    ),
  ];
};

/** Rate against momentum: what only the family of the rate holds. */
const across = (): Feature[] => {
  const coefficients = (of: (domain: Domain, w: number) => Expr) => [of(rate, 60), of(bqx, 60)] as const;
  const [b, r2] = [
    coefficients(({ level }, w) => quadraticB(level, w)),
    coefficients(({ level }, w) => quadraticR2(level, w)),
  ];
  const both = 'of parabolas over 60 rows through rate index and 15-row momentum';
  return [
    feature(
      'w60_a2_idx_vs_bqx_corr',
      pearson(...coefficients(bend), 60),
      'corr',
      `Correlation over 60 rows of the a2 ${both}.`,
    ),
    feature(
      'w60_a1_idx_vs_bqx_corr',
      pearson(...coefficients(incline), 60),
      'corr',
      `Correlation over 60 rows of the a1 ${both}.`,
    ),
    feature(
      'w60_b_idx_vs_bqx_gap',
      sub(score(b[0], 240), score(b[1], 240)),
      'sd units',
      `Difference of the constants ${both}, each in sample sd from its mean over 240 rows; 0 for one whose sd is 0.`,
    ),
    feature('w60_quality_idx_vs_bqx_ratio', ratio(...r2), 'ratio', `Ratio of the R2 ${both}.`),
  ];
};

/** Parabolas of different windows against each other, on one time scale. */
export const parabolicComparison = (domain: Domain): Family => ({
  name: `parabolic_comparison_${domain.name}`,
  title: `Parabolic comparison, ${domain.name} domain`,
  features: [...within(domain), ...(domain.name === 'rate' ? across() : [])],
});
