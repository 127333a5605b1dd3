import { holidayDays } from '../../host/catalog/holidays.ts';
import { hiddenMarkov } from '../../host/catalog/operators/hiddenMarkov.ts';
import { acrossTwins } from './acrossTwins.ts';
import { blockSums, crossSum, total } from './blockSums.ts';
import { changeTwins } from './changeTwins.ts';
import { cointegrationTwins } from './cointegrationTwins.ts';
import { fitOf } from './fitSums.ts';
import { garchTwin } from './garchTwin.ts';
import { windowOf } from './kernelShapes.ts';
import { laggedTwins } from './laggedTwins.ts';
import { normalCdf } from './normalCdf.ts';
import { correlationOf } from './regressions.ts';
import { spectralTwins } from './spectralTwins.ts';
import {
  back,
  bars,
  condition,
  deviations,
  exponential,
  exponentialOver,
  flag,
  horizonOf,
  level,
  numbers,
  partial,
  partialDeviation,
  pointwise,
  quantile,
  quotient,
  rolling,
  sd,
  some,
  type Twin,
  walkOf,
} from './twinForms.ts';

const date = ([time]: readonly Float64Array[], t: number): Date => new Date(time![t]! / 1000);
const clock: Record<string, (at: Date) => number> = {
  hour: at => at.getUTCHours(),
  minute: at => at.getUTCMinutes(),
  minute_of_day: at => at.getUTCHours() * 60 + at.getUTCMinutes(),
  dow: at => (at.getUTCDay() + 6) % 7,
  day: at => at.getUTCDate(),
  month: at => at.getUTCMonth() + 1,
  days_to_month_end: at =>
    new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate() - at.getUTCDate(),
  day_number: at => Math.floor(at.getTime() / 86_400_000),
};

/** Operators without a twin, because their rows must go over several months. */
export const fittedByMonth = ['garch_month', ...hiddenMarkov.map(({ name }) => name)];

