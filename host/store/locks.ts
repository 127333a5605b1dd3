import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Database } from './database.ts';
import { literal } from './identifiers.ts';

/** Who holds what somebody waits for, as the server knows it. */
export type LockHolder = {
  readonly pid: number;
  readonly user: string;
  /** `windrow HOST:PROCESS` where it is one of ours. */
  readonly application: string;
  /** Client's address; '' for a Unix socket. */
  readonly address: string;
  readonly since: Date;
};

export const describeHolder = ({ pid, user, application, address, since }: LockHolder): string =>
  `"${application || 'unnamed'}" (user ${user}${address ? ` from ${address}` : ''}, backend ${pid}, since ${since.toISOString()})`;

export type LockOptions = {
  /** Told once per holder that keeps us waiting. */
  readonly onWait?: ((holder: LockHolder) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Tells of holders but those of this process, whose connections wait for each other now and then. */
export const ofOthers =
  (database: Pick<Database, 'connection'>, tell: (holder: string) => void) =>
  (holder: LockHolder): void => {
    if (holder.application !== database.connection.config.application_name) tell(describeHolder(holder));
  };

const activity = `a.pid, a.usename as user, a.application_name as application,
  coalesce(host(a.client_addr), '') as address, coalesce(a.xact_start, a.state_change, a.backend_start) as since`;

const advisoryHolder = `
  select ${activity} from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
    and l.database = (select oid from pg_database where datname = current_database())
    and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended($1, 0)
  limit 1`;

const relationHolder = `
  select ${activity} from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'relation' and l.granted and l.pid <> pg_backend_pid() and l.relation = $1::regclass
    and l.database = (select oid from pg_database where datname = current_database())
  order by since limit 1`;

/** Who has a lock on a table, longest first. */
export async function tableHolder(client: pg.Client, table: string): Promise<LockHolder | undefined> {
  const { rows } = await client.query<LockHolder>(relationHolder, [table]);
  return rows[0];
}

/** Tries to take a lock of a transaction; its one row says whether it was `taken`. */
export const tryLockSql = (name: string): string =>
  `select pg_try_advisory_xact_lock(hashtextextended(${literal(name)}, 0)) as taken`;

const pollMs = [20, 50, 100, 250];

/**
 * Takes the lock called `name`, waiting as long as somebody else has it. A transaction's lock ends with it, a
 * session's with {@link releaseLock} or with the connection, so that a process that was killed holds nothing.
 */
export async function takeLock(
  client: pg.Client,
  name: string,
  scope: 'transaction' | 'session',
  { onWait, signal }: LockOptions = {},
): Promise<void> {
  const call = scope === 'transaction' ? 'pg_try_advisory_xact_lock' : 'pg_try_advisory_lock';
  const told = new Set<number>();
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const { rows } = await client.query<{ taken: boolean }>(
      `select ${call}(hashtextextended($1, 0)) as taken`,
      [name],
    );
    if (rows[0]!.taken) return;
    const holder = onWait && (await client.query<LockHolder>(advisoryHolder, [name])).rows[0];
    if (holder && !told.has(holder.pid)) {
      told.add(holder.pid);
      onWait(holder);
    }
    await sleep(pollMs[Math.min(attempt, pollMs.length - 1)], undefined, signal ? { signal } : {});
  }
}

export async function releaseLock(client: pg.Client, name: string): Promise<void> {
  await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
}
