import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { objects, type Result, scratch, windrow } from './run.ts';

// A family with one partition a month for all pairs, as the commands tell of it.

const folder = scratch('month');
let db: TestDatabase;
const run = (...args: string[]): Promise<Result> =>
  windrow(args, { cwd: folder.path, env: { DATABASE_URL: db.url } });
const config = `custom:
  across:
    title: Pairs side by side
    partition: month
    features:
      index: rate_index
      mean20: mean(rate_index, 20)
      market: peer("eurusd", mean(rate_index, 20))
`;
const family = ['--families', 'across'];

beforeAll(async () => {
  writeFileSync(join(folder.path, 'windrow.config.yaml'), config);
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-08', 300));
});
afterAll(async () => {
  await db.drop();
  folder.remove();
});

describe('a family with one partition for all pairs', () => {
  it('is listed as such', async () => {
    expect((await run('features', 'across')).stderr).toBe(
      'table across is cut by month alone: a partition holds the rows of all pairs\n',
    );
    expect(objects((await run('features', 'across', '--json')).stdout)[0]).toMatchObject({
      partition: 'month',
    });
    expect((await run('explain', 'across.market')).stdout).toContain(
      '\n  table     across, by month, all pairs in one partition\n',
    );
    expect(objects((await run('explain', 'across.market', '--json')).stdout)[0]).toMatchObject({
      table: 'across',
    });
    expect((await run('sets', 'fx')).stdout).toMatch(/by month, all pairs in one partition: (.*, )?across\n/);
  });

  it('is planned as a task a month, and done whatever pair is asked for', async () => {
    const dry = await run('backfill', ...family, '--pairs', 'usdjpy', '--dry-run');
    expect(dry.stdout).toMatch(
      /^would do 2 tasks, 2 partitions, 1,200 rows, 3,600 cells, .* to copy, about .* s\n/,
    );
    const [plan] = objects((await run('backfill', ...family, '--dry-run', '--json')).stdout);
    expect((plan as { tasks: unknown[] }).tasks[0]).toEqual({
      ...{ symbol: '*', month: '2024-07', families: ['across'], rows: 600 },
      members: ['eurusd', 'usdjpy'].map(symbol => ({ symbol, rows: 300 })),
    });
    const done = await run('backfill', ...family, '--pairs', 'usdjpy', '--to', '2024-07');
    expect(done.stderr).toMatch(/^1 task, .*\nall pairs 2024-07: 600 bars, 1 family, [\d.]+ m?s\n$/);
    expect(done.stdout).toMatch(/^1 partition done in .*\n {2}rows +600\n/);
    expect(done.stdout).toMatch(
      /\nnote: all pairs 2024-07: there are too few bars before the month; .* in 19 \(across\)\n/,
    );
  });

  it('has a row of its own in the status, which names the pair that made it stale', async () => {
    await loadMarket(db.database, marketMonths(['gbpusd'], '2024-07', '2024-07', 10));
    const { stdout } = await run('status', ...family);
    expect(stdout).toMatch(/all pairs[ │]+1 stale[ │]+1 missing/);
    expect(stdout).toContain(
      'all pairs 2024-07 stale (across): it has no rows of gbpusd, where there are bars now\n',
    );
    const states = objects((await run('status', ...family, '--json')).stdout);
    expect(states.slice(0, 2)).toMatchObject([
      { kind: 'partition', symbol: '*', month: '2024-07', family: 'across', state: 'stale', rows: 600 },
      { kind: 'partition', symbol: '*', month: '2024-08', family: 'across', state: 'missing' },
    ]);
    const json = await run('backfill', ...family, '--json', '--workers', '1');
    expect(objects(json.stdout).filter(({ kind }) => kind === 'partition')).toMatchObject([
      { symbol: '*', month: '2024-07', rows: 610, replaced: true },
      { symbol: '*', month: '2024-08', rows: 600, replaced: false },
    ]);
  });

  it('is verified, audited, drawn and counted', async () => {
    const equal = await run('verify', ...family, '--pairs', 'gbpusd');
    expect(equal).toMatchObject({ code: 0, stderr: 'all pairs 2024-07 across: equal, 610 rows\n' });
    const client = await db.connect();
    await client.query("update across set index = 1 where pair = 'usdjpy' and ts_utc = '2024-07-01 00:10'");
    await client.end();
    const wrong = await run('verify', ...family, '--from', '2024-07', '--to', '2024-07');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(
      /^differs all pairs 2024-07 across: 1 of 1,830 cells\n {4}usdjpy 2024-07-01 00:10:00 across\.index: stored 1 /,
    );
    expect((await run('backfill', ...family, '--force')).code).toBe(0);
    const audit = await run('audit', 'lookahead', ...family, '--pairs', 'usdjpy', '--cuts', '5');
    expect(audit).toMatchObject({ code: 0 });
    expect(audit.stderr).toContain('usdjpy 2024-07: 15 values compared\n');
    const drawn = await run('report', 'across.market', '--symbol', 'usdjpy', '--json');
    expect(drawn).toMatchObject({ code: 0 });
    expect(objects(drawn.stdout)[0]).toMatchObject({ rows: 600 });
    expect((await run('metrics')).stdout).toContain('command="backfill",symbol="*"');
    expect(objects((await run('log', '--json')).stdout)[0]).toMatchObject({ status: 'done', symbolsDone: 0 });
  });
});
