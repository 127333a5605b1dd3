import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRuns } from '../../host/store/runLog.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type UpdateLine, type UpdateReportLine, updateLine } from '../support/updateContract.ts';
import { objects, type Result, type RunOptions, scratch, windrow } from './run.ts';

const folder = scratch('update');
let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;
const symbols = ['aapl', 'msft', 'nvda'];

/** Bars of all symbols at some hours of a day. */
const addBars = (day: string, hours: readonly number[]) =>
  client.query(
    `insert into hourly select s, $1::timestamp + h * interval '1 hour', 100 + h, 101 + h, 99 + h, 100.5 + h, 1000 * h
     from unnest($2::text[]) s, unnest($3::int[]) h`,
    [day, symbols, hours],
  );

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await client.query(
    `create table hourly (symbol text, time timestamp, open float8, high float8, low float8, close float8, volume float8,
       primary key (symbol, time))`,
  );
  for (const day of ['2025-03-03', '2025-03-04', '2025-03-05']) await addBars(day, [15, 16, 17, 18, 19, 20]);
  writeFileSync(
    join(folder.path, 'windrow.config.yaml'),
    'set: stocks-hourly\nsource: { table: hourly, symbolColumn: symbol, timeColumn: time }\n',
  );
});
afterAll(async () => {
  await client.end();
  await db.drop();
  folder.remove();
});

const run = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
  windrow(['update', ...args], { cwd: folder.path, env: { DATABASE_URL: db.url }, ...options });

