import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { checkRows, copyIn, type Write } from '../store/copyStream.ts';
import { literal, qualify, quote } from '../store/identifiers.ts';
import { ownSchema } from '../store/migrate.ts';
import { microsSql, sqlTime } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';
import type { Due, RowPlan, UpdateOrder } from './order.ts';
import { anyProgress } from './progress.ts';
import { clippedColumn, keyColumns, type RowTable, sourceColumn, versionColumn } from './table.ts';

/** Where rows go, and what they are. */
export type Target = {
  readonly client: pg.Client;
  readonly order: UpdateOrder;
  readonly source: BarSource;
  readonly table: RowTable;
  readonly barColumns: readonly BarColumn[];
  readonly rowPlan: RowPlan;
  readonly version: string;
};

/** The columns of the COPY: time, bar, features, what was limited, and the constants of a symbol's rows. */
const copyColumns = ({ table, barColumns, rowPlan }: Target): string[] => [
  table.timeColumn,
  ...barColumns,
  ...rowPlan.features.map(({ name }) => name),
  ...(rowPlan.clipped === undefined ? [] : [clippedColumn]),
  table.symbolColumn,
  sourceColumn,
  versionColumn,
];

/** Whether the table has its key, and whether rows are in the way of those that are to be written. */
type Found = { readonly keyed: boolean; readonly stored: boolean };

/**
 * Looks by the key for rows of these symbols from the first that is to be written on. A table that is filled for the first
 * time has no key yet: in it are rows of the symbols that something was noted of, which is done in the same transaction.
 */
async function findStored({ client, order, table, source }: Target, dues: readonly Due[]): Promise<Found> {
  const target = qualify(table.schema, table.name);
  const { rows } = await client.query<Found>(
    `select keyed, case when keyed then exists (
         select from unnest($1::text[], $2::timestamp[]) as due (symbol, since) cross join lateral (
           select from ${target} t where t.${quote(table.symbolColumn)} = due.symbol
             and t.${quote(table.timeColumn)} >= due.since and t.${quote(sourceColumn)} = $3 limit 1) stored)
       else ${anyProgress('$4', '$5', '$1::text[]')} end as stored
     from (select exists (
       select from pg_index where indrelid = ${literal(target)}::regclass and indisprimary) as keyed) key`,
    [
      dues.map(({ symbol }) => symbol),
      dues.map(({ from }) => (from === undefined ? '-infinity' : sqlTime(from))),
      ...[source.origin, order.set, order.schema],
    ],
  );
  return rows[0]!;
}

/** What was written of a symbol: how many rows were new and how many replaced, and between which times. */
export type Sent = {
  readonly inserted: number;
  readonly replaced: number;
  readonly first: number;
  readonly last: number;
};

/**
 * Sends rows to the table. Where rows of theirs are there already they go by way of a temporary table, and those that
 * differ are replaced; the others are not touched. `feed` returns how many it has sent. Returns what was written, by symbol; undefined where everything was.
 */
export async function sendRows(
  to: Target,
  dues: readonly Due[],
  feed: (write: Write) => Promise<number>,
): Promise<Map<string, Sent> | undefined> {
  const { client, table } = to;
  const target = qualify(table.schema, table.name);
  const columns = copyColumns(to).map(quote);
  const list = columns.join(', ');
  const { keyed, stored } = await findStored(to, dues);
  // the batch was committed after all, and nobody heard of it
  if (stored && !keyed)
    await client.query(`delete from ${target} where ${quote(table.symbolColumn)} = any($1)`, [
      dues.map(({ symbol }) => symbol),
    ]);
  if (!stored || !keyed) {
    const { rows, result } = await copyIn(
      client,
      `copy ${target} (${list}) from stdin (format binary)`,
      feed,
    );
    checkRows(rows, result, table.name);
    return undefined;
  }
  await client.query(
    `create temporary table windrow_rows on commit drop as select ${list} from ${target} with no data`,
  );
  const copy = await copyIn(client, `copy pg_temp.windrow_rows (${list}) from stdin (format binary)`, feed);
  checkRows(copy.rows, copy.result, table.name);
  const key = keyColumns(table).map(quote);
  const [symbol, time] = key;
  const values = columns.filter(column => !key.includes(column));
  const pairs = (prefix: string): string => values.map(column => `${prefix}.${column}`).join(', ');
  // by the key, whatever the planner, which knows nothing of the temporary table, expects of reading the whole table
  await client.query('set local enable_hashjoin = off; set local enable_mergejoin = off');
  // Looked up before they are written: a row that is inserted through the parent does not say whether it is new, and
  // one that meets an equal one would be locked, which writes too.
  const { rows } = await client.query<Sent & { symbol: string }>(
    `with changed as materialized (
       select n.*, t.${symbol} is not null as present from pg_temp.windrow_rows n left join ${target} t
         on ${key.map(column => `t.${column} = n.${column}`).join(' and ')}
       where t.${symbol} is null or row(${pairs('t')}) is distinct from row(${pairs('n')})),
     written as (
       insert into ${target} (${list}) select ${list} from changed
       on conflict (${key.join(', ')}) do update
         set (${values.join(', ')}, updated_at) = row(${pairs('excluded')}, now()))
     select ${symbol} as symbol, (count(*) filter (where not present))::int as inserted,
       (count(*) filter (where present))::int as replaced,
       ${microsSql(`min(${time})`)} as first, ${microsSql(`max(${time})`)} as last
     from changed group by 1`,
  );
  await client.query('drop table pg_temp.windrow_rows');
  return new Map(rows.map(({ symbol, ...sent }) => [symbol, sent]));
}

export type Norms = {
  readonly symbol: string;
  readonly asOf: number;
  /** Feature to mean and deviation. */
  readonly norms: Readonly<Record<string, readonly [number, number]>>;
};

/** Stores with what the newest rows can be normalised; those of older rows are left. */
export async function writeNorms({ client, order, version }: Target, rows: readonly Norms[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into ${qualify(ownSchema, 'norms')} as n (set_name, schema_name, symbol, as_of, version, norms)
     select $1, $2, symbol, as_of, $3, norms::jsonb
     from unnest($4::text[], $5::timestamp[], $6::text[]) as r (symbol, as_of, norms)
     on conflict (set_name, schema_name, symbol) do update
       set as_of = excluded.as_of, version = excluded.version, norms = excluded.norms
     where n.as_of <= excluded.as_of`,
    [
      ...[order.set, order.schema, version, rows.map(row => row.symbol)],
      ...[rows.map(row => sqlTime(row.asOf)), rows.map(row => JSON.stringify(row.norms))],
    ],
  );
}
