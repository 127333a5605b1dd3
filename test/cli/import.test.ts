import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { hasRealBars, realFolder } from '../support/realBars.ts';
import { objects, type Result, scratch, windrow } from './run.ts';

const folder = scratch('import');
const cwd = folder.path;
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => {
  await database.drop();
  folder.remove();
});

const run = (...args: string[]): Promise<Result> =>
  windrow(args, { cwd, env: { DATABASE_URL: database.url } });

const header = 'ts_utc,open,high,low,close,volume\n';
const line = (minute: number, close = 1.1): string =>
  `2024-07-01 00:${String(minute).padStart(2, '0')}:00,1.1,1.2,1.0,${close},10\n`;
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join('');

const dataLines = (file: string): number =>
  gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n').length - 1;

const write = (name: string, text: string | Buffer): string => {
  writeFileSync(join(cwd, name), text);
  return name;
};

describe('windrow import', () => {
  it('loads files, and the same files again change nothing', async () => {
    const plain = write('EURUSD.csv', header + lines(0, 29));
    const packed = write('GBPUSD.csv.gz', gzipSync(header + lines(0, 9)));
    const first = await run('import', plain, packed);
    expect(first.stderr).toMatch(/^EURUSD\.csv: eurusd \(.+\): 30 new, 0 replaced, 0 unchanged$/m);
    expect(first.stderr).toMatch(/^GBPUSD\.csv\.gz: gbpusd .*: 10 new/m);
    expect(first.stdout).toMatch(/^40 new bars, 0 replaced, 0 unchanged of eurusd, gbpusd from 2 files /);
    expect(first.stderr).toMatch(/^next: windrow backfill --pairs eurusd,gbpusd$/m);
    expect(first.code).toBe(0);
    const again = await run('import', plain, packed);
    expect(again.stdout).toMatch(/^0 new bars, 0 replaced, 40 unchanged /);
    expect(again.code).toBe(0);
  });

  it('replaces a corrected row', async () => {
    const { stdout, code } = await run('import', write('EURUSD.csv', header + lines(0, 28) + line(29, 1.15)));
    expect(stdout).toMatch(/^0 new bars, 1 replaced, 29 unchanged /);
    expect(code).toBe(0);
  });

  it('keeps bad lines in a file beside, counts them by cause and ends with 1', async () => {
    const bad =
      '2024-07-01 01:00:00,1.1,1.0,1.2,1.1,10\n2024-07-01 01:01:00,1.1,abc,1.0,1.1,10\n2024-07-01 01:02:00,1\n';
    const { code, stdout, stderr } = await run('import', write('AUDUSD.csv', header + lines(0, 4) + bad));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^5 new bars/);
    expect(stdout).toMatch(/^3 lines rejected$/m);
    expect(stderr).toMatch(/rejected: high below low, 1 line$/m);
    expect(stderr).toMatch(/rejected: not a number, 1 line$/m);
    expect(stderr).toMatch(/rejected: too few fields, 1 line$/m);
    expect(readFileSync(join(cwd, 'AUDUSD.csv.rejects.csv'), 'utf8')).toContain('abc');
  });

  it('stops at the first bad line with --strict', async () => {
    const { code, stderr } = await run('import', 'AUDUSD.csv', '--strict');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*AUDUSD\.csv.*\b7\b/m);
  });

  it('delivers what stands before the break of a gzip file, and names the file', async () => {
    const whole = gzipSync(header + lines(0, 59), { level: 0 });
    const path = write('NZDUSD.csv.gz', whole.subarray(0, 1500));
    const { code, stdout, stderr } = await run('import', path, path);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^[1-9]\d* new bars, .* of nzdusd from 1 file /);
    expect(stderr).toMatch(/^error: .*"NZDUSD\.csv\.gz"/m);
    expect(stderr).toMatch(/^NZDUSD\.csv\.gz: nzdusd .*: [1-9]\d* new/m);
  });

  it('says what is not a file of bars', async () => {
    const binary = await run('import', write('USDCAD.csv', Buffer.from([0, 1, 2, 255, 254, 10, 0, 0])));
    expect(binary.code).toBe(2);
    expect(binary.stderr).toMatch(/^error: .*USDCAD\.csv/m);
    const missing = await run('import', 'none.csv');
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/^error: file "none\.csv" does not exist\nhint: /);
  });

  it('reads and checks without loading with --dry-run', async () => {
    const { code, stdout } = await run('import', write('USDCHF.csv', header + lines(0, 9)), '--dry-run');
    expect(stdout).toMatch(/^would load 10 bars of usdchf /);
    expect(code).toBe(0);
    const { stderr } = await run('backfill', '--pairs', 'usdchf', '--dry-run');
    expect(stderr).toContain('unknown symbol "usdchf"');
  });

  it('prints objects with --json', async () => {
    const { stdout } = await run('import', 'EURUSD.csv', 'AUDUSD.csv', '--json');
    const all = objects(stdout);
    expect(all.map(({ kind }) => kind)).toEqual(['file', 'file', 'report']);
    expect(all.find(({ symbol }) => symbol === 'audusd')).toMatchObject({
      ...{ rows: 5, unchanged: 5, first: '2024-07-01T00:00:00.000Z' },
      rejected: { 'high below low': 1, 'not a number': 1, 'too few fields': 1 },
    });
    expect(all.at(-1)).toMatchObject({ files: 2, symbols: ['audusd', 'eurusd'], rows: 35, rejected: 3 });
  });

  it('leaves out bars outside the session of the configuration', async () => {
    const weekend = '2024-07-06 12:00:00,1.1,1.2,1.0,1.1,1\n';
    write('session.yaml', 'session: { zone: UTC, week: [sun 22:00, fri 22:00] }\n');
    const file = write('USDJPY.csv', header + lines(0, 2) + weekend);
    const { code, stderr } = await run('import', file, '--config', 'session.yaml');
    expect(stderr).toMatch(/usdjpy .*: 3 new, 0 replaced, 0 unchanged, 1 outside the session$/m);
    expect(code).toBe(0);
  });

  it('reads a form that flags describe', async () => {
    const file = write('mine.txt', '1.1;1.2;1.0;1.1;x;02/07/2024 01:00\n');
    const flags = [
      '--columns',
      'open,high,low,close,-,time',
      '--date-order',
      'dmy',
      '--zone',
      'Europe/London',
    ];
    const { stdout, stderr, code } = await run('import', file, '--symbol', 'EUR/GBP', ...flags, '--json');
    expect(stderr).toBe('');
    expect(objects(stdout)[0]).toMatchObject({
      symbol: 'eurgbp',
      rows: 1,
      first: '2024-07-02T00:00:00.000Z',
    });
    expect(code).toBe(0);
  });
});

