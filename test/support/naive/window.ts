import { type Bounded, divide, exact, missing, root, scale, unit } from './bounded.ts';
import type { Series } from './series.ts';

/** First row of a full window without NULLs that ends at `row`, or -1. */
export const windowStart = (x: Series, row: number, window: number): number => {
  const first = row - window + 1;
  if (first < 0) return -1;
  for (let i = first; i <= row; i++) if (Number.isNaN(x.value[i])) return -1;
  return first;
};

/** Roundings a number passes in a tree sum of `count` terms: log2 levels up, and as many blocks to join. */
export const roundings = (count: number): number => 2 * Math.ceil(Math.log2(Math.max(2, count))) + 2;

/** Neumaier's compensated sum of cell(first..last). */
export const sumOf = (first: number, last: number, cell: (i: number) => number): number => {
  let sum = 0;
  let lost = 0;
  for (let i = first; i <= last; i++) {
    const x = cell(i);
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return sum + lost;
};

const isConstant = (x: Series, first: number, last: number): boolean => {
  for (let i = first + 1; i <= last; i++) if (x.still[i] !== 1) return false;
  return true;
};

export const sum = (x: Series, row: number, window: number): Bounded => {
  const first = windowStart(x, row, window);
  if (first < 0) return missing;
  const value = sumOf(first, row, i => x.value[i]!);
  let [size, slack] = [0, 0];
  for (let i = first; i <= row; i++) {
    size += Math.abs(x.value[i]!);
    slack += x.slack[i]!;
  }
  return { value, slack: slack + roundings(window) * unit * size };
};

/** A mean in two parts whose sum is exact to far below a rounding: its double, and what that leaves. */
type Centre = { readonly mean: number; readonly rest: number };

/** Of a constant window the mean is exactly the constant. */
const centreOf = (x: Series, first: number, last: number): Centre => {
  const count = last - first + 1;
  const lead = x.value[first]!;
  let isSame = true;
  for (let i = first + 1; i <= last; i++) isSame &&= x.value[i] === lead;
  if (isSame) return { mean: lead, rest: 0 };
  const rough = sumOf(first, last, i => x.value[i]!) / count;
  const lost = sumOf(first, last, i => x.value[i]! - rough) / count;
  const mean = rough + lost;
  return { mean, rest: rough - mean + lost };
};

export const mean = (x: Series, row: number, window: number): Bounded => {
  const first = windowStart(x, row, window);
  if (first < 0) return missing;
  return { value: centreOf(x, first, row).mean, slack: scale(sum(x, row, window), 1 / window).slack };
};

/** Deviations from the mean over rows first..last, with what a window's own rounding can do to each of them. */
export type Deviations = {
  readonly count: number;
  readonly of: (row: number) => number;
  readonly noise: number;
};

export const deviations = (x: Series, first: number, last: number): Deviations => {
  const count = last - first + 1;
  const { mean, rest } = centreOf(x, first, last);
  const of = (row: number) => x.value[row]! - mean - rest;
  if (isConstant(x, first, last)) return { count, of, noise: 0 };
  let [worst, size] = [0, 0];
  for (let i = first; i <= last; i++) {
    worst = Math.max(worst, x.slack[i]!);
    size += Math.abs(x.value[i]!);
  }
  return { count, of, noise: worst + (roundings(count) * unit * size) / count };
};

/** x ** power for a small whole power, by multiplication: `**` takes a logarithm of every number. */
const raised = (x: number, power: number): number => {
  let result = 1;
  for (let k = 0; k < power; k++) result *= x;
  return result;
};

/** Sum of the powers of the deviations from the mean over rows first..last. */
export const centredPowers = (x: Series, first: number, last: number, power: number): Bounded => {
  const { of, noise, count } = deviations(x, first, last);
  const value = sumOf(first, last, i => raised(of(i), power));
  let [size, moved] = [0, 0];
  for (let i = first; i <= last; i++) {
    const length = Math.abs(of(i));
    size += raised(length, power);
    // (length + noise)^power - length^power without cancellation.
    for (let k = 0; k < power; k++) {
      moved += noise * raised(length + noise, k) * raised(length, power - 1 - k);
    }
  }
  return { value, slack: (power > 2 ? 2 : 1) * moved + power * roundings(count) * unit * size };
};

const spreadOf = (x: Series, first: number, last: number, divisor: number): Bounded =>
  root(divide(centredPowers(x, first, last, 2), exact(divisor)));

/** Sample standard deviation of rows first..last, divisor n - 1; the rows must hold no NULL. */
export const sampleSpread = (x: Series, first: number, last: number): Bounded =>
  spreadOf(x, first, last, last - first);

/** sd: divisor n - 1. */
export const sd = (x: Series, row: number, window: number): Bounded => {
  const first = windowStart(x, row, window);
  return first < 0 ? missing : spreadOf(x, first, row, window - 1);
};

/** psd: divisor n. */
export const psd = (x: Series, row: number, window: number): Bounded => {
  const first = windowStart(x, row, window);
  return first < 0 ? missing : spreadOf(x, first, row, window);
};

const extreme = (pick: (a: number, b: number) => number) => {
  return (x: Series, row: number, window: number): Bounded => {
    const first = windowStart(x, row, window);
    if (first < 0) return missing;
    let value = x.value[first]!;
    let slack = x.slack[first]!;
    for (let i = first + 1; i <= row; i++) {
      value = pick(value, x.value[i]!);
      slack = Math.max(slack, x.slack[i]!);
    }
    return { value, slack };
  };
};

export const min = extreme(Math.min);
export const max = extreme(Math.max);

/** Sum of the products of deviations of a, ending at rowA, and b, ending at rowB. NULL-free windows required. */
export const centredProducts = (
  a: Series,
  rowA: number,
  b: Series,
  rowB: number,
  window: number,
): Bounded => {
  const firstA = windowStart(a, rowA, window);
  const firstB = windowStart(b, rowB, window);
  if (firstA < 0 || firstB < 0) return missing;
  const da = deviations(a, firstA, rowA);
  const db = deviations(b, firstB, rowB);
  let size = 0;
  let moved = 0;
  const value = sumOf(0, window - 1, i => {
    const left = da.of(firstA + i);
    const right = db.of(firstB + i);
    size += Math.abs(left * right);
    moved += Math.abs(left) * db.noise + Math.abs(right) * da.noise + da.noise * db.noise;
    return left * right;
  });
  const isFlat = isConstant(a, firstA, rowA) || isConstant(b, firstB, rowB);
  return isFlat ? exact(0) : { value, slack: moved + 2 * roundings(window) * unit * size };
};

/** Least-squares slope per row. */
export const slope = (x: Series, row: number, window: number): Bounded => {
  const first = windowStart(x, row, window);
  if (first < 0) return missing;
  const middle = (window - 1) / 2;
  const { of, noise } = deviations(x, first, row);
  if (isConstant(x, first, row)) return exact(0);
  const below = sumOf(0, window - 1, k => (k - middle) ** 2);
  const above = sumOf(0, window - 1, k => (k - middle) * of(first + k));
  const size = sumOf(0, window - 1, k => Math.abs((k - middle) * of(first + k)));
  const moved = noise * sumOf(0, window - 1, k => Math.abs(k - middle));
  return { value: above / below, slack: (moved + 2 * roundings(window) * unit * size) / below };
};

/** Pearson's correlation; 0 when either side is constant. */
export const correlation = (a: Series, b: Series, row: number, window: number): Bounded => {
  const joint = centredProducts(a, row, b, row, window);
  if (Number.isNaN(joint.value)) return missing;
  const first = row - window + 1;
  const sides = [centredPowers(a, first, row, 2), centredPowers(b, first, row, 2)] as const;
  if (sides.some(side => side.value === 0 && side.slack === 0)) return exact(0);
  if (sides.some(side => side.value <= side.slack)) return { value: 0, slack: 1 };
  const scaleA = root(sides[0]);
  const scaleB = root(sides[1]);
  const quotient = divide(divide(joint, scaleA), scaleB);
  return { ...quotient, slack: Math.min(2, quotient.slack) };
};
