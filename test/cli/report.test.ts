import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../host/store/migrate.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { objects, scratch, windrow } from './run.ts';

const folder = scratch('report');
let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
  const client = await db.connect();
  await migrate(client);
  await client.query(
    `create table hourly as select 'aapl' as symbol, t as time, 100 as close
       from generate_series(timestamp '2025-03-03', '2025-03-05 01:00', '1 hour') t;
     create table feature_engineered_data as select 'aapl' as symbol, t as timestamp, 'import' as source, 100 as close,
         extract(hour from t) as hour, nullif(extract(epoch from t) / 3600 % 5, 0) as macd
       from generate_series(timestamp '2025-03-03', '2025-03-05 01:00', '1 hour') t`,
  );
  await client.end();
  writeFileSync(
    join(folder.path, 'windrow.config.yaml'),
    'set: stocks-hourly\nsource: { table: hourly, symbolColumn: symbol, timeColumn: time }\n',
  );
});
afterAll(async () => {
  await db.drop();
  folder.remove();
});

describe('windrow report', () => {
  const report = (...args: string[]) =>
    windrow(['report', ...args], { cwd: folder.path, env: { DATABASE_URL: db.url } });

  it('draws a picture for each feature', async () => {
    const { code, stdout } = await report('macd', 'price_time.hour', '--symbol', 'AAPL', '--out', 'pictures');
    expect(code).toBe(0);
    const files = ['pictures/trend_indicators.macd_aapl.svg', 'pictures/price_time.hour_aapl.svg'];
    expect(stdout).toBe(files.map(file => `${file}\n`).join(''));
    for (const file of files)
      expect(readFileSync(join(folder.path, file), 'utf8')).toMatch(/^<svg .*AAPL.*<\/svg>/s);
    const png = await report('macd', '--symbol', 'aapl', '--format', 'png', '--to', '2025-03', '--json');
    const file = 'trend_indicators.macd_aapl.png';
    expect(objects(png.stdout)).toEqual([
      { kind: 'picture', feature: 'trend_indicators.macd', symbol: 'aapl', file, rows: 50, nulls: 10 },
    ]);
    expect(readFileSync(join(folder.path, file)).subarray(1, 4).toString()).toBe('PNG');
  });

  it.each([
    [['macdd'], 'unknown feature "macdd"'],
    [['macd', '--symbol', 'none'], 'has no rows of "none"'],
    [['macd', '--from', '2025-04'], 'has no rows of "aapl" from 2025-04'],
  ])('%s is wrong use', async (args, message) => {
    const { code, stderr } = await report(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
