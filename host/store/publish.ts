import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import type { Write } from './copyStream.ts';
import { literal, qualify, quote } from './identifiers.ts';
import { type BarsRead, type CopyStats, type LedgerKey, recordDone } from './ledger.ts';
import { type LockOptions, takeLock } from './locks.ts';
import type { Month } from './month.ts';
import { attachPartition, buildPartition, partitionExists, partitionLock } from './partition.ts';
import { inUserTerms } from './postgresErrors.ts';
import { copyColumns, type PartitionedTable, partitionName } from './tables.ts';
import { inTransaction } from './transaction.ts';

export type Publication = LedgerKey & {
  readonly table: PartitionedTable;
  readonly bars: BarsRead;
  /** Time the partition has cost before it is published, for the ledger. */
  readonly spentMs?: number | undefined;
};

export type PublishOptions = LockOptions & {
  /**
   * Called under the partition's lock, before anything is written, with whether the partition exists. Throwing leaves
   * all as it was. Later the connection belongs to the COPY: a statement of `feed` would wait for itself.
   */
  readonly onLocked?: ((exists: boolean) => Promise<void>) | undefined;
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
export async function publishPartition(
  client: pg.Client,
  publication: Publication,
  feed: (write: Write) => Promise<CopyStats>,
  options: PublishOptions = {},
): Promise<Published> {
  const { table, symbol, month } = publication;
  const partition = { table, symbol, month };
  const start = performance.now();
  const publish = async (): Promise<Published> => {
    await takeLock(client, partitionLock(partition), 'transaction', options);
    const exists = await partitionExists(client, partition);
    await options.onLocked?.(exists);
    const { name, copy } = await buildPartition(client, partition, exists, copyColumns(table), feed);
    if (copy.rows !== copy.result.rows) {
      const what = `the server took ${copy.rows} rows of "${name}", the encoder counted ${copy.result.rows}`;
      throw new WindrowError('WR_INTERNAL', { what });
    }
    options.signal?.throwIfAborted();
    await attachPartition(client, partition, name, exists, options);
    const tookMs = (publication.spentMs ?? 0) + performance.now() - start;
    const written = { bytes: copy.bytes, tookMs, copyMs: copy.waitMs };
    const place = {
      schema: table.schema,
      table: partitionName(table, symbol, month),
      columns: table.columns,
    };
    await recordDone(client, { ...publication, ...place, ...written, stats: copy.result });
    return { partition: place.table, rows: copy.rows, ...written, replaced: exists };
  };
  return inUserTerms(client, () =>
    inTransaction(client, publish, 'begin; set local synchronous_commit = off'),
  );
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
