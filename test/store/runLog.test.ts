import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../host/store/migrate.ts';
import {
  lastOfSymbols,
  lastRuns,
  type RunRecord,
  readRuns,
  recordRun,
  type SymbolRun,
  totalRuns,
} from '../../host/store/runLog.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await migrate(client);
});

afterAll(async () => {
  await client.end();
  await db.drop();
});

const symbol = (name: string, changes: Partial<SymbolRun> = {}): SymbolRun => ({
  symbol: name,
  status: 'done',
  rows: 2,
  cells: 20,
  nulls: 3,
  clipped: 1,
  barsRead: 300,
  nullFeatures: { macd: 2, atr: 1 },
  tookMs: 4.5,
  ...changes,
});

const run = (runId: string, symbols: readonly SymbolRun[], changes: Partial<RunRecord> = {}): RunRecord => ({
  runId,
  command: 'update',
  set: 'stocks-hourly',
  schema: 'public',
  startedAt: '2025-03-10T15:00:00.000Z',
  tookMs: 120.25,
  interrupted: false,
  symbols,
  ...changes,
});

const rowsOf = async (runId: string) => {
  const { rows } = await client.query(
    `select symbol, status, code, cause, rows::int, cells::int, nulls::int, clipped::int, bars_read::int, null_features,
       to_char(started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as started, took_ms
     from windrow.run_log where run_id = $1 order by symbol nulls first`,
    [runId],
  );
  return rows;
};

test('a run leaves a row for itself, summed up, and one for each symbol that was done or failed', async () => {
  const idle = { rows: 0, cells: 0, nulls: 0, clipped: 0, barsRead: 0, nullFeatures: {}, tookMs: 0 };
  const failed = { ...idle, status: 'failed', code: 'WR_TASK_TIMEOUT', cause: 'took too long' } as const;
  const symbols = [symbol('aapl'), symbol('msft', failed), symbol('nvda', { ...idle, status: 'unchanged' })];
  await recordRun(client, run('one', [...symbols, symbol('goog')]));
  const base = { started: '2025-03-10 15:00', code: null, cause: null };
  const sums = { rows: 2, cells: 20, nulls: 3, clipped: 1, bars_read: 300, took_ms: 4.5 };
  expect(await rowsOf('one')).toEqual([
    {
      ...base,
      symbol: null,
      status: 'failed',
      code: 'WR_TASK_TIMEOUT',
      cause: '1 of 4 symbols failed, first msft',
      ...{ rows: 4, cells: 40, nulls: 6, clipped: 2, bars_read: 600, took_ms: 120.25 },
      null_features: { macd: 4, atr: 2 },
    },
    { ...base, symbol: 'aapl', status: 'done', ...sums, null_features: { macd: 2, atr: 1 } },
    { ...base, symbol: 'goog', status: 'done', ...sums, null_features: { macd: 2, atr: 1 } },
    {
      ...base,
      ...{ symbol: 'msft', status: 'failed', code: 'WR_TASK_TIMEOUT', cause: 'took too long' },
      ...{ rows: 0, cells: 0, nulls: 0, clipped: 0, bars_read: 0, took_ms: 0, null_features: {} },
    },
  ]);
});

test('a run without a change is unchanged, one that was stopped has failed', async () => {
  await recordRun(client, run('two', [symbol('aapl', { status: 'unchanged' })]));
  await recordRun(client, run('three', [symbol('aapl')], { interrupted: true }));
  expect(await rowsOf('two')).toMatchObject([{ symbol: null, status: 'unchanged', cause: null }]);
  expect(await rowsOf('three')).toMatchObject([
    { symbol: null, status: 'failed', cause: 'interrupted' },
    { symbol: 'aapl', status: 'done' },
  ]);
});

test('rows of symbols go after 90 days, those of runs and of other sets stay', async () => {
  const old = { startedAt: new Date(Date.now() - 91 * 86_400_000).toISOString() };
  await recordRun(client, run('old', [symbol('aapl')], old));
  await recordRun(client, run('other', [symbol('aapl')], { ...old, set: 'stocks-daily' }));
  await recordRun(client, run('new', [symbol('aapl')], { startedAt: new Date().toISOString() }));
  expect((await rowsOf('old')).map(row => row.symbol)).toEqual([null]);
  expect((await rowsOf('other')).map(row => row.symbol)).toEqual([null, 'aapl']);
  expect((await rowsOf('new')).map(row => row.symbol)).toEqual([null, 'aapl']);
});

test('runs are read newest first, with their totals and what they did last for a symbol', async () => {
  const now = Date.now();
  const at = (minutes: number) => ({ startedAt: new Date(now - minutes * 60_000).toISOString(), set: 'fx' });
  const failed = { status: 'failed', rows: 0, cells: 0, nulls: 0, code: 'WR_X', cause: 'broke' } as const;
  await recordRun(client, run('fx 1', [symbol('eurusd'), symbol('usdjpy')], at(30)));
  await recordRun(client, run('fx 2', [symbol('eurusd', failed), symbol('usdjpy')], at(20)));
  await recordRun(
    client,
    run('fx 3', [symbol('eurusd', { status: 'unchanged', rows: 0, cells: 0 })], at(10)),
  );
  const runs = await readRuns(client, { set: 'fx', last: 2 });
  expect(runs).toMatchObject([
    { runId: 'fx 3', status: 'unchanged', symbolsDone: 0, symbolsFailed: 0, rows: 0 },
    { runId: 'fx 2', status: 'failed', symbolsDone: 1, symbolsFailed: 1, rows: 2, code: 'WR_X' },
  ]);
  expect((await readRuns(client, { last: 100 })).length).toBeGreaterThan(6);
  expect(await lastRuns(client, 'fx')).toMatchObject([{ runId: 'fx 3', command: 'update' }]);
  expect(await totalRuns(client, 'fx')).toMatchObject([
    { status: 'done', runs: 1, rows: 4, cells: 40, nulls: 6, tookMs: 120.25 },
    { status: 'failed', runs: 1, rows: 2 },
    { status: 'unchanged', runs: 1, rows: 0 },
  ]);
  const told = await lastOfSymbols(client, { set: 'fx', since: new Date(now - 3_600_000) });
  expect(told).toMatchObject([
    { symbol: 'eurusd', status: 'failed', lastSuccess: new Date(now - 30 * 60_000) },
    { symbol: 'usdjpy', status: 'done', lastSuccess: new Date(now - 20 * 60_000) },
  ]);
  const [, later] = await lastOfSymbols(client, { set: 'fx', since: new Date(now - 15 * 60_000) });
  expect(later).toBeUndefined();
});
