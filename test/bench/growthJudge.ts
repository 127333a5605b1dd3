import { median } from '../../host/bench/rounds.ts';
import { type Figure, figureOf, ratios } from './figure.ts';

/** What a cost a cell is held against as things grow. */
export type Rule = keyof typeof rules;

export type Growth = {
  readonly what: string;
  readonly rule: Rule;
  readonly sizes: readonly number[];
  /** Nanoseconds a cell by size, round by round. */
  readonly ns: readonly (readonly number[])[];
  /** Passes of kernels over a row for each cell, by size; empty where all sizes have as many. */
  readonly passes: readonly number[];
  /** Microseconds that a run takes before its first row, by size; empty where that is not measured. */
  readonly before: readonly number[];
};

type Judged = {
  /** What is held against each other: by size, round by round. */
  readonly values: (growth: Growth) => readonly (readonly number[])[];
  readonly unit: string;
  /** Which size the largest is held against. */
  readonly against: (growth: Growth) => number;
};

const smallest = (): number => 0;

/** The cheapest of the sizes below the largest. */
function cheapest({ ns }: Growth): number {
  const medians = ns.slice(0, -1).map(median);
  return medians.indexOf(Math.min(...medians));
}

/** Nanoseconds of one pass of a kernel over a row. */
export const perPass = ({ ns, passes }: Growth): number[][] =>
  ns.map((values, i) => values.map(value => value / passes[i]!));

const rules = {
  /** As many passes whatever the size: the cost stays. */
  flat: { values: ({ ns }: Growth) => ns, unit: 'ns a cell', against: smallest },
  /** A longer window takes more passes: the cost of one stays. */
  passes: { values: perPass, unit: 'ns a pass', against: smallest },
  /** Features that are computed together share passes: they never cost more than in smaller programs. */
  shared: { values: ({ ns }: Growth) => ns, unit: 'ns a cell', against: cheapest },
} satisfies Record<string, Judged>;

/** Flat means: no more than a tenth. */
const goal = { atMost: 1.1 };

export function figureOfGrowth(growth: Growth): Figure {
  const { what, sizes, rule } = growth;
  const { values, unit, against }: Judged = rules[rule];
  const judged = values(growth);
  const other = against(growth);
  const [last, first] = [judged.at(-1)!, judged[other]!];
  const shown = `${median(last).toFixed(2)} over ${median(first).toFixed(2)} ${unit}`;
  const [largest, held] = [sizes.at(-1)!, sizes[other]!].map(size => size.toLocaleString('en'));
  const figure = `${what}: ${largest} over ${held} (${shown})`;
  return figureOf({ bench: 'growth', figure, unit: 'x', goal }, ratios(last, first));
}

/** Exponent of the power of the size that the cost follows: 0 is flat. */
export function slopeOf(sizes: readonly number[], values: readonly (readonly number[])[]): number {
  const points = sizes.map((size, i) => [Math.log(size), Math.log(median(values[i]!))] as const);
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)];
  return mean(point => (point[0] - x) * (point[1] - y)) / mean(point => (point[0] - x) ** 2);
}
