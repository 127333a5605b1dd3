import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { allSymbols } from './allSymbols.ts';
import { checkRows, type Write } from './copyStream.ts';
import { literal, qualify, quote } from './identifiers.ts';
import {
  type BarsRead,
  type CopyStats,
  doneSql,
  type LedgerKey,
  type LedgerRow,
  notedSql,
} from './ledger.ts';
import { type LockHolder, type LockOptions, takeLock, tryLockSql } from './locks.ts';
import type { Month } from './month.ts';
import {
  attachPartition,
  buildPartition,
  type CopyRows,
  isThere,
  type Partition,
  partitionLock,
  partitionSql,
} from './partition.ts';
import { inUserTerms } from './postgresErrors.ts';
import { isLater } from './runId.ts';
import { copyColumns, type PartitionedTable, partitionName } from './tables.ts';
import { orRollBack } from './transaction.ts';

export type Publication = LedgerKey & {
  readonly table: PartitionedTable;
  readonly bars: BarsRead;
  /** Time the partition has cost before it is published, for the ledger. */
  readonly spentMs?: number | undefined;
};

type Feed<S extends CopyStats = CopyStats> = (write: Write) => Promise<S>;

/** What a partition was filled with, and from which bars. */
export type Filled = { readonly stats: CopyStats; readonly bars: BarsRead };

/**
 * Fills a partition by one COPY or several, each of which returns what its feed has counted. Between two of them the
 * connection takes other statements, which belong to the same transaction.
 */
export type Fill = (copy: <S extends CopyStats>(feed: Feed<S>) => Promise<S>) => Promise<Filled>;

export type PublishOptions = LockOptions & {
  /** Told instead of `onWait` of who has the partition itself; throwing leaves it to them. */
  readonly onBusy?: ((holder: LockHolder) => void) | undefined;
  /**
   * Called under the partition's lock, before anything is written, with whether the partition exists and what the ledger
   * has of it. Returns whether that is known to be older, by bars and definition, than what is about to be written. Throwing
   * leaves all as it was. Later the connection belongs to the COPY: a statement of `feed` would wait for itself.
   */
  readonly onLocked?: ((exists: boolean, noted: LedgerRow | undefined) => Promise<boolean>) | undefined;
  /** Called while the server builds the key, which takes it long: time for what needs no connection. It must not throw. */
  readonly onKeying?: (() => void) | undefined;
  /** Called when the rows are written: what it writes becomes visible with them. */
  readonly onWritten?: (() => Promise<void>) | undefined;
};

export type Published = {
  readonly partition: string;
  readonly rows: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** Time spent waiting for the server to take the bytes of the COPY. */
  readonly copyMs: number;
  /** Whether an older partition was replaced. */
  readonly replaced: boolean;
};

/**
 * Publishes one partition in one transaction: table, rows, key, attachment and ledger row, whole or not at all.
 * `feed` writes the binary COPY of the columns `copyColumns(table)`, header and trailer included, and returns what it
 * counted. The parents must exist (`ensureTable`).
 *
 * The commit does not wait for the disk: rows and ledger row share the transaction, so a commit that is lost when
 * the server crashes is lost whole, and the partition is merely computed again.
 */
export const publishPartition = (
  client: pg.Client,
  { bars, ...publication }: Publication,
  feed: Feed,
  options: PublishOptions = {},
): Promise<Published> =>
  publishFilled(client, publication, async copy => ({ stats: await copy(feed), bars }), options);

/**
 * Under the partition's lock: a run leaves alone what a run has published that began after it, which may have known newer
 * bars or another definition. So one that was thought dead and comes back takes nothing back.
 */
function checkSuccessor(noted: LedgerRow | undefined, { runId }: LedgerKey): void {
  if (runId === undefined || noted?.status !== 'done' || !isLater(noted.runId, runId)) return;
  throw new WindrowError('WR_PARTITION_LATER', {
    table: `${noted.schema}.${noted.table}`,
    run: noted.runId,
    at: noted.finishedAt.toISOString(),
  });
}

type Found = { readonly exists: boolean; readonly noted: LedgerRow | undefined };

