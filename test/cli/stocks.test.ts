import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { lockGroupOf } from '../../host/store/manyBars.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { madeUp, stockColumns } from '../update/support.ts';
import { objects, type Result, scratch, windrow } from './run.ts';

// A first day with the daily set: files in, rows out, a look at everything, and what goes wrong on the way.

const folder = scratch('stocks');
let db: TestDatabase;

/** Bars as a CSV file, with a column of quotes that stocks do not have. */
function writeBars(name: string, { time, columns }: Bars, more: string[] = []): string {
  const lines = Array.from(time, (at, row) => {
    const stamp = new Date(at / 1000).toISOString().slice(0, 19).replace('T', ' ');
    return [stamp, ...stockColumns.map(column => columns[column]![row]), ...more.map(() => 0.5)].join();
  });
  const path = join(folder.path, name);
  writeFileSync(path, `${['ts_utc,open,high,low,close,volume', ...more].join()}\n${lines.join('\n')}\n`);
  return path;
}

const bars = (seed: number, rows = 420): Bars => madeUp('stocks-daily', 'weekdays', seed, rows);
/** Symbols that go different ways into the table. */
const [odd, even] = [1, 0].map(wanted =>
  ['aapl', 'amd', 'msft', 'nvda', 'ko', 'pep'].filter(symbol => lockGroupOf(symbol) % 2 === wanted),
);
const symbols = [odd![0]!, even![0]!];

const run = (command: string, ...more: string[]): Promise<Result> =>
  windrow([...command.split(' '), ...more], { cwd: folder.path, env: { DATABASE_URL: db.url } });

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => {
  await db.drop();
  folder.remove();
});

describe('before there is anything', () => {
  it.each([
    ['update --set stocks-daily', /^error: market_data_1d has no bars\n/],
    ['verify --set stocks-daily', /^error: market_data_1d has no bars\n/],
    ['status --set stocks-daily', /^error: market_data_1d has no bars\n/],
    ['audit lookahead --set stocks-daily', /^error: market_data_1d has no bars\n/],
    ['report macd --set stocks-daily', /^error: market_data_1d has no bars\n/],
  ])('windrow %s names the command that brings bars', async (command, message) => {
    const { code, stderr } = await run(command);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('hint: "windrow import --set stocks-daily FILES" brings bars in\n');
    expect(code).toBe(2);
  });
});

describe('windrow import --set', () => {
  it('waits for nobody when it is alone, and says which columns it leaves out', async () => {
    const files = [...symbols, 'gspc'].map((symbol, i) =>
      writeBars(`${symbol.toUpperCase()}.csv`, bars(i + 1), i === 0 ? ['spread'] : []),
    );
    const { code, stderr, stdout } = await run('import --set stocks-daily', ...files);
    expect(stdout).toMatch(/^1,260 new bars, 0 replaced, 0 unchanged of /);
    expect(stderr).not.toContain('waiting');
    expect(stderr).toContain(
      'left out: spread_close; bars of set stocks-daily have open, high, low, close, volume only\n',
    );
    expect(code).toBe(0);
    const json = await run('import --set stocks-daily --json', files[0]!);
    expect(objects(json.stdout).at(-1)).toMatchObject({ kind: 'report', columnsLeftOut: ['spread_close'] });
  });

  it('takes a symbol that its file cannot name from a flag', async () => {
    const file = writeBars('SPOT.csv', bars(9));
    const { code, stderr } = await run('import --set stocks-daily', file);
    expect(stderr).toMatch(/does not say which symbol it holds: "spot" may just as well be a source/);
    expect(stderr).toMatch(/hint: pass --symbol spot, or --symbol-pattern /);
    expect(code).toBe(2);
    const [flagged, patterned] = await Promise.all([
      run('import --set stocks-daily --symbol spot', file),
      run('import --set stocks-daily --symbol-pattern ^([A-Z]+) --dry-run', file),
    ]);
    expect(flagged.stdout).toMatch(/^420 new bars, .* of spot /);
    expect(patterned.stdout).toMatch(/^would load 420 bars of spot /);
  });
});

