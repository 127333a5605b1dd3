import type { Family } from './family.ts';

/**
 * What a backfill computes: which features, over which bars, with which horizon and null policy, into which tables.
 */
export type FeatureSet = {
  readonly name: string;
  readonly title: string;
  /** Symbols that the set is meant for; others are accepted when their bars are there. */
  readonly symbols: readonly string[];
  readonly bars: { readonly table: string; readonly intervalMinutes: number };
  /** Exponential means drop what weighs less than 2^-horizonBits of the total. */
  readonly horizonBits: number;
  /** strict: a value is NULL until every bar it needs exists. */
  readonly nullPolicy: 'strict';
  /** Where features land: one parent a family, by list of symbol and then by month, or by month alone. */
  readonly layout: {
    readonly partition: 'symbol-month' | 'month';
    readonly symbolColumn: string;
    readonly timeColumn: string;
  };
  /** Numbers that belong to a symbol, in the order in which they are fixed. */
  readonly parameters: readonly SymbolParameter[];
  readonly families: readonly Family[];
};

/** A number fixed once for a symbol and part of its catalogue version from then on. */
export type SymbolParameter = {
  readonly name: string;
  readonly description: string;
  /** From the symbol alone, or from the close of the first bar at or after a time (microseconds), else the first bar. */
  readonly from:
    | { readonly kind: 'symbol'; readonly value: (symbol: string) => number }
    | { readonly kind: 'close'; readonly atOrAfter: number };
};
