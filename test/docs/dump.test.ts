import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { leftovers, verifiedChecksums } from '../support/partitions.ts';
import { hasOldPostgres, oldBinDir, type TestDatabase, testDatabase } from '../support/postgres.ts';

// docs/operations.md, "Backups": the commands are taken from the page. Debian's Postgres has the programs for them.

const page = readFileSync(fileURLToPath(new URL('../../docs/operations.md', import.meta.url)), 'utf8');
const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text!);
const commandsWith = (word: string): string => blocks.find(block => block.includes(word))!;
const families = ['time_features', 'cross_sectional_panel'];

let from: TestDatabase;
let to: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), 'windrow-dump-'));
const shell = (commands: string) =>
  execFileSync('bash', ['-euo', 'pipefail', '-c', `windrow() { echo "$source"; }\n${commands}`], {
    cwd: folder,
    stdio: 'pipe',
    env: { ...process.env, PATH: `${oldBinDir}:${process.env.PATH}`, source: from.url, target: to.url },
  });

beforeAll(async () => {
  if (!hasOldPostgres) return;
  [from, to] = await Promise.all([testDatabase(oldBinDir), testDatabase(oldBinDir)]);
  await loadMarket(from.database, marketMonths(['eurusd', 'usdjpy'], '2023-12', '2024-01', 100));
  await backfill({ database: from.database, families, workers: 1 });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await from?.drop();
  await to?.drop();
});

test.skipIf(!hasOldPostgres)('what is dumped family by family is restored whole', async () => {
  shell(commandsWith('pg_partition_tree'));
  shell(commandsWith('pg_restore'));
  expect(await verifiedChecksums(to.database, families)).toEqual(
    await verifiedChecksums(from.database, families),
  );
  const client = await to.connect();
  expect(await leftovers(client)).toEqual([]);
  await client.end();
  // and nothing is left to do
  expect(await backfill({ database: to.database, families, workers: 1 })).toMatchObject({
    done: 0,
    failed: [],
  });
});