/** The lines of an output with --json, each of which is one that the contract knows. */
const linesOf = ({ stdout }: Result): UpdateLine[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map(line => parse(updateLine, JSON.parse(line)));

const reportOf = (lines: readonly UpdateLine[]): UpdateReportLine => {
  const last = lines.at(-1);
  if (last?.kind !== 'report') throw new Error(`the last line is ${JSON.stringify(last)}`);
  return last;
};

const statuses = (lines: readonly UpdateLine[]): Record<string, string> =>
  Object.fromEntries(lines.flatMap(line => (line.kind === 'symbol' ? [[line.symbol, line.status]] : [])));

const everyone = (status: string) => Object.fromEntries(symbols.map(symbol => [symbol, status]));

describe('windrow update --json', () => {
  it('tells what is to be done, and with --dry-run does nothing', async () => {
    const result = await run(['--json', '--dry-run']);
    const lines = linesOf(result);
    expect(lines[0]).toEqual({ kind: 'plan', symbols: 3, due: 3 });
    expect(statuses(lines)).toEqual(everyone('due'));
    expect(reportOf(lines)).toMatchObject({ dryRun: true, symbols: 3, due: 3, done: 0, rows: 0 });
    expect(result.code).toBe(0);
    const { rows } = await client.query("select from pg_namespace where nspname = 'windrow'");
    expect(rows).toEqual([]);
  });

  it('ends with 0 and a report that sums up the symbols', async () => {
    const result = await run(['--json']);
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    const lines = linesOf(result);
    expect(lines.map(({ kind }) => kind)).toEqual(['plan', 'symbol', 'symbol', 'symbol', 'report']);
    expect(statuses(lines)).toEqual(everyone('done'));
    const one = lines.find(line => line.kind === 'symbol' && line.symbol === 'aapl');
    const times = { first: '2025-03-03T15:00:00Z', last: '2025-03-05T20:00:00Z' };
    expect(one).toMatchObject({ rows: 18, inserted: 18, cells: 18 * 99, ...times });
    const report = reportOf(lines);
    expect(report).toMatchObject({ set: 'stocks-hourly', dryRun: false, interrupted: false, notes: [] });
    expect(report).toMatchObject({ symbols: 3, done: 3, failed: 0, rows: 54, cells: 54 * 99, failures: [] });
    const [logged] = await readRuns(client, { last: 1 });
    expect(logged).toMatchObject({ runId: report.runId, status: 'done', rows: 54, nulls: report.nulls });
  });

  it('changes nothing when run again', async () => {
    const result = await run(['--json']);
    const lines = linesOf(result);
    expect(result.code).toBe(0);
    expect(lines[0]).toEqual({ kind: 'plan', symbols: 3, due: 0 });
    expect(statuses(lines)).toEqual(everyone('unchanged'));
    expect(reportOf(lines)).toMatchObject({ done: 0, unchanged: 3, rows: 0 });
  });

  it('ends with 1 where a symbol fails, and does the others', async () => {
    await addBars('2025-03-06', [15]);
    await client.query(
      `alter table feature_engineered_data add constraint refused check (symbol <> 'msft' or timestamp < '2025-03-06')`,
    );
    const result = await run(['--json']);
    const lines = linesOf(result);
    expect(statuses(lines)).toEqual({ ...everyone('done'), msft: 'failed' });
    const report = reportOf(lines);
    expect(report).toMatchObject({ done: 2, failed: 1, rows: 2, interrupted: false });
    expect(report.failures).toMatchObject([{ symbol: 'msft', cause: expect.stringMatching(/refused/) }]);
    expect(result.code).toBe(1);
  });

  it('does what has failed when its cause is gone', async () => {
    await client.query('alter table feature_engineered_data drop constraint refused');
    const result = await run(['--json']);
    const lines = linesOf(result);
    expect(result.code).toBe(0);
    expect(statuses(lines)).toEqual({ ...everyone('unchanged'), msft: 'done' });
  });

  it('does the symbols that are asked for alone', async () => {
    await addBars('2025-03-06', [16]);
    const part = linesOf(await run(['--json', '--symbols', 'aapl', '--pairs', 'msft']));
    expect(statuses(part)).toEqual({ aapl: 'done', msft: 'done' });
    expect(statuses(linesOf(await run(['--json'])))).toEqual({ ...everyone('unchanged'), nvda: 'done' });
  });

  it('computes the phases that are asked for alone', async () => {
    await addBars('2025-03-06', [17]);
    const part = linesOf(await run(['--json', '--phases', '1,3']));
    expect(reportOf(part)).toMatchObject({ done: 3, rows: 3, cells: 3 * (13 + 16) });
    const { rows } = await client.query(
      `select returns is null as first, price_ma_short is null as second, volume_ratio is null as third
       from feature_engineered_data where timestamp = '2025-03-06 17:00' limit 1`,
    );
    expect(rows).toEqual([{ first: false, second: true, third: true }]);
    await client.query("delete from feature_engineered_data where timestamp = '2025-03-06 17:00'");
    expect(reportOf(linesOf(await run(['--json'])))).toMatchObject({ rows: 3, cells: 3 * 99 });
  });

  it('ends with 130 when it is interrupted', async () => {
    await client.query(
      `select pg_advisory_lock(hashtextextended('windrow rows public.feature_engineered_data', 0))`,
    );
    const result = await run(['--json'], {
      onStart: child => child.stdout?.once('data', () => child.kill('SIGINT')),
    });
    await client.query('select pg_advisory_unlock_all()');
    expect(linesOf(result)).toMatchObject([{ kind: 'note', text: expect.stringMatching(/^waits for /) }]);
    expect(result.stderr).toContain('the same command continues');
    expect(result.code).toBe(130);
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>, number, RegExp]>([
    [
      'another layout',
      ['--set', 'fx'],
      {},
      2,
      /^WR_SET_LAYOUT the set fx is kept .* use windrow backfill --set fx, or with --set one of: stocks-hourly, stocks-daily$/,
    ],
    ['an unknown symbol', ['--symbols', 'aalp'], {}, 2, /^WR_SYMBOL_UNKNOWN .*did you mean "aapl"/],
    ['an unknown phase', ['--phases', '9'], {}, 2, /^WR_SETTING_INVALID .*1, 2, 3, 4, 5 for.*found 9/],
    ['no phase at all', ['--phases', 'one'], {}, 2, /^WR_USAGE .*"--phases <list>" argument "one"/],
    ['no database', [], { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }, 3, /^WR_DATABASE_UNREACHABLE /],
  ])('ends with its exit code for %s', async (_title, args, env, exitCode, told) => {
    const result = await run([...args, '--json'], { env: { DATABASE_URL: db.url, ...env } });
    const lines = linesOf(result);
    const [error] = lines;
    if (error?.kind !== 'error') throw new Error(JSON.stringify(lines));
    expect(`${error.code} ${error.message} ${error.hint}`).toMatch(told);
    expect([lines.length, error.exitCode, result.code]).toEqual([1, exitCode, exitCode]);
  });
});

describe('windrow update', () => {
  it('says in a line that nothing has changed', async () => {
    const { code, stdout, stderr } = await run([]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^nothing has changed: 3 symbols are up to date \(\d.*\)\n$/);
  });

  it('lists a few symbols, and the cause of what failed', async () => {
    await addBars('2025-03-06', [19]);
    await client.query(
      `alter table feature_engineered_data add constraint refused check (symbol <> 'msft' or timestamp < '2025-03-06 19:00')`,
    );
    const { code, stdout, stderr } = await run([]);
    await client.query('alter table feature_engineered_data drop constraint refused');
    expect(code).toBe(1);
    expect(stdout).toMatch(/\naapl +done +1 +2025-03-06 19:00 +2025-03-06 19:00 +\d+ % /);
    expect(stdout).toMatch(/\nmsft +failed +0 .* m?s .*refused/);
    expect(stdout).toMatch(/\n2 symbols done, 1 failed, 2 rows \(2 new\), 198 values, \d+ % NULL in /);
    expect(stderr).toBe(
      '3 symbols of 3 to bring up to date\nhint: what is done stays; the same command tries the rest again\n',
    );
    const plan = await run(['--dry-run']);
    expect(plan.stdout).toBe('would bring 1 symbol up to date (msft), 2 unchanged\n');
  });
});

describe('windrow status', () => {
  const status = async (...args: string[]) =>
    (await windrow(['status', ...args], { cwd: folder.path, env: { DATABASE_URL: db.url } })).stdout;

  it('tells of each symbol its rows and the bars that have none', async () => {
    const table = await status();
    expect(table).toMatch(/\naapl +22 +2025-03-03 15:00 +2025-03-06 19:00 +0 +current\n/);
    expect(table).toMatch(/\nmsft +21 +2025-03-03 15:00 +2025-03-06 17:00 +1 +current\n/);
    expect(table).toMatch(/\n +behind +1 bar of 1 symbol\n/);
    const lines = objects(await status('--json', '--symbols', 'msft', '--to', '2025-02'));
    expect(lines).toMatchObject([
      { kind: 'symbol', symbol: 'msft', rows: 0, first: null, last: null, behind: 1, versions: [] },
      { kind: 'report', set: 'stocks-hourly', symbols: 1, rows: 0, behind: 1, olderRows: 0, off: [] },
    ]);
    const [, , , report] = objects(await status('--json'));
    expect(report).toMatchObject({ rows: 22 + 21 + 22, behind: 1, symbolsBehind: 1 });
  });

  it('knows rows of older definitions', async () => {
    await client.query("update feature_engineered_data set feature_version = 'old' where symbol = 'nvda'");
    expect(await status()).toMatch(/\nnvda +22 .* +0 +older\n/);
    const report = objects(await status('--json')).at(-1);
    expect(report).toMatchObject({ olderRows: 22 });
  });
});

describe('windrow verify', () => {
  const verify = (...args: string[]) =>
    windrow(['verify', ...args], { cwd: folder.path, env: { DATABASE_URL: db.url } });

  it('compares all rows of the present definitions', async () => {
    const { code, stdout } = await verify('--symbols', 'aapl');
    expect(stdout).toMatch(/^1 symbol, 22 rows, 2,288 cells: equal, bit for bit \(/);
    expect(code).toBe(0);
    const phase = objects((await verify('--symbols', 'aapl', '--phases', '1', '--json')).stdout);
    expect(phase).toMatchObject([
      { kind: 'verdict', symbol: 'aapl', verdict: 'equal', rows: 22, cells: 22 * 18, differences: [] },
      { kind: 'report', symbols: 1, equal: 1, differs: 0, rows: 22 },
    ]);
  });

  it('names cells that differ', async () => {
    await client.query(
      "update feature_engineered_data set hour = 3 where symbol = 'aapl' and timestamp = '2025-03-06 19:00'",
    );
    const { code, stdout } = await verify('--symbols', 'aapl');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^differs aapl: 1 of 2,288 cells\n {4}2025-03-06 19:00:00 .*hour: stored 3 .* computed 14 /,
    );
  });

  it('has nothing to compare where all rows are of older definitions', async () => {
    const { code, stdout } = await verify('--symbols', 'nvda');
    expect([code, stdout]).toEqual([1, '22 rows of older definitions, not compared\n']);
  });
});

it('an update leaves out what is switched off in the database', async () => {
  await windrow(['sets', 'stocks-hourly', '--off', 'returns'], {
    cwd: folder.path,
    env: { DATABASE_URL: db.url },
  });
  await addBars('2025-03-06', [20]);
  const lines = linesOf(await run(['--json']));
  for (const line of lines) if (line.kind === 'symbol') expect(line.nullFeatures.returns).toBe(line.rows);
  const { rows } = await client.query(
    `select distinct returns, returns_sign is null as sign from feature_engineered_data where timestamp = '2025-03-06 20:00'`,
  );
  expect(rows).toEqual([{ returns: null, sign: false }]);
});
