import type { BarColumn, Bars } from '../../../host/catalog/bars.ts';
import {
  type Bounded,
  divide,
  exact,
  isNull,
  missing,
  root,
  subtract,
  unit,
  unlessSmall,
} from './bounded.ts';
import { horizon } from './movingAverages.ts';
import { plain, type Series, seriesOf, type Witness, witness } from './series.ts';
import * as whole from './window.ts';

// Windows that may be partial, and the series that several stock features are declared over. A window of `atLeast`
// numbers is whole where that is its length, so that one function serves both.

/** The numbers of the last `window` rows, side by side; undefined where there are fewer than `atLeast`. */
export const numbersOf = (x: Series, row: number, window: number, atLeast: number): Series | undefined => {
  const rows: number[] = [];
  for (let i = Math.max(0, row - window + 1); i <= row; i++) if (!Number.isNaN(x.value[i])) rows.push(i);
  if (rows.length < atLeast) return undefined;
  return {
    value: Float64Array.from(rows, i => x.value[i]!),
    slack: Float64Array.from(rows, i => x.slack[i]!),
    still: Uint8Array.from(rows, (i, k) => {
      const before = rows[k - 1];
      if (before === undefined) return 0;
      if (before === i - 1) return x.still[i]!;
      return x.value[i] === x.value[before] && x.slack[i] === 0 && x.slack[before] === 0 ? 1 : 0;
    }),
  };
};

type Statistic = (x: Series, row: number, window: number) => Bounded;

/** A statistic of the numbers of a window. */
const overNumbers =
  (statistic: Statistic) =>
  (x: Series, row: number, window: number, atLeast = window): Bounded => {
    if (row < 0) return missing;
    const numbers = numbersOf(x, row, window, atLeast);
    const count = numbers?.value.length ?? 0;
    return numbers ? statistic(numbers, count - 1, count) : missing;
  };

export const sum = overNumbers(whole.sum);
export const mean = overNumbers(whole.mean);
export const sd = overNumbers(whole.sd);
export const psd = overNumbers(whole.psd);
export const least = overNumbers(whole.min);
export const greatest = overNumbers(whole.max);

const weightTables = new Map<string, Float64Array>();

/** (1 - alpha)^age by age. */
const weightsOf = (alpha: number, rows: number): Float64Array => {
  const key = `${alpha} ${rows}`;
  const made = weightTables.get(key) ?? Float64Array.from({ length: rows }, (_, age) => (1 - alpha) ** age);
  weightTables.set(key, made);
  return made;
};

/**
 * Mean with weights (1 - alpha)^age over the numbers of the last `rows` rows, divided by the sum of the weights used;
 * rows may count for `times` as much.
 */
export const exponentialOver = (
  x: Series,
  row: number,
  alpha: number,
  rows: number,
  atLeast = rows,
  times: (row: number) => number = () => 1,
): Bounded => {
  const used: number[] = [];
  for (let i = Math.max(0, row - rows + 1); i <= row; i++) if (!Number.isNaN(x.value[i])) used.push(i);
  if (used.length < atLeast) return missing;
  const at = (k: number) => used[k]!;
  const last = used.length - 1;
  const weights = weightsOf(alpha, rows);
  const weight = (k: number) => times(at(k)) * weights[row - at(k)]!;
  const total = whole.sumOf(0, last, weight);
  const value = whole.sumOf(0, last, k => weight(k) * x.value[at(k)]!) / total;
  const over = (cell: (i: number, age: number) => number) =>
    whole.sumOf(0, last, k => weight(k) * cell(at(k), row - at(k)));
  const size = over(i => Math.abs(x.value[i]!));
  const aged = over((i, age) => Math.abs(x.value[i]!) * age);
  const rounding = unit * ((2 * whole.roundings(rows) + 1 / alpha) * size + 6 * aged);
  return { value, slack: (over(i => x.slack[i]!) + rounding) / total };
};

/** Exponential mean of pandas' `span`, over the horizon. */
export const exponential = (x: Series, row: number, span: number, atLeast?: number): Bounded => {
  const alpha = 2 / (span + 1);
  return exponentialOver(x, row, alpha, horizon(alpha), atLeast);
};

const moment = (x: Series, row: number, window: number, power: number): Bounded => {
  const first = whole.windowStart(x, row, window);
  return first < 0 ? missing : divide(whole.centredPowers(x, first, row, power), exact(window));
};

const times = (a: Bounded, factor: number): Bounded => ({
  ...a,
  value: a.value * factor,
  slack: Math.abs(factor) * (a.slack + 3 * unit * Math.abs(a.value)),
});

