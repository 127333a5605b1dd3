import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import type { Database } from './database.ts';
import { qualify } from './identifiers.ts';
import { type LockOptions, takeLock } from './locks.ts';
import { isMigrated, migrate, ownSchema } from './migrate.ts';
import { type Month, monthBefore, monthStart } from './month.ts';
import { tableLock } from './partition.ts';
import { errorCode, inUserTerms } from './postgresErrors.ts';
import { withShortLock } from './shortLock.ts';
import { ownMark } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** Which symbols and months of a set: all that fits, whether there are bars of it or not. */
export type MonthFilter = {
  readonly set: string;
  readonly schema?: string | undefined;
  readonly symbols?: readonly string[] | undefined;
  readonly months?: readonly Month[] | undefined;
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
};

/** Which partitions of a set, of those that the ledger has. */
export type RemovalFilter = MonthFilter & { readonly families?: readonly string[] | undefined };

/** A partition, or what the ledger says of one that is gone or failed. */
export type Removable = {
  readonly schema: string;
  readonly family: string;
  /** `*` where it holds all symbols. */
  readonly symbol: string;
  readonly month: Month;
  readonly table: string;
  /** The table that it is attached to; null where there is no table to drop. */
  readonly parent: string | null;
  readonly rows: number;
  readonly bytes: number;
};

/** Partitions of one table that one transaction drops: its locks are few, and others wait for it for moments. */
const batchSize = 40;

const ledger = qualify(ownSchema, 'ledger');
const fits = qualify(ownSchema, 'model_fits');

/**
 * What there is of it, by family, symbol and month. A partition that was detached, or whose name another table has, is not
 * among them: it is not ours to drop, and the ledger goes on to say what it held.
 */
export async function findRemovable(client: pg.Client, filter: RemovalFilter): Promise<Removable[]> {
  if (!(await isMigrated(client))) return [];
  const { set, schema = 'public', families, symbols, months, from, to } = filter;
  const { rows } = await client.query<Removable>(
    `select l.schema_name as schema, l.family, l.symbol, to_char(l.month, 'YYYY-MM') as month, l.table_name as "table",
       p.relname as parent, coalesce(l.rows, 0)::float8 as rows,
       coalesce(pg_total_relation_size(c.oid), 0)::float8 as bytes
     from ${ledger} l
       left join pg_namespace n on n.nspname = l.schema_name
       left join pg_class c on c.relnamespace = n.oid and c.relname = l.table_name
       left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
     where l.set_name = $1 and l.schema_name = $2 and ($3::text[] is null or l.family = any($3))
       and ($4::text[] is null or l.symbol = any($4)) and ($5::date[] is null or l.month = any($5))
       and ($6::date is null or l.month >= $6) and ($7::date is null or l.month <= $7)
       and (c.oid is null or obj_description(pg_partition_root(c.oid)::oid, 'pg_class') like $8)
     order by l.family, l.symbol, l.month`,
    [
      ...[set, schema, families ?? null, symbols ?? null, months?.map(monthStart) ?? null],
      ...[from === undefined ? null : monthStart(from), to === undefined ? null : monthStart(to)],
      `${ownMark}family %`,
    ],
  );
  return rows;
}

/** The first of `keep` months that end with the newest; undefined where there are none. */
export function firstToKeep(months: readonly Month[], keep: number): Month | undefined {
  const newest = [...months].sort().at(-1);
  return newest === undefined ? undefined : monthBefore(newest, keep - 1);
}

export type RemovalOptions<T = Removable> = LockOptions & {
  /** Told of each batch when it is gone. */
  readonly onRemoved?: ((removed: readonly T[]) => void) | undefined;
};

/** Runs what removes tables or rows over a connection of its own. What depends on them, such as a view, keeps them: an error. */
export async function removing(
  database: Pick<Database, 'connect'>,
  body: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = await database.connect();
  try {
    await inUserTerms(client, async () => {
      await migrate(client);
      await body(client);
    });
  } catch (error) {
    if (errorCode(error) !== '2BP01') throw error;
    const what = (error as { detail?: string }).detail ?? (error as Error).message;
    throw new WindrowError('WR_TABLE_USED', { what: what.split('\n')[0] }, { cause: error });
  } finally {
    await client.end();
  }
}

/** One transaction: under the locks that whoever writes these partitions takes. */
async function removeBatch(
  client: pg.Client,
  set: string,
  batch: readonly Removable[],
  options: LockOptions,
): Promise<void> {
  const { schema, family, parent } = batch[0]!;
  const tables = batch.filter(one => one.parent !== null).map(({ table }) => qualify(schema, table));
  await inTransaction(client, async () => {
    for (const { table } of batch) await takeLock(client, tableLock(schema, table), 'transaction', options);
    if (tables.length > 0) {
      const place = {
        table: `${schema}.${parent}`,
        watched: async () => [...tables, qualify(schema, parent!)],
      };
      await withShortLock(client, `drop table if exists ${tables.join(', ')}`, place, options);
    }
    const key = [set, schema, family, batch.map(({ symbol }) => symbol)];
    const months = batch.map(({ month }) => monthStart(month));
    const gone = 'unnest($4::text[], $5::date[]) as gone (symbol, month)';
    await client.query(
      `delete from ${fits} f using ${gone}
       where f.set_name = $1 and f.schema_name = $2 and f.family = $3 and f.symbol = gone.symbol
         and f.anchor >= gone.month and f.anchor < gone.month + interval '1 month'`,
      [...key, months],
    );
    await client.query(
      `delete from ${ledger} l using ${gone}
       where l.set_name = $1 and l.schema_name = $2 and l.family = $3 and l.symbol = gone.symbol and l.month = gone.month`,
      [...key, months],
    );
  });
}

/** Tables of pairs that have no month left. The family's own stays: it is what grants and views are about. */
async function removeEmpty(
  client: pg.Client,
  removed: readonly Removable[],
  options: LockOptions,
): Promise<void> {
  const parents = new Map(removed.flatMap(one => (one.parent === null ? [] : [[one.parent, one] as const])));
  for (const [parent, { schema, family }] of parents) {
    const { rowCount } = await client.query(
      `select from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relname = $2 and c.relispartition
         and not exists (select from pg_inherits where inhparent = c.oid)`,
      [schema, parent],
    );
    if (rowCount === 0) continue;
    await inTransaction(client, async () => {
      // whoever makes tables of the family holds it
      await takeLock(client, `windrow table ${schema}.${family}`, 'transaction', options);
      const { rows } = await client.query('select from pg_inherits where inhparent = to_regclass($1)', [
        qualify(schema, parent),
      ]);
      if (rows.length > 0) return;
      const watched = async () => [qualify(schema, family)];
      const place = { table: `${schema}.${parent}`, watched };
      await withShortLock(client, `drop table if exists ${qualify(schema, parent)}`, place, options);
    });
  }
}

/**
 * Drops partitions with their rows in the ledger and their fits of models, batch by batch: a stop in between leaves each
 * partition whole or gone.
 */
export function removePartitions(
  database: Pick<Database, 'connect'>,
  set: string,
  found: readonly Removable[],
  options: RemovalOptions = {},
): Promise<void> {
  return removing(database, async client => {
    const groups = Map.groupBy(found, ({ schema, family, parent }) => `${schema} ${family} ${parent}`);
    for (const group of groups.values()) {
      for (let from = 0; from < group.length; from += batchSize) {
        options.signal?.throwIfAborted();
        const batch = group.slice(from, from + batchSize);
        await removeBatch(client, set, batch, options);
        options.onRemoved?.(batch);
      }
      await removeEmpty(client, group, options);
    }
  });
}
