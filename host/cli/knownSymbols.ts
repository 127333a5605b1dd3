import type pg from 'pg';
import type { FeatureSet } from '../catalog/set.ts';
import type { Settings } from '../config/table.ts';
import { isMigrated } from '../store/migrate.ts';
import { importedSource, openSource } from '../store/sources.ts';
import { chosenSymbols, noBars } from '../store/symbols.ts';

/** Raises that a symbol is not known: nothing is stored of it, and it has no bars. */
export async function requireKnown(
  client: pg.Client,
  { schema, source: spec }: Pick<Settings, 'schema' | 'source'>,
  set: FeatureSet,
  symbols: readonly string[] = [],
  stored: (symbol: string) => Promise<readonly unknown[]>,
): Promise<void> {
  const unstored: string[] = [];
  for (const symbol of symbols) if ((await stored(symbol)).length === 0) unstored.push(symbol);
  if (unstored.length === 0) return;
  // nothing was ever imported
  if (spec?.table === undefined && !(await isMigrated(client)))
    throw noBars(set, importedSource(schema, set.bars));
  chosenSymbols(set, await openSource(client, { schema, set: set.name, ...spec }), unstored);
}
