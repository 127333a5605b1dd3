import { type Bounded, divide, exact, isNull, missing, scale, tooClose } from './bounded.ts';
import { listed, sd, total } from './derived.ts';

// Statistics across pairs at one row: over those of which something is known.

/** So far off that nothing is tested. */
const anything = 1e9;

/**
 * A statistic over the numbers among the cells, NULL below `least` of them. Where it is open which cells are numbers,
 * so is the statistic.
 */
export const ofKnown = (
  cells: readonly Bounded[],
  least: number,
  statistic: (numbers: readonly Bounded[]) => Bounded,
): Bounded => {
  const numbers = cells.filter(cell => !isNull(cell));
  const open = cells.filter(cell => cell.maybeNull);
  const most = cells.filter(cell => !isNull(cell) || cell.maybeNull).length;
  if (most < least) return missing;
  if (open.length === 0) return statistic(numbers);
  const isSure = cells.filter(cell => !isNull(cell) && !cell.maybeNull).length >= least;
  if (numbers.length < least) return { ...missing, maybeNull: true };
  const value = statistic(numbers.map(({ value, slack }) => ({ value, slack })));
  return isSure && !value.maybeNull
    ? { ...value, slack: anything }
    : { ...value, slack: anything, maybeNull: true };
};

export const meanOf = (numbers: readonly Bounded[]): Bounded => divide(total(numbers), exact(numbers.length));

/** Sample standard deviation. */
export const spreadOf = (numbers: readonly Bounded[]): Bounded =>
  sd(listed(numbers), numbers.length - 1, numbers.length);

/** The middle number, of an even count the mean of the middle two. */
export const medianOf = (numbers: readonly Bounded[]): Bounded => {
  const sorted = numbers.toSorted((a, b) => a.value - b.value);
  const half = sorted.length >> 1;
  const worst = Math.max(...numbers.map(({ slack }) => slack));
  const middle = sorted.length % 2 === 1 ? [sorted[half]!] : [sorted[half - 1]!, sorted[half]!];
  const { value, slack } = scale(total(middle), 1 / middle.length);
  return { value, slack: slack + worst };
};

/** How many of the numbers are above, and how many the same as, the own one; `open` of them may be either. */
export const countsOf = (
  own: Bounded,
  numbers: readonly Bounded[],
): { readonly above: number; readonly equal: number; readonly open: number } => {
  let [above, equal, open] = [0, 0, 0];
  for (const one of numbers) {
    const distance = one.value - own.value;
    if (distance > 0) above++;
    if (distance === 0) equal++;
    if (tooClose(distance, one, own)) open++;
  }
  return { above, equal, open };
};

/** Ranks from 1 up, equal numbers sharing the mean of theirs. */
export const ranksOf = (numbers: readonly Bounded[]): number[] =>
  numbers.map(one => {
    const { above, equal } = countsOf(one, numbers);
    return numbers.length - above - (equal - 1) / 2;
  });

/** Spearman's correlation: Pearson's of the ranks. NULL where one side is the same everywhere. */
export const spearman = (a: readonly Bounded[], b: readonly Bounded[]): Bounded => {
  const middle = (a.length + 1) / 2;
  const [left, right] = [a, b].map(side => ranksOf(side).map(rank => rank - middle)) as [number[], number[]];
  const dot = (x: number[], y: number[]): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  // A number is as near to itself as can be: only others leave its rank open.
  const isOpen = [a, b].some(side =>
    side.some((one, i) => side.some((other, j) => i < j && tooClose(one.value - other.value, one, other))),
  );
  const size = Math.sqrt(dot(left, left) * dot(right, right));
  if (size === 0) return isOpen ? { ...missing, maybeNull: true } : missing;
  const value = dot(left, right) / size;
  return isOpen ? { value, slack: 2, maybeNull: true } : { value, slack: 2 ** -48 };
};
