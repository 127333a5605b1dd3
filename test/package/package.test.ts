import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { computeFeatures } from '../../host/index.ts';
import { plansFile } from '../dev/plans.ts';
import { marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

// The package as users get it: packed, installed into an empty folder with nothing else around, and used.

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  bin: { windrow: string };
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};
const folder = mkdtempSync(join(tmpdir(), 'windrow-package-'));
const installed = join(folder, 'node_modules', 'windrow');

/** Nothing that npm tells the scripts of this repository may tell the commands of the other folder where they are. */
const outerEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|VITEST)/i.test(name)),
);
const run = async (command: string, args: readonly string[], env: Record<string, string> = {}) => {
  const path = `${dirname(process.execPath)}:${outerEnv.PATH}`;
  const options = { cwd: folder, env: { ...outerEnv, PATH: path, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return promisify(execFile)(command, args, options);
};

type Packed = {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { path: string }[];
};
let packed: Packed;

beforeAll(async () => {
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  // building anew would take the build away from the tests beside this one
  expect(existsSync(join(root, manifest.bin.windrow)), 'nothing is built: npm run build').toBe(true);
  const { stdout } = await run('npm', [
    'pack',
    root,
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    folder,
  ]);
  // a list, and from npm 12 on an object by name
  const parsed = JSON.parse(stdout) as Packed[] | Record<string, Packed>;
  packed = Object.values(parsed)[0]!;
  const quiet = ['--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', join(folder, packed.filename), ...quiet]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  // npm links a command only to a file that is there when it installs
  test('is built where it is installed from a clone', () => {
    expect(manifest.scripts.prepare).toBe('node test/dev/build.mjs --if-changed');
  });

  test('holds the module, the SQL, the types, and nothing of tests or sources', () => {
    const paths = packed.files.map(({ path }) => path);
    for (const path of [
      'build/windrow.wasm',
      'build/plans.txt',
      'build/host/index.js',
      'build/host/index.d.ts',
      'build/host/backfill/worker.js',
      'build/host/update/worker.js',
      'build/host/cli/main.js',
      'sql/000001_ledger.sql',
      'README.md',
      'LICENSE',
      'package.json',
    ])
      expect(paths).toContain(path);
    const stray = paths.filter(
      path =>
        !/^(build\/host\/.+\.(js|d\.ts)|build\/windrow\.wasm|build\/plans\.txt|sql\/.+\.(sql|md)|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(
          path,
        ),
    );
    expect(stray).toEqual([]);
    expect(paths.filter(path => /test|assembly|\.map$/.test(path))).toEqual([]);
    expect(packed.size).toBeLessThan(750_000);
  });

  test('brings no more than it names', async () => {
    const { stdout } = await run('npm', ['ls', '--json', '--depth=1']);
    const tree = JSON.parse(stdout) as {
      dependencies: { windrow: { dependencies: Record<string, unknown> } };
    };
    const brought = Object.keys(tree.dependencies.windrow.dependencies);
    const optional = Object.keys(manifest.optionalDependencies);
    expect(brought.filter(name => !optional.includes(name)).sort()).toEqual(
      Object.keys(manifest.dependencies).sort(),
    );
  });

  test('has a command', async () => {
    const { stdout } = await run('npx', ['--no-install', 'windrow', '--version']);
    expect(stdout.trim()).toBe(manifest.version);
    const help = await run('npx', ['--no-install', 'windrow', '--help']);
    expect(help.stdout).toContain('backfill');
  });

  test('computes the same features as here', async () => {
    const names = ['bollinger_rate.w20_bb_upper', 'statistics_bqx.w50_kurt'];
    const [month] = marketMonths(['eurusd'], '2024-07', '2024-07', 200);
    writeFileSync(
      join(folder, 'compute.js'),
      `import { computeFeatures, generateBars } from 'windrow';
       const [{ bars }] = [...generateBars({ seed: 5, pairs: ['eurusd'], from: '2024-07', to: '2024-07' })];
       const cut = values => values.slice(0, 200);
       const columns = Object.fromEntries(Object.entries(bars.columns).map(([name, values]) => [name, cut(values)]));
       const features = await computeFeatures({ time: cut(bars.time), columns }, ${JSON.stringify(names)}, { symbol: 'eurusd' });
       for (const name of ${JSON.stringify(names)})
         console.log(Buffer.from(features.columns[name].buffer).toString('base64'));`,
    );
    const { stdout } = await run('node', ['compute.js']);
    const here = await computeFeatures(month!.bars, names, { symbol: 'eurusd' });
    const expected = names.map(name => Buffer.from(here.columns[name]!.buffer).toString('base64'));
    expect(stdout.trim().split('\n')).toEqual(expected);
  });

  test('holds the plans that its catalogue makes', () => {
    expect(readFileSync(join(installed, 'build/plans.txt'), 'utf8') === plansFile()).toBe(true);
  });

  test('has types that a strict project accepts', async () => {
    writeFileSync(
      join(folder, 'typed.ts'),
      `import { type Bars, backfill, computeFeatures, Engine, type Features, openDatabase, WindrowError } from 'windrow';
       const bars: Bars = { time: Float64Array.of(0), columns: { close: Float64Array.of(1) } };
       const features: Features = await computeFeatures(bars, 'all');
       const column: Float64Array | undefined = features.columns['bollinger_rate.w20_bb_upper'];
       const stream = await (await Engine.create()).open(['bollinger_rate.w20_bb_upper']);
       const row: Float64Array = stream.push({ time: 0, close: 1 });
       const database = await openDatabase({ databaseUrl: 'postgresql://localhost/x' });
       const report = await backfill({ database, onEvent: event => event.kind === 'partition' && event.rows });
       // @ts-expect-error a report has no such field
       report.nonsense;
       export const all = [column, row, report.failed[0]?.cause, new WindrowError('WR_INTERNAL', { what: '' }).code];
      `,
    );
    const tsc = join(root, 'node_modules/.bin/tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const roots = ['--typeRoots', join(root, 'node_modules/@types')];
    await run(tsc, [...flags, ...roots, 'typed.ts']).catch(error => expect.fail(error.stdout));
  });
});

describe('the package with a database', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db.drop());

  test('makes its tables, imports and backfills in threads', async () => {
    const env = { DATABASE_URL: db.url };
    const windrow = join(installed, 'build/host/cli/main.js');
    await run(
      'node',
      [windrow, 'generate', '--pairs', 'eurusd', '--from', '2024-07', '--to', '2024-07'],
      env,
    );
    const { stdout } = await run('node', [windrow, 'backfill', '--families', 'bollinger_rate'], env);
    expect(stdout).toMatch(/^1 partitions? done in /);
  });
});
