import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill } from '../../host/index.ts';
import { readRuns } from '../../host/store/runLog.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const workerFile = new URL('../support/workers/faulty.ts', import.meta.url);
const families = ['bollinger_rate', 'time_features'];

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-07', 400));
});
afterAll(() => db.drop());

test('a backfill is logged with what it did for each symbol', async () => {
  const options = { database: db.database, families, workers: 1, attempts: 1 };
  const first = await backfill({ ...options, workerFile });
  const second = await backfill(options);
  const third = await backfill(options);
  const client = await db.connect();
  const runs = await readRuns(client, { set: 'fx', last: 10 });
  const { rows } = await client.query(
    `select symbol, status, code, cause, rows::int, cells::int, nulls::int, took_ms > 0 as timed from windrow.run_log
     where run_id = $1 and symbol is not null order by symbol`,
    [first.runId],
  );
  await client.end();
  expect(first.failed).toHaveLength(1);
  expect(runs).toMatchObject([
    { runId: third.runId, command: 'backfill', schema: 'public', status: 'unchanged', rows: 0 },
    { runId: second.runId, status: 'done', symbolsDone: 1, symbolsFailed: 0, rows: second.rows },
    { runId: first.runId, status: 'failed', symbolsDone: 1, symbolsFailed: 1, tookMs: first.tookMs },
  ]);
  expect(second.rows).toBeGreaterThan(0);
  const { rows: written, cells, nulls } = first;
  expect(rows).toMatchObject([
    { symbol: 'eurusd', status: 'done', code: null, cause: null, rows: written, cells, nulls, timed: true },
    { symbol: 'usdjpy', status: 'failed', cause: expect.stringMatching(/^2024-07: .*asked for/) },
  ]);
});
