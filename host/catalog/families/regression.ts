import type { Domain } from '../domains.ts';
import { type Family, feature } from '../family.ts';
import {
  abs,
  add,
  mul,
  quadraticA1,
  quadraticA2,
  quadraticB,
  quadraticLast,
  quadraticR2,
  quadraticRmse,
  ratio,
  sub,
} from '../vocabulary.ts';

const windows = [15, 30, 45, 60, 75].map(w => [`w${w}`, w] as const);
const all = [...windows, ['agg', 90] as const];
/** The middle 95 % of a normal distribution lie within as many standard deviations. */
const within95 = 1.96;

/** Least-squares parabola a2 u^2 + a1 u + b of the level against the row number u, in standard deviations about its mean. */
export const regression = ({ name, level, unit, noun }: Domain): Family => ({
  name: `reg_${name}`,
  title: `Parabolic regression, ${name} domain`,
  features: all.flatMap(([prefix, w]) => {
    const [a2, a1, b] = [quadraticA2(level, w), quadraticA1(level, w), quadraticB(level, w)];
    const [r2, rmse, prediction] = [quadraticR2(level, w), quadraticRmse(level, w), quadraticLast(level, w)];
    const margin = mul(within95, rmse);
    const vertex = mul(-0.5, ratio(a1, a2));
    const of = `of the parabola through the ${noun} over ${w} rows`;
    const identical = (metric: string) => `identical to ${prefix}_${metric}`;
    return [
      feature(`${prefix}_a2`, a2, unit, `Quadratic coefficient ${of}.`),
      feature(`${prefix}_a1`, a1, unit, `Linear coefficient ${of}.`),
      feature(`${prefix}_b`, b, unit, `Constant coefficient ${of}: its value at the mean row.`),
      feature(`${prefix}_r2`, r2, 'ratio', `Share of the sum of squares explained, R2, ${of}.`),
      feature(`${prefix}_rmse`, rmse, unit, `Root mean square residual ${of}.`),
      feature(
        `${prefix}_residual_mean`,
        mul(0, rmse),
        unit,
        `Mean residual ${of}; identical to 0, since a fit with a constant leaves none.`,
      ),
      feature(
        `${prefix}_residual_std`,
        rmse,
        unit,
        `Population standard deviation of the residuals ${of}; ${identical('rmse')}.`,
      ),
      feature(
        `${prefix}_pred_interval_lower`,
        sub(prediction, margin),
        unit,
        `Value at the current row less ${within95} residual sd, ${of}.`,
      ),
      feature(
        `${prefix}_pred_interval_upper`,
        add(prediction, margin),
        unit,
        `Value at the current row plus ${within95} residual sd, ${of}.`,
      ),
      feature(`${prefix}_prediction`, prediction, unit, `Value at the current row ${of}.`),
      feature(`${prefix}_vertex_x`, vertex, 'u', `Place of the vertex ${of}.`),
      // a2 vx^2 + a1 vx + b with a2 vx = -a1 / 2
      feature(`${prefix}_vertex_y`, add(b, mul(mul(0.5, a1), vertex)), unit, `Value at the vertex ${of}.`),
      feature(`${prefix}_curvature`, abs(a2), unit, `Magnitude of a2 ${of}; identical to |${prefix}_a2|.`),
      feature(
        `${prefix}_fit_quality`,
        r2,
        'ratio',
        `R2 limited to 0..1, which it never leaves, ${of}; ${identical('r2')}.`,
      ),
      feature(
        `${prefix}_extrapolation_error`,
        ratio(rmse, abs(prediction)),
        'ratio',
        `Residual sd relative to the magnitude of the value at the current row, ${of}.`,
      ),
    ];
  }),
});
