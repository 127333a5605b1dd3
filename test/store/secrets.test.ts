import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { reportFailure } from '../../host/cli/fail.ts';
import { Output } from '../../host/cli/output.ts';
import { RunLogFile } from '../../host/cli/runLogFile.ts';
import { readConfig } from '../../host/config/file.ts';
import { openDatabase, WindrowError } from '../../host/index.ts';
import { writeWhole } from '../../host/wholeFile.ts';

// a password that is not escaped is the usual reason for a URL that is none
for (const databaseUrl of [
  'postgresql://me:hush/hush@host/db',
  'postgresql://me:hush:hush@host:x/db',
  'postgresql://me:hush@hush@host:x/db?password=hush',
  'mysql://me:hush@host/db',
  'me:hush@host/db',
  'host=somewhere password=hush',
]) {
  test(`no password in the error of "${databaseUrl}"`, async () => {
    const error = await openDatabase({ databaseUrl }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WindrowError);
    expect(error).toMatchObject({ code: 'WR_DATABASE_UNREACHABLE' });
    expect(inspect(error, { depth: 9 })).not.toContain('hush');
  });
}

const folder = mkdtempSync(join(tmpdir(), 'windrow-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

// where people put an address by mistake
for (const text of [
  'database: postgresql://me:hush@host/db',
  'database:\n  postgresql://me:hush@host/db: true',
  'database:\n  url: [postgresql://me:hush@host/db]',
  'database:\n  schema: [postgresql://me:hush/hush@host/db]',
  'workers: host=somewhere password=hush',
  "pairs: 'postgresql://me:x@host/db?password=hush'",
  'postgresql://me:hush@host/db',
  'database: { url: *postgresql://me:hush@host/db }',
]) {
  test(`no password in the error of a configuration "${text}"`, () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, text);
    let caught: unknown;
    try {
      readConfig(file);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(WindrowError);
    expect((caught as WindrowError).message).not.toContain('hush');
  });
}

test('no password in what is printed of errors of others, nor in a log', () => {
  const stdout = new PassThrough({ encoding: 'utf8' });
  const stderr = new PassThrough({ encoding: 'utf8' });
  const output = new Output({ json: true, ...({ stdout, stderr } as object) });
  const error = new Error("cannot reach postgresql://me:hush@host/db, password='hush hush'", {
    cause: new Error('postgresql://me:hush/hush@host/db'),
  });
  reportFailure(error, output, { debug: true });
  const path = join(folder, 'log');
  const log = RunLogFile.open(path, { command: 'backfill', set: 'fx', schema: 'public' }, () => {});
  expect(() => log.fail(error)).toThrow(error);
  const all = `${stdout.read()}${stderr.read()}${readFileSync(path, 'utf8')}`;
  expect(all).toContain('postgresql://me:***@host/db');
  expect(all).not.toContain('hush');
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) JSON.parse(line);
});

test('a file that is not written to its end leaves the old one, and nothing beside it', async () => {
  const inner = mkdtempSync(join(folder, 'whole-'));
  const path = join(inner, 'file');
  writeFileSync(path, 'old');
  const failing = writeWhole(path, async draft => {
    writeFileSync(draft, 'half');
    throw new Error('the disk is full');
  });
  await expect(failing).rejects.toThrow('the disk is full');
  expect([readdirSync(inner), readFileSync(path, 'utf8')]).toEqual([['file'], 'old']);
  await writeWhole(path, async draft => writeFileSync(draft, 'new'));
  expect([readdirSync(inner), readFileSync(path, 'utf8')]).toEqual([['file'], 'new']);
});
