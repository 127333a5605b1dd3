import { BarCache } from '../backfill/barCache.ts';
import { laneOver } from '../backfill/lane.ts';
import { barNeeds, planOf, tableOf, withHorizon } from '../backfill/order.ts';
import { PartitionBytes, streamBytes } from '../backfill/partition.ts';
import { type PrepareOptions, prepare } from '../backfill/prepare.ts';
import { readBars } from '../backfill/readBars.ts';
import { symbolRows } from '../backfill/symbolRows.ts';
import { setByName } from '../catalog/catalog.ts';
import { besideOf } from '../catalog/roles.ts';
import { Arena } from '../engine/module.ts';
import type { Database } from '../store/database.ts';
import { openSource } from '../store/sources.ts';
import type { PartitionedTable } from '../store/tables.ts';

/** The binary COPY of one partition, encoded beforehand. */
export type EncodedPartition = {
  readonly table: PartitionedTable;
  readonly symbol: string;
  readonly month: string;
  readonly bytes: number;
  readonly rows: number;
  readonly checksum: bigint;
};

/** Where the bytes of a partition go. */
export type Sink = { write(chunk: Uint8Array): Promise<void> | void; close?(): Promise<void> };

/** Encodes, in the order of a backfill, the partitions that it would publish. Nothing is written to the database. */
export async function encodePartitions<S extends Sink>(
  database: Database,
  options: PrepareOptions,
  /** Makes room for a partition of at most so many bytes. */
  open: (name: string, mostBytes: number) => Promise<S> | S,
): Promise<(EncodedPartition & { readonly sink: S })[]> {
  const client = await database.connect();
  const arena = await Arena.create();
  const result: (EncodedPartition & { readonly sink: S })[] = [];
  try {
    const prepared = await prepare(client, options, { write: false });
    const source = await openSource(client, { schema: prepared.schema, ...options.source });
    const lane = laneOver(client, arena, new BarCache(source));
    for (const order of prepared.plan.tasks.map(prepared.orderOf(database.connection, ''))) {
      const { task, schema, type } = order;
      const { symbol, month } = task;
      const set = withHorizon(setByName(order.set, order.setConfig), order.horizonBits);
      lane.bars.renew();
      for (const family of task.families) {
        const plan = planOf(set, family);
        const table = tableOf(set, family, { schema, type });
        const mark = arena.top;
        const bars = await readBars(lane, symbol, month, barNeeds([plan]));
        const { input } = await symbolRows(lane, order, plan, { symbol, bars, of: besideOf(set, symbol) });
        const rows = bars.rows - bars.firstRow;
        const name = `${family}_${symbol}_${month}`;
        const sink = await open(name, streamBytes(rows, table.columns.length, symbol, type));
        let bytes = 0;
        const { checksum } = await new PartitionBytes(input).feed(
          async chunk => {
            bytes += chunk.length;
            await sink.write(chunk);
          },
          () => {},
        );
        await sink.close?.();
        arena.release(mark);
        result.push({ table, symbol, month, bytes, rows, checksum, sink });
      }
    }
  } finally {
    await client.end();
  }
  return result;
}
