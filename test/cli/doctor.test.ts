import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planBytes } from '../../host/doctor/disk.ts';
import { settingFindings } from '../../host/doctor/settings.ts';
import { backfill, catalog, planBackfill } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { objects, scratch, windrow } from './run.ts';

const folder = scratch('doctor');
let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;
const run = (...args: string[]) =>
  windrow(['doctor', ...args], { cwd: folder.path, env: { DATABASE_URL: db.url } });

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
});
afterAll(async () => {
  await client.end();
  await db.drop();
  folder.remove();
});

it('says what is wrong with a server and what to do, and ends with 3 where something is', async () => {
  const name = client.database;
  await client.query(
    `alter database "${name}" set jit = on; alter database "${name}" set timezone = 'Asia/Tokyo'`,
  );
  const { code, stdout } = await run();
  // the servers of tests do not wait for disks
  expect(stdout).toMatch(/^ {2}error +fsync +off\n +.*destroy.*: alter system set fsync = 'on'/m);
  expect(stdout).toMatch(/^ {2}note +jit +on\n/m);
  expect(stdout).toMatch(/^ {2}note +server +Asia\/Tokyo\n +.*UTC/m);
  expect(stdout).toMatch(/^ {2}note +plan +none\n/m);
  expect(stdout).toMatch(/^1 error, \d+ warnings?, \d+ notes\n$/m);
  expect(code).toBe(3);
  await client.query(`alter database "${name}" reset jit; alter database "${name}" reset timezone`);
});

it('tells a program of each finding, of a role that may not write and of an open password', async () => {
  const name = client.database;
  await client.query(`alter database "${name}" set default_transaction_read_only = on`);
  const config = join(folder.path, 'secret.yaml');
  writeFileSync(config, `database:\n  url: ${db.url}\n`);
  chmodSync(config, 0o644);
  const { code, stdout, stderr } = await windrow(['doctor', '--json', '--config', config], {
    cwd: folder.path,
  });
  const all = objects(stdout);
  const found = (check: string) => all.find(one => one.check === check);
  expect(found('writing')).toMatchObject({
    area: 'rights',
    level: 'error',
    found: 'transactions are read-only',
  });
  expect(found('configuration')).toMatchObject({ area: 'files', level: 'warning' });
  expect(found('postgres')).toMatchObject({ level: 'ok' });
  expect(all.at(-1)).toMatchObject({ kind: 'report', errors: 2 });
  expect(code).toBe(3);
  const { password } = new URL(db.url);
  expect(`${stdout}${stderr}`).not.toContain(
    password || (new URL(db.url).searchParams.get('password') as string),
  );
  await client.query(`alter database "${name}" reset default_transaction_read_only`);
});

it('looks at the machine where no database answers', async () => {
  const { code, stdout } = await windrow(['doctor', '--database-url', 'postgresql://u:hush@127.0.0.1:1/x'], {
    cwd: folder.path,
  });
  expect(stdout).toMatch(/^ {2}ok +node /m);
  expect(stdout).toMatch(/^ {2}error +server +no database answers at "postgresql:\/\/u@127\.0\.0\.1:1\/x"/m);
  expect(stdout).not.toContain('hush');
  expect(code).toBe(3);
});

it('knows to a few hundredths what a plan takes on disk', async () => {
  await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-07', 8000));
  const options = { database: db.database, families: ['bollinger_rate', 'time_features'] };
  const { all } = planBytes(catalog.setByName('fx'), await planBackfill(options), 'double');
  await backfill({ ...options, workers: 1 });
  const { rows } = await client.query<{ bytes: number }>(
    `select sum(pg_total_relation_size(relid))::float8 as bytes
     from pg_partition_tree('bollinger_rate') p full join pg_partition_tree('time_features') q using (relid) where relid is not null`,
  );
  expect(all / rows[0]!.bytes).toBeGreaterThan(0.97);
  expect(all / rows[0]!.bytes).toBeLessThan(1.06);
});

/** What is said of a server with these settings, in the units of pg_settings. */
async function judged(settings: Readonly<Record<string, string | [string, string]>>, load = {}) {
  const rows = Object.entries(settings).map(([name, value]) => {
    const [setting, unit] = Array.isArray(value) ? value : [value, null];
    return { name, setting, unit, pending: false };
  });
  const server = { query: async () => ({ rows }) } as unknown as pg.Client;
  const none = { workers: 2, largestFamily: 0, tables: 0, otherConnections: 0, replicated: false };
  const findings = await settingFindings(server, { ...none, ...load });
  return Object.fromEntries(findings.map(({ check, level, found }) => [check, `${level} ${found}`]));
}

it('judges settings by what they are and by what is to be done', async () => {
  const counts = { max_prepared_transactions: '0', superuser_reserved_connections: '3' };
  expect(
    await judged({
      shared_buffers: ['1024', '8kB'],
      max_wal_size: ['1024', 'MB'],
      checkpoint_timeout: ['300', 's'],
    }),
  ).toEqual({ shared_buffers: 'warning 8MB', max_wal_size: 'warning 1GB', checkpoint_timeout: 'ok 5min' });
  expect(await judged({ shared_buffers: ['16384', '8kB'] })).toEqual({ shared_buffers: 'note 128MB' });
  expect(await judged({ shared_buffers: ['32768', '8kB'] })).toEqual({ shared_buffers: 'ok 256MB' });
  const locks = { ...counts, max_locks_per_transaction: '64', max_connections: '100' };
  expect(await judged(locks, { largestFamily: 3199, tables: 6400 })).toMatchObject({
    max_locks_per_transaction: 'ok 64',
  });
  expect(await judged(locks, { tables: 6401 })).toMatchObject({ max_locks_per_transaction: 'note 64' });
  expect(await judged(locks, { largestFamily: 3201 })).toMatchObject({
    max_locks_per_transaction: 'warning 64',
  });
  const busy = { ...counts, max_connections: '20' };
  expect(await judged(busy, { workers: 8, otherConnections: 6 })).toEqual({ max_connections: 'ok 20' });
  expect(await judged(busy, { workers: 8, otherConnections: 7 })).toEqual({ max_connections: 'warning 20' });
  expect(await judged(busy, { workers: 8, otherConnections: 9 })).toEqual({ max_connections: 'error 20' });
  expect(await judged({ wal_level: 'replica', wal_skip_threshold: ['2048', 'kB'] })).toEqual({
    wal_level: 'ok replica',
    wal_skip_threshold: 'ok 2MB',
  });
  expect(await judged({ wal_level: 'minimal', wal_skip_threshold: ['2048', 'kB'] })).toEqual({
    wal_level: 'note minimal',
    wal_skip_threshold: 'note 2MB',
  });
  const compressed = async (how: string, replicated: boolean) =>
    (await judged({ wal_compression: how }, { replicated })).wal_compression;
  expect(await compressed('off', false)).toBe('ok off');
  expect(await compressed('off', true)).toBe('note off');
  expect(await compressed('pglz', false)).toBe('note pglz');
  expect(await compressed('lz4', true)).toBe('ok lz4');
});
