import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  databaseChoice,
  originText,
  type ResolvedSettings,
  resolveSettings,
  type SettingsInput,
  shownSettings,
} from '../../host/config/index.ts';
import { WindrowError } from '../../host/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'windrow-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function resolveText(text: string, input: SettingsInput = {}): ResolvedSettings {
  const file = join(folder, `${files++}.yaml`);
  writeFileSync(file, text);
  return resolveSettings({ env: {}, cwd: folder, file, ...input });
}

function errorOf(text: string, input: SettingsInput = {}): WindrowError {
  try {
    resolveText(text, input);
  } catch (error) {
    if (error instanceof WindrowError) return error;
    throw error;
  }
  throw new Error('no error was raised');
}

describe('settings', () => {
  it('come from defaults where nothing is said', () => {
    const { values, origins, file } = resolveSettings({ env: {}, cwd: folder });
    expect(file).toBeUndefined();
    expect(values.set).toBe('fx');
    expect(values.type).toBe('double');
    expect(values.horizonBits).toBeUndefined();
    expect(values.workers).toBeGreaterThan(0);
    expect(new Set(Object.values(origins).map(origin => origin.kind))).toEqual(new Set(['default']));
  });

  it('are taken from the file with the line of their key', () => {
    const text = [
      '# a comment',
      'pairs: [EURUSD, GBP/USD]',
      'database:',
      '  # where',
      '  schema: research',
      'baselines:',
      '  eurusd: 1.0737',
      'source:',
      '  table: fx.m1_{pair}',
      '  columns: { close: rate }',
      'session: { zone: America/New_York, week: [sun 17:00, fri 17:00] }',
    ].join('\n');
    const { values, origins } = resolveText(text);
    expect(values.pairs).toEqual(['eurusd', 'gbpusd']);
    expect(values.schema).toBe('research');
    expect(values.baselines).toEqual({ eurusd: 1.0737 });
    expect(values.source).toEqual({ table: 'fx.m1_{pair}', columns: { close: 'rate' } });
    expect(values.session).toEqual({ zone: 'America/New_York', week: ['sun 17:00', 'fri 17:00'] });
    expect(origins.pairs).toMatchObject({ kind: 'file', line: 2 });
    expect(origins.schema).toMatchObject({ kind: 'file', line: 5 });
    expect(origins.source).toMatchObject({ kind: 'file', line: 8 });
  });

  it('go flag over environment over file over default', () => {
    const text = 'workers: 3\ntype: real\nset: fx';
    const env = { WINDROW_WORKERS: '5' };
    const { values, origins } = resolveText(text, { env, flags: { type: 'double' } });
    expect([values.workers, values.type, values.set]).toEqual([5, 'double', 'fx']);
    expect(origins.workers).toEqual({ kind: 'env', name: 'WINDROW_WORKERS' });
    expect(origins.type).toEqual({ kind: 'flag', name: '--type' });
    expect(originText(origins.set, folder)).toMatch(/^\d+\.yaml:3$/);
  });

  it('take the table of --source and the columns of the file', () => {
    const text = 'source: { table: a, timeColumn: time, columns: { close: rate } }';
    const { values } = resolveText(text, { flags: { source: 'm1_{pair}' } });
    expect(values.source).toEqual({ table: 'm1_{pair}', timeColumn: 'time', columns: { close: 'rate' } });
  });

  it('count a relative folder from the file that names it', () => {
    const { values } = resolveText('database: { dataDir: data }', { cwd: tmpdir() });
    expect(values.dataDir).toBe(join(folder, 'data'));
  });

  it('tell a set its options and what is off', () => {
    const text = 'sets:\n  stocks-hourly:\n    options: { windows: { short: 12 } }\n    off: [rsi_1w]\n';
    const { values, origins } = resolveText(text);
    expect(values.sets).toEqual({
      'stocks-hourly': { options: { windows: { short: 12 } }, off: ['rsi_1w'] },
    });
    expect(origins.sets).toMatchObject({ kind: 'file', line: 1 });
    expect(resolveText('').values.sets).toEqual({});
  });

  it('may be an empty file', () => {
    expect(resolveText('').values.set).toBe('fx');
    expect(resolveText('# nothing yet\n').values.set).toBe('fx');
  });
});

