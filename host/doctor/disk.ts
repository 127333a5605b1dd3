import { statfs } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type pg from 'pg';
import type { BackfillPlan } from '../backfill/types.ts';
import type { FeatureSet } from '../catalog/set.ts';
import type { CellType } from '../engine/copy.ts';
import type { Database } from '../store/database.ts';
import { type Finding, finding, note, problem, sizeText, warning } from './finding.ts';

const pageBytes = 8192;
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;
/** An entry of a key with its pointer, in pages that are nine tenths full. */
const keyBytes = 23;
/** Empty tables and their keys have a page of metadata, and the catalogue has rows about both. */
const partitionBytes = 40_000;

/** What rows take in a table of Postgres with so many columns of features, and in its key. */
export function storedBytes(rows: number, features: number, type: CellType, symbol = 'eurusd'): number {
  const cell = type === 'real' ? 4 : 8;
  const header = aligned(23 + Math.ceil((features + 2) / 8));
  // the symbol, which is never compressed, has its length in four bytes before it
  const row = aligned(header + 8 + features * cell + 4 + symbol.length);
  const rowsPerPage = Math.max(1, Math.floor((pageBytes - 24) / (row + 4)));
  return Math.ceil(rows / rowsPerPage) * pageBytes + rows * keyBytes;
}

/** Bytes on disk of what a plan makes, and of the largest of its tasks. */
export function planBytes(set: FeatureSet, { tasks }: BackfillPlan, type: CellType) {
  const features = new Map(set.families.map(family => [family.name, family.features.length]));
  const sizes = tasks.map(({ symbol, rows, families }) =>
    families.reduce(
      (sum, family) => sum + storedBytes(rows, features.get(family)!, type, symbol) + partitionBytes,
      0,
    ),
  );
  return { all: sizes.reduce((sum, size) => sum + size, 0), largest: Math.max(0, ...sizes) };
}

/** Where the server keeps its data, if it is on this machine and says so. */
async function dataFolder(client: pg.Client, { connection }: Database): Promise<string | undefined> {
  const { host = '' } = connection.config;
  if (!isAbsolute(host) && !['localhost', '127.0.0.1', '::1'].includes(host)) return undefined;
  const { rows } = await client
    .query<{ folder: string }>("select current_setting('data_directory') as folder")
    .catch(() => ({ rows: [] }));
  return rows[0]?.folder;
}

/** Free space held against what the plan makes, if there is one. */
export async function diskFindings(
  client: pg.Client,
  database: Database,
  plan: { readonly all: number; readonly largest: number; readonly workers: number } | undefined,
): Promise<Finding[]> {
  const { rows } = await client.query<{ size: number; wal: number }>(
    `select pg_database_size(current_database())::float8 as size,
       (select setting::float8 * 1048576 from pg_settings where name = 'max_wal_size') as wal`,
  );
  const { size, wal } = rows[0]!;
  const findings = [finding('disk', 'database', sizeText(size))];
  // what is replaced stands beside its successor until this is published
  const needed = plan && plan.all + plan.workers * plan.largest;
  const plans = needed
    ? `the plan takes about ${sizeText(needed)}, the log up to ${sizeText(wal)}`
    : 'nothing is planned';
  const folder = await dataFolder(client, database);
  // a server in a container may name a folder that is another one here
  const space = folder === undefined ? undefined : await statfs(folder).catch(() => undefined);
  if (space === undefined) {
    const advice = needed
      ? note(`the server is elsewhere, or does not say where its data are: look at it with "df" there`)
      : undefined;
    return [...findings, finding('disk', 'free', `unknown; ${plans}`, advice)];
  }
  const free = space.bavail * space.bsize;
  const found = `${sizeText(free)} in ${folder}; ${plans}`;
  const advice =
    'free some space, take fewer months or pairs, or store "real" columns (--type real), which take half';
  if (needed && free < needed) return [...findings, finding('disk', 'free', found, problem(advice))];
  if (free < (needed ?? 0) + wal) return [...findings, finding('disk', 'free', found, warning(advice))];
  return [...findings, finding('disk', 'free', found)];
}
