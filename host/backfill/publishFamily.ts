import type { BesideOf } from '../engine/peers.ts';
import type { BarsRead } from '../store/ledger.ts';
import { replaceFits } from '../store/modelFits.ts';
import { publishPartition } from '../store/publish.ts';
import { amongOthers, isSameOrNewer, isSameOrOlder, nothingDone, PublishedMeanwhile } from './amongOthers.ts';
import type { Lane } from './lane.ts';
import { storedFit, unfittedModels } from './modelFits.ts';
import type { PlannedFamily, TaskOrder } from './order.ts';
import { PartitionBytes } from './partition.ts';
import type { LoadedBars } from './readBars.ts';
import { symbolRows } from './symbolRows.ts';
import type { BackfillEvent, PartitionDone } from './types.ts';

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

/** What the publication of a family asks and tells of. */
type Calls = {
  readonly emit: (event: BackfillEvent) => void;
  /** Whether to wait for another backfill that has the partition in hand. */
  readonly patient: boolean;
  /** Called when all is computed and the server is busy for a while: what the family has in the arena is no longer needed. */
  readonly onKeying: () => void;
};

/** Computes a family and publishes its partition. */
export async function publishFamily(
  { client }: Lane,
  order: TaskOrder,
  { planned: { family, models, plan, table }, partition, read, nullRows }: ReadyFamily,
  { emit, patient, onKeying }: Calls,
): Promise<PartitionDone> {
  const { task } = order;
  const { symbol, month } = task;
  const features = plan.features.length;
  const key = { set: order.set, family, symbol, month, version: order.versions[family]! };
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
        ...amongOthers(
          order,
          { family, symbol, month },
          {
            ...{ patient, emit },
            isPublished: noted => isSameOrNewer(noted, key.version, read),
            isOlder: noted => isSameOrOlder(noted, key.version, read),
          },
        ),
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
