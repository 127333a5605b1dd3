import { median } from '../../host/bench/rounds.ts';

/** One measured number and what it has to be. */
export type Figure = {
  readonly bench: string;
  readonly figure: string;
  /** Median of the runs. */
  readonly value: number;
  readonly unit: string;
  /** Smallest and largest of the runs. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
  /** Absent where the number only informs. */
  readonly goal?: Goal;
};

/** What a benchmark comes to. */
export type Measured = {
  readonly figures: readonly Figure[];
  /** Markdown for docs/benchmarks.md where a list of figures says too little; then only those with a goal are listed. */
  readonly section?: string;
  /** Pictures that the section shows, by their file beside the page. */
  readonly pictures?: Readonly<Record<string, string>>;
  /** What this machine cannot measure, and what it lacks. */
  readonly missing?: readonly string[];
};

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** A figure from the values of its runs. */
export function figureOf(
  what: Pick<Figure, 'bench' | 'figure' | 'unit' | 'goal'>,
  values: readonly number[],
): Figure {
  const range = { low: Math.min(...values), high: Math.max(...values) };
  return { ...what, value: median(values), ...range, runs: values.length };
}

export const isMet = ({ value, goal }: Figure): boolean | undefined =>
  goal && ('atMost' in goal ? value <= goal.atMost : value >= goal.atLeast);

/** The quotient of two cases, round by round. */
export const ratios = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((value, round) => value / below[round]!);

/** A wrong answer is not a fast one. */
export function mustEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: found ${found}, expected ${expected}`);
}
