import { known, knownPairs, meanOf, medianOf, sampleSd, spearman } from './acrossRows.ts';
import type { Twin } from './twinForms.ts';

const level = (values: readonly number[]): number => Math.max(0, ...known(values).map(Math.abs));

/** Of the numbers of a row, if there are enough. */
const across = (of: (values: number[]) => number, least = 1, tolerance = 0): Twin => ({
  params: [[least], [3], [4], [9]],
  tolerance,
  value: (series, [least], t) => {
    const values = known(series.map(values => values[t]!));
    return values.length < Number(least) ? NaN : of(values);
  },
  magnitude: (series, _, t) => level(series.map(values => values[t]!)),
});

const counted = (of: (value: number, a: number) => boolean): Twin => ({
  value: ([a, ...others], _, t) =>
    Number.isNaN(a![t]) ? NaN : others.filter(values => of(values[t]!, a![t]!)).length,
});

/** Twins of the operators over several series in one row. */
export const acrossTwins: Readonly<Record<string, Twin>> = {
  partial_mean_of: across(meanOf, 1, 1e-15),
  partial_std_of: across(sampleSd, 2, 1e-15),
  partial_median_of: across(medianOf),
  partial_min_of: across(values => Math.min(...values)),
  partial_max_of: across(values => Math.max(...values)),
  count_of: { value: (series, _, t) => known(series.map(values => values[t]!)).length },
  count_above: counted((value, a) => value > a),
  count_below: counted((value, a) => value < a),
  count_equal: counted((value, a) => value === a),
  spearman_of: {
    params: [[2], [3]],
    tolerance: 1e-15,
    value: (series, [least], t) => {
      const [x, y] = knownPairs(series.map(values => values[t]!));
      return x.length < Number(least) ? NaN : spearman(x, y);
    },
    magnitude: () => 1,
  },
};
