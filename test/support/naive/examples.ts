import type { Bars } from '../../../host/catalog/bars.ts';
import { type NaiveContext, naiveContext, naiveFeatures } from './index.ts';
import { difference, plain, sizeOf } from './series.ts';

// Small markets to compute references of by hand.

export const minute = 60_000_000;
export const monday = Date.UTC(2024, 0, 8) * 1000;

export const repeat = <T>(length: number, cell: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => cell(i));

export type Columns = Record<string, number[]>;

/** Bars `apart` minutes from one another. */
export const barsWith = (columns: Columns, apart = 1): Bars => ({
  time: Float64Array.from(Object.values(columns)[0]!, (_, i) => monday + i * apart * minute),
  columns: Object.fromEntries(Object.entries(columns).map(([name, x]) => [name, Float64Array.from(x)])),
});

/** Baseline 100, so that an index is the price itself. */
export const contextOf = (bars: Bars): NaiveContext => naiveContext(bars, { baseline: 100, pip: 0.01 });

/** A bqx domain whose X is a number of ours instead of a momentum. */
export const momentumIs = (x: readonly number[], columns: Columns = {}): NaiveContext => {
  const context = contextOf(barsWith({ close: x.map(() => 100), ...columns }));
  const series = plain(Float64Array.from(x));
  const d = difference(series);
  return { ...context, bqx: { x: series, d, r: d, size: sizeOf(d) } };
};

export const columnIn = (context: NaiveContext, feature: string): Float64Array =>
  naiveFeatures[feature]!(context).value;

export const lastIn = (context: NaiveContext, feature: string): number => columnIn(context, feature).at(-1)!;

/** A price that moves in steps, with the bar one around it and volume 2. */
export const steps = (rows: number, step: number, from = 0): Columns => {
  const close = repeat(rows, i => from + step * i);
  return {
    open: close,
    high: close.map(x => x + 1),
    low: close.map(x => x - 1),
    close,
    volume: close.map(() => 2),
  };
};