describe('a wrong file', () => {
  const cases: readonly (readonly [title: string, text: string, message: RegExp, hint: RegExp])[] = [
    [
      'a word for a number',
      'set: fx\nworkers: two',
      /:2: "workers" expected a whole number .* found "two"$/,
      /^docs/,
    ],
    [
      'a number out of range',
      'workers: 0',
      /:1: "workers" expected a whole number from 1 to 256, found 0$/,
      /./,
    ],
    [
      'an unknown key',
      'pairs: [eurusd]\n\nworkes: 2',
      /:3: unknown key "workes"$/,
      /did you mean "workers"\?/,
    ],
    ['an unknown inner key', 'database:\n  shema: x', /:2: unknown key "shema" in "database"$/, /"schema"/],
    [
      'an unknown key of a set',
      'sets:\n  fx:\n    of: [bid_depth]',
      /:3: unknown key "of" in "sets\.fx"$/,
      /./,
    ],
    ['a wrong list item', 'pairs:\n  - eurusd\n  - "a b"', /:3: "pairs\.1" expected .* found "a b"$/, /./],
    ['a wrong baseline', 'baselines:\n  eurusd: -1', /:2: "baselines\.eurusd" expected .* found -1$/, /./],
    ['an unknown bar column', 'source:\n  table: a\n  columns:\n    clos: c', /:4: unknown key "clos"/, /./],
    [
      'a missing table',
      'set: fx\nsource:\n  timeColumn: t',
      /:2: "source\.table" expected .* found nothing$/,
      /./,
    ],
    ['an unknown zone', 'import:\n  zone: Mars/Olympus', /:2: "import\.zone" expected a time zone/, /./],
    ['a list for a map', '- a\n- b', /:1: /, /./],
    ['broken YAML', 'set: fx\npairs: [eurusd\nworkers: 2', /:\d: /, /YAML/],
    ['a key twice', 'set: fx\nset: fx', /:2: .*unique/, /YAML/],
  ];
  it.each(cases)('names file and line of %s', (_title, text, message, hint) => {
    const error = errorOf(text);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('.yaml:');
    expect(error.hint).toMatch(hint);
    expect(error.exitCode).toBe(2);
  });

  it('is named when it cannot be read', () => {
    expect(() => resolveSettings({ env: {}, cwd: folder, file: 'none.yaml' })).toThrow(
      /none\.yaml" cannot be read/,
    );
  });

  it('does not give away a password', () => {
    const error = errorOf('database:\n  url: mysql://me:secret@host/db');
    expect(error.message).toMatch(/:2: "database\.url" expected a URL that begins with postgresql:\/\//);
    expect(error.message).not.toContain('secret');
  });
});

describe('a wrong value elsewhere', () => {
  it('is named by its variable or flag', () => {
    expect(() => resolveText('', { env: { WINDROW_WORKERS: 'many' } })).toThrow(
      /WINDROW_WORKERS expected a whole number/,
    );
    expect(() => resolveText('', { flags: { type: 'reel' } })).toThrow(
      '--type expected "double" or "real", found "reel"',
    );
    expect(() => resolveText('', { env: { DATABASE_URL: 'http://u:secret@h' } })).toThrow(
      /^DATABASE_URL (?!.*secret)/,
    );
  });
});

describe('the database', () => {
  const url = 'postgresql://me:secret@host:5433/db?sslpassword=hidden';
  const choice = (text: string, input: SettingsInput = {}) => databaseChoice(resolveText(text, input));

  it('is the embedded one unless something names another', () => {
    expect(choice('')).toEqual({});
    expect(choice('', { env: { WINDROW_DATA_DIR: '/data' } })).toEqual({ dataDir: '/data' });
    expect(choice(`database: { url: "${url}" }`)).toEqual({ databaseUrl: url });
    expect(choice('', { env: { DATABASE_URL: url, WINDROW_DATA_DIR: '/data' } })).toEqual({
      databaseUrl: url,
    });
  });

  it('is the embedded one when a flag names its folder', () => {
    expect(choice(`database: { url: "${url}" }`, { flags: { dataDir: '/d' } })).toEqual({ dataDir: '/d' });
    expect(choice('', { flags: { dataDir: '/d', databaseUrl: url } })).toEqual({ databaseUrl: url });
  });

  it('is left to the variables of libpq where they are set, also over the file', () => {
    const resolved = resolveText(`database: { url: "${url}" }`, { env: { PGHOST: 'h' } });
    expect(databaseChoice(resolved)).toEqual({});
    expect(resolved.origins.databaseUrl).toEqual({ kind: 'env', name: 'PGHOST' });
  });

  it('is shown without its passwords', () => {
    const shown = (text: string) =>
      shownSettings(resolveText(`database: { url: "${text}" }`)).find(({ key }) => key === 'database.url')!
        .value;
    expect(shown(url)).toBe('postgresql://me:***@host:5433/db?sslpassword=***');
    // not escaped: a part of it may look like a port
    for (const word of ['12#hush', '12/hush', '12?hush', 'hu@sh', 'hu:sh'])
      expect(shown(`postgresql://me:${word}@host/db`)).toBe('postgresql://me:***@host/db');
  });
});
