import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../host/store/database.ts';
import { ensureTable } from '../../host/store/ddl.ts';
import { embeddedState, stopEmbedded } from '../../host/store/embedded/server.ts';
import { readLedger } from '../../host/store/ledger.ts';
import { migrate } from '../../host/store/migrate.ts';
import { statementError } from '../../host/store/postgresErrors.ts';
import { publishPartition } from '../../host/store/publish.ts';
import { demoRows, feed, publication } from '../support/publications.ts';
import { freeKilobytes, mayMount, mountSmall, unmount } from '../support/smallDisk.ts';

const folder = mkdtempSync(join(tmpdir(), 'windrow-small-'));

/** Takes all of the space but so many kilobytes. */
function fill(filler: string, reserve: number): void {
  const count = freeKilobytes(folder) - reserve;
  execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1024', `count=${count}`], { stdio: 'ignore' });
}

chmodSync(folder, 0o711);
const mounts = mayMount();
const mount = (megabytes: number) => mountSmall(folder, megabytes * 1024);

describe('a full disk', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("the server's own word for it is understood", () => {
    const full = Object.assign(new Error('could not extend file "base/1": No space left on device'), {
      code: '53100',
    });
    expect(statementError(full)).toMatchObject({ code: 'WR_DISK_FULL', exitCode: 3, cause: full });
  });

  test.skipIf(!mounts)('making the database: the folder is named and nothing stays behind', async () => {
    mount(10);
    try {
      const opening = openDatabase({ dataDir: join(folder, 'data') });
      await expect(opening).rejects.toMatchObject({
        code: 'WR_DISK_FULL',
        message: expect.stringContaining(folder),
      });
    } finally {
      unmount(folder);
    }
  });

  test.skipIf(!mounts)('stopping: neither the last user nor an order to stop needs room', async () => {
    mount(140);
    try {
      const settings = { max_wal_size: '32MB', min_wal_size: '32MB', shared_buffers: '16MB' };
      const dataDir = join(folder, 'data');
      const filler = join(folder, 'filler');
      const opened = async () => {
        const database = await openDatabase({ dataDir, settings });
        const client = await database.connect();
        await client.query('create table if not exists kept as select 1 as n');
        expect((await client.query('select n from kept')).rows).toEqual([{ n: 1 }]);
        await client.end();
        return database;
      };
      for (const force of [false, true]) {
        const database = await opened();
        fill(filler, 0);
        if (force) expect(await stopEmbedded({ dataDir }, true)).toMatchObject({ stopped: true });
        await database.close();
        expect((await embeddedState(dataDir)).running).toBe(false);
        rmSync(filler);
      }
      await (await opened()).close();
    } finally {
      unmount(folder);
    }
  });

  test.skipIf(!mounts)(
    'starting: the server that crashed there says so, and starts when there is room',
    async () => {
      mount(140);
      try {
        const settings = { max_wal_size: '32MB', min_wal_size: '32MB', shared_buffers: '16MB' };
        const dataDir = join(folder, 'data');
        const database = await openDatabase({ dataDir, settings });
        const client = await database.connect();
        await client.query('create table kept as select 1 as n');
        client.on('error', () => {});
        const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
        const gone = new Promise(resolve => client.once('end', resolve));
        process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGKILL');
        await gone;
        const filler = join(folder, 'filler');
        for (const reserve of [0, 200]) {
          fill(filler, reserve);
          await expect(openDatabase({ dataDir, settings })).rejects.toMatchObject({
            code: 'WR_DISK_FULL',
            message: expect.stringContaining(folder),
          });
          rmSync(filler);
        }
        const again = await openDatabase({ dataDir, settings });
        const reader = await again.connect();
        expect((await reader.query('select n from kept')).rows).toEqual([{ n: 1 }]);
        await reader.end();
        await Promise.all([again.close(), database.close()]);
      } finally {
        unmount(folder);
      }
    },
  );

  test.skipIf(!mounts)(
    'publishing: the partition is absent, what was done before stays, and it goes on later',
    async () => {
      mount(140);
      try {
        const settings = { max_wal_size: '32MB', min_wal_size: '32MB', shared_buffers: '16MB' };
        const database = await openDatabase({ dataDir: join(folder, 'data'), settings });
        const client = await database.connect();
        await migrate(client);
        await ensureTable(client, publication().table, ['eurusd']);
        const small = publication();
        await publishPartition(client, small, feed(demoRows(small, 100)));
        const filler = join(folder, 'filler');
        fill(filler, 1500);
        const large = publication({ month: '2024-08' });
        const rows = demoRows(large, 40_000);
        await expect(publishPartition(client, large, feed(rows))).rejects.toMatchObject({
          code: 'WR_DISK_FULL',
        });
        rmSync(filler);
        expect((await readLedger(client)).map(({ month }) => month)).toEqual(['2024-07']);
        expect(await publishPartition(client, large, feed(rows))).toMatchObject({
          rows: 40_000,
          replaced: false,
        });
        await client.end();
        await database.close();
      } finally {
        unmount(folder);
      }
    },
  );
});
