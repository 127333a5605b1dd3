/** How far apart bars are, in microseconds. */
export type BarSteps = {
  /** The median step. */
  readonly usual: number;
  readonly shortest: number;
  /** Whether at least half of the steps are the usual one, which then is the interval of the bars. */
  readonly regular: boolean;
};

/** Fewer bars say nothing about their interval. */
const leastBars = 4;
/** So many bars are enough to tell. */
export const barsForSteps = 301;
/** Days differ by an hour where clocks change, so equal intervals need not be equal to the microsecond. */
const tolerance = 1.5;

/** The steps of the first bars, or undefined where there are too few of them. Times in ascending order. */
export function barSteps(times: ArrayLike<number>): BarSteps | undefined {
  const count = Math.min(times.length, barsForSteps);
  if (count < leastBars) return undefined;
  const steps = Array.from({ length: count - 1 }, (_, i) => times[i + 1]! - times[i]!).sort((a, b) => a - b);
  const usual = steps[steps.length >> 1]!;
  const regular = 2 * steps.filter(step => step === usual).length >= steps.length;
  return { usual, shortest: steps[0]!, regular };
}

/**
 * Whether bars of these steps cannot be of one interval. Scattered bars, as of a file of corrections or of a market
 * that trades little, are no longer than the shortest of their steps, and may be as short as one likes.
 */
export function intervalsDiffer(a: BarSteps, b: BarSteps): boolean {
  if (a.regular && b.regular) return Math.max(a.usual, b.usual) > tolerance * Math.min(a.usual, b.usual);
  if (a.regular) return tolerance * b.shortest < a.usual;
  if (b.regular) return tolerance * a.shortest < b.usual;
  return false;
}

const units = [
  ['day', 86_400_000_000],
  ['hour', 3_600_000_000],
  ['minute', 60_000_000],
  ['second', 1_000_000],
] as const;

/** "1 minute", "4 hours"; the largest unit that makes it a whole number. */
export function stepText(micros: number): string {
  const [name, size] = units.find(([, size]) => micros % size === 0) ?? units.at(-1)!;
  const count = Number((micros / size).toFixed(3));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
