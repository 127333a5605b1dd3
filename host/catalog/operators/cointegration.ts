import { criticalValues, levels } from '../criticalValues.ts';
import type { Builder, Ref } from '../lowering.ts';
import type { Operator, Param } from './types.ts';

const most = 8;
const rowsParam: Param = { name: 'rows', min: 9, max: 4_096, integer: true };
const minutesParam: Param = { name: 'minutes', min: 1, max: 1_440, integer: true };
const place = (name: string): Param => ({ name, min: 1, max: most, integer: true });

// What the kernel is asked for, mirrored by assembly/kernels/johansen.ts.
const wants = { weight: 0, eigenvalue: 1, trace: 2, maximum: 3, combination: 4, rows: 5, fitted: 6 } as const;

type Params = readonly (number | string)[];

/** Relation and series count from 1. */
const read = (
  b: Builder,
  series: readonly Ref[],
  want: keyof typeof wants,
  [rows, minutes, relation = 1, which = 1]: Params,
): Ref => {
  const entry = Float64Array.of(wants[want], Number(relation) - 1, Number(which) - 1);
  return b.kernel('johansen', [b.time(), ...series], [series.length, Number(rows), Number(minutes)], entry);
};

/** The last parameters count relations or series, of which there are as many as series. */
const faultOf = (series: number, rows: number, counted: readonly [name: string, value: number][]) => {
  if (series > most) return `there are ${series} series, expected at most ${most}`;
  if (rows < 3 * series + 3)
    return `rows is ${rows}, expected at least ${3 * series + 3} for ${series} series`;
  const [name, value] = counted.find(([, value]) => value > series) ?? [];
  return name === undefined ? undefined : `${name} is ${value}, and there are ${series} series`;
};

const singular =
  'there is no fit: of the sum of squares of a level or change no more than 1e-12 is left beside the others, or the largest eigenvalue is 1 to 1e-12';

const over =
  "in Johansen's cointegration of the series, with one lagged difference and a constant that is not restricted, over the last `rows` rows before the first row of the current stretch of `minutes` minutes of UTC";
const beyond = 'the stretch has more than `minutes` rows up to the current one';

type Shape = {
  readonly params?: readonly Param[];
  readonly nulls?: string;
  readonly basis?: NonNullable<Operator['basis']>;
  readonly lower?: Operator['lower'];
};

const of = (
  want: string,
  summary: string,
  { params = [], nulls = singular, ...more }: Shape = {},
): Operator => ({
  name: `johansen_${want}`,
  args: ['a', 'b'],
  more: true,
  params: [rowsParam, minutesParam, ...params],
  summary: `${summary}, ${over}`,
  nulls: nulls === '' ? beyond : `${nulls}; or ${beyond}`,
  fault: ([rows, , ...rest], series) =>
    faultOf(
      series,
      Number(rows),
      params.flatMap(({ name, oneOf }, i) => (oneOf ? [] : [[name, Number(rest[i])] as [string, number]])),
    ),
  lower: (b, series, params) => read(b, series, want as keyof typeof wants, params),
  ...more,
});

/** How many relations the statistics, tested one after the other, do not reject. */
const rank = (b: Builder, series: readonly Ref[], [rows, minutes, statistic, level]: Params): Ref => {
  const want = statistic as keyof typeof criticalValues;
  const column = levels.indexOf(level as (typeof levels)[number]);
  let found = b.constant(0);
  for (let r = series.length; r >= 1; r--) {
    const critical = criticalValues[want][series.length - r]![column]!;
    const value = read(b, series, want, [rows!, minutes!, r]);
    const above = b.kernel('greater', [value, b.constant(critical)]);
    found = b.kernel('mul', [above, b.kernel('add', [found, b.constant(1)])]);
  }
  return found;
};

/** Relations between levels that are fitted at the clock. */
export const cointegration: readonly Operator[] = [
  of(
    'combination',
    'weighted sum of the series at the current row, less its mean over the rows fitted, the weights those of a relation',
    {
      params: [place('relation')],
    },
  ),
  of(
    'weight',
    'weight of a series in a relation, scaled to magnitudes that sum to 1 and the first that is not 0 above 0',
    {
      params: [place('relation'), place('series')],
    },
  ),
  of('eigenvalue', 'eigenvalue of a relation, the largest first', { params: [place('relation')] }),
  of('trace', 'trace statistic of the hypothesis that there are fewer relations than `relation`', {
    params: [place('relation')],
  }),
  of('maximum', 'maximum eigenvalue statistic of the same hypothesis', { params: [place('relation')] }),
  of('rank', 'number of relations by a statistic at a level of confidence', {
    params: [
      { name: 'statistic', oneOf: Object.keys(criticalValues) },
      { name: 'level', oneOf: levels },
    ],
    basis: ([, , statistic]) => criticalValues[statistic as keyof typeof criticalValues].join(' '),
    lower: rank,
  }),
  of('rows', 'how many rows are fitted, two less than `rows`', { nulls: '' }),
  of('fitted', '1 where there is a fit, 0 where there is none', { nulls: '' }),
];
