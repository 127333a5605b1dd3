import { total } from './blockSums.ts';

// What several values come to, over plain arrays; NaN are left out.

export const known = (values: readonly number[]): number[] => values.filter(value => !Number.isNaN(value));

export const meanOf = (x: readonly number[]): number => total(x.map(value => value / x.length));

export const sampleSd = (x: readonly number[]): number =>
  Math.sqrt(total(x.map(value => (value - meanOf(x)) ** 2)) / (x.length - 1));

export function medianOf(values: readonly number[]): number {
  const x = values.map(value => value + 0).sort((a, b) => a - b);
  return (x[(x.length - 1) >> 1]! + x[x.length >> 1]!) / 2;
}

/** 1 for the smallest; equal values share the mean of their places. */
const rankOf = (x: number, among: readonly number[]): number => {
  const below = among.filter(value => value < x).length;
  const equal = among.filter(value => value === x).length;
  return below + (equal + 1) / 2;
};

/** Pearson's correlation of ranks; NaN where one side has only one of them. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [x, y].map(values => {
    const ranks = values.map(value => rankOf(value, values));
    return ranks.map(rank => rank - (values.length + 1) / 2);
  }) as [number[], number[]];
  const product = (left: readonly number[], right: readonly number[]): number =>
    total(left.map((value, i) => value * right[i]!));
  return product(a, b) / Math.sqrt(product(a, a)) / Math.sqrt(product(b, b));
}

/** x, y, x, y, ...: the pairs without NaN, as two columns. */
export function knownPairs(values: readonly number[]): [number[], number[]] {
  const pairs = values.flatMap((x, i) => (i % 2 === 0 ? [[x, values[i + 1]!] as const] : []));
  const both = pairs.filter(pair => !pair.some(Number.isNaN));
  return [both.map(([x]) => x), both.map(([, y]) => y)];
}