describe('windrow import --set', () => {
  const days = (from: number, to: number, close = 5): string =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      const date = `2024-07-${String(from + i).padStart(2, '0')}`;
      return `${date},5,6,4,${close},100\n`;
    }).join('');
  const plain = 'date,open,high,low,close,volume\n';

  it('loads bars of many symbols into the table of the set, and names the next command', async () => {
    const files = [
      write('BRK.B.csv', plain + days(1, 9)),
      write('AAPL.csv.gz', gzipSync(plain + days(1, 31))),
    ];
    const first = await run('import', '--set', 'stocks-daily', ...files);
    expect(first.stderr).toMatch(/^BRK\.B\.csv: brk\.b \(.+\): 9 new, 0 replaced, 0 unchanged$/m);
    expect(first.stdout).toMatch(/^40 new bars, 0 replaced, 0 unchanged of aapl, brk\.b from 2 files /);
    expect(first.stderr).toMatch(/^next: windrow update --set stocks-daily$/m);
    expect(first.code).toBe(0);
    write('BRK.B.csv', plain + days(1, 8) + days(9, 10, 5.5));
    const again = await run('import', '--set', 'stocks-daily', ...files, '--json');
    expect(objects(again.stdout).find(({ symbol }) => symbol === 'brk.b')).toMatchObject({
      ...{ inserted: 1, replaced: 1, unchanged: 8, last: '2024-07-10T00:00:00.000Z' },
    });
    const client = await database.connect();
    const { rows } = await client.query(
      "select timestamp::text, source, close from market_data_1d where symbol = 'brk.b' order by 1 desc limit 1",
    );
    await client.end();
    expect(rows).toEqual([{ timestamp: '2024-07-10 00:00:00', source: 'import', close: 5.5 }]);
  });

  it('takes the set from the configuration, and refuses bars of another interval', async () => {
    write('hourly.yaml', 'set: stocks-hourly\n');
    const { code, stderr } = await run('import', 'AAPL.csv.gz', '--config', 'hourly.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: market_data_1h takes bars that are 1 hour apart; those of "aapl" for 2024-07 /m,
    );
    expect(stderr).toMatch(/^hint: .*--set/m);
    const unknown = await run('import', 'AAPL.csv.gz', '--set', 'stocks');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/^error: unknown set "stocks"\nhint: /);
  });

  it.skipIf(!hasRealBars)('loads real bars: every bar of every file, each once', async () => {
    const folder = join('equity_hourly_2025', 'eq_with_extended');
    for (const [set, name, table] of [
      ['stocks-hourly', folder, 'market_data_1h'],
      ['stocks-daily', 'equity_daily_2018_2022', 'market_data_1d'],
    ] as const) {
      const path = fileURLToPath(new URL(name, realFolder));
      const files = readdirSync(path).filter(file => file.endsWith('.csv.gz'));
      const given = files.map(file => join(path, file));
      const expected = given.reduce((sum, file) => sum + dataLines(file), 0);
      const args = ['--set', set, '--schema', 'real', '--rejects', cwd, '--json'];
      const { stdout, code } = await run('import', ...args, ...given);
      expect(objects(stdout).at(-1)).toMatchObject({ kind: 'report', inserted: expected, rejected: 0 });
      expect(code).toBe(0);
      const client = await database.connect();
      const { rows } = await client.query(
        `select count(*)::int as bars, count(distinct symbol)::int as symbols from real.${table}`,
      );
      await client.end();
      expect(rows).toEqual([{ bars: expected, symbols: files.length }]);
      const again = await run('import', ...args, ...given);
      expect(objects(again.stdout).at(-1)).toMatchObject({ inserted: 0, replaced: 0, unchanged: expected });
    }
  });
});

