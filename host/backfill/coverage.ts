import type pg from 'pg';
import { type CatalogFeature, featuresOf } from '../catalog/catalog.ts';
import { barsBefore } from '../engine/barsBefore.ts';
import {
  type CoverageQuery,
  type ShortPartition,
  type StoredFamily,
  shortPartitions,
  storedFamilies,
} from '../store/coverage.ts';
import type { Database } from '../store/database.ts';
import { isMigrated } from '../store/migrate.ts';
import type { PartitionState } from '../store/status.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';

/**
 * populated: it has a value somewhere. warming: no row has all bars that it looks back yet. empty: NULL in every row all the
 * same. missing: nothing is published, or the table has no such column.
 */
export type FeatureState = 'populated' | 'warming' | 'empty' | 'missing';

/** What is stored of a feature. */
export type FeatureCoverage = {
  readonly family: string;
  readonly feature: string;
  readonly state: FeatureState;
  /** Rows before which there are all bars that it looks back: those in which a NULL says something. */
  readonly rows: number;
  /** NULLs among them. */
  readonly nulls: number;
  /** Rows that come too early for it. */
  readonly warmUpRows: number;
};

/** What is stored of a family. */
export type FamilyCoverage = {
  readonly family: string;
  readonly partitions: Readonly<Record<PartitionState['state'], number>>;
  readonly rows: number;
  readonly bytes: number;
  readonly features: readonly FeatureCoverage[];
};

/** NULLs relative to the rows in which they say something; nothing where there is no such row. */
export const nullShare = ({ rows, nulls }: Pick<FeatureCoverage, 'rows' | 'nulls'>): number | undefined =>
  rows > 0 ? nulls / rows : undefined;

function featureCoverage(
  { family, name }: CatalogFeature,
  needed: number,
  stored: StoredFamily | undefined,
  short: readonly ShortPartition[],
): FeatureCoverage {
  const what = { family, feature: name };
  if (!stored?.columns.includes(name)) return { ...what, state: 'missing', rows: 0, nulls: 0, warmUpRows: 0 };
  let warmUpRows = 0;
  let explained = 0;
  for (const partition of short) {
    const early = Math.min(partition.rows, partition.symbols * Math.max(0, needed - partition.barsBefore));
    warmUpRows += early;
    // one that steps over NULLs may have had values before
    explained += Math.min(early, partition.nulls[name] ?? 0);
  }
  const all = stored.nulls[name] ?? 0;
  const rows = stored.rows - warmUpRows;
  const state = all < stored.rows ? 'populated' : rows === 0 ? 'warming' : 'empty';
  return { ...what, state, rows, nulls: Math.min(rows, all - explained), warmUpRows };
}

/** What is stored of each family of a selection, feature by feature, from the ledger alone. */
export async function coverage(
  client: pg.Client,
  { set, schema, states }: Pick<Prepared, 'set' | 'schema' | 'states'>,
): Promise<FamilyCoverage[]> {
  const byFamily = Map.groupBy(states, ({ family }) => family);
  const families = set.families.filter(({ name }) => byFamily.has(name));
  const query: CoverageQuery = {
    ...{ set: set.name, schema, families: families.map(({ name }) => name) },
    symbols: [...new Set(states.map(({ symbol }) => symbol))],
    months: [...new Set(states.map(({ month }) => month))],
  };
  // without a ledger nothing was ever published
  const ledger = await isMigrated(client);
  const published = ledger ? await storedFamilies(client, query) : [];
  const stored = new Map(published.map(one => [one.family, one]));
  const short = Map.groupBy(ledger ? await shortPartitions(client, query) : [], ({ family }) => family);
  return families.map(family => {
    const { name } = family;
    const own = byFamily.get(name)!;
    const count = (state: PartitionState['state']): number => own.filter(one => one.state === state).length;
    const features = featuresOf(set, [family]);
    const needed = barsBefore(set, features);
    return {
      family: name,
      partitions: {
        done: count('done'),
        stale: count('stale'),
        missing: count('missing'),
        failed: count('failed'),
      },
      rows: stored.get(name)?.rows ?? 0,
      bytes: stored.get(name)?.bytes ?? 0,
      features: features.map(feature =>
        featureCoverage(feature, needed.get(feature.qualifiedName)!, stored.get(name), short.get(name) ?? []),
      ),
    };
  });
}

/** What is stored of each family, feature by feature: values, NULLs that say something, rows that come too early. */
export async function readCoverage({
  database,
  ...options
}: PrepareOptions & { readonly database: Database }): Promise<FamilyCoverage[]> {
  const client = await database.connect();
  try {
    return await coverage(client, await prepare(client, options, { write: false }));
  } finally {
    await client.end();
  }
}
