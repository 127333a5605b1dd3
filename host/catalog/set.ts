import type { BarColumn } from './bars.ts';
import type { Custom } from './customSchema.ts';
import type { Expr } from './expr.ts';
import type { Family } from './family.ts';
import type { Roles } from './roles.ts';

/**
 * What is computed: which features, over which bars, with which horizon and null policy, into which tables.
 */
export type FeatureSet = {
  readonly name: string;
  readonly title: string;
  /** Symbols that the set is meant for; others are accepted when their bars are there. */
  readonly symbols: readonly string[];
  /** Where imported bars of the set are kept, and how: a table by symbol and month, or by month with all symbols. */
  readonly bars: {
    readonly table: string;
    readonly intervalMinutes: number;
    readonly columns: readonly BarColumn[];
    readonly partition: 'symbol-month' | 'month';
    readonly timeColumn: string;
    readonly symbolColumn: string;
  };
  /** Exponential means drop what weighs less than 2^-horizonBits of the total. */
  readonly horizonBits: number;
  /** strict: a value is NULL until every bar it needs exists. partial: windows begin with the bars that there are. */
  readonly nullPolicy: 'strict' | 'partial';
  readonly layout: SetLayout;
  /**
   * Series of other symbols: how many minutes old the newest bar of another may be in a row, 0 where times must be equal,
   * and who can be asked for beside symbols.
   */
  readonly peers: { readonly asOfMinutes: number; readonly roles?: Roles };
  /** Numbers that belong to a symbol, in the order in which they are fixed. */
  readonly parameters: readonly SymbolParameter[];
  readonly families: readonly Family[];
  /** Named parts that formulas of the user can use beside those that occur in the families. */
  readonly words?: readonly Expr[];
  /** Families of the user, which stand among the others. */
  readonly custom?: Custom;
  /** What the set was made with, for those who look at it. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Features that are switched off: their columns stay and hold NULL. */
  readonly off: readonly string[];
};

/**
 * Where features land. `partitions`: one table a family, by list of symbol and then by month, each partition published
 * whole by a backfill. `rows`: one table for all families and symbols, by month, with the bar in the row, kept row by
 * row by updates.
 */
export type SetLayout = {
  readonly kind: 'partitions' | 'rows';
  /** The table of a set that is kept row by row. */
  readonly table?: string;
  /** Whether its rows refer to those of the bars, where the bars are ours. */
  readonly refersToBars?: boolean;
  /** Whether the table has an index by time alone; the key begins with the symbol. */
  readonly recentIndex?: boolean;
  readonly symbolColumn: string;
  readonly timeColumn: string;
};

/** Columns of a table that is kept row by row, beside its key, the bar and the features. */
export const rowColumns = {
  source: 'source',
  clipped: 'clipped',
  version: 'feature_version',
  created: 'created_at',
  updated: 'updated_at',
} as const;

/** What a set can be told: options of its own, families of the user, and features to switch off. */
export type SetConfig = {
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly custom?: Custom | undefined;
  readonly off?: readonly string[] | undefined;
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

/** The set that is meant where none is named. */
export const defaultSet = 'fx';

/** What names a set in a command line; nothing for the one that is meant without. */
export const setFlag = ({ name }: Pick<FeatureSet, 'name'>): string =>
  name === defaultSet ? '' : ` --set ${name}`;
