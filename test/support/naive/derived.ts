import {
  type Bounded,
  divide,
  divideOrNeutral,
  exact,
  isGreater,
  isNull,
  missing,
  smallest,
  tooClose,
  unit,
} from './bounded.ts';
import { exponential } from './movingAverages.ts';
import { at, type Series, seriesOf } from './series.ts';
import * as window from './window.ts';

// Features of features: series computed once per context, windows over series some of whose rows may or may not be
// NULL, and the discrete steps (signs, comparisons) whose outcome rounding can decide.

const caches = new WeakMap<object, Map<string, unknown>>();

/** Whatever is computed from a context, once. */
export const once = <T>(context: object, name: string, make: () => T): T => {
  const cache = caches.get(context) ?? new Map<string, unknown>();
  caches.set(context, cache);
  if (!cache.has(name)) cache.set(name, make());
  return cache.get(name) as T;
};

/** What a derived value reads: over `window` rows of each input, so that equal inputs give equal bits. */
export type Reads = { readonly of: readonly Series[]; readonly window: number };

const isStillOver = ({ of, window: rows }: Reads, row: number): boolean =>
  of.every(input => {
    for (let i = row - rows + 1; i <= row; i++) if (i < 1 || input.still[i] !== 1) return false;
    return true;
  });

export const derive = (
  context: { readonly rows: number },
  name: string,
  cell: (row: number) => Bounded,
  reads?: Reads,
): Series =>
  once(context, name, () =>
    seriesOf(context.rows, cell, row => reads !== undefined && isStillOver(reads, row)),
  );

/** Numbers side by side as a series, for statistics over them. */
export const listed = (cells: readonly Bounded[]): Series =>
  seriesOf(
    cells.length,
    i => cells[i]!,
    i => cells[i]!.slack === 0 && cells[i - 1]!.slack === 0,
  );

const unknown: Bounded = { ...missing, maybeNull: true };

type Standing = 'null' | 'unknown' | 'maybe' | 'value';

/** Of a window: surely NULL, anything at all, a value or NULL, or a value. */
const standing = (x: Series, row: number, count: number): Standing => {
  let found: Standing = 'value';
  if (row - count + 1 < 0) return 'null';
  for (let i = row - count + 1; i <= row; i++) {
    const isMaybe = x.maybeNull?.[i] === 1;
    if (!Number.isNaN(x.value[i])) {
      if (isMaybe && found === 'value') found = 'maybe';
      continue;
    }
    if (!isMaybe) return 'null';
    found = 'unknown';
  }
  return found;
};

const inState = (states: readonly Standing[], result: () => Bounded): Bounded => {
  if (states.includes('null')) return missing;
  if (states.includes('unknown')) return unknown;
  const value = result();
  return states.includes('maybe') ? { ...value, maybeNull: true } : value;
};

type Statistic = (x: Series, row: number, window: number) => Bounded;

/** A statistic that knows of rows which may or may not be NULL. */
export const lifted =
  (statistic: Statistic): Statistic =>
  (x, row, count) =>
    inState([standing(x, row, count)], () => statistic(x, row, count));

export const sum = lifted(window.sum);
export const mean = lifted(window.mean);
export const sd = lifted(window.sd);
export const psd = lifted(window.psd);
export const min = lifted(window.min);
export const max = lifted(window.max);
export const slope = lifted(window.slope);

/** EMA(x, n) over its horizon; `exponential` itself is NULL in the right rows, maybe not surely so. */
export const ema = (x: Series, row: number, span: number): Bounded => {
  const known = exponential(x, row, span);
  if (!x.maybeNull) return known;
  return lifted(() => known)(x, row, rowsOfEma(span));
};

const rowsOfEma = (span: number): number => {
  let rows = 1;
  while (((span - 1) / (span + 1)) ** rows >= 2 ** -53) rows *= 2;
  return rows;
};

/** Wilder(x, n): alpha = 1 / n, that of a span of 2n - 1. */
export const wilder = (x: Series, row: number, n: number): Bounded => ema(x, row, 2 * n - 1);

/** Something about windows of two series, by rule A for both. */
export const ofPair = (
  a: Series,
  rowA: number,
  b: Series,
  rowB: number,
  count: number,
  result: () => Bounded,
): Bounded => inState([standing(a, rowA, count), standing(b, rowB, count)], result);

/** NULL where an operand is; as undecided as they are. */
export const strict = (operands: readonly Bounded[], result: () => Bounded): Bounded =>
  inState(
    operands.map(a => {
      if (isNull(a)) return a.maybeNull ? 'unknown' : 'null';
      return a.maybeNull ? 'maybe' : 'value';
    }),
    result,
  );

/** a / b, `neutral` where b is exactly 0 (rule C). */
export const divideOr = (
  a: Bounded,
  b: Bounded,
  neutral: number,
  limit = Number.POSITIVE_INFINITY,
): Bounded => strict([a, b], () => divideOrNeutral(a, b, neutral, limit));

