import {
  absolute,
  add,
  type Bounded,
  divide,
  divideOrNull,
  exact,
  isNull,
  missing,
  multiply,
  scale,
  subtract,
  unlessSmall,
} from './bounded.ts';
import type { Naive } from './context.ts';
import { largest, least } from './derived.ts';
import { byRow, type DomainName } from './domains.ts';
import { curvature, type Fit, fitOf } from './fit.ts';
import { at } from './series.ts';

/** The six windows of the regressions, by the prefix of their features. */
export const regressions: readonly (readonly [prefix: string, window: number])[] = [
  ['w15', 15],
  ['w30', 30],
  ['w45', 45],
  ['w60', 60],
  ['w75', 75],
  ['agg', 90],
];

const vertexX = (fit: Fit, row: number): Bounded => {
  const [a1, a2] = [at(fit.a1, row), at(fit.a2, row)];
  return unlessSmall(a2, divide(scale(a1, -1), scale(a2, 2)));
};

const vertexY = (fit: Fit, row: number): Bounded => {
  const x = vertexX(fit, row);
  const raised = add(multiply(at(fit.a2, row), multiply(x, x)), multiply(at(fit.a1, row), x));
  return add(raised, at(fit.b, row));
};

const metrics: Record<string, (fit: Fit, row: number) => Bounded> = {
  a2: (fit, row) => at(fit.a2, row),
  a1: (fit, row) => at(fit.a1, row),
  b: (fit, row) => at(fit.b, row),
  r2: (fit, row) => at(fit.r2, row),
  rmse: (fit, row) => at(fit.rmse, row),
  residual_mean: (fit, row) => (isNull(at(fit.b, row)) ? missing : exact(0)),
  residual_std: (fit, row) => at(fit.rmse, row),
  pred_interval_lower: (fit, row) => subtract(at(fit.prediction, row), scale(at(fit.rmse, row), 1.96)),
  pred_interval_upper: (fit, row) => add(at(fit.prediction, row), scale(at(fit.rmse, row), 1.96)),
  prediction: (fit, row) => at(fit.prediction, row),
  vertex_x: vertexX,
  vertex_y: vertexY,
  curvature,
  fit_quality: (fit, row) => least(exact(1), largest(exact(0), at(fit.r2, row))),
  extrapolation_error: (fit, row) => divideOrNull(at(fit.rmse, row), absolute(at(fit.prediction, row))),
};

/** reg_rate (90) and reg_bqx (90). */
export const reg = (domain: DomainName): Record<string, Naive> =>
  Object.fromEntries(
    regressions.flatMap(([prefix, window]) =>
      Object.entries(metrics).map(([name, metric]): [string, Naive] => [
        `${prefix}_${name}`,
        byRow((context, row) => metric(fitOf(context, domain, window), row)),
      ]),
    ),
  );
