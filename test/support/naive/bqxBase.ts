import { divide, subtract } from './bounded.ts';
import { momentum, type Naive } from './context.ts';
import { at, witness } from './series.ts';
import { max, mean, min, sd } from './window.ts';

/**
 * bqx_base (37). The past of row t is X[t-W..t-1]: the columns of the past alone (max, min, avg, stdev) do not look
 * at row t, so that a NULL close at t leaves them standing. A division by an X of zero is NULL, never infinite.
 */
const overPast = (statistic: typeof mean, window: number): Naive => {
  return ({ rows, rate }) => witness(rows, row => statistic(rate.x, row - 1, window));
};

const windowOf = (prefix: string, window: number): Record<string, Naive> => ({
  [`${prefix}_bqx_return`]: ({ rows, rate }) => witness(rows, row => momentum(rate.x, row, window)),
  [`${prefix}_bqx_max_index`]: overPast(max, window),
  [`${prefix}_bqx_min_index`]: overPast(min, window),
  [`${prefix}_bqx_avg_index`]: overPast(mean, window),
  [`${prefix}_bqx_stdev_index`]: overPast(sd, window),
});

/** (X[t-W] - X[t]) / X[t]; the rows between are not looked at. */
const endpoint = (window: number): Naive => {
  return ({ rows, rate: { x } }) =>
    witness(rows, row => divide(subtract(at(x, row - window), at(x, row)), at(x, row)));
};

export const bqxBase: Record<string, Naive> = {
  ...Object.assign(
    {},
    ...[15, 30, 45, 60, 75].map(window => ({
      ...windowOf(`w${window}`, window),
      [`w${window}_bqx_endpoint`]: endpoint(window),
    })),
  ),
  ...windowOf('agg', 75),
  agg_bqx_range: ({ rows, rate: { x } }) =>
    witness(rows, row => divide(subtract(max(x, row - 1, 75), min(x, row - 1, 75)), at(x, row))),
  agg_bqx_volatility: ({ rows, rate: { x } }) => witness(rows, row => divide(sd(x, row - 1, 75), at(x, row))),
};
