import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fxFamilies, fxFeatures, fxMonthFamilies, fxSymbolFamilies } from '../support/counts.ts';
import { objects, type Result, scratch, windrow } from './run.ts';

// As root, Postgres runs as another account, which must be able to enter the folder.
const folder = scratch('demo');
chmodSync(folder.path, 0o755);
/** Of four pairs over two months. */
const partitions = 2 * (4 * fxSymbolFamilies + fxMonthFamilies);
const dataDir = join(folder.path, 'data');
const run = (...args: string[]): Promise<Result> =>
  windrow([...args, '--data-dir', dataDir], { cwd: folder.path });

afterAll(async () => {
  await run('db', 'stop', '--force');
  folder.remove();
});

describe('windrow demo', () => {
  it('shows what came out, on an embedded Postgres of its own', async () => {
    const { code, stdout, stderr } = await run('demo');
    expect(stderr).toMatch(/^opening the database\nPostgres at postgresql:\/\/.*, kept in /);
    expect(stderr).not.toContain('password');
    expect(stdout).toContain(`${fxFeatures} features of 4 pairs, computed and stored`);
    for (const fact of [
      /bars +\d{3},\d{3}/,
      new RegExp(`rows +[\\d,]+ in ${fxFamilies} tables`),
      new RegExp(`features +${fxFeatures} in ${fxFamilies} families`),
      new RegExp(`partitions +${partitions}`),
      /cells +[\d,]+, [\d.]+ (million|thousand) per second/,
      /NULL +[\d.<]+.* % of the cells/,
      /COPY +[\d.]+ % of the workers' time/,
      /database +[\d.]+ [MG]B/,
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${fact.source}$`, 'm'));
    }
    expect(stdout).toMatch(/^Three rows of eurusd, one feature of each family$/m);
    expect(stdout).toMatch(/^ +2024-08-30 21:\d\d( +2024-08-30 21:\d\d){2}$/m);
    expect(stdout).toMatch(/^ {2}bollinger_rate\.\w+( +-?[\d.]+){3}$/m);
    expect(stdout).toMatch(/^ {2}npx windrow status --data-dir /m);
    expect(code).toBe(0);
  });

  it('leaves everything in place for the next commands', async () => {
    const { stdout, code } = await run('status');
    expect(stdout).toMatch(new RegExp(`^ {2}partitions +${partitions} done of ${partitions}$`, 'm'));
    expect(code).toBe(0);
  });
});

describe('windrow db', () => {
  it('prints an address that works until the server is stopped', async () => {
    const { stdout, code } = await run('db', 'url');
    expect(code).toBe(0);
    const url = stdout.trim();
    const status = await windrow(['status', '--database-url', url, '--json'], { cwd: folder.path });
    expect(objects(status.stdout).at(-1)).toMatchObject({ kind: 'report', done: partitions });
    const stopped = await run('db', 'stop');
    expect(stopped.stdout).toBe(`stopped the server in ${dataDir}\n`);
    const gone = await windrow(['status', '--database-url', url], { cwd: folder.path });
    expect(gone.stderr).toMatch(/^error: /);
    expect(gone.code).toBe(3);
    expect((await run('db', 'stop')).stdout).toBe(`no server was running in ${dataDir}\n`);
  });

  it('starts when a command needs it and stops behind it', async () => {
    expect((await run('status')).code).toBe(0);
    expect((await run('db', 'stop')).stdout).toBe(`no server was running in ${dataDir}\n`);
  });

  it.each(['url', 'psql'])('says of an empty folder that there is no database: db %s', async name => {
    const none = join(folder.path, 'typo');
    const { code, stdout, stderr } = await windrow(['db', name, '--data-dir', none], { cwd: folder.path });
    expect(stderr).toBe(
      `error: there is no database in "${none}"\nhint: "windrow db start" makes one there, as the first import does; --data-dir names another folder, --database-url a server\n`,
    );
    expect([code, stdout, existsSync(none)]).toEqual([3, '', false]);
  });

  it('runs a statement also where psql is not installed', async () => {
    const args = [
      'db',
      'psql',
      '--data-dir',
      dataDir,
      '--',
      '-c',
      'select count(*) as partitions from windrow.ledger',
    ];
    const { stdout, code } = await windrow(args, { cwd: folder.path, env: { PATH: '/nonexistent' } });
    expect(stdout).toBe(`partitions\n${partitions}\n(1 row)\n`);
    expect(code).toBe(0);
  });

  it('goes on after db start', async () => {
    expect((await run('db', 'start')).stdout).toMatch(/^running at postgresql:/);
    expect((await run('status')).code).toBe(0);
    expect((await run('db', 'stop', '--json')).stdout).toMatch(/"stopped":true/);
  });
});
