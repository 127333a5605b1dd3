import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { describeHolder, type LockHolder, type LockOptions, tableHolder } from './locks.ts';
import { errorCode } from './postgresErrors.ts';

/** How long one try waits for a lock: so long, at most, do those that come later stand in line behind it. */
const tryMs = 150;
const restMs = 250;
const patienceMs = 300_000;

const describe = (holder: LockHolder | undefined): string =>
  holder ? describeHolder(holder) : 'whoever it was has gone in the meantime';

/**
 * Runs statements of a transaction that lock tables which others use, trying again until all of the locks were free.
 * `table` is what errors name; `watched` are the tables, quoted, whose holders are told of. `behind` follows them at once,
 * without a way to the server and back while the locks are held.
 */
export async function withShortLock(
  client: pg.Client,
  statements: string,
  {
    table,
    watched,
    behind,
  }: {
    readonly table: string;
    readonly watched: () => Promise<readonly string[]>;
    readonly behind?: string | undefined;
  },
  { onWait, signal }: LockOptions = {},
): Promise<void> {
  const steps = `
    savepoint short_lock; set local lock_timeout = ${tryMs};
    ${statements};
    set local lock_timeout = 0; release short_lock${behind ? `; ${behind}` : ''}`;
  const told = new Set<number>();
  for (const deadline = Date.now() + patienceMs; ; ) {
    try {
      await client.query(steps);
      return;
    } catch (error) {
      // 55P03: lock timeout. 40P01: a reader holds the partition and wants the parent.
      if (!['55P03', '40P01'].includes(errorCode(error))) throw error;
      await client.query('rollback to short_lock; set local lock_timeout = 0');
      let holder: LockHolder | undefined;
      for (const name of await watched()) holder ??= await tableHolder(client, name);
      if (Date.now() > deadline) {
        const values = { table, seconds: patienceMs / 1000, holder: describe(holder) };
        throw new WindrowError('WR_LOCK_HELD', values, { cause: error });
      }
      if (holder && !told.has(holder.pid)) onWait?.(holder);
      if (holder) told.add(holder.pid);
      await sleep(restMs, undefined, signal ? { signal } : {});
    }
  }
}
