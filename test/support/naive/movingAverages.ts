import { type Bounded, missing, unit } from './bounded.ts';
import type { Naive } from './context.ts';
import { type Series, witness } from './series.ts';
import { mean, roundings, sumOf, windowStart } from './window.ts';

/** Rows of an exponential mean: the power of two at which the weight cut off is below 2^-53 of the total. */
export const horizon = (alpha: number): number => {
  let rows = 1;
  while ((1 - alpha) ** rows >= 2 ** -53) rows *= 2;
  return rows;
};

const tables = new Map<number, { alpha: number; weights: Float64Array; total: number }>();

const weightsOf = (span: number): { alpha: number; weights: Float64Array; total: number } => {
  const known = tables.get(span);
  if (known) return known;
  const alpha = 2 / (span + 1);
  const weights = Float64Array.from({ length: horizon(alpha) }, (_, j) => ((span - 1) / (span + 1)) ** j);
  const made = { alpha, weights, total: sumOf(0, weights.length - 1, j => weights[j]!) };
  tables.set(span, made);
  return made;
};

/**
 * EMA(X, n): weights (1-a)^j, j < N, a = 2/(n+1), divided by their own sum; NULL for the first N-1 rows. A weight of
 * age j has the rounding of 1-a in it j times, here and in the engine, and as many multiplications.
 */
export const exponential = (x: Series, row: number, span: number): Bounded => {
  const { alpha, weights, total } = weightsOf(span);
  const rows = weights.length;
  const first = windowStart(x, row, rows);
  if (first < 0) return missing;
  const weight = (i: number) => weights[row - i]!;
  const value = sumOf(first, row, i => weight(i) * x.value[i]!) / total;
  let size = 0;
  let aged = 0;
  let slack = 0;
  for (let i = first; i <= row; i++) {
    size += weight(i) * Math.abs(x.value[i]!);
    aged += weight(i) * Math.abs(x.value[i]!) * (row - i);
    slack += weight(i) * x.slack[i]!;
  }
  const rounding = unit * ((roundings(rows) + 1 / alpha) * size + 3 * aged);
  return { value, slack: (slack + rounding) / total };
};

const spans = [5, 10, 20, 50, 100, 200];

const domain = (name: 'rate' | 'bqx', suffix: string): Record<string, Naive> =>
  Object.assign(
    {},
    ...spans.map(span => ({
      [`w${span}_sma_${suffix}`]: (context => {
        return witness(context.rows, row => mean(context[name].x, row, span));
      }) satisfies Naive,
      [`w${span}_ema_${suffix}`]: (context => {
        return witness(context.rows, row => exponential(context[name].x, row, span));
      }) satisfies Naive,
    })),
  );

/** moving_averages (24). */
export const movingAverages: Record<string, Naive> = { ...domain('rate', 'idx'), ...domain('bqx', 'bqx') };