/** G1 = sqrt(n (n - 1)) / (n - 2) m3 / m2^1.5. */
export const correctedSkew: Statistic = (x, row, n) => {
  const m2 = moment(x, row, n, 2);
  const cube = root(m2);
  const shape = divide(moment(x, row, n, 3), {
    value: m2.value * cube.value,
    slack: m2.slack * cube.value + cube.slack * m2.value + m2.slack * cube.slack + 3 * unit * m2.value,
  });
  return unlessSmall(cube, times(shape, Math.sqrt(n * (n - 1)) / (n - 2)));
};

/** G2 = (n - 1) / ((n - 2) (n - 3)) ((n + 1) g2 + 6). */
export const correctedKurt: Statistic = (x, row, n) => {
  const m2 = moment(x, row, n, 2);
  const ratio = divide(moment(x, row, n, 4), {
    value: m2.value ** 2,
    slack: 2 * m2.slack * m2.value + m2.slack ** 2 + unit * m2.value ** 2,
  });
  const g2 = subtract(ratio, exact(3));
  const outer = times(g2, n + 1);
  const shape = { ...outer, value: outer.value + 6, slack: outer.slack + 8 * unit };
  return unlessSmall(root(m2), times(shape, (n - 1) / ((n - 2) * (n - 3))));
};

/** ln(a / b) of two inputs, exactly 0 where they are equal; its slack is the rounding of the ratio. */
export const logRatio = (a: number, b: number): Bounded => {
  const change = (a - b) / b;
  const value = Math.abs(change) < 0.25 ? Math.log1p(change) : Math.log(a / b);
  if (!Number.isFinite(value)) return missing;
  return value === 0 ? exact(0) : { value, slack: 2 * unit + 4 * unit * Math.abs(value) };
};

/** Root of what may be negative where bars contradict themselves: NULL there. */
export const rootOrNull = (a: Bounded): Bounded => {
  if (isNull(a) || a.value < -a.slack) return missing;
  return a.value !== 0 && a.value < a.slack ? { ...root(a), maybeNull: true } : root(a);
};

/** The bars of a stock as the references want them. */
export type Stock = {
  readonly rows: number;
  readonly time: Float64Array;
  readonly column: (name: BarColumn) => Series;
  /** close / close[-1] - 1. */
  readonly returns: Series;
  readonly gain: Series;
  readonly loss: Series;
  /** Of the first bar NULL, or high - low. */
  trueRange(first: 'null' | 'range'): Series;
  /** A series of this stock, computed once. */
  series(name: string, cell: (row: number) => Bounded): Series;
};

export const stockOf = ({ time, columns }: Bars): Stock => {
  const rows = time.length;
  const input = (name: BarColumn): Series =>
    plain(Float64Array.from({ length: rows }, (_, row) => columns[name]?.[row] ?? Number.NaN));
  const known = new Map<string, Series>();
  const once = (name: string, make: () => Series): Series => {
    const made = known.get(name) ?? make();
    known.set(name, made);
    return made;
  };
  const column = (name: BarColumn): Series => once(name, () => input(name));
  const price = (name: BarColumn, row: number): number => column(name).value[row] ?? Number.NaN;
  const parts = ['open', 'high', 'low', 'close', 'volume'] as const;
  const sameBars = (row: number): boolean =>
    row > 1 && parts.every(part => [row, row - 1].every(i => price(part, i) === price(part, i - 1)));
  const derived = (name: string, cell: (row: number) => Bounded, isStill = sameBars): Series =>
    once(name, () => seriesOf(rows, cell, isStill));
  const move = (row: number) => price('close', row) - price('close', row - 1);
  const exactly = (name: string, cell: (row: number) => number): Series =>
    once(name, () => plain(Float64Array.from({ length: rows }, (_, row) => cell(row))));
  return {
    rows,
    time,
    column,
    returns: derived(
      'returns',
      row => {
        const value = price('close', row) / price('close', row - 1) - 1;
        if (!Number.isFinite(value)) return missing;
        return price('close', row) === price('close', row - 1)
          ? exact(0)
          : { value, slack: 2 * unit + 4 * unit * Math.abs(value) };
      },
      row =>
        price('close', row) === price('close', row - 1) &&
        price('close', row - 1) === price('close', row - 2),
    ),
    gain: exactly('gain', row => Math.max(move(row), 0)),
    loss: exactly('loss', row => Math.max(-move(row), 0)),
    trueRange: first =>
      exactly(`trueRange ${first}`, row => {
        const [high, low, before] = [price('high', row), price('low', row), price('close', row - 1)];
        if (Number.isNaN(before)) return first === 'range' ? high - low : Number.NaN;
        return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
      }),
    series: derived,
  };
};

export type StockNaive = (stock: Stock) => Witness;

export const ofRows =
  (cell: (stock: Stock, row: number) => Bounded): StockNaive =>
  stock =>
    witness(stock.rows, row => cell(stock, row));
