import type pg from 'pg';
import { setByName } from '../catalog/catalog.ts';
import { WindrowError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { checkedName, qualify, quote } from '../store/identifiers.ts';
import type { LockOptions } from '../store/locks.ts';
import { ownSchema } from '../store/migrate.ts';
import { type Month, monthEnd, monthStart } from '../store/month.ts';
import { type MonthFilter, type RemovalOptions, removing } from '../store/removal.ts';
import { withShortLock } from '../store/shortLock.ts';
import { inTransaction } from '../store/transaction.ts';
import { keptSince, noteKept } from './kept.ts';
import { forgetProgress } from './progress.ts';
import { isRowTable, type RowTable } from './table.ts';
import { becomeWriter } from './writer.ts';

/** The rows of a month that would go. */
export type RemovableRows = {
  readonly schema: string;
  /** The partition that they are in. */
  readonly table: string;
  readonly month: Month;
  readonly symbols: readonly string[];
  readonly rows: number;
  /** What the partition takes, where it goes as a whole; rows that are deleted leave their room to others. */
  readonly bytes: number;
  readonly whole: boolean;
};

type Table = Pick<RowTable, 'schema' | 'name' | 'set' | 'symbolColumn'>;

function tableOf({ set: name, schema = 'public' }: Pick<MonthFilter, 'set' | 'schema'>): Table {
  const { layout } = setByName(name);
  if (layout.kind === 'rows')
    return { schema, name: checkedName(layout.table!), set: name, symbolColumn: layout.symbolColumn };
  const values = { set: name, kept: 'partition by partition', command: 'removeRows' };
  throw new WindrowError('WR_SET_LAYOUT', { ...values, instead: 'removePartitions' });
}

/** Symbols and rows of a partition; the server counts. */
const countSql = (table: Table, name: string): string => `
  select ${quote(table.symbolColumn)} as symbol, count(*)::float8 as rows from ${qualify(table.schema, name)}
  where $1::text[] is null or ${quote(table.symbolColumn)} = any($1) group by 1 order by 1`;

/** What there is of it, by month. A table that somebody has detached is not among it. */
export async function findRemovableRows(
  client: pg.Client,
  { symbols, months, from = '', to, ...place }: MonthFilter,
): Promise<RemovableRows[]> {
  const table = tableOf(place);
  if (!(await isRowTable(client, table))) return [];
  const { rows: partitions } = await client.query<{ name: string; month: Month; bytes: number }>(
    `select c.relname as name, replace(substring(c.relname from '\\d{4}_\\d{2}$'), '_', '-') as month,
       pg_total_relation_size(c.oid)::float8 as bytes
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass
       and c.relname ~ '_\\d{4}_\\d{2}$' order by month`,
    [qualify(table.schema, table.name)],
  );
  const found: RemovableRows[] = [];
  for (const { name, month, bytes } of partitions) {
    if (month < from || (to !== undefined && month > to)) continue;
    if (months !== undefined && !months.includes(month)) continue;
    const { rows } = await client.query<{ symbol: string; rows: number }>(countSql(table, name), [
      symbols ?? null,
    ]);
    const whole = symbols === undefined;
    if (!whole && rows.length === 0) continue;
    found.push({
      ...{ schema: table.schema, table: name, month, whole, bytes: whole ? bytes : 0 },
      symbols: rows.map(({ symbol }) => symbol),
      rows: rows.reduce((sum, one) => sum + one.rows, 0),
    });
  }
  return found;
}

/** Forgets how far rows have come. First of all: a stop behind it has rows computed once too often, and never leaves a gap. */
async function forgetSymbols(client: pg.Client, table: Table, symbols: readonly string[]): Promise<void> {
  for (const name of ['set_progress', 'norms'])
    await client.query(
      `delete from ${qualify(ownSchema, name)} where set_name = $1 and schema_name = $2 and symbol = any($3)`,
      [table.set, table.schema, symbols],
    );
}

/**
 * Says from which month on rows are kept, of all symbols, those to come among them; undefined: all. Updates compute no row before
 * it from then on, whatever bars come in and whether they are told to compute all. What there is goes by {@link removeRows}. Where
 * more is kept than was before, the next update computes it.
 */
export async function keepRowsSince(
  database: Pick<Database, 'connect'>,
  { set, schema = 'public' }: Pick<MonthFilter, 'set' | 'schema'>,
  since: Month | undefined,
  options: LockOptions = {},
): Promise<void> {
  const table = tableOf({ set, schema });
  await removing(database, async client => {
    await becomeWriter(client, table, options);
    await inTransaction(client, async () => {
      const before = await keptSince(client, table);
      if (before !== undefined && (since ?? '') < before) await forgetProgress(client, table);
      await noteKept(client, table, since);
    });
  });
}

/** Removes the rows of one month, in a transaction. */
async function removeMonth(
  client: pg.Client,
  table: Table,
  { schema, table: name, month, symbols, whole }: RemovableRows,
  options: LockOptions,
): Promise<void> {
  const target = qualify(schema, name);
  await inTransaction(client, async () => {
    if (whole) {
      const watched = async () => [target, qualify(schema, table.name)];
      await withShortLock(
        client,
        `drop table if exists ${target}`,
        { table: `${schema}.${name}`, watched },
        options,
      );
    } else {
      await client.query(`delete from ${target} where ${quote(table.symbolColumn)} = any($1)`, [symbols]);
    }
    await client.query(
      `delete from ${qualify(ownSchema, 'norms')} where set_name = $1 and schema_name = $2 and symbol = any($3)
         and as_of >= $4 and as_of < $5`,
      [table.set, table.schema, symbols, monthStart(month), monthEnd(month)],
    );
  });
}

/**
 * Removes rows month by month, whole partitions where all symbols are meant, under the lock of whoever writes rows: a stop in
 * between leaves each month whole or gone. The next update computes them again, but for months that are no longer kept.
 */
export async function removeRows(
  database: Pick<Database, 'connect'>,
  set: string,
  found: readonly RemovableRows[],
  options: RemovalOptions<RemovableRows> = {},
): Promise<void> {
  const [first] = found;
  if (!first) return;
  const table = tableOf({ set, schema: first.schema });
  await removing(database, async client => {
    await becomeWriter(client, table, options);
    // months that are no longer kept are not computed again
    const since = (await keptSince(client, table)) ?? '';
    const again = found.filter(({ month }) => month >= since);
    await forgetSymbols(client, table, [...new Set(again.flatMap(({ symbols }) => symbols))]);
    for (const one of found) {
      options.signal?.throwIfAborted();
      await removeMonth(client, table, one, options);
      options.onRemoved?.([one]);
    }
  });
}
