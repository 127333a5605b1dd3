import type { FeatureSet } from '../catalog/set.ts';
import { fx } from '../catalog/sets/fx.ts';
import { WindrowError } from '../errors.ts';
import { checkedName } from './identifiers.ts';
import type { Month } from './month.ts';

/**
 * How a table is cut: by symbol, then by month (`bollinger_rate_eurusd_2024_07`, key time), or by month only, with the rows
 * of all symbols in one partition (`panel_2024_07`, key time and symbol).
 */
export type PartitionScheme = 'symbol-month' | 'month';

/** A partitioned table of Windrow's: the bars, or the features of one family. */
export type PartitionedTable = {
  readonly schema: string;
  readonly name: string;
  /** What the table says of itself in its comment, which also marks it as ours. */
  readonly purpose: string;
  readonly columns: readonly string[];
  readonly type: 'double precision' | 'real';
  readonly timeColumn: string;
  readonly symbolColumn: string;
  readonly partition: PartitionScheme;
  /** A text column that says where a row comes from; the key is then (symbol, time, origin). */
  readonly originColumn?: string;
  /** Whether a partition is only ever replaced whole, never changed: it needs no vacuum and no statistics then. */
  readonly immutable: boolean;
};

/** The mark at the beginning of the comment of every parent table that Windrow made. */
export const ownMark = 'windrow: ';

/** The most columns that Postgres allows in a table, whatever their type. */
const columnLimit = 1600;
/** What a row may take of a page of 8,192 bytes (page header 24, line pointer 4, rounded down to 8). */
const rowLimitBytes = 8160;

/** The table of one family of features. */
export function familyTable(options: {
  family: string;
  set: string;
  columns: readonly string[];
  type?: 'double precision' | 'real';
  schema?: string;
  symbolColumn?: string;
  timeColumn?: string;
  partition?: PartitionScheme;
}): PartitionedTable {
  const { family, set, columns, type = 'double precision' } = options;
  const found =
    24 + Math.ceil((columns.length + 2) / 8) + 8 + 8 + columns.length * (type === 'real' ? 4 : 8) + 64;
  if (columns.length + 2 > columnLimit || found > rowLimitBytes) {
    const values = { family, columns: columns.length, type, found, limit: rowLimitBytes };
    throw new WindrowError('WR_TABLE_WIDE', values);
  }
  return {
    schema: options.schema ?? 'public',
    name: checkedName(family),
    purpose: `family ${family} of set ${set}`,
    columns,
    type,
    timeColumn: options.timeColumn ?? 'ts_utc',
    symbolColumn: options.symbolColumn ?? 'pair',
    partition: options.partition ?? 'symbol-month',
    immutable: true,
  };
}

/** Where a set's imported bars are. */
export type BarsPlace = FeatureSet['bars'];

/** In tables of bars of many symbols: where a row comes from, and what `import` writes there. */
export const originColumn = 'source';
export const importOrigin = 'import';

/** The table of a set's imported bars. */
export const barsTable = (schema = 'public', bars: BarsPlace = fx.bars): PartitionedTable => ({
  schema,
  name: bars.table,
  purpose: 'imported bars',
  columns: bars.columns,
  type: 'double precision',
  timeColumn: bars.timeColumn,
  symbolColumn: bars.symbolColumn,
  partition: bars.partition,
  ...(bars.partition === 'month' ? { originColumn } : {}),
  immutable: false,
});

/** The table that holds all months of a symbol. */
export const symbolTable = (table: PartitionedTable, symbol: string): string =>
  checkedName(`${table.name}_${symbol}`);

/** The table that partitions of a symbol are attached to. */
export const attachTable = (table: PartitionedTable, symbol: string): string =>
  table.partition === 'symbol-month' ? symbolTable(table, symbol) : table.name;

export const partitionName = (table: PartitionedTable, symbol: string, month: Month): string =>
  checkedName(`${attachTable(table, symbol)}_${month.replace('-', '_')}`);

/**
 * The key of a partition of features. Of one that holds all symbols time comes first: what such a table is read for is all
 * symbols at an instant.
 */
export const keyColumns = (table: PartitionedTable): string[] =>
  table.partition === 'symbol-month' ? [table.timeColumn] : [table.timeColumn, table.symbolColumn];

/** The order of columns in a COPY of a partition: time, features, symbol. */
export const copyColumns = (table: PartitionedTable): string[] => [
  table.timeColumn,
  ...table.columns,
  table.symbolColumn,
];
