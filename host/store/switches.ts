import type pg from 'pg';
import { featuresOf, findFeature, setByName } from '../catalog/catalog.ts';
import type { SetConfig } from '../catalog/set.ts';
import { qualify } from './identifiers.ts';
import { ownSchema } from './migrate.ts';

const table = qualify(ownSchema, 'feature_switches');

/** A feature that is switched off in the database, as `family.feature`. */
export type Switch = { readonly feature: string; readonly since: Date };

/** What is switched off of a set, by name; nothing where the database knows no switches yet. */
export async function listSwitches(client: pg.Client, set: string): Promise<Switch[]> {
  const { rows: found } = await client.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [table],
  );
  if (!found[0]!.there) return [];
  const { rows } = await client.query<Switch>(
    `select feature, off_since as since from ${table} where set_name = $1 order by feature`,
    [set],
  );
  return rows;
}

/** The names of {@link listSwitches}. */
export const readSwitches = async (client: pg.Client, set: string): Promise<string[]> =>
  (await listSwitches(client, set)).map(({ feature }) => feature);

/**
 * What a set is told, with what is switched off in the database: what a run against that database makes its set from.
 * A switch of a feature that the set has no longer, or not with these options, counts for nothing.
 */
export async function withSwitches(
  client: pg.Client,
  set: string,
  config: SetConfig = {},
): Promise<SetConfig> {
  const switched = await readSwitches(client, set);
  if (switched.length === 0) return config;
  const known = new Set(
    featuresOf(setByName(set, { ...config, off: [] })).map(({ qualifiedName }) => qualifiedName),
  );
  return { ...config, off: [...(config.off ?? []), ...switched.filter(name => known.has(name))] };
}

/**
 * Switches features of a set off or on, from the next run on, and returns their names as `family.feature`. They are
 * named as in {@link findFeature}, which throws WR_FEATURE_UNKNOWN. What is switched already keeps its time.
 */
export async function switchFeatures(
  client: pg.Client,
  set: string,
  features: readonly string[],
  to: 'off' | 'on',
  config: SetConfig = {},
): Promise<string[]> {
  const known = setByName(set, { ...config, off: [] });
  const names = [...new Set(features.map(name => findFeature(known, name).qualifiedName))];
  await client.query(
    to === 'off'
      ? `insert into ${table} (set_name, feature) select $1, unnest($2::text[]) on conflict do nothing`
      : `delete from ${table} where set_name = $1 and feature = any($2)`,
    [set, names],
  );
  return names;
}
