import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../host/store/database.ts';
import { findBinaries } from '../../host/store/embedded/binaries.ts';
import { withFileLock } from '../../host/store/embedded/fileLock.ts';
import { embeddedState, keepEmbedded, stopEmbedded } from '../../host/store/embedded/server.ts';
import { hasOldPostgres, oldBinDir } from '../support/postgres.ts';

const isRoot = process.getuid?.() === 0;
const settings = { fsync: 'off' };

describe('the embedded server', () => {
  const folders: string[] = [];
  const newFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'windrow-embedded-'));
    await chmod(folder, 0o711);
    folders.push(folder);
    return folder;
  };
  const shared = newFolder();
  const running = async () => (await embeddedState(await shared)).running;
  const open = async () => openDatabase({ dataDir: await shared, settings });

  const one = async (database: Database, sql: string) => {
    const client = await database.connect();
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    await client.end();
    return rows[0]?.[0];
  };

  const postmaster = async () =>
    Number.parseInt(await readFile(join(await shared, 'cluster/postmaster.pid'), 'utf8'), 10);

  afterEach(async () => {
    expect(await running(), 'a server was left running').toBe(false);
  });

  afterAll(async () => {
    for (const folder of folders) {
      await stopEmbedded({ dataDir: folder }, true).catch(() => {});
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('it is made at the first use, stops behind its last user, and keeps what was written', async () => {
    expect(await embeddedState(await shared)).toEqual({ exists: false, running: false, users: [] });
    const [first, second] = await Promise.all([open(), open()]);
    await one(first, 'create table kept as select 42 as answer');
    await first.close();
    expect(await embeddedState(await shared)).toEqual({ exists: true, running: true, users: [process.pid] });
    expect(await one(second, 'select answer from kept')).toBe(42);
    await Promise.all([second.close(), second.close()]);
    const third = await open();
    expect(await one(third, 'select answer from kept')).toBe(42);
    await third.close();
  });

  test("its secrets are its owner's, and it is not on the network", async () => {
    const database = await open();
    const folder = await shared;
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'socket'))).mode & 0o777).toBe(0o700);
    const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
    expect(database.url).toBe(`postgresql:///windrow?host=${folder}/socket&user=windrow`);
    expect(database.secretUrl).toContain(password);
    expect(await one(database, 'show listen_addresses')).toBe('');
    expect(await one(database, "select string_agg(distinct auth_method, ' ') from pg_hba_file_rules")).toBe(
      'scram-sha-256',
    );
    const same = await openDatabase({ databaseUrl: database.secretUrl });
    expect(await one(same, 'select current_user::text')).toBe('windrow');
    await same.close();
    await database.close();
  });

  test('kept, it outlives its users until it is stopped', async () => {
    const folder = await shared;
    const database = await open();
    await keepEmbedded(folder);
    expect(await stopEmbedded({ dataDir: folder })).toEqual({ stopped: false, users: [process.pid] });
    await database.close();
    expect(await running()).toBe(true);
    expect(await stopEmbedded({ dataDir: folder })).toEqual({ stopped: true, users: [] });
    expect(await stopEmbedded({ dataDir: folder })).toEqual({ stopped: false, users: [] });
  });

  test('a starter that was killed leaves a server that the next user finds and stops', async () => {
    const module = new URL('../../host/store/database.ts', import.meta.url);
    const script = `import { openDatabase } from ${JSON.stringify(module.href)};
      await openDatabase({ dataDir: ${JSON.stringify(await shared)} });
      console.log('open'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise(resolve => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));
    expect(await running()).toBe(true);
    const pid = await postmaster();
    const database = await open();
    expect(await postmaster()).toBe(pid);
    await database.close();
  });

  test('a server that was killed is started again, with everything that was committed', async () => {
    const database = await open();
    await one(database, 'create table before_the_kill as select 7 as n');
    process.kill(await postmaster(), 'SIGKILL');
    const again = await open();
    expect(await one(again, 'select n from before_the_kill')).toBe(7);
    // The first user's server is gone; its note still counts, so this close does not stop the new one.
    await again.close();
    await database.close();
  });

  test('a server that does not heed an order to stop is stopped at once, and loses nothing', async () => {
    const folder = await shared;
    const database = await open();
    await keepEmbedded(folder);
    await one(database, 'create table before_the_stop as select 9 as n');
    const sql = "select pid from pg_stat_activity where backend_type = 'checkpointer'";
    const checkpointer = Number(await one(database, sql));
    await database.close();
    process.kill(checkpointer, 'SIGSTOP');
    expect(await stopEmbedded({ dataDir: folder, stopSeconds: 2 })).toMatchObject({ stopped: true });
    expect(await running()).toBe(false);
    const again = await open();
    expect(await one(again, 'select n from before_the_stop')).toBe(9);
    await again.close();
  });

  test('a pid file whose number now belongs to another program is no hindrance', async () => {
    const file = join(await shared, 'cluster/postmaster.pid');
    await writeFile(
      file,
      `${process.pid}\n${await shared}/cluster\n1700000000\n5432\n${await shared}/socket\n\n`,
    );
    const database = await open();
    expect(await one(database, 'select 1')).toBe(1);
    await database.close();
  });

  test('a lock of a process that was killed is broken', async () => {
    await writeFile(join(await shared, 'lock'), '999999999 1');
    const database = await open();
    await database.close();
  });

  test('where the path is too long for a socket it listens on loopback', async () => {
    const folder = join(await newFolder(), 'long-'.repeat(20));
    const database = await openDatabase({ dataDir: folder, settings });
    expect(database.url).toMatch(/^postgresql:\/\/windrow@127\.0\.0\.1:\d+\/windrow$/);
    expect(await one(database, 'show listen_addresses')).toBe('127.0.0.1');
    await database.close();
  });

  test('a path may hold spaces, quotes and commas', async () => {
    const folder = join(await newFolder(), `it's a path, you know`);
    const database = await openDatabase({ dataDir: folder, settings });
    expect(await one(database, 'show unix_socket_directories')).toContain('you know');
    const same = await openDatabase({ databaseUrl: database.secretUrl });
    await same.close();
    await database.close();
  });

  test.runIf(hasOldPostgres)('a folder of another major version is refused', async () => {
    const asked = openDatabase({ dataDir: await shared, binDir: oldBinDir });
    await expect(asked).rejects.toMatchObject({
      code: 'WR_DATA_DIR',
      message: /was made by Postgres 18, and this is Postgres 15/,
    });
  });

  test('a file where the folder should be is refused', async () => {
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    await expect(openDatabase({ dataDir: file })).rejects.toMatchObject({ code: 'WR_DATA_DIR', exitCode: 3 });
  });

  test('a lock that cannot be read is refused, and not asked for again and again', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'lock'));
    await expect(withFileLock(join(folder, 'lock'), async () => {})).rejects.toMatchObject({
      code: 'WR_DATA_DIR',
      message: expect.stringContaining('EISDIR'),
    });
  });

  test.runIf(process.platform === 'linux')('a folder that cannot be made is refused at once', async () => {
    await expect(openDatabase({ dataDir: '/proc/windrow/data' })).rejects.toMatchObject({
      code: 'WR_DATA_DIR',
      message: expect.stringContaining('/proc/windrow'),
    });
  });

  test('a folder of somebody else is said to be that, not a system error', async () => {
    const folder = await newFolder();
    const cluster = join(folder, 'cluster');
    await mkdir(cluster);
    await writeFile(join(cluster, 'PG_VERSION'), '18');
    await chmod(cluster, 0);
    await chmod(folder, 0o555);
    const refused = { code: 'WR_DATA_DIR', exitCode: 3, message: expect.stringContaining(folder) };
    if (isRoot) process.seteuid?.(65534);
    try {
      await expect(withFileLock(join(folder, 'lock'), async () => {})).rejects.toMatchObject(refused);
      await expect(openDatabase({ dataDir: folder })).rejects.toMatchObject(refused);
      await expect(stopEmbedded({ dataDir: folder })).rejects.toMatchObject(refused);
      await expect(embeddedState(folder)).rejects.toMatchObject(refused);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(folder, 0o711);
      await chmod(cluster, 0o700);
    }
  });

  test.runIf(isRoot)("as root, a folder that the server's account cannot enter is named", async () => {
    const closed = join(await newFolder(), 'closed');
    await mkdir(closed, { mode: 0o700 });
    await expect(openDatabase({ dataDir: join(closed, 'data') })).rejects.toMatchObject({
      code: 'WR_DATA_DIR',
      message: expect.stringContaining(`"${closed}" is closed to the account`),
    });
  });

  test.runIf(isRoot)(
    'as root, programs in a closed folder are copied to where the account can run them',
    async () => {
      const closed = await newFolder();
      await chmod(closed, 0o700);
      const { dir } = await findBinaries(await newFolder());
      await cp(dirname(dir), join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
      const dataDir = await newFolder();
      const database = await openDatabase({ dataDir, binDir: join(closed, 'native/bin'), settings });
      expect(await one(database, 'select 1')).toBe(1);
      await database.close();
      expect((await stat(join(dataDir, 'postgres-18.4/bin/postgres'))).isFile()).toBe(true);
    },
  );
});
