import {
  type Bounded,
  divide,
  divideOrNeutral,
  exact,
  isNull,
  missing,
  multiply,
  root,
  subtract,
  unlessSmall,
} from './bounded.ts';
import type { Naive } from './context.ts';
import { at, type Series, witness } from './series.ts';
import { centredPowers, max, mean, min, psd, sd, windowStart } from './window.ts';

const moment = (x: Series, row: number, window: number, power: number): Bounded => {
  const first = windowStart(x, row, window);
  return first < 0 ? missing : divide(centredPowers(x, first, row, power), exact(window));
};

/** g1 = m3 / m2^1.5, biased; NULL where the dispersion psd is below 1e-12. */
export const skewness = (x: Series, row: number, window: number): Bounded => {
  const m2 = moment(x, row, window, 2);
  const shape = divide(moment(x, row, window, 3), multiply(m2, root(m2)));
  return unlessSmall(psd(x, row, window), shape);
};

/** g2 = m4 / m2^2 - 3, biased and excess; NULL where the dispersion psd is below 1e-12. */
export const kurtosis = (x: Series, row: number, window: number): Bounded => {
  const m2 = moment(x, row, window, 2);
  const shape = subtract(divide(moment(x, row, window, 4), multiply(m2, m2)), exact(3));
  return unlessSmall(psd(x, row, window), shape);
};

/** (X - mean) / sd, 0 where sd is 0. No value of a window is further from its mean than (n - 1) / sqrt(n) sd. */
export const standardScore = (x: Series, row: number, window: number): Bounded => {
  const distance = subtract(at(x, row), mean(x, row, window));
  const spread = sd(x, row, window);
  return isNull(spread) ? missing : divideOrNeutral(distance, spread, 0, (window - 1) / Math.sqrt(window));
};

const columns: Record<string, (x: Series, row: number, window: number) => Bounded> = {
  mean,
  std: sd,
  skew: skewness,
  kurt: kurtosis,
  min,
  max,
  range: (x, row, window) => subtract(max(x, row, window), min(x, row, window)),
  z_score: standardScore,
};

/** statistics_rate (24) and statistics_bqx (24): moments of the level of X. */
export const statistics = (domain: 'rate' | 'bqx'): Record<string, Naive> => {
  const entries = [20, 50, 120].flatMap(window =>
    Object.entries(columns).map(([name, statistic]): [string, Naive] => [
      `w${window}_${name}`,
      context => witness(context.rows, row => statistic(context[domain].x, row, window)),
    ]),
  );
  return Object.fromEntries(entries);
};
