import { bqxReturn, rateIndex as x } from '../domains.ts';
import { type Family, type Feature, feature } from '../family.ts';
import { div, lag, max, mean, min, std, sub } from '../vocabulary.ts';

const windows = [15, 30, 45, 60, 75];
const aggregate = 75;
const past = lag(x, 1);

const common = (prefix: string, window: number): Feature[] => [
  feature(
    `${prefix}_bqx_return`,
    bqxReturn(window),
    'bqx',
    `Momentum: summed relative distance of the past ${window} rows from the rate index now.`,
  ),
  feature(
    `${prefix}_bqx_max_index`,
    max(past, window),
    'index pts',
    `Highest rate index of the past ${window} rows.`,
  ),
  feature(
    `${prefix}_bqx_min_index`,
    min(past, window),
    'index pts',
    `Lowest rate index of the past ${window} rows.`,
  ),
  feature(
    `${prefix}_bqx_avg_index`,
    mean(past, window),
    'index pts',
    `Mean rate index of the past ${window} rows.`,
  ),
  feature(
    `${prefix}_bqx_stdev_index`,
    std(past, window),
    'index pts',
    `Sample standard deviation of the rate index over the past ${window} rows.`,
  ),
];

/** Momentum of the rate index against its past rows, the current one excluded. */
export const bqxBase = (): Family => ({
  name: 'bqx_base',
  title: 'BQX momentum',
  features: [
    ...windows.flatMap(window => [
      ...common(`w${window}`, window),
      feature(
        `w${window}_bqx_endpoint`,
        div(sub(lag(x, window), x), x),
        'ratio',
        `Rate index ${window} rows ago relative to now, minus 1.`,
      ),
    ]),
    ...common('agg', aggregate),
    feature(
      'agg_bqx_range',
      div(sub(max(past, aggregate), min(past, aggregate)), x),
      'ratio',
      `Range of the past ${aggregate} rows relative to the rate index now.`,
    ),
    feature(
      'agg_bqx_volatility',
      div(std(past, aggregate), x),
      'ratio',
      `Sample standard deviation of the past ${aggregate} rows relative to the rate index now.`,
    ),
  ],
});