/** 1 where left > right, else 0. */
export const greater = (left: Bounded, right: Bounded): Bounded =>
  strict([left, right], () => isGreater(left, right));

/** -1, 0 or 1; open where rounding decides. */
export const signOf = (a: Bounded): Bounded =>
  strict([a], () => {
    const value = Math.sign(a.value);
    return { value, slack: tooClose(a.value, a, exact(0)) ? 1 + Math.abs(value) : 0 };
  });

/** 1 where two discrete values are the same, else 0. */
export const same = (a: Bounded, b: Bounded): Bounded =>
  strict([a, b], () => ({
    value: a.value === b.value ? 1 : 0,
    slack: a.slack + b.slack > 0 ? 1 : 0,
  }));

/** The largest of all, as far off as the largest can be. */
export const largest = (...cells: readonly Bounded[]): Bounded =>
  strict(cells, () => {
    const over = (f: (a: Bounded) => number) => Math.max(...cells.map(f));
    const value = over(a => a.value);
    const [low, high] = [over(a => a.value - a.slack), over(a => a.value + a.slack)];
    return { value, slack: Math.max(high - value, value - low) };
  });

const negative = (a: Bounded): Bounded => ({ ...a, value: -a.value });

export const least = (...cells: readonly Bounded[]): Bounded => negative(largest(...cells.map(negative)));

export const total = (cells: readonly Bounded[]): Bounded =>
  sum(listed(cells), cells.length - 1, cells.length);

/** f(a) of an increasing f, by the ends of its range. */
export const through = (a: Bounded, f: (x: number) => number, roundings = 2): Bounded =>
  strict([a], () => {
    const value = f(a.value);
    if (!Number.isFinite(value)) return a.slack > 0 ? unknown : missing;
    const [low, high] = [f(a.value - a.slack), f(a.value + a.slack)];
    const reach = a.slack === 0 ? 0 : Math.max(Math.abs(high - value), Math.abs(value - low));
    if (Number.isNaN(reach)) return { value, slack: Number.POSITIVE_INFINITY, maybeNull: true };
    return { value, slack: reach + roundings * unit * Math.abs(value) };
  });

/** ln(a / b) of two inputs, exactly 0 where they are equal; its slack is the rounding of the ratio. */
export const logRatio = (a: Bounded, b: Bounded): Bounded =>
  strict([a, b], () => logOfRatio(a.value, b.value));

const logOfRatio = (a: number, b: number): Bounded => {
  const change = (a - b) / b;
  const value = Math.abs(change) < 0.25 ? Math.log1p(change) : Math.log(a / b);
  if (!Number.isFinite(value)) return missing;
  return value === 0 ? exact(0) : { value, slack: 2 * unit + 4 * unit * Math.abs(value) };
};

/**
 * NULL by rule B where a definition leaves open which of several multiples of a quantity is its denominator (a sum of
 * squares or a variance): surely NULL where all are small, surely not where none is.
 */
export const unlessAnySmall = (guards: readonly Bounded[], result: Bounded): Bounded =>
  strict(guards, () => {
    const small = guards.filter(a => Math.abs(a.value) + a.slack < smallest).length;
    const large = guards.filter(a => Math.abs(a.value) - a.slack >= smallest).length;
    if (small === guards.length) return missing;
    return large === guards.length ? result : { ...result, maybeNull: true };
  });

/** Share of the last `count` rows strictly below the current one. */
export const shareBelow = lifted((x, row, count) => {
  const now = at(x, row);
  let [below, open] = [0, 0];
  for (let i = row - count + 1; i < row; i++) {
    const distance = now.value - x.value[i]!;
    if (distance > 0) below++;
    if (tooClose(distance, now, { value: x.value[i]!, slack: x.slack[i]! })) open++;
  }
  const share = divide(exact(below), exact(count));
  return { ...share, slack: share.slack + open / count };
});

/** Type 7 quantiles of the last `count` rows: linear between order statistics. */
export const quantiles = (
  x: Series,
  row: number,
  count: number,
  shares: readonly number[],
): readonly Bounded[] => {
  const state = standing(x, row, count);
  if (state === 'null' || state === 'unknown') return shares.map(() => inState([state], () => missing));
  const values = x.value.slice(row - count + 1, row + 1).sort();
  let worst = 0;
  for (let i = row - count + 1; i <= row; i++) worst = Math.max(worst, x.slack[i]!);
  return shares.map(share => {
    const place = share * (count - 1);
    const k = Math.min(count - 2, Math.floor(place));
    const [low, high] = [values[k]!, values[k + 1]!];
    const value = low + (place - k) * (high - low);
    // Without a distance there is nothing to round.
    const rounding = high === low ? 0 : unit * (2 * count * (high - low) + 2 * Math.abs(value));
    return inState([state], () => ({ value, slack: worst + rounding }));
  });
};
