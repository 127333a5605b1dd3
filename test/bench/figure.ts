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

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

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

/**
 * Runs the cases in turn, `rounds` times, the order reversed every other round: what slows the machine down for a while
 * slows all of them. The first round warms up and is not kept. Returns what each case measured, round by round.
 */
export async function interleave<T>(
  cases: Readonly<Record<string, (round: number) => T | Promise<T>>>,
  rounds: number,
): Promise<Record<string, T[]>> {
  const results = Object.fromEntries(Object.keys(cases).map(name => [name, [] as T[]]));
  for (let round = 0; round <= rounds; round++) {
    const names = Object.keys(cases);
    for (const name of round % 2 ? names.toReversed() : names) {
      const result = await cases[name]!(round);
      if (round > 0) results[name]!.push(result);
    }
  }
  return results;
}

/** The quotient of two cases, round by round. */
export const ratios = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((value, round) => value / below[round]!);

/** A wrong answer is not a fast one. */
export function mustEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: found ${found}, expected ${expected}`);
}
