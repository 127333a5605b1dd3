import { afterAll, beforeAll, expect, test } from 'vitest';
import { metricsText } from '../../host/metrics/metricsText.ts';
import { migrate } from '../../host/store/migrate.ts';
import { recordRun, type SymbolRun } from '../../host/store/runLog.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

/** Every sample of an exposition, by its name and labels; throws where a line is none that Prometheus reads. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of text.split('\n').filter(line => line !== '')) {
    const type = /^# TYPE (\w+) (counter|gauge)$/.exec(line);
    if (type) typed.add(type[1]!);
    if (line.startsWith('#')) continue;
    const sample = /^(\w+)\{((?:\w+="(?:[^"\\\n]|\\.)*",?)*)\} (-?[\d.e+-]+)$/.exec(line);
    if (sample === null || !typed.has(sample[1]!)) throw new Error(`not a sample: ${line}`);
    found.set(`${sample[1]} ${sample[2]}`, Number(sample[3]));
  }
  return found;
}

const one = (symbol: string, changes: Partial<SymbolRun> = {}): SymbolRun => ({
  ...{ symbol, status: 'done', rows: 4, cells: 80, nulls: 2, clipped: 1, barsRead: 300 },
  ...{ nullFeatures: { macd: 2 }, tookMs: 250, ...changes },
});

test('a database without runs has no samples', async () => {
  expect(samples(await metricsText(db.database)).size).toBe(0);
});

test('runs and symbols are told as Prometheus reads them', async () => {
  const client = await db.connect();
  const now = Date.now();
  const run = { command: 'update', set: 'stocks-hourly', schema: 'public', interrupted: false } as const;
  try {
    await migrate(client);
    const first = { ...run, runId: '1', startedAt: new Date(now - 60_000).toISOString(), tookMs: 1500 };
    await recordRun(client, { ...first, symbols: [one('aapl'), one('we"ird')] });
    const failed = { status: 'failed', rows: 0, cells: 0, nulls: 0, clipped: 0, nullFeatures: {} } as const;
    const second = { ...run, runId: '2', startedAt: new Date(now).toISOString(), tookMs: 500 };
    await recordRun(client, { ...second, symbols: [one('aapl', failed), one('msft')] });
    const found = samples(await metricsText(client));
    const labels = 'set="stocks-hourly",schema="public",command="update"';
    const expected: Record<string, number> = {
      [`windrow_runs_total ${labels},status="done"`]: 1,
      [`windrow_runs_total ${labels},status="failed"`]: 1,
      [`windrow_run_seconds_total ${labels}`]: 2,
      [`windrow_rows_written_total ${labels}`]: 12,
      [`windrow_cells_computed_total ${labels}`]: 240,
      [`windrow_cells_null_total ${labels}`]: 6,
      [`windrow_values_clipped_total ${labels}`]: 3,
      [`windrow_last_run_timestamp_seconds ${labels}`]: now / 1000,
      [`windrow_last_success_timestamp_seconds ${labels}`]: (now - 58_500) / 1000,
      [`windrow_last_run_duration_seconds ${labels}`]: 0.5,
      [`windrow_last_run_rows ${labels}`]: 4,
      [`windrow_last_run_null_ratio ${labels}`]: 0.025,
      [`windrow_last_run_symbols ${labels},status="done"`]: 1,
      [`windrow_last_run_symbols ${labels},status="failed"`]: 1,
      [`windrow_last_run_feature_null_ratio ${labels},feature="macd"`]: 0.5,
      [`windrow_symbol_failed ${labels},symbol="aapl"`]: 1,
      [`windrow_symbol_failed ${labels},symbol="msft"`]: 0,
      [`windrow_symbol_failed ${labels},symbol="we\\"ird"`]: 0,
      [`windrow_symbol_last_success_timestamp_seconds ${labels},symbol="aapl"`]: (now - 60_000) / 1000,
      [`windrow_symbol_last_run_duration_seconds ${labels},symbol="msft"`]: 0.25,
      [`windrow_symbol_last_run_rows ${labels},symbol="msft"`]: 4,
      [`windrow_symbol_last_run_null_ratio ${labels},symbol="msft"`]: 0.025,
    };
    expect(Object.fromEntries(Object.keys(expected).map(key => [key, found.get(key)]))).toEqual(expected);
    expect(found.has(`windrow_symbol_last_run_null_ratio ${labels},symbol="aapl"`)).toBe(false);
  } finally {
    await client.end();
  }
  const other = samples(await metricsText(db.database, { set: 'stocks-daily' }));
  expect(other.size).toBe(0);
});

test('bars without a feature row are counted by symbol', async () => {
  const client = await db.connect();
  try {
    await client.query(`
      create table bars (symbol text, timestamp timestamp, close float8, primary key (symbol, timestamp));
      insert into bars select s, t, 1 from unnest('{AAPL,MSFT,NVDA}'::text[]) s,
        generate_series(timestamp '2025-03-10 10:00', '2025-03-10 15:00', '1 hour') t;
      insert into windrow.set_progress (set_name, schema_name, family, symbol, source, version, last_ts) values
        ('stocks-hourly', 'public', 'a', 'aapl', 'table bars', 'v', '2025-03-10 15:00'),
        ('stocks-hourly', 'public', 'b', 'aapl', 'table bars', 'v', '2025-03-10 14:00'),
        ('stocks-hourly', 'public', 'a', 'msft', 'table bars', 'v', '2025-03-10 15:00'),
        ('stocks-hourly', 'public', 'a', 'nvda', 'table bars', 'v', null),
        ('stocks-hourly', 'public', 'a', 'gone', 'table bars', 'v', '2025-03-10 15:00')`);
  } finally {
    await client.end();
  }
  const source = { table: 'bars', symbolColumn: 'symbol' };
  const found = samples(await metricsText(db.database, { set: 'stocks-hourly', source }));
  const of = (metric: string) =>
    ['aapl', 'msft', 'nvda', 'gone'].map(symbol =>
      found.get(`windrow_symbol_${metric} set="stocks-hourly",schema="public",symbol="${symbol}"`),
    );
  expect(of('bars_behind')).toEqual([1, 0, 6, 0]);
  const hour = Date.UTC(2025, 2, 10, 14) / 1000;
  expect(of('newest_row_timestamp_seconds')).toEqual([hour, hour + 3600, undefined, hour + 3600]);
});