/** By operator; one without series is given the bars' time. */
export const twins: Readonly<Record<string, Twin>> = {
  add: pointwise((a, b) => a + b),
  sub: pointwise((a, b) => a - b),
  mul: pointwise((a, b) => a * b),
  div: pointwise(quotient),
  ratio: pointwise((a, b) => (Math.abs(b) < 1e-12 ? NaN : a / b)),
  ratio_or: {
    params: [[0.5]],
    value: ([a, b], [neutral], t) => (b![t] === 0 && !some(a![t]!) ? Number(neutral) : a![t]! / b![t]!),
  },
  min_of: pointwise((a, b) => Math.min(a, b)),
  max_of: pointwise((a, b) => Math.max(a, b)),
  abs: pointwise(a => Math.abs(a)),
  sqrt: pointwise(a => Math.sqrt(a)),
  cbrt: { ...pointwise(a => Math.cbrt(a)), tolerance: 2 ** -51 },
  sign: pointwise(a => Math.sign(a) + 0),
  log: { ...pointwise(a => (a > 0 ? Math.log(a) : NaN)), tolerance: 2 ** -51 },
  normal_cdf: { ...pointwise(normalCdf), tolerance: 1e-13, magnitude: () => 1 },
  sin: { ...pointwise(a => Math.sin(a)), tolerance: 2 ** -51 },
  cos: { ...pointwise(a => Math.cos(a)), tolerance: 2 ** -51 },
  gt: pointwise((a, b) => flag(a > b, a, b)),
  lt: pointwise((a, b) => flag(a < b, a, b)),
  within: {
    params: [[-1, 1]],
    value: ([a], [low, high], t) => flag(a![t]! >= Number(low) && a![t]! < Number(high), a![t]!),
  },
  or_else: pointwise((a, b) => (some(a) ? b : a)),
  known: pointwise(a => Number(!some(a))),
  clip: pointwise((a, low, high) => Math.min(Math.max(a, ...numbers([low])), ...numbers([high]))),
  select: pointwise((condition, a, b) => (some(condition) ? NaN : condition !== 0 ? a : b)),
  lag: { params: [[0], [1], [77]], value: ([a], [rows], t) => a![t - Number(rows)] ?? NaN },
  diff: { params: [[1], [60]], value: ([a], [rows], t) => a![t]! - (a![t - Number(rows)] ?? NaN) },
  sum: rolling(total, 1e-14, x => total(x.map(Math.abs))),
  mean: rolling(x => blockSums(x).mean, 1e-14, level),
  drift: rolling(x => blockSums(x).mean - x.at(-1)!, 1e-14, level),
  min: rolling(x => Math.min(...x)),
  max: rolling(x => Math.max(...x)),
  rows_since_max: rolling(x => x.length - 1 - x.lastIndexOf(Math.max(...x) + 0)),
  rows_since_min: rolling(x => x.length - 1 - x.lastIndexOf(Math.min(...x) + 0)),
  std: deviations(1),
  pstd: deviations(0),
  std_of: {
    value: (series, _, t) =>
      sd(
        series.map(values => values[t]!),
        1,
      ),
    tolerance: 1e-14,
    magnitude: (series, _, t) => level(series.map(values => values[t]!)),
  },
  mad: rolling(
    x => {
      const { mean } = blockSums(x);
      return total(x.map(value => Math.abs(value - mean))) / x.length;
    },
    1e-13,
    level,
  ),
  walk_std: rolling(
    x => sd(walkOf(x), 1),
    1e-14,
    x => sd(walkOf(x), 1) + total(x.map(Math.abs)),
  ),
  skew: rolling(
    x => (sd(x, 0) < 1e-12 ? NaN : blockSums(x).m3 / x.length / sd(x, 0) ** 3),
    1e-13,
    x => condition(x) * x.length,
  ),
  kurt: rolling(
    x => (sd(x, 0) < 1e-12 ? NaN : blockSums(x).m4 / x.length / sd(x, 0) ** 4 - 3),
    1e-13,
    x => condition(x) * x.length,
  ),
  slope: rolling(
    x => crossSum(bars(x), x) / blockSums(bars(x)).m2,
    1e-13,
    x => level(x),
  ),
  linear_r2: rolling(
    x => fitOf(x).lineR2,
    1e-13,
    x => condition(x),
  ),
  quadratic_a2: rolling(x => fitOf(x).a2, 1e-14, level),
  quadratic_a1: rolling(x => fitOf(x).a1, 1e-14, level),
  quadratic_b: rolling(x => fitOf(x).b, 1e-14, level),
  quadratic_r2: rolling(
    x => fitOf(x).r2,
    1e-13,
    x => condition(x),
  ),
  quadratic_rmse: rolling(x => fitOf(x).rmse, 1e-14, level),
  quadratic_last: rolling(x => fitOf(x).last, 1e-14, level),
  cov: rolling(
    (x, y) => crossSum(x, y) / (x.length - 1),
    1e-13,
    (x, y) => (sd(x, 1) + level(x)) * (sd(y, 1) + level(y)),
  ),
  corr: rolling(
    (x, y) => {
      const scale = Math.sqrt(blockSums(x).m2) * Math.sqrt(blockSums(y).m2);
      return scale === 0 ? 0 : Math.max(-1, Math.min(1, crossSum(x, y) / scale));
    },
    1e-13,
    (x, y) => (sd(x, 0) * sd(y, 0) === 0 ? 1 : condition(x) * condition(y)),
  ),
  pearson: rolling(correlationOf, 1e-13, (x, y) => condition(x) * condition(y)),
  beta: rolling(
    (x, y) => (blockSums(y).m2 < 1e-12 ? NaN : crossSum(x, y) / blockSums(y).m2),
    1e-13,
    (x, y) => ((sd(x, 0) + level(x)) / sd(y, 0)) * condition(y),
  ),
  ...laggedTwins,
  ...acrossTwins,
  ...cointegrationTwins,
  ...spectralTwins,
  ...changeTwins,
  garch_window: garchTwin,
  ema: exponential(n => 2 / (n + 1)),
  wilder: exponential(n => 1 / n),
  ema_over: exponentialOver(n => 2 / (n + 1)),
  wilder_over: exponentialOver(n => 1 / n),
  partial_sum: partial(total, 1e-14, x => total(x.map(Math.abs))),
  partial_mean: partial(x => blockSums(x).mean, 1e-14, level),
  partial_min: partial(x => Math.min(...x)),
  partial_max: partial(x => Math.max(...x)),
  partial_std: partialDeviation(1),
  partial_pstd: partialDeviation(0),
  partial_ema: {
    params: [
      [1, 1],
      [2, 1],
      [12, 1],
      [26, 300],
    ],
    tolerance: 1e-14,
    value: ([x], [n, least], t) => {
      const { values, q } = horizonOf(x!, n!, t);
      const there = values.flatMap((value, j) => (some(value) ? [] : [j]));
      if (there.length < Number(least)) return NaN;
      const weights = there.map(j => q ** (j - there[0]!));
      return total(there.map((j, i) => values[j]! * weights[i]!)) / total(weights);
    },
    magnitude: ([x], [n], t) => level(numbers(horizonOf(x!, n!, t).values)),
  },
  partial_beta: partial(
    (x, y) => (blockSums(y).m2 < 1e-12 ? NaN : crossSum(x, y) / blockSums(y).m2),
    1e-13,
    (x, y) => ((sd(x, 0) + level(x)) / sd(y, 0)) * condition(y),
    2,
  ),
  median: rolling(x => {
    const sorted = x.map(value => value + 0).sort((a, b) => a - b);
    return (sorted[(x.length - 1) >> 1]! + sorted[x.length >> 1]!) / 2;
  }),
  quantile: { ...rolling((x, _, [, q]) => quantile(x, Number(q))), params: [[0], [0.25], [0.9], [1]] },
  rank: rolling(x => x.filter(value => value < x.at(-1)!).length / x.length),
  tercile: rolling(x => [1, 2].filter(thirds => x.at(-1)! >= quantile(x, thirds / 3)).length),
  carry_sign: {
    value: ([a], [window], t) => {
      for (let back = 0; back < Number(window); back++) {
        const value = a![t - back] ?? NaN;
        if (value !== 0) return Math.sign(value);
      }
      return 0;
    },
  },
  run_length: {
    params: [[0], [1], [24], [400]],
    value: ([a], [cap], t) => {
      let n = 0;
      while (t - n - 1 >= 0 && a![t - n - 1] === a![t]) n++;
      return some(a![t]!) || n > Number(cap) ? NaN : n;
    },
  },
  run_up_to: {
    params: [[1], [2], [24], [400]],
    value: ([a], [cap], t) => {
      let n = 0;
      while (n < Number(cap) && t - n - 1 >= 0 && a![t - n - 1] === a![t]) n++;
      return some(a![t]!, a![t - 1] ?? NaN) ? NaN : n;
    },
  },
  count_same: rolling(x => x.filter(value => value === x.at(-1)).length),
  count_exits: rolling(
    x => x.filter((value, i) => value === x.at(-1) && i < x.length - 1 && x[i + 1] !== value).length,
  ),
  rows_since: {
    params: [[1], [3], [40]],
    value: ([a], [cap], t) => {
      const seen = windowOf(a!, t, Number(cap)).reverse();
      const newest = seen.findIndex(x => x !== 0 && !some(x));
      return some(a![t]!) ? NaN : newest < 0 ? Number(cap) : newest;
    },
  },
  lag_by: back(x => x[0]!),
  min_back: back(x => Math.min(...x)),
  max_back: back(x => Math.max(...x)),
  clock: {
    params: Object.keys(clock).map(field => [field]),
    value: (series, [field], t) => clock[String(field)]!(date(series, t)),
  },
  local_clock: {
    params: Object.keys(clock).flatMap(field =>
      ['UTC', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney'].map(zone => [field, zone]),
    ),
    // the clock's own date and time, read as if they were of UTC
    value: (series, [field, zone], t) => {
      const text = date(series, t).toLocaleString('sv-SE', { timeZone: String(zone) });
      return clock[String(field)]!(new Date(`${text.replace(' ', 'T')}Z`));
    },
  },
  days_to_holiday: {
    params: [
      ['us', 30],
      ['uk', 30],
      ['jp', 3],
    ],
    value: (series, [table, cap], t) => {
      const today = Math.floor(date(series, t).getTime() / 86_400_000);
      const next = holidayDays(table as 'us').find(day => day >= today)!;
      return Math.min(next - today, Number(cap));
    },
  },
};
