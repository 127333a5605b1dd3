import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { objects, scratch, windrow } from './run.ts';

const folder = scratch('custom');
const write = (text: string): void => writeFileSync(join(folder.path, 'windrow.config.yaml'), text);

const config = `custom:
  my_signals:
    title: Mean reversion of the close
    define:
      n: 20
      dev: close - mean(close, n)
    features:
      z20: dev / std(close, n)
      turn: |
        # falls below
        (dev < 0) *
          (dev[1] > 0)
      cost:
        formula: ratio(100 * spread_close, mid)
        unit: "%"
        description: Spread in percent of the mid.
  daily_gaps:
    set: stocks-daily
    features:
      gap: open / close[1] - 1
`;

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-07', 600));
});
afterAll(async () => {
  await db.drop();
  folder.remove();
});

const run = (...args: string[]) => windrow(args, { cwd: folder.path, env: { DATABASE_URL: db.url } });

describe('families of the user', () => {
  beforeAll(() => write(config));

  it('are listed with the others, each in its set', async () => {
    const { code, stdout } = await run('features');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nmy_signals +3 +21 +Mean reversion of the close\n/);
    expect(stdout).not.toContain('daily_gaps');
    expect((await run('features', '--set', 'stocks-daily')).stdout).toMatch(
      /\ndaily_gaps +1 +2 +Features of your own\n/,
    );
    const own = objects((await run('features', 'my_signals', '--json')).stdout);
    expect(own[0]).toEqual({
      ...{ kind: 'feature', family: 'my_signals', name: 'z20', unit: 'none', custom: true },
      ...{ description: 'my_signals.dev / std(close, 20)', formula: 'my_signals.dev / std(close, 20)' },
      ...{ lookbackBars: 20, barsNeeded: 20 },
    });
    const [first] = objects((await run('features', '--json')).stdout);
    expect(first).not.toHaveProperty('custom');
    expect((await run('sets', 'stocks-daily')).stdout).toMatch(/\ndaily_gaps +- +1 +Features of your own\n/);
  });

  it('are explained', async () => {
    const { stdout } = await run('explain', 'my_signals.turn');
    expect(stdout).toMatch(
      /^my_signals\.turn\n\n {2}formula {3}lt\(my_signals\.dev, 0\) \* gt\(lag\(my_signals\.dev, 1\), 0\)\n/,
    );
    expect(stdout).toContain('  where     my_signals.dev = close - mean(close, 20)\n');
    expect(stdout).toContain('  lookback  21 bars, the current one included\n');
  });

  it('are shown by config', async () => {
    const { stdout } = await run('config');
    expect(stdout).toMatch(
      /\ncustom +my_signals: 3 features, daily_gaps: 1 feature +windrow\.config\.yaml:1\n/,
    );
    const [{ settings }] = objects((await run('config', '--json')).stdout) as [
      { settings: { key: string; value: object }[] },
    ];
    expect(settings.find(({ key }) => key === 'custom')!.value).toMatchObject({
      my_signals: { set: 'fx', define: { n: '20' } },
      daily_gaps: { set: 'stocks-daily' },
    });
  });

  it('are backfilled, reported and verified, and what they leave behind is told', async () => {
    expect((await run('backfill', '--families', 'my_signals')).code).toBe(0);
    expect((await run('status', '--families', 'my_signals')).stdout).toMatch(
      /\nmy_signals +3 of 3 +1 +0 %\n/,
    );
    expect((await run('verify', '--families', 'my_signals')).stdout).toContain('equal, bit for bit');
    write(config.replace('turn:', 'fall:'));
    const status = await run('status', '--families', 'my_signals');
    expect(status.stdout).toContain('eurusd 2024-07 stale (my_signals): its definition changed\n');
    expect(status.stdout).toContain('table public.my_signals has a column of no feature: turn,');
    write('set: fx\n');
    const gone = await run('status', '--families', 'bqx_base', '--json');
    expect(objects(gone.stdout)).toContainEqual({
      kind: 'leftover',
      table: 'public.my_signals',
      remove: 'drop table "public"."my_signals"',
    });
    write(config);
  });
});

