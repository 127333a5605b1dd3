import { rotations } from './rotations.ts';

// Transforms of a window by their definitions: sums over all terms, nothing from the engine.

const sum = (count: number, term: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
};

/** The rows less their mean, counted from the newest first. */
export const centred = (x: readonly number[]): number[] => {
  const from = x.map(value => value - x.at(-1)!);
  const mean = sum(x.length, i => from[i]!) / x.length;
  return from.map(value => value - mean);
};

/** The rows less their line, under Hann's window. */
export const weighted = (x: readonly number[]): number[] => {
  const n = x.length;
  const y = centred(x);
  const middle = (n - 1) / 2;
  const slope = sum(n, i => (i - middle) * y[i]!) / sum(n, i => (i - middle) ** 2);
  return y.map((value, i) => (value - slope * (i - middle)) * Math.sin((Math.PI * i) / n) ** 2);
};

const turns = new Map<number, { readonly cos: number; readonly sin: number }[]>();

const turnsOf = (n: number) => {
  const known = turns.get(n);
  if (known) return known;
  const made = Array.from({ length: n }, (_, k) => ({
    cos: Math.cos((2 * Math.PI * k) / n),
    sin: Math.sin((2 * Math.PI * k) / n),
  }));
  turns.set(n, made);
  return made;
};

/** P_1 to P_(n/2), by the sum over all rows for each. */
export const powersOf = (x: readonly number[]): number[] => {
  const n = x.length;
  const y = weighted(x);
  const turn = turnsOf(n);
  return Array.from({ length: n / 2 }, (_, i) => {
    let [re, im] = [0, 0];
    for (let k = 0; k < n; k++) {
      const { cos, sin } = turn[((i + 1) * k) % n]!;
      re += y[k]! * cos;
      im += y[k]! * sin;
    }
    return re * re + im * im;
  });
};

/** Daubechies (1992), Ten Lectures on Wavelets, table 6.1, N = 4. */
export const scaling = [
  0.2303778133088964, 0.7148465705529155, 0.6308807679298587, -0.0279837694168599, -0.1870348117190931,
  0.0308413818355607, 0.032883011666885, -0.010597401785069,
];

/** Details of each level, the finest first, and the averages behind the last. */
export const waveletOf = (
  x: readonly number[],
  levels: number,
): { readonly details: number[][]; readonly averages: number[] } => {
  let series = centred(x);
  const details: number[][] = [];
  for (let level = 0; level < levels; level++) {
    const m = series.length;
    const by = (filter: (j: number) => number) =>
      Array.from({ length: m / 2 }, (_, k) => sum(8, j => filter(j) * series[(2 * k + j - 3 + m) % m]!));
    details.push(by(j => (j % 2 === 0 ? 1 : -1) * scaling[7 - j]!));
    series = by(j => scaling[j]!);
  }
  return { details, averages: series };
};

export const energy = (numbers: readonly number[]): number => sum(numbers.length, i => numbers[i]! ** 2);

export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};

/** -sum q ln q over the logarithm of their count. */
export const entropy = (shares: readonly number[]): number =>
  sum(shares.length, i => (shares[i]! > 0 ? -shares[i]! * Math.log(shares[i]!) : 0)) /
  Math.log(shares.length);

export type Singular = {
  /** Eigenvalues of the Gram matrix of the trajectory matrix, largest first, and their sum. */
  readonly values: readonly number[];
  readonly total: number;
  readonly series: readonly number[];
  readonly trend: readonly number[];
  readonly swing: readonly number[];
};

/** Elements of the trajectory matrix that are row t. */
export const timesOf = (t: number, n: number, size: number): number => Math.min(t + 1, size, n - t);

const found = new WeakMap<readonly number[], { readonly size: number; readonly of: Singular }>();

/** Singular spectrum analysis; that of the window asked for last is kept. */
export const singularOf = (x: readonly number[], size: number): Singular => {
  const known = found.get(x);
  if (known?.size === size) return known.of;
  const of = analyse(x, size);
  found.set(x, { size, of });
  return of;
};

/** The eigenvectors by Jacobi's rotations. */
const analyse = (x: readonly number[], size: number): Singular => {
  const n = x.length;
  const columns = n - size + 1;
  const series = centred(x);
  const gram = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => sum(columns, k => series[i + k]! * series[j + k]!)),
  );
  const total = sum(size, i => gram[i]![i]!);
  const pairs = rotations(gram);
  const seriesOf = (chosen: readonly number[]): number[] => {
    const out = new Array<number>(n).fill(0);
    for (const which of chosen) {
      const { vector } = pairs[which]!;
      for (let k = 0; k < columns; k++) {
        const along = sum(size, i => vector[i]! * series[k + i]!);
        for (let i = 0; i < size; i++) out[k + i]! += vector[i]! * along;
      }
    }
    return out.map((value, t) => value / timesOf(t, n, size));
  };
  return {
    values: pairs.map(({ value }) => value),
    total,
    series,
    trend: seriesOf([0]),
    swing: seriesOf([1, 2]),
  };
};
