import type pg from 'pg';
import type { Arena } from '../engine/module.ts';
import { type BarsRead, hex, readLedger } from '../store/ledger.ts';
import { describeHolder } from '../store/locks.ts';
import { publishPartition } from '../store/publish.ts';
import type { BarSource } from '../store/sources.ts';
import { barColumnsOf, type PlannedFamily, type TaskOrder } from './order.ts';
import { PartitionBytes } from './partition.ts';
import { barsChecksum, type LoadedBars } from './readBars.ts';
import type { BackfillEvent, PartitionDone } from './types.ts';

/** Rolls the transaction back when another backfill has published the partition while this one waited for it. */
class PublishedMeanwhile extends Error {}

/** Computes one family of a task's bars and publishes its partition. */
export async function publishFamily(
  client: pg.Client,
  arena: Arena,
  order: TaskOrder,
  source: BarSource,
  bars: LoadedBars,
  { family, plan, table }: PlannedFamily,
  emit: (event: BackfillEvent) => void,
): Promise<PartitionDone> {
  const { task, parameters, type } = order;
  const { symbol, month } = task;
  const features = plan.features.length;
  const asked = plan.lookback - 1;
  const found = Math.min(asked, bars.firstRow);
  const fromRow = bars.firstRow - found;
  const { columns, rows, firstRow } = bars;
  const key = { set: order.set, family, symbol, month, version: order.versions[family]! };
  const read: BarsRead = {
    source: source.id,
    revision: bars.revision,
    rows: rows - fromRow,
    first: rows > fromRow ? bars.time(fromRow) : null,
    last: rows > fromRow ? bars.time(rows - 1) : null,
    checksum: barsChecksum(arena, bars, barColumnsOf(plan), fromRow),
    lookbackAsked: asked,
    lookbackFound: found,
  };
  const mark = arena.top;
  let waited = false;
  let nulls = 0;
  try {
    const partition = new PartitionBytes({ arena, plan, parameters, columns, rows, firstRow, type, symbol });
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
      },
    );
    const { bytes, tookMs, copyMs, replaced } = published;
    const cells = published.rows * features;
    const needed = Math.max(...plan.features.map(({ needs }) => needs)) - 1;
    const nullRows = Math.min(Math.max(needed - firstRow, 0), published.rows);
    const cost = { rows: published.rows, cells, nulls, bytes, tookMs, copyMs };
    return { family, symbol, month, ...cost, replaced, nullRows };
  } catch (error) {
    if (!(error instanceof PublishedMeanwhile)) throw error;
    const cost = { rows: 0, cells: 0, nulls: 0, bytes: 0, tookMs: 0, copyMs: 0 };
    return { family, symbol, month, ...cost, replaced: false, skipped: true, nullRows: 0 };
  } finally {
    arena.release(mark);
  }
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
  return read.revision === null
    ? row.barsChecksum === hex(read.checksum!)
    : BigInt(row.barsRevision ?? 0) >= read.revision;
}
