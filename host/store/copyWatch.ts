import type { Socket } from 'node:net';
import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { type Connection, connectDatabase } from './database.ts';

/** A COPY under way: what it is, and since when the server is waited for; undefined while it waits for us. */
type Wait = { readonly what: string; since: number | undefined };

const waits = new WeakMap<pg.Client, Wait>();

export const socketOf = (client: pg.Client): Socket =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream;

/** A COPY of a table without its columns, or the beginning of one of a query. */
const named = (sql: string): string => /\bcopy ("[^(]+") \(/.exec(sql)?.[1] ?? sql.slice(0, 160);

/** Notes of a connection that a COPY of it begins, and then when the server is waited for. */
export function noteCopy(
  client: pg.Client,
  sql: string,
): {
  waits(): void;
  moved(): void;
  ended(): void;
} {
  const wait: Wait = { what: named(sql), since: undefined };
  waits.set(client, wait);
  return {
    waits: () => {
      wait.since = performance.now();
    },
    moved: () => {
      wait.since = undefined;
    },
    ended: () => {
      if (waits.get(client) === wait) waits.delete(client);
    },
  };
}

/** Ends the server's side of a connection that was given up, which would keep its locks until the server notices. */
export async function endOtherSide(
  connection: Connection,
  client: pg.Client & { readonly processID?: number },
): Promise<void> {
  const other = await connectDatabase(connection);
  try {
    await other.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and application_name = $2',
      [client.processID, connection.config.application_name],
    );
  } finally {
    await other.end();
  }
}

/** Looks in a limit, the last a twentieth before its end. */
const looks = 20;
/** Looks between which a COPY has not moved, for it to stand still; at the last look, behind which the limit ends it anyway, fewer. */
const stillLooks = 10;
const stillAtLast = 2;

/**
 * Runs what has a limit. Where a COPY of it stands still for half of the limit, or as the limit comes near for a tenth, the
 * connection is given up with an error that says so: a server or a network that hangs looks like work that is slow, and is not.
 * Looks are counted, not seconds: after a process was suspended the first look comes before anything that has arrived is read.
 */
export async function watchingCopies<T>(
  client: pg.Client,
  limitMs: number,
  body: () => Promise<T>,
): Promise<T> {
  let look = 0;
  let unmoved = 0;
  let before: number | undefined;
  const timer = setInterval(() => {
    look++;
    const wait = waits.get(client);
    const since = wait?.since;
    unmoved = since !== undefined && since === before ? unmoved + 1 : 0;
    before = since;
    if (since === undefined || unmoved < (look === looks - 1 ? stillAtLast : stillLooks)) return;
    clearInterval(timer);
    const seconds = Math.round((performance.now() - since) / 1000);
    socketOf(client).destroy(new WindrowError('WR_COPY_STUCK', { what: wait!.what, seconds }));
  }, limitMs / looks);
  timer.unref();
  try {
    return await body();
  } finally {
    clearInterval(timer);
  }
}
