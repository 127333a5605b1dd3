import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Connection, Database } from '../../host/store/database.ts';
import { ensureTable } from '../../host/store/ddl.ts';
import { literal, qualify, quote } from '../../host/store/identifiers.ts';
import { monthEnd, monthStart } from '../../host/store/month.ts';
import { attachTable, copyColumns, partitionName } from '../../host/store/tables.ts';
import type { EncodedPartition } from './encoded.ts';

// What the same tables cost without Windrow: bytes that were encoded beforehand, sent by as many connections, each
// partition created, frozen, keyed, checked, attached and committed as a backfill does it, but without ledger.

/** One partition: statements before its COPY, the COPY, its bytes, statements behind. */
export type FloorJob = {
  readonly before: string;
  readonly copy: string;
  readonly after: string;
  readonly bytes: SharedArrayBuffer;
};

export type FloorShare = {
  readonly connection: Connection;
  readonly jobs: readonly FloorJob[];
  /** Number of the next job, shared by the connections. */
  readonly next: Int32Array;
  readonly pieces?: number;
};

function statements({ table, symbol, month }: EncodedPartition, schema: string) {
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
      commit;`,
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

/** The bytes of each partition in memory that threads share. */
export async function loadBytes(partitions: readonly EncodedPartition[]): Promise<SharedArrayBuffer[]> {
  const load = async ({ file, bytes }: EncodedPartition): Promise<SharedArrayBuffer> => {
    const shared = new SharedArrayBuffer(bytes);
    new Uint8Array(shared).set(await readFile(file));
    return shared;
  };
  const loaded: SharedArrayBuffer[] = [];
  for (const partition of partitions) loaded.push(await load(partition));
  return loaded;
}

/** Sends from memory by pg-copy-streams, one thread a connection. Returns milliseconds from the first statement. */
export async function floorByThreads(
  database: Database,
  partitions: readonly EncodedPartition[],
  bytes: readonly SharedArrayBuffer[],
  options: { readonly schema: string; readonly connections: number; readonly pieces?: number },
): Promise<number> {
  const { schema, connections, pieces } = options;
  const jobs = partitions.map((partition, i): FloorJob => {
    const sql = statements(partition, schema);
    return { ...sql, copy: `copy ${sql.copy} from stdin (format binary, freeze)`, bytes: bytes[i]! };
  });
  const next = new Int32Array(new SharedArrayBuffer(4));
  const workerData: FloorShare = {
    connection: database.connection,
    jobs,
    next,
    ...(pieces ? { pieces } : {}),
  };
  const url = new URL('./floorWorker.ts', import.meta.url);
  const threads = Array.from({ length: connections }, () => new Worker(url, { workerData }));
  await Promise.all(threads.map(thread => once(thread, 'message')));
  const start = performance.now();
  await Promise.all(
    threads.map(thread => {
      const done = once(thread, 'message');
      thread.postMessage('go');
      return done;
    }),
  );
  const tookMs = performance.now() - start;
  await Promise.all(threads.map(thread => thread.terminate()));
  return tookMs;
}

/** The same by `psql \copy` from the files, one process a connection. */
export async function floorByPsql(
  database: Database,
  partitions: readonly EncodedPartition[],
  folder: string,
  options: { readonly schema: string; readonly connections: number },
): Promise<number> {
  const { schema, connections } = options;
  // the largest first, each to whoever has least: psql cannot take the next from a common queue
  const shares = Array.from({ length: connections }, () => ({ bytes: 0, lines: [] as string[] }));
  for (const partition of partitions.toSorted((a, b) => b.bytes - a.bytes)) {
    const share = shares.reduce((least, other) => (other.bytes < least.bytes ? other : least));
    const { before, copy, after } = statements(partition, schema);
    share.bytes += partition.bytes;
    share.lines.push(before, `\\copy ${copy} from '${partition.file}' (format binary, freeze)`, after);
  }
  const scripts = await Promise.all(
    shares.map(async ({ lines }, i) => {
      const script = join(folder, `floor${i}.sql`);
      await writeFile(script, `${lines.join('\n')}\n`);
      return script;
    }),
  );
  const start = performance.now();
  await Promise.all(scripts.map(script => runPsql(database, ['-f', script])));
  return performance.now() - start;
}

/** Runs psql quietly; throws with what it says when it fails. */
export async function runPsql(database: Database, args: readonly string[]): Promise<void> {
  const env = { ...process.env, PGOPTIONS: '-c timezone=UTC' };
  const all = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database.secretUrl, ...args];
  const child = spawn('psql', all, { stdio: ['ignore', 'ignore', 'pipe'], env });
  let said = '';
  child.stderr.on('data', chunk => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`psql ended with ${code}: ${said}`);
}

/** What psql says of itself, or undefined when there is none on the PATH. */
export function psqlVersion(): string | undefined {
  try {
    return execFileSync('psql', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
