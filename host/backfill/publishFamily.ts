import type pg from 'pg';
import type { BesideOf } from '../engine/peers.ts';
import { type BarsRead, hex, type NotedPeer, type PeerRead, readLedger } from '../store/ledger.ts';
import { describeHolder } from '../store/locks.ts';
import { replaceFits } from '../store/modelFits.ts';
import { publishPartition } from '../store/publish.ts';
import type { Lane } from './lane.ts';
import { storedFit, unfittedModels } from './modelFits.ts';
import type { PlannedFamily, TaskOrder } from './order.ts';
import { PartitionBytes } from './partition.ts';
import type { LoadedBars } from './readBars.ts';
import { symbolRows } from './symbolRows.ts';
import type { BackfillEvent, PartitionDone } from './types.ts';

/** Rolls the transaction back when another backfill has published the partition while this one waited for it. */
export class PublishedMeanwhile extends Error {}

/** What is said of a partition that was skipped for that reason. */
export const nothingDone = {
  ...{ rows: 0, cells: 0, nulls: 0, bytes: 0, tookMs: 0, copyMs: 0 },
  ...({ replaced: false, skipped: true, nullRows: 0 } as const),
};

/** A family with its session laid out behind the bars, begun as far as the month's first row. */
export type ReadyFamily = {
  readonly planned: PlannedFamily;
  readonly partition: PartitionBytes;
  readonly read: BarsRead;
  readonly nullRows: number;
};

/** Makes a family of a task's bars ready. The connection is needed only where it reads other symbols. */
export async function readyFamily(
  lane: Lane,
  order: TaskOrder,
  bars: LoadedBars,
  planned: PlannedFamily,
  of: BesideOf,
): Promise<ReadyFamily> {
  const { models, plan } = planned;
  const { input, read, nullRows } = await symbolRows(lane, order, plan, {
    ...{ symbol: order.task.symbol, bars, of },
  });
  const partition = new PartitionBytes({ ...input, models });
  partition.begin();
  return { planned, partition, read, nullRows };
}

/**
 * Computes a family and publishes its partition. `onKeying` is called when all is computed and the server is busy for a
 * while: what the family has in the arena is no longer needed then.
 */
export async function publishFamily(
  { client }: Lane,
  order: TaskOrder,
  { planned: { family, models, plan, table }, partition, read, nullRows }: ReadyFamily,
  emit: (event: BackfillEvent) => void,
  onKeying: () => void,
): Promise<PartitionDone> {
  const { task } = order;
  const { symbol, month } = task;
  const features = plan.features.length;
  const key = { set: order.set, family, symbol, month, version: order.versions[family]! };
  let waited = false;
  let nulls = 0;
  try {
    const published = await publishPartition(
      client,
      { ...key, runId: order.runId, attempt: order.attempt, table, bars: read },
      async write => {
        const stats = await partition.feed(write, count =>
          emit({ kind: 'progress', task, family, rows: count, cells: count * features }),
        );
        nulls = stats.nulls.reduce((sum, count) => sum + count, 0);
        return stats;
      },
      {
        onKeying,
        onWait: holder => {
          // another worker of this run, between its attachment and its commit
          if (holder.application === order.connection.config.application_name) return;
          waited = true;
          emit({ kind: 'waiting', symbol, month, family, holder: describeHolder(holder) });
        },
        onLocked: async exists => {
          if (waited && exists && (await isPublished(client, { ...key, schema: order.schema }, read)))
            throw new PublishedMeanwhile();
        },
        ...(models.length > 0 && {
          onWritten: () => {
            const fits = partition.fits.map(storedFit);
            return replaceFits(client, { ...key, schema: order.schema, runId: order.runId }, fits);
          },
        }),
      },
    );
    const { bytes, tookMs, copyMs, replaced } = published;
    const cells = published.rows * features;
    const cost = { rows: published.rows, cells, nulls, bytes, tookMs, copyMs };
    const unfitted = unfittedModels(partition.fits);
    return { family, symbol, month, ...cost, replaced, nullRows, ...(unfitted.length > 0 && { unfitted }) };
  } catch (error) {
    if (!(error instanceof PublishedMeanwhile)) throw error;
    return { family, symbol, month, ...nothingDone };
  }
}

function isAsNew(noted: NotedPeer | undefined, { revision, print }: PeerRead): boolean {
  if (noted === undefined) return false;
  if ('revision' in noted) return revision !== null && BigInt(noted.revision) >= revision;
  return noted.rows === print.rows && noted.first === print.first && noted.last === print.last;
}

/**
 * Whether the ledger has the partition done by this version from bars that are at least as new as those that were read
 * here: an entry from before the wait, for bars that have changed since, does not count.
 */
async function isPublished(
  client: pg.Client,
  key: { set: string; schema: string; family: string; symbol: string; month: string; version: string },
  read: BarsRead,
): Promise<boolean> {
  const { set, schema, family, symbol, month, version } = key;
  const filter = { set, schema, families: [family], symbols: [symbol], months: [month] };
  const [row] = await readLedger(client, filter);
  if (row?.status !== 'done' || row.error !== null || row.version !== version || row.source !== read.source)
    return false;
  const own =
    read.revision === null
      ? row.barsChecksum === hex(read.checksum!)
      : BigInt(row.barsRevision ?? 0) >= read.revision;
  return (
    own && Object.entries(read.peers ?? {}).every(([symbol, peer]) => isAsNew(row.peers?.[symbol], peer))
  );
}
