import { type Builder, inPlace, type Ref } from '../lowering.ts';
import { maxWindow, type Operator } from './types.ts';

const atLeast = (min: number) => ({ name: 'at_least', min, max: maxWindow, integer: true }) as const;

const ofSeries = 'of those of the series that are numbers in the row';

/** What the series that are numbers come to in one row, if there are enough of them. */
const across = (name: string, kernel: string, summary: string, least = 1): Operator => ({
  name,
  args: ['a', 'b'],
  more: true,
  params: [atLeast(least)],
  summary: `${summary} ${ofSeries}`,
  nulls: 'only where fewer than `at_least` of the series are numbers',
  forgiving: true,
  lower: (b, series, [least]) => b.kernel(kernel, series, [Number(least)]),
});

/** How many of the series behind the first stand to it in some way. */
const counted = (name: string, kernel: string, how: string): Operator => ({
  name,
  args: ['a', 'b'],
  more: true,
  summary: `how many of the series behind a are ${how} a`,
  nulls: 'only where a is; a series that is NULL does not count',
  forgiving: true,
  lower: (b, series) =>
    b.kernel(
      kernel,
      series.map(one => inPlace(b, one)),
    ),
});

/** Both where both are numbers. */
const bothKnown = (b: Builder, [x, y]: readonly [Ref, Ref]): readonly Ref[] => [
  b.kernel('given', [x, y]),
  b.kernel('given', [y, x]),
];

/** What several series, for example one of each of several symbols, come to in one row. */
export const acrossSeries: readonly Operator[] = [
  across('partial_mean_of', 'meanAcross', 'arithmetic mean'),
  across('partial_std_of', 'stdAcross', 'sample standard deviation (ddof 1)', 2),
  across('partial_median_of', 'medianAcross', 'median'),
  across('partial_min_of', 'leastAcross', 'minimum'),
  across('partial_max_of', 'greatestAcross', 'maximum'),
  {
    name: 'count_of',
    args: ['a', 'b'],
    more: true,
    summary: 'how many of the series are numbers in the row',
    nulls: 'nowhere',
    forgiving: true,
    lower: (b, series) =>
      b.kernel(
        'countAcross',
        series.map(one => inPlace(b, one)),
      ),
  },
  counted('count_above', 'countAbove', 'larger than'),
  counted('count_below', 'countBelow', 'smaller than'),
  counted('count_equal', 'countEqual', 'equal to'),
  {
    name: 'spearman_of',
    args: ['a', 'b', 'c', 'd'],
    more: true,
    params: [atLeast(2)],
    summary:
      'rank correlation, equal values having their mean rank, of the pairs (a, b), (c, d) and so on in which both are numbers in the row',
    nulls:
      'only where both are numbers in fewer than `at_least` pairs, or one side is the same in all of these',
    forgiving: true,
    fault: (_, series) => (series % 2 === 0 ? undefined : `series go by pairs, and ${series} do not`),
    lower: (b, series, [least]) => {
      const pairs = series.flatMap((x, i) => (i % 2 === 0 ? bothKnown(b, [x, series[i + 1]!]) : []));
      return b.kernel('spearmanAcross', pairs, [Number(least)]);
    },
  },
];
