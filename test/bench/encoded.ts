import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { BarCache } from '../../host/backfill/barCache.ts';
import { laneOver } from '../../host/backfill/lane.ts';
import { barNeeds, planOf, tableOf } from '../../host/backfill/order.ts';
import { PartitionBytes } from '../../host/backfill/partition.ts';
import { type PrepareOptions, prepare } from '../../host/backfill/prepare.ts';
import { readBars } from '../../host/backfill/readBars.ts';
import { symbolRows } from '../../host/backfill/symbolRows.ts';
import { setByName } from '../../host/catalog/catalog.ts';
import { besideOf } from '../../host/catalog/roles.ts';
import { Arena } from '../../host/engine/module.ts';
import type { Database } from '../../host/store/database.ts';
import { openSource } from '../../host/store/sources.ts';
import type { PartitionedTable } from '../../host/store/tables.ts';

/** The binary COPY of one partition, encoded beforehand into a file. */
export type EncodedPartition = {
  readonly table: PartitionedTable;
  readonly symbol: string;
  readonly month: string;
  readonly file: string;
  readonly bytes: number;
  readonly rows: number;
  readonly checksum: bigint;
};

/** Encodes, in the order of a backfill, the partitions that it would publish. Nothing is written to the database. */
export async function encodePartitions(
  database: Database,
  options: PrepareOptions,
  folder: string,
): Promise<EncodedPartition[]> {
  await mkdir(folder, { recursive: true });
  const client = await database.connect();
  const arena = await Arena.create();
  const result: EncodedPartition[] = [];
  try {
    const prepared = await prepare(client, options, { write: false });
    const source = await openSource(client, { schema: prepared.schema, ...options.source });
    const lane = laneOver(client, arena, new BarCache(source));
    for (const order of prepared.plan.tasks.map(prepared.orderOf(database.connection, ''))) {
      const { task, set: setName, schema, type } = order;
      const { symbol, month } = task;
      const set = setByName(setName);
      lane.bars.renew();
      for (const family of task.families) {
        const plan = planOf(set, family);
        const table = tableOf(set, family, { schema, type });
        const mark = arena.top;
        const bars = await readBars(lane, symbol, month, barNeeds([plan]));
        const { input } = await symbolRows(lane, order, plan, { symbol, bars, of: besideOf(set, symbol) });
        const file = join(folder, `${family}_${symbol}_${month}.copy`);
        const out = await open(file, 'w');
        let bytes = 0;
        const { checksum } = await new PartitionBytes(input).feed(
          async chunk => {
            bytes += chunk.length;
            await out.writeFile(chunk);
          },
          () => {},
        );
        await out.close();
        arena.release(mark);
        result.push({ table, symbol, month, file, bytes, rows: bars.rows - bars.firstRow, checksum });
      }
    }
  } finally {
    await client.end();
  }
  return result;
}