describe('windrow generate', () => {
  const market = ['--pairs', 'cadjpy', '--from', '2024-07'];

  it('loads a made-up market, once', async () => {
    const first = await run('generate', ...market);
    expect(first.stdout).toMatch(/^\d\d,\d{3} new bars, 0 replaced, 0 unchanged of cadjpy in /);
    expect(first.code).toBe(0);
    const again = await run('generate', ...market);
    expect(again.stdout).toMatch(/^0 new bars, 0 replaced, \d\d,\d{3} unchanged of cadjpy in /);
  });

  it('does not replace bars that it has not made, unless told to', async () => {
    const foreign = await run('generate', '--pairs', 'eurusd', '--from', '2024-07');
    expect(foreign.code).toBe(2);
    expect(foreign.stderr).toMatch(/^error: .* already has bars of "eurusd" for 2024-07 /);
    const forced = await run('generate', '--pairs', 'eurusd', '--from', '2024-07', '--force');
    expect(forced.stdout).toMatch(/^\d\d,\d{3} new bars, 30 replaced, 0 unchanged /);
  });

  it('writes files that give the same bars when they are imported', async () => {
    const { stdout, code } = await run('generate', ...market, '--csv', 'made');
    expect(stdout).toContain('cadjpy.csv.gz');
    expect(code).toBe(0);
    const imported = await run('import', 'made/cadjpy.csv.gz', '--quotes', 'bid-ask');
    expect(imported.stdout).toMatch(/^0 new bars, 0 replaced, \d\d,\d{3} unchanged of cadjpy /);
  });

  it('says what it would make with --dry-run', async () => {
    const { stdout } = await run(
      'generate',
      '--pairs',
      'nzdcad',
      '--from',
      '2024-07',
      '--to',
      '2024-08',
      '--dry-run',
    );
    expect(stdout).toMatch(/^would make \d\d,\d{3} bars: 2 months of nzdcad\n$/);
  });
});
