import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { featuresOf, setByName, sets } from '../../host/catalog/catalog.ts';
import { fxFamilies, fxFeatures } from '../support/counts.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { objects, scratch, windrow } from './run.ts';

const folder = scratch('sets');
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  writeFileSync(
    join(folder.path, 'windrow.config.yaml'),
    'sets:\n  stocks-hourly:\n    options: { windows: { short: 30 } }\n    off: [rsi_1w]\n',
  );
});
afterAll(async () => {
  await db.drop();
  folder.remove();
});

const run = (...args: string[]) =>
  windrow(args, { cwd: folder.path, env: { DATABASE_URL: db.url, WINDROW_DATA_DIR: folder.path } });

describe('windrow sets', () => {
  it('lists every set', async () => {
    const { code, stdout } = await run('sets');
    expect(code).toBe(0);
    for (const { name, title, bars } of sets)
      expect(stdout).toMatch(new RegExp(`\n${name} .* ${bars.table} .* ${title}\n`));
    const all = objects((await run('sets', '--json')).stdout);
    expect(all).toHaveLength(sets.length);
    expect(all[0]).toEqual({
      ...{ kind: 'set', set: 'fx', title: sets[0]!.title, features: featuresOf(sets[0]!).length },
      ...{
        families: fxFamilies,
        interval: '1m',
        barsTable: 'market_data',
        featureTable: null,
        layout: 'partitions',
      },
    });
  });

  it('shows what a set is told, and by whom', async () => {
    const { code, stdout } = await run('sets', 'stocks-hourly');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nwindows\.short +30 +windrow\.config\.yaml:1\n/);
    expect(stdout).toMatch(/\nwindows\.med +120 +default\n/);
    expect(stdout).toMatch(/\nprice_time +1 +13 +\S/);
    expect(stdout).toMatch(/\nrsi_volume\.rsi_1w +windrow\.config\.yaml:1\n/);
  });

  it('switches features in the database', async () => {
    const { code, stdout } = await run(
      'sets',
      'stocks-hourly',
      '--off',
      'mfi,vpt',
      '--on',
      'rsi_1w',
      '--json',
    );
    expect(code).toBe(0);
    expect(objects(stdout)).toEqual([
      {
        ...{ kind: 'report', set: 'stocks-hourly', on: ['rsi_volume.rsi_1w'] },
        off: ['rsi_volume.mfi', 'rsi_volume.vpt'],
      },
    ]);
    await run('sets', 'stocks-hourly', '--on', 'vpt');
    const [shown] = objects((await run('sets', 'stocks-hourly', '--json')).stdout);
    expect(shown!.off).toMatchObject([
      { feature: 'rsi_volume.rsi_1w', from: 'windrow.config.yaml:1' },
      { feature: 'rsi_volume.mfi', from: 'database' },
    ]);
  });

  it('says what stays off by the configuration', async () => {
    const { stderr } = await run('sets', 'stocks-hourly', '--on', 'rsi_1w');
    expect(stderr).toContain('still off by the configuration: rsi_volume.rsi_1w\n');
  });

  it('shows a set without a database', async () => {
    const env = { WINDROW_DATA_DIR: join(folder.path, 'none') };
    const { code, stderr, stdout } = await windrow(['sets', 'fx'], { cwd: folder.path, env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`${fxFeatures} in ${fxFamilies} families`);
    const dead = await windrow(['sets', 'fx'], {
      cwd: folder.path,
      env: { DATABASE_URL: 'postgresql://127.0.0.1:1/none' },
    });
    expect(dead.code).toBe(0);
    expect(dead.stderr).toMatch(/^what is switched off in the database is not shown: no database answers/);
  });

  it.each([
    [['sets', 'stocks'], 'unknown set "stocks"'],
    [['sets', '--off', 'mfi'], 'need the name of a set'],
    [['sets', 'stocks-hourly', '--off', 'mfii'], 'unknown feature "mfii"'],
  ])('%s is wrong use', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('a set of the configuration', () => {
  it('is what other commands show', async () => {
    const { stdout } = await run('features', '--set', 'stocks-hourly', '--json');
    const told = setByName('stocks-hourly', { options: { windows: { short: 30 } }, off: ['rsi_1w'] });
    expect(objects(stdout).map(({ family, name }) => `${family}.${name}`)).toEqual(
      featuresOf(told).map(({ qualifiedName }) => qualifiedName),
    );
    const [mean] = objects(
      (await run('explain', 'price_ma_short', '--set', 'stocks-hourly', '--json')).stdout,
    );
    expect(mean).toMatchObject({ set: 'stocks-hourly', formula: 'mean(close, 30)' });
  });

  it.each([
    ['sets:\n  fy:\n    off: []\n', /wrong\.yaml:2: unknown key "fy" in "sets"/],
    ['sets:\n  stocks-hourly:\n    options: { window: 3 }\n', /set stocks-hourly, option "window"/],
    ['sets:\n  stocks-hourly:\n    off: [rsi]\n', /unknown feature "rsi"/],
  ])('that is wrong is named: %j', async (text, message) => {
    writeFileSync(join(folder.path, 'wrong.yaml'), text);
    const { code, stderr } = await run('features', '--set', 'stocks-hourly', '--config', 'wrong.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
