import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateBars } from '../../host/bars/index.ts';
import { loadBars } from '../../host/ingest/loadBars.ts';
import { type Database, openDatabase } from '../../host/store/database.ts';
import { endedChildrenMs } from './cpu.ts';

export type BenchServer = {
  readonly database: Database;
  /** A folder that goes with the server. */
  readonly folder: string;
  readonly version: string;
  /** CPU time of the server's processes that have ended, in milliseconds; NaN where /proc does not tell. */
  cpuMs(): Promise<number>;
  close(): Promise<void>;
};

/** An embedded server of its own, with the settings that users get but for those given, in a folder that `close` removes. */
export async function benchServer(settings: Readonly<Record<string, string>> = {}): Promise<BenchServer> {
  const folder = join(tmpdir(), `windrow-bench-${process.pid}-${randomBytes(3).toString('hex')}`);
  const database = await openDatabase({ dataDir: folder, settings, applicationName: 'windrow bench' });
  const client = await database.connect();
  const { rows } = await client.query<{ version: string; data: string }>(
    `select current_setting('server_version') as version, current_setting('data_directory') as data`,
  );
  await client.end();
  const { version, data } = rows[0]!;
  const postmaster = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0];
  return {
    database,
    folder,
    version,
    cpuMs: () => endedChildrenMs(postmaster),
    async close() {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The made-up market of the benchmarks. */
export async function loadMarket(
  database: Database,
  market: { readonly pairs: readonly string[]; readonly from: string; readonly to: string },
): Promise<void> {
  const { signal } = new AbortController();
  await loadBars(database, generateBars({ seed: 1, ...market }), { schema: 'public', signal });
}