describe('what was imported', () => {
  it('was meant for this set', async () => {
    const { stderr } = await run('import --symbol aapl --dry-run', join(folder.path, 'GSPC.csv'));
    expect(stderr).toContain(
      'bars of aapl are 1 day apart, as set stocks-daily has them: --set stocks-daily\n',
    );
  });

  it('is updated', async () => {
    const { code, stdout } = await run('update --set stocks-daily');
    expect(stdout).toMatch(/^4 symbols done, 1,680 rows \(1,680 new\)/m);
    expect(code).toBe(0);
    const again = await run('update --set stocks-daily --dry-run');
    expect(again.stdout).toBe('nothing has changed: 4 symbols are up to date\n');
  });

  it('sees no future, its own or that of the index', async () => {
    const args = ['--symbols', symbols[0]!, '--cuts', '4'];
    const { code, stdout, stderr } = await run('audit lookahead --set stocks-daily', ...args);
    expect(stdout).toMatch(/^20 features at \d+ cuts, .* values, .* of them NULL: none sees the future /);
    expect(stderr).not.toContain('note:');
    expect(code).toBe(0);
  });

  it('is verified by months, families and symbols', async () => {
    const [whole, later, months] = await Promise.all([
      run('verify --set stocks-daily'),
      run('verify --set stocks-daily --from 2025-06 --families market --symbols gspc --json'),
      run('verify --set stocks-daily --months 2024-11,2025-02'),
    ]);
    expect(whole.stdout).toMatch(/^4 symbols, 1,680 rows, 42,000 cells: equal, bit for bit /);
    const [verdict, report] = objects(later.stdout);
    const rows = bars(3).time.filter(time => time >= Date.UTC(2025, 5) * 1000).length;
    expect(verdict).toMatchObject({
      symbol: 'gspc',
      verdict: 'equal',
      rows,
      cells: 8 * rows,
      from: '2025-06',
    });
    expect(report).toMatchObject({ symbols: 1, equal: 1, rows });
    expect(months.stdout).toMatch(/^4 symbols, 164 rows, 4,100 cells: equal, bit for bit /);
    expect([whole, later, months].map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  it('is due again where a bar was corrected', async () => {
    const { time, columns } = bars(1);
    const close = columns.close!.with(-5, columns.high!.at(-5)!);
    const file = writeBars(`${symbols[0]!.toUpperCase()}.csv`, { time, columns: { ...columns, close } });
    await run('import --set stocks-daily', file);
    const [text, json] = await Promise.all([
      run('status --set stocks-daily'),
      run('status --set stocks-daily --json'),
    ]);
    expect(text.stdout).toMatch(new RegExp(`^${symbols[0]} +420 .* corrected +current$`, 'm'));
    expect(text.stdout).toMatch(/^ {2}corrected +bars that rows of 1 symbol have not seen$/m);
    expect(objects(json.stdout).at(-1)).toMatchObject({ behind: 0, symbolsDue: 1 });
    const { stdout } = await run('update --set stocks-daily');
    expect(stdout).toMatch(/^1 symbol done, 3 unchanged, 5 rows \(0 new\)/m);
    expect((await run('status --set stocks-daily')).stdout).not.toContain('corrected');
  });

  it('is found to differ in the months where it does', async () => {
    const client = await db.connect();
    await client.query(
      "update feature_daily set macd = 1 where timestamp = '2025-02-03' and symbol = 'gspc' and macd is null",
    );
    await client.query(`delete from market_data_1d where timestamp >= '2026-05-01' and symbol = 'gspc'`);
    await client.end();
    const [wrong, before, gone] = await Promise.all([
      run('verify --set stocks-daily --symbols gspc --months 2025-02'),
      run('verify --set stocks-daily --symbols gspc --to 2025-01'),
      run('verify --set stocks-daily --symbols gspc --from 2026-05'),
    ]);
    expect(wrong.stdout).toMatch(/^differs gspc: 1 of 500 cells\n {4}2025-02-03 00:00:00 macd: stored 1 /);
    expect(before.stdout).toMatch(/equal, bit for bit/);
    expect(gone.stdout).toMatch(/^differs gspc: \d+ rows without a bar$/m);
    expect([wrong, before, gone].map(({ code }) => code)).toEqual([1, 0, 1]);
  });

  it('is kept for so many months, until more are asked for', async () => {
    const rows = async () =>
      objects((await run('status --set stocks-daily --json')).stdout).at(-1) as { rows: number };
    const { rows: before } = await rows();
    const dry = await run('retention --set stocks-daily --keep 3 --dry-run');
    expect(dry.stdout).toMatch(/\nwould keep rows since \d{4}-\d\d, and computes none before\n$/);
    const { stdout } = await run('retention --set stocks-daily --keep 3 --json');
    const removed = objects(stdout).at(-1) as { rows: number; keptSince: string };
    expect(dry.stdout).toContain(removed.keptSince);
    expect(removed.rows).toBeGreaterThan(before / 2);
    const left = await run('update --set stocks-daily --force');
    expect(left.stderr).toContain(`rows before ${removed.keptSince} are not kept`);
    expect(await rows()).toMatchObject({ rows: before - removed.rows, keptSince: removed.keptSince });
    const { stdout: text } = await run('status --set stocks-daily');
    expect(text).toContain(`rows since ${removed.keptSince}, as "windrow retention" was told`);
    const again = await run('retention --set stocks-daily --all');
    expect(again.stdout).toMatch(/\nkeeps all rows\n$/);
    expect(again.stderr).toContain('next: windrow update --set stocks-daily');
    await run('update --set stocks-daily');
    expect((await rows()).rows).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['drop --set stocks-daily --symbols gspc,nosuch', /^error: unknown symbol "nosuch": /],
    ['retention --set stocks-daily', /name how many months stay: "--keep"/],
    ['retention --set stocks-daily --keep 3 --all', /options "--keep" and "--all" say two things/],
    ['retention --all', /option "--all": what a backfill of set fx computes/],
    ['verify --set stocks-daily --months 2025-02 --from 2025-01', /"--months" goes without "--from"/],
    ['verify --set stocks-daily --from 2025-02 --to 2025-01', /months from "2025-02" to "2025-01" are none/],
    ['verify --set stocks-daily --symbols gpsc', /unknown symbol "gpsc": .*\nhint: did you mean "gspc"\?/],
    [
      'verify --set stocks-daily --families rsi_volume',
      /hint: set stocks-hourly has it: --set stocks-hourly; /,
    ],
    ['update', /hint: use windrow backfill --set fx, or with --set one of: stocks-hourly, stocks-daily\n/],
    [
      'log --set stocks-dayly',
      /unknown set "stocks-dayly"\nhint: did you mean "stocks-daily"\? the sets are: /,
    ],
    ['sets stocks-daily --off macd --on indicators.macd', /"indicators.macd" is in both "--off" and "--on"/],
    ['status --set stocks-daily --families market', /option "--families" is for sets of partitions/],
    ['status --set stocks-daily --nulls', /option "--nulls" is for sets of partitions/],
    ['explain rsi_14 --set stocks-hourly', /hint: set stocks-daily has it: --set stocks-daily; /],
    [
      'explain rsi_41 --set stocks-daily',
      /did you mean "rsi_14"\? "windrow features --all --set stocks-daily" /,
    ],
    ['report rsi_41 --set stocks-daily', /did you mean "rsi_14"\? /],
  ])('is not looked for by "%s"', async (command, message) => {
    const { code, stderr } = await run(command);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
