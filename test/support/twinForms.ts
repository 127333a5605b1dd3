import { blockSums, total } from './blockSums.ts';
import { windowOf } from './kernelShapes.ts';

// The forms that twins of operators have: of a row, of a window, of the numbers in it, of weights that fade.

/** An operator again, over plain arrays: no doubling, no shared sums, nothing from the engine. */
export type Twin = {
  /** Parameters to try; windows are added to those that take one. */
  readonly params?: readonly (readonly (number | string)[])[];
  /** Shortest window to try, where the operator's own limit is lower. */
  readonly least?: number;
  /** Is given the bars' time before its series. */
  readonly byDay?: true;
  /** Row t of the result; rows before the first bar are NaN. */
  readonly value: (
    series: readonly Float64Array[],
    params: readonly (number | string)[],
    t: number,
  ) => number;
  /** Relative to `magnitude`; exact when left out. */
  readonly tolerance?: number;
  readonly magnitude?: Twin['value'];
};

export const some = (...values: number[]): boolean => values.some(Number.isNaN);
export const flag = (truth: boolean, ...operands: number[]): number =>
  some(...operands) ? NaN : Number(truth);
export const quotient = (a: number, b: number): number => (b === 0 ? NaN : a / b);

export const pointwise = (of: (...values: number[]) => number): Twin => ({
  value: (series, _, t) => of(...series.map(values => values[t]!)),
});

type OfWindow = (x: number[], y: number[], params: readonly (number | string)[]) => number;

const windowed =
  (of: OfWindow): Twin['value'] =>
  ([x, y], params, t) => {
    const window = Number(params[0]);
    const [a, b] = [windowOf(x!, t, window), y ? windowOf(y, t, window) : []];
    return some(...a, ...b) ? NaN : of(a, b, params);
  };

export const level = (x: number[]): number => Math.max(...x.map(Math.abs));
export const sd = (x: number[], ddof: number): number => Math.sqrt(blockSums(x).m2 / (x.length - ddof));
/** How many units in the last place of the level make a unit of the deviations. */
export const condition = (x: number[]): number => 1 + level(x) / sd(x, 0);
/** Running sums. */
export const walkOf = (x: number[]): number[] => x.map((_, i) => total(x.slice(0, i + 1)));
export const bars = (x: number[]): number[] => x.map((_, i) => i);

export const rolling = (of: OfWindow, tolerance?: number, magnitude?: OfWindow): Twin => ({
  value: windowed(of),
  ...(tolerance === undefined ? {} : { tolerance }),
  ...(magnitude === undefined ? {} : { magnitude: windowed(magnitude) }),
});

export const deviations = (ddof: number): Twin =>
  rolling(
    x => sd(x, ddof),
    1e-14,
    x => sd(x, ddof) + level(x),
  );

/** Weights alpha (1 - alpha)^j over the power of two of rows at which less than 2^-53 is left. */
export const exponential = (alpha: (n: number) => number): Twin => {
  const reversed = (x: Float64Array, n: number | string, t: number): number[] => {
    let rows = 1;
    while ((1 - alpha(Number(n))) ** rows >= 2 ** -53) rows *= 2;
    return windowOf(x, t, rows).reverse();
  };
  return {
    params: [[1], [2], [5], [14], [20]],
    tolerance: 1e-14,
    value: ([x], [n], t) => {
      const values = reversed(x!, n!, t);
      if (some(...values)) return NaN;
      const weights = values.map((_, j) => (1 - alpha(Number(n))) ** j);
      return total(values.map((value, j) => value * weights[j]!)) / total(weights);
    },
    magnitude: ([x], [n], t) => level(reversed(x!, n!, t)),
  };
};

export const numbers = (x: number[]): number[] => x.filter(value => !Number.isNaN(value));

/** A window of which only the numbers count, if there are enough; of two series those where both are numbers. */
const ofNumbers =
  (of: (x: number[], y: number[]) => number): Twin['value'] =>
  ([x, y], [window, least], t) => {
    const [a, b] = [x!, y ?? x!].map(values => windowOf(values, t, Number(window)));
    const both = a!.flatMap((value, i) => (some(value, b![i]!) ? [] : [i]));
    return both.length < Number(least)
      ? NaN
      : of(
          both.map(i => a![i]!),
          both.map(i => b![i]!),
        );
  };

export const partial = (
  of: (x: number[], y: number[]) => number,
  tolerance = 0,
  magnitude: (x: number[], y: number[]) => number = of,
  least = 1,
): Twin => ({
  params: [[least], [3], [40]],
  tolerance,
  value: ofNumbers(of),
  magnitude: ofNumbers(magnitude),
});

export const partialDeviation = (ddof: 0 | 1): Twin =>
  partial(
    x => sd(x, ddof),
    1e-14,
    x => sd(x, ddof) + level(x),
    1 + ddof,
  );

/** Weights alpha (1 - alpha)^j over exactly the rows asked for. */
export const exponentialOver = (alpha: (n: number) => number): Twin => {
  const reversed = (x: Float64Array, rows: number | string, t: number) =>
    windowOf(x, t, Number(rows)).reverse();
  return {
    params: [
      [1, 1],
      [1, 7],
      [12, 1],
      [14, 20],
      [9, 64],
      [200, 100],
    ],
    tolerance: 1e-14,
    value: ([x], [n, rows], t) => {
      const values = reversed(x!, rows!, t);
      const weights = values.map((_, j) => (1 - alpha(Number(n))) ** j);
      return total(values.map((value, j) => value * weights[j]!)) / total(weights);
    },
    magnitude: ([x], [, rows], t) => level(reversed(x!, rows!, t)),
  };
};

/** The rows of the horizon of alpha = 2 / (n + 1), newest first. */
export function horizonOf(x: Float64Array, n: number | string, t: number): { values: number[]; q: number } {
  const q = 1 - 2 / (Number(n) + 1);
  let rows = 1;
  while (q ** rows >= 2 ** -53) rows *= 2;
  return { values: windowOf(x, t, rows).reverse(), q };
}

/** a over the row and the n before it, n being the value of the second series. */
export const back = (of: (x: number[]) => number): Twin => ({
  params: [[0], [3], [40]],
  value: ([a, b], [cap], t) => {
    const n = b![t]!;
    return Number.isInteger(n) && n >= 0 && n <= Number(cap) ? of(windowOf(a!, t, n + 1)) : NaN;
  },
});

export const quantile = (x: number[], q: number): number => {
  const sorted = x.map(value => value + 0).sort((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const low = sorted[Math.floor(rank)]!;
  return rank % 1 === 0 ? low : low + (sorted[Math.ceil(rank)]! - low) * (rank % 1);
};
