import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { backfill, type Database, openDatabase } from '../../host/index.ts';
import { readLedger } from '../../host/store/ledger.ts';
import { barsBetween, barsWith } from '../support/contract.ts';
import { loadMarket, type MarketMonth, marketMonths } from '../support/market.ts';
import { makeOtherHost, type OtherHost } from '../support/otherHost.ts';
import { mayMount, mountSmall, resize, unmount } from '../support/smallDisk.ts';
import { type Contents, contentsOf } from './contents.ts';

// Where the torture takes place: a server of its own on a disk of its own, and a small market in two versions. Loading one
// over the other makes every partition stale, so that a run has all to replace, and what is old, new or a mix can be told.

/** A family for each way in which partitions are made: alone, with the month, fitted, beside other pairs, all pairs in one. */
export const families = [
  'bollinger_rate',
  'time_features',
  'volatility_surface_rate',
  'market_regime_rate',
  'cross_sectional_panel',
];
export const symbols = ['eurusd', 'usdjpy'];
export const months = ['2024-07', '2024-08'];
const rowsAMonth = 250;

/** Partitions of the selection: the panel has one a month. */
export const partitions = (families.length - 1) * symbols.length * months.length + months.length;

export const selection = { families, symbols, workers: 2, taskMemoryMb: 64 };

/** What a finished run leaves: of each partition the content and the checksum that the ledger has of it. */
export type Outcome = { readonly contents: Contents; readonly checksums: Readonly<Record<string, string>> };

export type Version = 'plain' | 'corrected';
export const otherThan = (version: Version): Version => (version === 'plain' ? 'corrected' : 'plain');

export type Stage = {
  readonly database: Database;
  readonly url: string;
  /** Whether the disks are small ones of its own. */
  readonly ownDisks: boolean;
  /** Another host, and the server's address as seen from there. */
  readonly other: { readonly host: OtherHost; readonly url: string } | undefined;
  /** A connection for the harness itself, made anew where the server has died. */
  client(): Promise<pg.Client>;
  /** Imports the bars that the other version has different. */
  load(version: Version): Promise<void>;
  /** Removes tables and ledger, so that a run has all to make. */
  clear(): Promise<void>;
  readonly outcomes: Readonly<Record<Version, Outcome>>;
  /** Process number of the server. */
  serverPid(): number;
  /** Starts the server where it does not run, and returns when it answers. */
  restart(): Promise<void>;
  /** Where the data folder lies, and a tablespace beside it; resized only with disks of their own. */
  readonly disks: { readonly data: Disk; readonly tables: Disk };
  close(): Promise<void>;
};

export type Disk = { readonly folder: string; resize(kilobytes: number): boolean; reset(): void };

/** The bars of one version that the other has different: one in each month. */
const changed = 120;
function corrected(market: readonly MarketMonth[]): MarketMonth[] {
  return market.map(month => ({
    ...month,
    bars: barsWith(month.bars, changed, changed + 1, (value, column) =>
      column === 'close' ? value * 1.0003 : value,
    ),
  }));
}
const onlyChanged = (market: readonly MarketMonth[]): MarketMonth[] =>
  market.map(month => ({ ...month, bars: barsBetween(month.bars, changed, changed + 1) }));

const settings = {
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  shared_buffers: '32MB',
  max_connections: '60',
};
const dataKilobytes = 400 * 1024;
const tablesKilobytes = 64 * 1024;

export async function setStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'windrow-torture-'));
  const [data, tables] = [join(folder, 'data'), join(folder, 'tables')];
  for (const path of [folder, data, tables]) mkdirSync(path, { recursive: true });
  chmodSync(folder, 0o711);
  const ownDisks = mayMount();
  if (ownDisks) {
    mountSmall(data, dataKilobytes);
    mountSmall(tables, tablesKilobytes);
  }
  const diskOf = (path: string, kilobytes: number): Disk => ({
    folder: path,
    resize: to => resize(path, to),
    reset: () => {
      resize(path, kilobytes);
    },
  });
  const host = makeOtherHost();
  const remove = () => {
    host?.remove();
    if (ownDisks) for (const path of [data, tables]) unmount(path);
    rmSync(folder, { recursive: true, force: true });
  };
  const listening = host ? { ...settings, listen_addresses: host.address } : settings;
  const dataDir = join(data, 'windrow');
  const open = () => openDatabase({ dataDir, settings: listening, applicationName: 'torture' });
  const database = await open().catch(error => {
    remove();
    throw error;
  });
  // a tablespace belongs to the server's account
  const { uid, gid } = statSync(join(data, 'windrow', 'cluster'));
  chownSync(tables, uid, gid);
  let known: pg.Client | undefined;
  const client = async (): Promise<pg.Client> => {
    try {
      await known?.query('select');
    } catch {
      known = undefined;
    }
    known ??= await database.connect();
    return known;
  };
  const plain = marketMonths(symbols, months[0]!, months.at(-1)!, rowsAMonth);
  const changes = { plain: onlyChanged(plain), corrected: onlyChanged(corrected(plain)) };
  const load = (version: Version) => loadMarket(database, changes[version]);
  const outcome = async (): Promise<Outcome> => {
    const report = await backfill({ database, ...selection });
    if (report.failed.length > 0 || report.notStarted.length > 0)
      throw new Error(JSON.stringify(report.failed));
    const own = await client();
    const checksums = (await readLedger(own)).map(
      ({ family, symbol, month, checksum }) => [`${family} ${symbol} ${month}`, checksum] as const,
    );
    return { contents: await contentsOf(own), checksums: Object.fromEntries(checksums) };
  };
  if (host) {
    appendFileSync(
      join(dataDir, 'cluster', 'pg_hba.conf'),
      `host all all ${host.address}/30 scram-sha-256\n`,
    );
    await (await client()).query('select pg_reload_conf()');
  }
  const away = new URL(database.secretUrl.replace('///', '//localhost/'));
  const urlFor = ({ address }: OtherHost) =>
    `postgresql://windrow:${away.searchParams.get('password')}@${address}:5432/windrow`;
  await loadMarket(database, plain);
  const outcomes = { plain: await outcome(), corrected: await load('corrected').then(outcome) };
  const pidFile = join(data, 'windrow', 'cluster', 'postmaster.pid');
  return {
    ...{ database, url: database.secretUrl, ownDisks, client, load, outcomes },
    other: host && { host, url: urlFor(host) },
    disks: { data: diskOf(data, dataKilobytes), tables: diskOf(tables, tablesKilobytes) },
    async clear() {
      const own = await client();
      for (const family of families) await own.query(`drop table if exists ${family} cascade`);
      await own.query(
        'delete from windrow.ledger; delete from windrow.model_fits; delete from windrow.run_log',
      );
    },
    serverPid: () => Number.parseInt(readFileSync(pidFile, 'utf8'), 10),
    async restart() {
      await (await open()).close();
    },
    async close() {
      await known?.end();
      await database.close();
      remove();
    },
  };
}
