import { availableParallelism } from 'node:os';
import type pg from 'pg';
import { type Connection, connectDatabase } from '../store/database.ts';
import { qualify, quote } from '../store/identifiers.ts';
import type { LockOptions } from '../store/locks.ts';
import { inUserTerms } from '../store/postgresErrors.ts';
import { withShortLock } from '../store/shortLock.ts';
import { inTransaction } from '../store/transaction.ts';
import { keyColumns, type RowTable } from './table.ts';

/** Whether the table lacks its key, and the partitions that lack it still. */
type Keys = { readonly keyless: boolean; readonly partitions: readonly string[] };

/** As the rows are committed: what is lost with the server is done again. */
const begin = 'begin; set local synchronous_commit = off';

async function findKeys(client: pg.Client, table: RowTable): Promise<Keys> {
  const without = 'not exists (select from pg_index x where x.indrelid = c.oid and x.indisprimary)';
  const { rows } = await client.query<Keys>(
    `select ${without} as keyless, array(
       select p.relname::text from pg_inherits i join pg_class p on p.oid = i.inhrelid
       where i.inhparent = c.oid and ${without.replaceAll('c.oid', 'p.oid')} order by 1) as partitions
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`,
    [table.schema, table.name],
  );
  return rows[0] ?? { keyless: false, partitions: [] };
}

/**
 * Gives a table its key that was made without, its partitions side by side: to sort them once takes a fifth of the time of
 * looking for the place of each row as it comes. Nothing is to be done where there is a key; what a killed run has left
 * undone is done by the next. Whoever calls it holds the writers' lock.
 */
export async function finishKey(
  client: pg.Client,
  table: RowTable,
  connection: Connection,
  options: LockOptions = {},
): Promise<void> {
  const { keyless, partitions } = await findKeys(client, table);
  if (!keyless) return;
  const key = keyColumns(table).map(quote).join(', ');
  const place = (name: string): string => qualify(table.schema, name);
  const index = (partition: string): string => quote(`${partition}_pkey`);
  const queue = [...partitions];
  const build = async (own: pg.Client): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const create = `create unique index if not exists ${index(next)} on ${place(next)} (${key})`;
      // one process each: partitions are what is shared out
      await inTransaction(
        own,
        () => own.query(create),
        `${begin}; set local max_parallel_maintenance_workers = 0`,
      );
    }
  };
  const beside = Array.from({ length: Math.min(availableParallelism(), 4) - 1 }, async () => {
    const own = await connectDatabase(connection);
    await build(own).finally(() => own.end());
  });
  await inUserTerms(client, async () => {
    const built = await Promise.allSettled([build(client), ...beside]);
    for (const one of built) if (one.status === 'rejected') throw one.reason;
    // the indexes become keys, and with those the parent takes them as its own: nothing is sorted again
    const statements = [
      ...partitions.map(name => `alter table ${place(name)} add primary key using index ${index(name)}`),
      `alter table ${place(table.name)} add primary key (${key})`,
    ];
    const watched = async () => [table.name, ...partitions].map(place);
    const locked = { table: `${table.schema}.${table.name}`, watched };
    await inTransaction(client, () => withShortLock(client, statements.join('; '), locked, options), begin);
  });
}
