import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../host/index.ts';
import type { OtherHost } from './otherHost.ts';

export type ServerAt = {
  readonly database: Database;
  /** Of a database of the server, as another host sees it. */
  readonly urlFrom: (database: string) => string;
  /** The same as this host sees it, which no cut cable is in the way of. */
  readonly url: (database: string) => string;
  readonly close: () => Promise<void>;
};

/** A server of this host that another host reaches over its cable, as a test of what a cut does needs it. */
export async function serverAt({ address }: OtherHost): Promise<ServerAt> {
  const folder = mkdtempSync(join(tmpdir(), 'windrow-host-'));
  chmodSync(folder, 0o711);
  const settings = {
    listen_addresses: address,
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '32MB',
  };
  const database = await openDatabase({ dataDir: folder, settings, applicationName: 'windrow test' });
  appendFileSync(join(folder, 'cluster', 'pg_hba.conf'), `host all all ${address}/30 scram-sha-256\n`);
  const client = await database.connect();
  await client.query('select pg_reload_conf()');
  await client.end();
  const { user, password, port } = database.connection.config;
  const own = (name: string): string => database.secretUrl.replace(/(\/\/[^/]*)\/[^?]*/, `$1/${name}`);
  return {
    database,
    urlFrom: name => `postgresql://${user}:${password}@${address}:${port}/${name}`,
    url: own,
    async close() {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
