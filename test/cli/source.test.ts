import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type Result, scratch, windrow } from './run.ts';

const folder = scratch('source');
let database: TestDatabase;
const run = (...args: string[]): Promise<Result> =>
  windrow(args, { cwd: folder.path, env: { DATABASE_URL: database.url } });

const query = async (sql: string): Promise<Record<string, unknown>[]> => {
  const client = await database.connect();
  return client
    .query(sql)
    .then(({ rows }) => rows)
    .finally(() => client.end());
};

// Two days of minutes; prices follow from the minute, so that both tables hold the same bars.
const minutes =
  "generate_series(timestamp '2024-07-01', timestamp '2024-07-02 23:59', interval '1 minute') t";
const price = '1 + (extract(epoch from t)::bigint / 60 % 97) / 1000.0';

beforeAll(async () => {
  database = await testDatabase();
  await query(`
    create schema fx;
    create table fx.m1_eurusd as select t as time, (${price})::numeric(10, 5) as rate, 10 as volume from ${minutes};
    create table fx.m1_gbpusd as select t as time, (${price})::numeric(10, 5) as rate, 10 as volume from ${minutes};
    create table fx.bars as select t as ts, 'EUR/USD' as ticker, (${price})::numeric(10, 5) as close, 10 as volume from ${minutes}`);
});
afterAll(async () => {
  await database.drop();
  folder.remove();
});

const config = (text: string): void => writeFileSync(join(folder.path, 'windrow.config.yaml'), text);
const families = ['--families', 'bollinger_rate'];

describe('bars in tables of the user', () => {
  it('are read through the mapping of the configuration, one table per pair', async () => {
    config(
      'source:\n  table: fx.m1_{pair}\n  timeColumn: time\n  columns: { close: rate }\nbaselines: { eurusd: 1 }\n',
    );
    const { code, stdout } = await run('backfill', ...families);
    expect(stdout).toMatch(/^2 partitions done in /);
    expect(code).toBe(0);
    const [row] = await query(`select count(*)::int as rows, count(w20_bb_middle)::int as filled,
      max(w20_bb_middle) as top from bollinger_rate where pair = 'eurusd'`);
    expect(row).toMatchObject({ rows: 2880, filled: 2861 });
    expect(row?.top).toBeGreaterThan(100);
  });

  it('make partitions stale when rows are added', async () => {
    await query("insert into fx.m1_gbpusd values ('2024-07-03 00:00', 1.05, 10)");
    const { stdout } = await run('status', ...families);
    expect(stdout).toMatch(/^eurusd +1 done$/m);
    expect(stdout).toMatch(/^gbpusd +1 stale$/m);
    expect(stdout).toMatch(
      /^gbpusd 2024-07 stale \(bollinger_rate\): 2880 bars were read, now there are 2881$/m,
    );
  });

  it('are read beside a table that only looks like one of them, which is named', async () => {
    await query('create table fx.m1_notes (time text, remark text)');
    const what = 'source "fx.m1_notes" has the time column "time" of type text';
    const { code, stdout, stderr } = await run('backfill', ...families);
    expect(code).toBe(0);
    expect(stdout + stderr).toContain(`left out: ${what}`);
    const asked = await run('backfill', '--pairs', 'notes', ...families);
    expect(asked.stderr).toContain(`error: ${what}`);
    expect(asked.code).toBe(2);
  });

  it('are read from one table for all pairs, which --source may name', async () => {
    config('source:\n  table: nothing\n  symbolColumn: ticker\n');
    const { code, stdout } = await run('backfill', '--source', 'fx.bars', '--schema', 'made', ...families);
    expect(stdout).toMatch(/^1 partition done in /);
    expect(code).toBe(0);
  });

  it('are named when they are not there', async () => {
    const { code, stderr } = await run('backfill', '--source', 'fx.no_{pair}');
    expect(stderr).toMatch(/^error: source "fx\.no_\{pair\}" matches no table\nhint: /);
    expect(code).toBe(2);
  });
});
