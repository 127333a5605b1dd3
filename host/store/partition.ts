import { createHash } from 'node:crypto';
import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { type CopyIn, copyIn, type Write } from './copyStream.ts';
import { parentSql } from './ddl.ts';
import { literal, qualify, quote } from './identifiers.ts';
import type { LockOptions } from './locks.ts';
import { type Month, monthEnd, monthStart } from './month.ts';
import { withShortLock } from './shortLock.ts';
import { attachTable, keyColumns, type PartitionedTable, partitionName } from './tables.ts';

/** One partition of a table: a month of a symbol, or a month of all symbols where a table is cut by month only. */
export type Partition = { readonly table: PartitionedTable; readonly symbol: string; readonly month: Month };

/** The name of the lock that whoever writes a partition, or drops it, holds. */
export const tableLock = (schema: string, name: string): string => `windrow partition ${schema}.${name}`;

export const partitionLock = ({ table, symbol, month }: Partition): string =>
  tableLock(table.schema, partitionName(table, symbol, month));

/** Equal to the partition's bounds and those of the level above, so that attaching has nothing to scan for. */
function boundsOf({ table, symbol, month }: Partition): string {
  const time = quote(table.timeColumn);
  const conditions = [
    `${time} is not null`,
    `${time} >= timestamp ${literal(monthStart(month))}`,
    `${time} < timestamp ${literal(monthEnd(month))}`,
  ];
  if (table.partition === 'symbol-month') {
    const name = quote(table.symbolColumn);
    conditions.push(`${name} is not null`, `${name} = ${literal(symbol)}`);
  }
  return conditions.join(' and ');
}

/** Finds what has the partition's name: see {@link isThere}. */
export const partitionSql = ({ table, symbol, month }: Partition): string =>
  parentSql(table.schema, partitionName(table, symbol, month));

/** Whether what was found is the partition. Throws when its name is taken by a table that is not. */
export function isThere(
  { table, symbol, month }: Partition,
  [found]: readonly { readonly parent: string | null }[],
): boolean {
  if (found === undefined) return false;
  if (found.parent === attachTable(table, symbol)) return true;
  const name = partitionName(table, symbol, month);
  throw new WindrowError('WR_TABLE_FOREIGN', { table: `${table.schema}.${name}` });
}

/** A partition that is written but not attached yet, visible to its transaction only. */
export type Built<T> = { readonly name: string; readonly filled: T };

/** Adds rows to a partition by a COPY that `feed` writes. */
export type CopyRows = <T>(feed: (write: Write) => Promise<T>) => Promise<CopyIn<T>>;

/**
 * Creates the partition's table by itself, has it filled by any number of COPYs and gives it its key. The rows are frozen,
 * which needs the table to be of the same transaction and spares every later vacuum the work. Where the partition exists,
 * the new table stands beside it under a name of its own. `onKeying` is called when the server has been told to build the
 * key: time to do what needs no connection.
 */
export async function buildPartition<T>(
  client: pg.Client,
  partition: Partition,
  exists: boolean,
  columns: readonly string[],
  { fill, onKeying }: { fill: (copy: CopyRows) => Promise<T>; onKeying?: (() => void) | undefined },
): Promise<Built<T>> {
  const { table, symbol, month } = partition;
  const wanted = partitionName(table, symbol, month);
  const name = exists
    ? `windrow_new_${createHash('sha256').update(wanted).digest('hex').slice(0, 16)}`
    : wanted;
  const target = qualify(table.schema, name);
  const vacuum = table.immutable ? ' with (autovacuum_enabled = off)' : '';
  // Like the old partition where there is one: `like` holds a lock to the end, and two transactions with a lock on the
  // same parent would each wait for the other where they detach.
  const model = qualify(table.schema, exists ? wanted : attachTable(table, symbol));
  const create = `create table ${target} (like ${model} including storage)${vacuum};
    alter table ${target} add constraint bounds check (${boundsOf(partition)});
    set local max_parallel_maintenance_workers = 0`;
  const list = columns.map(quote).join(', ');
  const copy = `copy ${target} (${list}) from stdin (format binary, freeze)`;
  // the first COPY brings the table along: rows are computed while the server makes it
  let created = false;
  const filled = await fill(feed => {
    const sql = created ? copy : `${create}; ${copy}`;
    created = true;
    return copyIn(client, sql, feed);
  });
  if (!created) await client.query(create);
  const key = keyColumns(table).map(quote).join(', ');
  const keyed = client.query(`alter table ${target} add primary key (${key})`);
  onKeying?.();
  await keyed;
  return { name, filled };
}

/**
 * Makes the built table the partition, in place of an older one where there is one. From here to the commit others wait for
 * the parent: what is left of the transaction goes to the server with it, `behind` it.
 */
export async function attachPartition(
  client: pg.Client,
  partition: Partition,
  built: string,
  exists: boolean,
  behind: string,
  options: LockOptions = {},
): Promise<void> {
  const { table, symbol, month } = partition;
  const name = partitionName(table, symbol, month);
  const parent = qualify(table.schema, attachTable(table, symbol));
  const target = qualify(table.schema, name);
  const swap = `
    alter table ${parent} detach partition ${target};
    drop table ${target};
    alter table ${qualify(table.schema, built)} rename to ${quote(name)};
    alter index ${qualify(table.schema, `${built}_pkey`)} rename to ${quote(`${name}_pkey`)};`;
  // Attached, it has no more use of the constraint, and Postgres reads all constraints of the database, one after the other,
  // whenever a partition is attached or detached: among 31,500 partitions those were most of what attaching took.
  const attach = `alter table ${parent} attach partition ${target}
      for values from (${literal(monthStart(month))}) to (${literal(monthEnd(month))});
    alter table ${target} drop constraint bounds`;
  const watched = async () => [parent];
  const place = { table: `${table.schema}.${name}`, watched, behind };
  await withShortLock(client, exists ? `${swap} ${attach}` : attach, place, options);
}
