import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Connection, Database } from '../store/database.ts';
import { ensureTable } from '../store/ddl.ts';
import { literal, qualify, quote } from '../store/identifiers.ts';
import { monthEnd, monthStart } from '../store/month.ts';
import { attachTable, copyColumns, partitionName } from '../store/tables.ts';
import type { EncodedPartition } from './encoded.ts';

// What the same tables cost without Windrow: bytes that were encoded beforehand, sent by as many connections, each
// partition created, frozen, keyed, checked, attached and committed as a backfill does it, but without ledger.

/** One partition: statements before its COPY, the COPY, its bytes in memory that threads share, statements behind. */
export type FloorJob = {
  readonly before: string;
  readonly copy: string;
  readonly after: string;
  readonly bytes: Uint8Array;
};

export type FloorShare = {
  readonly connection: Connection;
  readonly jobs: readonly FloorJob[];
  /** Number of the next job, shared by the connections. */
  readonly next: Int32Array;
  readonly pieces?: number;
};

/** The statements of one partition, and what stands between COPY and FROM. */
export function floorStatements({ table, symbol, month }: EncodedPartition, schema: string) {
  const target = qualify(schema, partitionName(table, symbol, month));
  const parent = qualify(schema, attachTable(table, symbol));
  const time = quote(table.timeColumn);
  const name = quote(table.symbolColumn);
  const [from, to] = [literal(monthStart(month)), literal(monthEnd(month))];
  const bounds = [
    `${time} is not null and ${time} >= timestamp ${from} and ${time} < timestamp ${to}`,
    `${name} is not null and ${name} = ${literal(symbol)}`,
  ];
  return {
    before: `begin; set local synchronous_commit = off; set local max_parallel_maintenance_workers = 0;
      create table ${target} (like ${parent} including storage) with (autovacuum_enabled = off);
      alter table ${target} add constraint bounds check (${bounds.join(' and ')});`,
    copy: `${target} (${copyColumns(table).map(quote).join(', ')})`,
    after: `alter table ${target} add primary key (${time});
      alter table ${parent} attach partition ${target} for values from (${from}) to (${to});
      alter table ${target} drop constraint bounds; commit;`,
  };
}

/** Makes the parents in a new schema; a user of the floor would have them. */
export async function makeParents(
  database: Database,
  partitions: readonly EncodedPartition[],
  schema: string,
): Promise<void> {
  const client = await database.connect();
  for (const [, group] of Map.groupBy(partitions, ({ table }) => table.name)) {
    const symbols = [...new Set(group.map(({ symbol }) => symbol))];
    await ensureTable(client, { ...group[0]!.table, schema }, symbols);
  }
  await client.end();
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Partitions as they are sent from memory. */
export const floorJobs = (
  partitions: readonly EncodedPartition[],
  bytes: readonly Uint8Array[],
  schema: string,
): FloorJob[] =>
  partitions.map((partition, i): FloorJob => {
    const sql = floorStatements(partition, schema);
    return { ...sql, copy: `copy ${sql.copy} from stdin (format binary, freeze)`, bytes: bytes[i]! };
  });

/** Sends from memory by pg-copy-streams, one thread a connection. Returns milliseconds from the first statement. */
export async function sendJobs(
  connection: Connection,
  jobs: readonly FloorJob[],
  options: { readonly connections: number; readonly pieces?: number },
): Promise<number> {
  const { connections, pieces } = options;
  const next = new Int32Array(new SharedArrayBuffer(4));
  const workerData: FloorShare = { connection, jobs, next, ...(pieces ? { pieces } : {}) };
  const url = new URL(`./floorWorker.${extension}`, import.meta.url);
  const threads = Array.from({ length: connections }, () => new Worker(url, { workerData }));
  try {
    await Promise.all(threads.map(thread => once(thread, 'message')));
    const start = performance.now();
    await Promise.all(
      threads.map(thread => {
        const done = once(thread, 'message');
        thread.postMessage('go');
        return done;
      }),
    );
    return performance.now() - start;
  } finally {
    await Promise.all(threads.map(thread => thread.terminate()));
  }
}

export const floorByThreads = (
  database: Database,
  partitions: readonly EncodedPartition[],
  bytes: readonly Uint8Array[],
  { schema, ...options }: { readonly schema: string; readonly connections: number; readonly pieces?: number },
): Promise<number> => sendJobs(database.connection, floorJobs(partitions, bytes, schema), options);
