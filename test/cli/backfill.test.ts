import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fxFamilies,
  fxFeatures,
  fxMonthFamilies,
  fxOwnFeatures,
  fxPeerFamilies,
  fxSymbolFamilies,
  readsOthers,
} from '../support/counts.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { objects, type Result, type RunOptions, scratch, windrow } from './run.ts';

const folder = scratch('backfill');
let database: TestDatabase;
const run = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
  windrow(args, { cwd: folder.path, ...options, env: { DATABASE_URL: database.url, ...options.env } });

const pairs = ['--pairs', 'eurusd,usdjpy'];
const families = ['--families', 'bollinger_rate,time_features'];

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = await database.connect();
  return client
    .query(sql)
    .then(({ rows }) => rows, Promise.reject.bind(Promise))
    .finally(() => client.end());
}

beforeAll(async () => {
  database = await testDatabase();
  const made = await run(['generate', ...pairs, '--from', '2024-07', '--to', '2024-08']);
  expect(made.code).toBe(0);
});
afterAll(async () => {
  await database.drop();
  folder.remove();
});

describe('windrow backfill', () => {
  it('says what it would do with --dry-run, and does nothing', async () => {
    const { code, stdout } = await run(['backfill', ...pairs, ...families, '--dry-run']);
    expect(stdout).toMatch(
      /^would do 4 tasks, 8 partitions, [\d,]+ rows, [\d.]+ million cells, [\d.]+ MB to copy, about .* s\n$/,
    );
    expect(code).toBe(0);
    expect(await query("select 1 from pg_tables where tablename like 'bollinger_rate%'")).toEqual([]);
  });

  it('prints a line per finished task on stderr and the sum on stdout', async () => {
    const { code, stdout, stderr } = await run(['backfill', ...pairs, ...families, '--workers', '1']);
    expect(code).toBe(0);
    expect(stderr.match(/^(eurusd|usdjpy) 2024-0[78]: [\d,]+ bars, 2 families, [\d.]+ s$/gm)).toHaveLength(4);
    expect(stderr).not.toContain('\u001b');
    expect(stdout).toMatch(/^8 partitions done in /);
    expect(stdout).toMatch(/^ {2}cells +[\d,]+ \(.+ cells\/s\)$/m);
    expect(stdout).toMatch(/^ {2}NULL +[\d.]+ %$/m);
    expect(stdout).toMatch(/^ {2}COPY +[\d.]+ % of the workers' time$/m);
    expect(stdout).toMatch(/^note: eurusd 2024-07: .* NULL/m);
  });

  it('leaves alone what is up to date', async () => {
    const { code, stdout } = await run(['backfill', ...pairs, ...families]);
    expect(stdout).toMatch(/^0 partitions done, 8 up to date in /);
    expect(code).toBe(0);
  });

  it('prints an object per line with --json', async () => {
    const { stdout, stderr, code } = await run([
      ...['backfill', '--pairs', 'eurusd', '--to', '2024-07', '--families', 'bqx_base', '--json'],
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const all = objects(stdout);
    expect(all.map(({ kind }) => kind)).toEqual(['plan', 'task-start', 'partition', 'task-done', 'report']);
    expect(all[2]).toMatchObject({ family: 'bqx_base', symbol: 'eurusd', month: '2024-07' });
    expect(all.at(-1)).toMatchObject({ done: 1, failed: [], notStarted: [] });
  });

  it('names unknown symbols, families and months', async () => {
    const pair = await run(['backfill', '--pairs', 'eurud']);
    expect(pair.stderr).toMatch(/^error: unknown symbol "eurud": .*\nhint: did you mean "eurusd"\?/);
    const family = await run(['backfill', '--families', 'bolinger_rate']);
    expect(family.stderr).toMatch(
      /^error: unknown family "bolinger_rate"\nhint: did you mean "bollinger_rate"\?/,
    );
    const month = await run(['backfill', '--from', '2023-01', '--to', '2023-01']);
    expect(month.stderr).toMatch(
      /^error: no bars of .* in 2023-01\nhint: there are bars from 2024-07 to 2024-08\n$/,
    );
    expect([pair.code, family.code, month.code]).toEqual([2, 2, 2]);
  });

  it('stops at Ctrl-C, says so, and the same command continues', async () => {
    const args = ['backfill', ...pairs, '--workers', '1'];
    const stopped = await run(args, {
      onStart: child => {
        let sent = false;
        child.stderr?.on('data', text => {
          if (!sent && /2024-0\d: .* families/.test(String(text))) sent = child.kill('SIGINT');
        });
      },
    });
    expect(stopped.stderr).toContain('Ctrl-C: stopping; once more stops at once');
    expect(stopped.stderr).toContain('the same command continues');
    expect(stopped.stdout).toMatch(/^[1-9]\d* partitions? done, .*\d+ not started in /);
    expect(stopped.code).toBe(130);
    const whole = await run(args);
    expect(whole.stdout).toMatch(/^[1-9]\d* partitions? done, [1-9]\d* up to date in /);
    expect(whole.code).toBe(0);
  });

  it('computes again what is done with --force, months of one pair side by side', async () => {
    const { code, stdout } = await run(['backfill', '--pairs', 'eurusd', ...families, '--force']);
    expect(stdout).toMatch(/^4 partitions done in /);
    expect(code).toBe(0);
  });

  it('ends with 1 and the cause when a partition fails, and the others are done', async () => {
    const made = await run(['generate', '--pairs', 'cadchf', '--from', '2024-07']);
    expect(made.code).toBe(0);
    await query('create table bollinger_rate_cadchf_2024_07 (mine int)');
    const { code, stdout, stderr } = await run(['backfill', '--pairs', 'cadchf', ...families]);
    expect(stderr).toMatch(/^cadchf 2024-07 failed at attempt 1: .*"public\.bollinger_rate_cadchf_2024_07"/m);
    expect(stdout).toMatch(/^1 partition done, 1 failed in /);
    expect(stdout).toMatch(
      /^failed: cadchf 2024-07 bollinger_rate: .*"public\.bollinger_rate_cadchf_2024_07"/m,
    );
    expect(code).toBe(1);
    const { stdout: state } = await run(['status', '--pairs', 'cadchf', ...families]);
    expect(state).toMatch(/^cadchf +1 done, 1 failed$/m);
    expect(state).toMatch(/^cadchf 2024-07 failed \(bollinger_rate\): /m);
    await query('drop table bollinger_rate_cadchf_2024_07');
    expect((await run(['backfill', '--pairs', 'cadchf', ...families])).stdout).toMatch(
      /^1 partition done, 1 up to date/,
    );
  });
});

describe('windrow status', () => {
  it('shows pairs, months and families, and how many features are populated', async () => {
    const { code, stdout } = await run(['status', ...pairs]);
    expect(code).toBe(0);
    // what reads other pairs has not seen the one that came last
    const cell = `${fxSymbolFamilies - 2} done, 2 stale`;
    expect(stdout).toMatch(
      new RegExp(`^pair +2024-07 +2024-08\neurusd +${cell} +${cell}\nusdjpy +${cell} +${cell}\n`),
    );
    // partitions done, NULLs; nothing is empty, stale, missing, failed or above 1 %
    expect(stdout).toMatch(/^bollinger_rate +10 of 10 +4 +0 %$/m);
    const [, populated, features] = /^ {2}coverage +([\d,]+) of ([\d,]+) features populated$/m.exec(stdout)!;
    const count = (text = ''): number => Number(text.replaceAll(',', ''));
    expect(count(features)).toBe(fxFeatures);
    // of those that read other pairs some need more than one
    expect(count(populated)).toBeGreaterThanOrEqual(fxOwnFeatures);
    expect(count(populated)).toBeLessThan(fxFeatures);
    expect(stdout).toMatch(
      /^ {2}NULL +(?:< )?[\d.]+ % of the cells that have all bars they look back; \d+ features? above 1 %$/m,
    );
    // reasons take the room that they need
    const lines = stdout.split('\n').filter(line => !/ stale \(/.test(line));
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(100);
  });

  it('lists the features that are NULL more often than a limit', async () => {
    const nulls = async (...args: string[]) => (await run(['status', ...pairs, '--nulls', ...args])).stdout;
    const some = await nulls('0');
    expect(some).toMatch(/^feature +rows +NULL +share\n/);
    const lines = some.split('\n').slice(1, -3);
    const shares = lines.map(line => Number(/([\d.]+) %$/.exec(line)?.[1]));
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(some).toMatch(new RegExp(`\n\n${lines.length} features? NULL in more than 0 % of their rows\n$`));
    // a window over which nothing but the first bars is missing is never NULL
    expect(some).not.toMatch(/^moving_averages\./m);
    expect(await nulls('100')).toBe('0 features NULL in more than 100 % of their rows\n');
    expect((await run(['status', '--nulls', 'many'])).code).toBe(2);
  });

  it('shows what has become stale and why', async () => {
    const { code } = await run([
      'generate',
      '--pairs',
      'usdjpy',
      '--from',
      '2024-08',
      '--seed',
      '2',
      '--force',
    ]);
    expect(code).toBe(0);
    const { stdout, stderr } = await run(['status', '--pairs', 'usdjpy']);
    const own = fxSymbolFamilies - fxPeerFamilies;
    expect(stdout).toMatch(
      new RegExp(`^usdjpy 2024-08 stale \\(${own} families\\): bars were corrected between `, 'm'),
    );
    // those that read other pairs have seen this one
    expect(stdout).toMatch(
      /^all pairs 2024-08 stale \(cross_sectional_panel\): bars of usdjpy were corrected /m,
    );
    const [, stale] = /^ {2}partitions +\d+ done, (\d+) stale of /m.exec(stdout)!;
    expect(Number(stale)).toBeGreaterThanOrEqual(fxFamilies);
    expect(stderr).toMatch(
      new RegExp(`^next: windrow backfill does the ${stale} partitions that are not done$`, 'm'),
    );
  });

  it('prints an object per partition with --json', async () => {
    const all = objects((await run(['status', '--pairs', 'eurusd', '--json'])).stdout);
    const partitions = all.filter(({ kind }) => kind === 'partition');
    expect(partitions).toHaveLength(2 * fxFamilies);
    // the other pair was corrected
    const stale = partitions.filter(({ state }) => state === 'stale');
    expect(stale.length).toBeGreaterThanOrEqual(fxPeerFamilies + fxMonthFamilies);
    expect(stale.filter(({ family }) => !readsOthers(String(family)))).toEqual([]);
    expect(all.at(-1)).toMatchObject({
      kind: 'report',
      done: 2 * fxFamilies - stale.length,
      stale: stale.length,
      features: fxFeatures,
    });
    const features = all.filter(({ kind }) => kind === 'feature');
    expect(features).toHaveLength(fxFeatures);
    expect(features.find(({ feature }) => feature === 'w200_ema_idx')).toMatchObject({
      ...{ family: 'moving_averages', state: 'populated', nulls: 0, nullShare: 0, warmUpRows: 4095 },
    });
    const family = all.find(one => one.kind === 'family' && one.family === 'moving_averages');
    expect(family).toMatchObject({ done: 2, stale: 0, features: 24, populatedFeatures: 24, nullShare: 0 });
  });
});

describe('windrow verify', () => {
  const args = ['verify', '--pairs', 'eurusd', '--months', '2024-08', '--families', 'bollinger_rate'];

  it('finds stored rows equal', async () => {
    const { code, stdout } = await run(args);
    expect(stdout).toMatch(/^1 partition, [\d,]+ cells: equal, bit for bit /);
    expect(code).toBe(0);
  });

  it('names a cell that somebody has changed', async () => {
    await query(
      `update bollinger_rate_eurusd_2024_08 set w20_bb_upper = w20_bb_upper + 1e-12 where ts_utc = '2024-08-05 00:00'`,
    );
    const { code, stdout } = await run(args);
    expect(stdout).toMatch(/^differs eurusd 2024-08 bollinger_rate: 1 of [\d,]+ cells$/m);
    expect(stdout).toMatch(
      /2024-08-05 00:00:00 .*w20_bb_upper: stored .*\(0x[0-9a-f]{16}\), computed .*\(0x/,
    );
    expect(code).toBe(1);
  });
});

describe('windrow audit lookahead', () => {
  it('finds that no feature sees the future', async () => {
    const values = (3 * fxFeatures).toLocaleString('en-US');
    const { code, stdout } = await run([
      'audit',
      'lookahead',
      '--pairs',
      'eurusd',
      '--months',
      '2024-08',
      '--cuts',
      '3',
    ]);
    expect(stdout).toMatch(
      new RegExp(
        `^${fxFeatures.toLocaleString('en-US')} features at 3 cuts, ${values} values, [\\d,]+ of them NULL: none sees the future `,
      ),
    );
    expect(code).toBe(0);
  });
});
