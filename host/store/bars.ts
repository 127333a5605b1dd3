import type pg from 'pg';
import { type BarColumn, barColumns } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { type BarSteps, barSteps, barsForSteps, intervalsDiffer, stepText } from './barSteps.ts';
import { checkRows, copyIn, type Write } from './copyStream.ts';
import { ensureTable } from './ddl.ts';
import { qualify, quote } from './identifiers.ts';
import { type LockOptions, takeLock } from './locks.ts';
import { ownSchema } from './migrate.ts';
import { type Month, microsSql, monthStart } from './month.ts';
import {
  attachPartition,
  buildPartition,
  isThere,
  type Partition,
  partitionLock,
  partitionSql,
} from './partition.ts';
import { inUserTerms } from './postgresErrors.ts';
import { importedSource } from './sources.ts';
import { barsTable, partitionName } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** Bars of one symbol and one month: which columns the COPY has between the time and the symbol. */
export type BarsBatch = {
  readonly symbol: string;
  readonly month: Month;
  readonly columns: readonly BarColumn[];
  /** Where `market_data` is: "public" unless told otherwise. */
  readonly schema?: string | undefined;
  /** How far apart the bars are, where that is to be that of the bars which are there. */
  readonly steps?: BarSteps | undefined;
};

export type BarsWritten = {
  readonly inserted: number;
  readonly replaced: number;
  readonly unchanged: number;
};

/** Writes the binary COPY of `barsCopyColumns(columns)`. Returns how many rows that are. */
export type FeedBars = (write: Write) => Promise<number>;

type Change = { inserted: number; replaced: number; first: string | null; last: string | null };

/** The columns of the COPY that a batch is written as: time, its columns, symbol. All but the ends are float8. */
export const barsCopyColumns = (columns: readonly BarColumn[]): string[] => {
  const { timeColumn, symbolColumn } = barsTable();
  return [timeColumn, ...columns, symbolColumn];
};

async function createMonth(
  client: pg.Client,
  partition: Partition,
  columns: readonly BarColumn[],
  feed: FeedBars,
  options: LockOptions,
): Promise<[Change, rows: number]> {
  const { table } = partition;
  const names = barsCopyColumns(columns);
  const { name, filled: copy } = await buildPartition(client, partition, false, names, {
    fill: add => add(feed),
  });
  checkRows(copy.rows, copy.result, partitionName(table, partition.symbol, partition.month));
  const { rows } = await client.query<{ first: string | null; last: string | null }>(
    `select min(${quote(table.timeColumn)})::text as first, max(${quote(table.timeColumn)})::text as last
     from ${qualify(table.schema, name)}`,
  );
  await attachPartition(client, partition, name, false, '', options);
  return [{ inserted: copy.rows, replaced: 0, ...rows[0]! }, copy.rows];
}

/** Bars of another interval would replace those at the times that both have, and be taken for neighbours of the rest. */
async function checkInterval(
  client: pg.Client,
  { table, symbol, month }: Partition,
  steps: BarSteps | undefined,
): Promise<void> {
  if (steps === undefined) return;
  const time = quote(table.timeColumn);
  const { rows } = await client.query<{ at: number }>(
    `select ${microsSql(time)} as at from ${qualify(table.schema, partitionName(table, symbol, month))}
     order by ${time} limit ${barsForSteps}`,
  );
  const stored = barSteps(rows.map(({ at }) => at));
  if (stored === undefined || !intervalsDiffer(steps, stored)) return;
  throw new WindrowError('WR_INTERVAL_MIXED', {
    ...{ source: importedSource(table.schema), symbol, month },
    ...{ stored: stepText(stored.usual), loaded: stepText(steps.usual) },
  });
}

