import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { type LockOptions, releaseLock, takeLock } from '../store/locks.ts';
import type { RowTable } from './table.ts';

/** A table by its name alone. */
type Named = Pick<RowTable, 'schema' | 'name'>;

/**
 * Who writes rows of a table: the connection that holds its lock, known by the server's process and when that began. The rows
 * go over other connections, which may outlive that one: each batch asks for it.
 */
export type Writer = { readonly pid: number; readonly since: string };

/** The name of the lock that whoever writes rows of the table, or drops them, holds. */
export const writerLock = ({ schema, name }: Named): string => `windrow rows ${schema}.${name}`;

/** Batches under way share this one, so that a new writer can wait for those of one that is gone. */
const batchLock = ({ schema, name }: Named): string => `windrow row batches ${schema}.${name}`;

/** Makes this connection the writer of the table, until it ends. No batch of an earlier one is under way any more, nor begins. */
export async function becomeWriter(client: pg.Client, table: Named, options: LockOptions): Promise<Writer> {
  await takeLock(client, writerLock(table), 'session', options);
  await takeLock(client, batchLock(table), 'session', options);
  await releaseLock(client, batchLock(table));
  const { rows } = await client.query<Writer>(
    'select pid, backend_start::text as since from pg_stat_activity where pid = pg_backend_pid()',
  );
  return rows[0]!;
}

const heldSql = `
  select exists (
    select from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid = $2 and a.backend_start = $3::timestamptz
      and l.database = (select oid from pg_database where datname = current_database())
      and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended($1, 0)) as held`;

/**
 * At the beginning of the transaction of a batch: raises that its run is the writer no more. Its connection broke off, as when
 * the host was suspended or cut off for a while, and what the batch would write may be older than what is there by now.
 */
export async function requireWriter(client: pg.Client, table: Named, { pid, since }: Writer): Promise<void> {
  await client.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [batchLock(table)]);
  const { rows } = await client.query<{ held: boolean }>(heldSql, [writerLock(table), pid, since]);
  if (!rows[0]!.held) throw lockLost(table);
}

export const lockLost = ({ schema, name }: Named): WindrowError =>
  new WindrowError('WR_LOCK_LOST', { table: `${schema}.${name}` });
