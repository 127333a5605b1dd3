import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { qualify, quote } from './identifiers.ts';
import { ownSchema } from './migrate.ts';
import { type Month, monthStart, sqlTime } from './month.ts';
import type { PartitionedTable } from './tables.ts';

type Span = { readonly first: number; readonly last: number };

/** What was written of one symbol and month. Times in microseconds since 1970. */
export type BarsChange = {
  readonly symbol: string;
  readonly month: Month;
  readonly inserted: number;
  readonly replaced: number;
  /** The bars that were inserted or replaced. */
  readonly changed: Span;
  /** All bars that are known to be there now. */
  readonly span: Span;
  /** Columns that have a value in these bars. */
  readonly columns: readonly BarColumn[];
  /** Whether the month has to be counted in the table, because the log cannot tell from what was written. */
  readonly recount: boolean;
};

type Place = {
  readonly source: string;
  readonly table: PartitionedTable;
  /** A condition that leaves the rows of the source. */
  readonly only: string;
};

const months = qualify(ownSchema, 'bar_months');

async function addToMonths(client: pg.Client, changes: readonly BarsChange[], source: string): Promise<void> {
  if (changes.length === 0) return;
  await client.query(
    `insert into ${months} as m (source, symbol, month, rows, first_ts, last_ts, columns)
     select $1, symbol, month, rows, first_ts, last_ts, string_to_array(columns, ',')
     from unnest($2::text[], $3::date[], $4::bigint[], $5::timestamp[], $6::timestamp[], $7::text[])
       as c (symbol, month, rows, first_ts, last_ts, columns)
     on conflict (source, symbol, month) do update set rows = m.rows + excluded.rows,
       first_ts = least(m.first_ts, excluded.first_ts), last_ts = greatest(m.last_ts, excluded.last_ts),
       columns = array(select unnest(m.columns) union select unnest(excluded.columns) order by 1)`,
    [
      source,
      ...[changes.map(({ symbol }) => symbol), changes.map(({ month }) => monthStart(month))],
      changes.map(({ inserted }) => inserted),
      ...[changes.map(({ span }) => sqlTime(span.first)), changes.map(({ span }) => sqlTime(span.last))],
      changes.map(({ columns }) => columns.join()),
    ],
  );
}

async function countMonths(
  client: pg.Client,
  changes: readonly BarsChange[],
  { source, table, only }: Place,
): Promise<void> {
  if (changes.length === 0) return;
  const time = quote(table.timeColumn);
  const populated = table.columns.map(column => `case when count(${quote(column)}) > 0 then '${column}' end`);
  await client.query(
    `insert into ${months} (source, symbol, month, rows, first_ts, last_ts, columns)
     select $1, c.symbol, c.month, counted.*
     from unnest($2::text[], $3::date[]) as c (symbol, month) cross join lateral (
       select count(*), min(${time}), max(${time}), array_remove(array[${populated.join(', ')}], null)
       from ${qualify(table.schema, table.name)} where ${quote(table.symbolColumn)} = c.symbol and ${only}
         and ${time} >= c.month and ${time} < c.month + interval '1 month') counted
     on conflict (source, symbol, month) do update set (rows, first_ts, last_ts, columns)
       = row(excluded.rows, excluded.first_ts, excluded.last_ts, excluded.columns)`,
    [source, changes.map(({ symbol }) => symbol), changes.map(({ month }) => monthStart(month))],
  );
}

/** Brings the counts of months up to date and logs which times of which symbols changed, one revision a symbol. */
export async function logChanges(
  client: pg.Client,
  changes: readonly BarsChange[],
  place: Place,
): Promise<void> {
  if (changes.length === 0) return;
  await addToMonths(
    client,
    changes.filter(({ recount }) => !recount),
    place.source,
  );
  await countMonths(
    client,
    changes.filter(({ recount }) => recount),
    place,
  );
  const bySymbol = [...Map.groupBy(changes, ({ symbol }) => symbol)];
  const sum = (of: (change: BarsChange) => number): number[] =>
    bySymbol.map(([, own]) => own.reduce((total, change) => total + of(change), 0));
  await client.query(
    `insert into ${qualify(ownSchema, 'bar_changes')} (source, symbol, first_ts, last_ts, inserted, replaced)
     select $1, c.* from unnest($2::text[], $3::timestamp[], $4::timestamp[], $5::bigint[], $6::bigint[]) c`,
    [
      place.source,
      bySymbol.map(([symbol]) => symbol),
      bySymbol.map(([, own]) => sqlTime(Math.min(...own.map(({ changed }) => changed.first)))),
      bySymbol.map(([, own]) => sqlTime(Math.max(...own.map(({ changed }) => changed.last)))),
      ...[sum(({ inserted }) => inserted), sum(({ replaced }) => replaced)],
    ],
  );
}