/** Rows that differ in a column of the batch replace the old ones; columns that the batch lacks keep their values. */
async function mergeMonth(
  client: pg.Client,
  { table, symbol, month }: Partition,
  columns: readonly BarColumn[],
  feed: FeedBars,
): Promise<[Change, rows: number]> {
  const target = qualify(table.schema, partitionName(table, symbol, month));
  const list = barsCopyColumns(columns).map(quote);
  await client.query(
    `create temporary table windrow_bars on commit drop as select ${list} from ${target} with no data`,
  );
  const copy = await copyIn(client, `copy pg_temp.windrow_bars (${list}) from stdin (format binary)`, feed);
  checkRows(copy.rows, copy.result, partitionName(table, symbol, month));
  const pairs = (prefix: string) => columns.map(column => `${prefix}.${quote(column)}`).join(', ');
  const time = quote(table.timeColumn);
  const update =
    columns.length === 0
      ? 'do nothing'
      : `do update set (${columns.map(quote)}) = row(${pairs('excluded')})
         where row(${pairs('t')}) is distinct from row(${pairs('excluded')})`;
  const { rows } = await client.query<Change>(
    `with written as (
       insert into ${target} as t (${list}) select ${list} from pg_temp.windrow_bars order by ${time}
       on conflict (${time}) ${update}
       returning t.${time} as at, t.xmax = 0 as fresh)
     select (count(*) filter (where fresh))::int as inserted, (count(*) filter (where not fresh))::int as replaced,
            min(at)::text as first, max(at)::text as last
     from written`,
  );
  await client.query('drop table pg_temp.windrow_bars');
  return [rows[0]!, copy.rows];
}

/**
 * Counts the month anew and logs which times changed. The lock makes revisions of a symbol visible in their order:
 * who has read the newest revision, and then the bars, has seen the bars of every revision up to it.
 */
async function logChange(client: pg.Client, partition: Partition, change: Change): Promise<void> {
  const { table, symbol, month } = partition;
  const time = quote(table.timeColumn);
  const source = importedSource(table.schema);
  const populated = barColumns.map(column => `case when count(${quote(column)}) > 0 then '${column}' end`);
  await client.query(
    `insert into ${qualify(ownSchema, 'bar_months')} (source, symbol, month, rows, first_ts, last_ts, columns)
     select $1, $2, $3, count(*), min(${time}), max(${time}), array_remove(array[${populated.join(', ')}], null)
     from ${qualify(table.schema, partitionName(table, symbol, month))}
     on conflict (source, symbol, month) do update set (rows, first_ts, last_ts, columns)
       = row(excluded.rows, excluded.first_ts, excluded.last_ts, excluded.columns)`,
    [source, symbol, monthStart(month)],
  );
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `windrow bars ${source} ${symbol}`,
  ]);
  await client.query(
    `insert into ${qualify(ownSchema, 'bar_changes')} (source, symbol, first_ts, last_ts, inserted, replaced)
     values ($1, $2, $3, $4, $5, $6)`,
    [source, symbol, change.first, change.last, change.inserted, change.replaced],
  );
}

/**
 * Writes bars of one symbol and month, in one transaction with the log of what changed. Times are unique within a
 * batch. The same batch again changes nothing; a row that differs replaces the old one; bars of another interval are
 * refused.
 */
export async function writeBars(
  client: pg.Client,
  { symbol, month, columns, schema = 'public', steps }: BarsBatch,
  feed: FeedBars,
  options: LockOptions = {},
): Promise<BarsWritten> {
  const table = barsTable(schema);
  const partition = { table, symbol, month };
  return inUserTerms(client, async () => {
    await ensureTable(client, table, [symbol]);
    return inTransaction(client, async () => {
      await takeLock(client, partitionLock(partition), 'transaction', options);
      const exists = isThere(partition, (await client.query(partitionSql(partition))).rows);
      if (exists) await checkInterval(client, partition, steps);
      const [change, rows] = exists
        ? await mergeMonth(client, partition, columns, feed)
        : await createMonth(client, partition, columns, feed, options);
      if (change.inserted + change.replaced > 0) await logChange(client, partition, change);
      const { inserted, replaced } = change;
      return { inserted, replaced, unchanged: rows - inserted - replaced };
    });
  });
}
