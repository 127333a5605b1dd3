import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { barNeeds, planOf, tableOf } from '../../host/backfill/order.ts';
import { PartitionBytes } from '../../host/backfill/partition.ts';
import { type PrepareOptions, prepare } from '../../host/backfill/prepare.ts';
import { readBars } from '../../host/backfill/readBars.ts';
import { setByName } from '../../host/catalog/catalog.ts';
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
    for (const { task, set: setName, parameters, schema, type } of prepared.orders(database.connection, '')) {
      const { symbol, month } = task;
      const set = setByName(setName);
      for (const family of task.families) {
        const plan = planOf(set, family);
        const table = tableOf(set, family, { schema, type });
        const mark = arena.top;
        const { columns, rows, firstRow } = await readBars(client, arena, source, {
          symbol,
          month,
          needs: barNeeds([plan]),
          expectedRows: task.rows,
        });
        const input = { arena, plan, parameters, columns, rows, firstRow, type, symbol };
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
        result.push({ table, symbol, month, file, bytes, rows: rows - firstRow, checksum });
      }
    }
  } finally {
    await client.end();
  }
  return result;
}