describe('a mistake', () => {
  const said = async (from: string, to: string, args = ['features']): Promise<string> => {
    write(config.replace(from, to));
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    return stderr;
  };
  const hint = 'docs/custom-features.md has the grammar, docs/vocabulary.md the words\n';

  it('in a formula is shown in its line, with the line of the file', async () => {
    expect(await said('(dev < 0)', '(devv < 0)')).toBe(
      `error: windrow.config.yaml:9: my_signals.turn, line 2, column 2: unknown word "devv"\n  (devv < 0) *\n   ^^^^\nhint: did you mean "dev"? ${hint}`,
    );
    expect(await said('mean(close, n)', 'mean(close, m)', ['backfill'])).toBe(
      `error: windrow.config.yaml:6: my_signals.dev, column 21: unknown word "m"\n  close - mean(close, m)\n                      ^\nhint: did you mean "n"? ${hint}`,
    );
    expect(await said('dev[1]', 'dev[-1]', ['explain', 'bid_depth'])).toContain('would look ahead');
  });

  it('in a name is told with what has that name', async () => {
    expect(await said('z20:', 'bid_depth:')).toBe(
      'error: windrow.config.yaml:8: feature my_signals.bid_depth: it has the name of the feature spread_features.bid_depth\nhint: docs/custom-features.md shows families of your own\n',
    );
    expect(await said('my_signals:', 'bqx_base:')).toContain(
      ':2: family bqx_base: set fx has a family of that name',
    );
  });

  it('in the shape of a family is told as in any setting', async () => {
    expect(await said('define:', 'defines:')).toContain(
      'windrow.config.yaml:4: unknown key "defines" in "custom.my_signals"',
    );
    expect(await said('formula: ratio', 'formulas: ratio')).toContain(
      '"custom.my_signals.features.cost" expected families with `features`',
    );
    expect(await said('set: stocks-daily', 'set: stock-daily')).toContain(
      'windrow.config.yaml:18: family "daily_gaps" is of set "stock-daily", which does not exist\nhint: did you mean "stocks-daily"?',
    );
  });
});

describe('windrow explain', () => {
  beforeAll(() => write('workers: 1\n'));

  it('explains a formula', async () => {
    const { code, stdout } = await run('explain', '--expr', 'close > mean(close, 20)');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^formula\n {2}A formula over set fx\.\n\n {2}formula {3}gt\(close, mean\(close, 20\)\)\n/,
    );
    expect(stdout).toMatch(/\n {4}result #\d+\n$/);
    const wrong = await run('explain', '--expr', 'clos');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('error: formula, column 1: unknown word "clos"\n  clos\n  ^^^^\n');
    expect((await run('explain')).stderr).toContain('name a feature, or give a formula with "--expr"');
    expect((await run('explain', 'bid_depth', '--expr', 'close')).code).toBe(2);
  });

  it('measures what a feature, a formula or a family costs', async () => {
    const one = await run('explain', 'bollinger_rate.w20_bb_upper', '--cost');
    expect(one.stdout).toMatch(
      /\n {2}cost +[\d.]+ ns per row \([\d.]+ to [\d.]+\)\n {2}planes +\d+: \d+ with rows/,
    );
    expect(one.stdout).toMatch(/\nkernel +calls +ns per row\n/);
    expect((await run('explain', '--expr', 'mean(close, 20)', '--cost')).stdout).toMatch(
      /^formula\n {2}cost/,
    );
    const family = objects((await run('explain', 'bollinger_rate', '--cost', '--json')).stdout);
    expect(family).toHaveLength(11);
    expect(family[0]).toMatchObject({ kind: 'cost', feature: 'bollinger_rate.w20_bb_upper' });
    expect(family.at(-1)).toMatchObject({ kind: 'report', name: 'bollinger_rate', features: 10 });
    const shares = family.slice(0, 10).reduce((sum, { share }) => sum + Number(share), 0);
    expect(shares).toBeCloseTo((family.at(-1)!.all as { ns: number }).ns, 6);
  });
});
