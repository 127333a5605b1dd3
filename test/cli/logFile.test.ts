import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunLogFile } from '../../host/cli/runLogFile.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { objects, scratch, windrow } from './run.ts';

const folder = scratch('log');
const path = join(folder.path, 'runs.jsonl');
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-07', 200));
});
afterAll(async () => {
  await db.drop();
  folder.remove();
});

const frame = { command: 'backfill', set: 'fx', schema: 'public' };

it('has a line for each event of a run, behind those of the run before', async () => {
  const run = (...args: string[]) =>
    windrow(['backfill', '--workers', '1', '--log', path, ...args], { env: { DATABASE_URL: db.url } });
  const first = await run('--families', 'bollinger_rate');
  expect(first.code).toBe(0);
  const unknown = await run('--pairs', 'eurud');
  expect(unknown.code).toBe(2);
  const lines = objects(readFileSync(path, 'utf8'));
  expect(lines.map(({ event }) => event)).toEqual([
    ...['start', 'plan', 'task-start', 'partition', 'task-done', 'end'],
    ...['start', 'error'],
  ]);
  for (const line of lines) {
    expect(line).toMatchObject(frame);
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  }
  const [, plan, , partition, done, end] = lines;
  for (const line of [plan, partition, done, end]) expect(line!.run).toBe(end!.run);
  expect(partition).toMatchObject({
    ...{ level: 'info', symbol: 'eurusd', month: '2024-07', family: 'bollinger_rate', rows: 200 },
    ...{ cells: 2000, tookMs: expect.any(Number), replaced: false },
  });
  expect(end).toMatchObject({ done: 1, skipped: 0, failed: [], notStarted: [], interrupted: false });
  expect(lines.at(-1)).toMatchObject({ level: 'error', code: 'WR_SYMBOL_UNKNOWN' });
  expect(readFileSync(path, 'utf8')).not.toContain(new URL(db.url).password || 'password=');
  expect(statSync(path).mode & 0o007).toBe(0);
});

it('has what an import, a verification and a removal did', async () => {
  const other = join(folder.path, 'others.jsonl');
  const file = join(folder.path, 'gbpusd.csv');
  writeFileSync(file, 'time,open,high,low,close,volume\n2024-07-01 00:00,1,2,0.5,1.5,3\n');
  const run = (...args: string[]) => windrow([...args, '--log', other], { env: { DATABASE_URL: db.url } });
  const runs = [
    await run('import', file),
    await run('verify', '--pairs', 'eurusd', '--families', 'bollinger_rate'),
    await run('drop', '--pairs', 'eurusd', '--families', 'bollinger_rate'),
  ];
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  const lines = objects(readFileSync(other, 'utf8'));
  expect(lines.map(({ command, event }) => `${command} ${event}`)).toEqual([
    ...['import start', 'import file', 'import end', 'verify start', 'verify end'],
    ...['drop start', 'drop removed', 'drop end'],
  ]);
  expect(lines[2]).toMatchObject({ files: 1, inserted: 1, rejected: 0, interrupted: false });
  expect(lines[4]).toMatchObject({ partitions: 1, equal: 1, wrong: 0 });
  expect(lines[6]).toMatchObject({ family: 'bollinger_rate', symbol: 'eurusd', rows: 200 });
});

it('is refused at once where it cannot be written, and later told of once', () => {
  const told: string[] = [];
  expect(() => RunLogFile.open(join(folder.path, 'none', 'x'), frame, text => told.push(text))).toThrow(
    /ENOENT/,
  );
  const inner = scratch('gone');
  const log = RunLogFile.open(join(inner.path, 'x'), frame, text => told.push(text));
  inner.remove();
  log.write({ event: 'plan' });
  log.write({ event: 'partition' });
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^the log cannot be written: ENOENT/);
});
