import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { type Database, openDatabase } from '../../host/store/database.ts';
import { processExists } from '../../host/store/embedded/liveness.ts';

/** Debian's Postgres 15, the oldest version that Windrow works with. */
export const oldBinDir = '/usr/lib/postgresql/15/bin';
export const hasOldPostgres = existsSync(join(oldBinDir, 'initdb'));

/** Tests lose nothing in a power cut. */
const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '120' };

/** The servers of the test run: one data folder per version, shared by all files that run at the same time. */
export const testServer = (binDir = process.env.WINDROW_TEST_BIN): Promise<Database> =>
  openDatabase({
    dataDir: join(
      tmpdir(),
      binDir === undefined ? 'windrow-test' : `windrow-test-${binDir.replace(/\W+/g, '-')}`,
    ),
    binDir,
    settings,
    applicationName: 'windrow test',
  });

export type TestDatabase = {
  /** With the password. */
  readonly url: string;
  readonly database: Database;
  /** A connection that {@link drop} expects to be ended by the test. */
  connect(): Promise<pg.Client>;
  /** Drops the database; throws when a connection to it was left open, which is a leak in what was tested. */
  drop(): Promise<void>;
};

async function dropAbandoned(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    "select datname from pg_database where datname ~ '^test_[0-9]+_'",
  );
  for (const { datname } of rows) {
    if (!processExists(Number(datname.split('_')[1]))) {
      await admin.query(`drop database if exists "${datname}" with (force)`);
    }
  }
}

/** A fresh, empty database for one test file: `const db = await testDatabase(); afterAll(() => db.drop())`. */
export async function testDatabase(binDir?: string): Promise<TestDatabase> {
  const server = await testServer(binDir);
  const admin = await server.connect();
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await dropAbandoned(admin);
  await admin.query(`create database "${name}"`);
  const url = server.secretUrl.replace(/(\/\/[^/]*)\/[^?]*/, `$1/${name}`);
  const database = await openDatabase({ databaseUrl: url });
  return {
    url,
    database,
    connect: () => database.connect(),
    async drop() {
      await database.close();
      const leaked = async () =>
        (await admin.query('select application_name, query from pg_stat_activity where datname = $1', [name]))
          .rows;
      let left = await leaked();
      // A backend needs a moment to notice that its client has gone.
      for (let attempt = 0; left.length > 0 && attempt < 40; attempt++) {
        await new Promise(resolve => setTimeout(resolve, 50));
        left = await leaked();
      }
      await admin.query(`drop database "${name}" with (force)`);
      await admin.end();
      await server.close();
      if (left.length > 0) throw new Error(`connections left open: ${JSON.stringify(left)}`);
    },
  };
}