/**
 * Begins the transaction, takes the partition's lock and finds what is there: one way to the server and back where the lock
 * is free. Every statement sees what was committed before it, so that what is found is as of a time under the lock.
 */
async function beginLocked(
  client: pg.Client,
  partition: Partition,
  key: LedgerKey,
  options: PublishOptions,
): Promise<Found> {
  const look = `${partitionSql(partition)}; ${notedSql({ ...key, schema: partition.table.schema })}`;
  const lock = partitionLock(partition);
  const ask = async (sql: string): Promise<pg.QueryResult[]> =>
    (await client.query(sql)) as unknown as pg.QueryResult[];
  const [, , tried, ...found] = await ask(
    `begin; set local synchronous_commit = off; ${tryLockSql(lock)}; ${look}`,
  );
  let [there, noted] = found;
  if (!tried!.rows[0].taken) {
    const onWait = options.onBusy ?? options.onWait;
    await takeLock(client, lock, 'transaction', { ...options, onWait });
    [there, noted] = await ask(look);
  }
  return { exists: isThere(partition, there!.rows), noted: noted!.rows[0] };
}

/** The same for a partition that is filled bit by bit, and of which only then is known what was read. */
export async function publishFilled(
  client: pg.Client,
  publication: Omit<Publication, 'bars'>,
  fill: Fill,
  options: PublishOptions = {},
): Promise<Published> {
  const { table, symbol, month } = publication;
  const partition = { table, symbol, month };
  const place = { schema: table.schema, table: partitionName(table, symbol, month), columns: table.columns };
  const start = performance.now();
  const publish = async (): Promise<Published> => {
    const { exists, noted } = await beginLocked(client, partition, publication, options);
    const isOlder = await options.onLocked?.(exists, noted);
    if (!isOlder) checkSuccessor(noted, publication);
    const copied = { bytes: 0, waitMs: 0 };
    const copying = async <S extends CopyStats>(copy: CopyRows, feed: Feed<S>): Promise<S> => {
      const { result, rows, bytes, waitMs } = await copy(feed);
      checkRows(rows, result.rows, place.table);
      options.signal?.throwIfAborted();
      copied.bytes += bytes;
      copied.waitMs += waitMs;
      return result;
    };
    const { name, filled } = await buildPartition(client, partition, exists, copyColumns(table), {
      fill: copy => fill(feed => copying(copy, feed)),
      onKeying: options.onKeying,
    });
    await options.onWritten?.();
    options.signal?.throwIfAborted();
    const tookMs = (publication.spentMs ?? 0) + performance.now() - start;
    const written = { bytes: copied.bytes, tookMs, copyMs: copied.waitMs };
    const done = doneSql({ ...publication, ...place, ...written, ...filled });
    await attachPartition(client, partition, name, exists, `${done}; commit`, options);
    return { partition: place.table, rows: filled.stats.rows, ...written, replaced: exists };
  };
  return inUserTerms(client, () => orRollBack(client, publish));
}

/**
 * Statement that reads a stored partition back for verification: time and features, ordered by time, as binary COPY.
 * Missing partitions make the server say that there is no such table.
 */
export function copyOutSql(table: PartitionedTable, symbol: string, month: Month): string {
  const columns = [table.timeColumn, ...table.columns].map(quote).join(', ');
  const from = qualify(table.schema, partitionName(table, symbol, month));
  const filter =
    table.partition === 'month' ? ` where ${quote(table.symbolColumn)} = ${literal(symbol)}` : '';
  return `copy (select ${columns} from ${from}${filter} order by ${quote(table.timeColumn)}) to stdout (format binary)`;
}

/** The symbols that have rows in a partition of all symbols, in ascending order. */
export async function storedSymbols(
  client: pg.Client,
  table: PartitionedTable,
  month: Month,
): Promise<string[]> {
  const symbol = quote(table.symbolColumn);
  const from = qualify(table.schema, partitionName(table, allSymbols, month));
  const { rows } = await client.query<{ symbol: string }>(
    `select distinct ${symbol} as symbol from ${from} order by 1`,
  );
  return rows.map(row => row.symbol);
}
