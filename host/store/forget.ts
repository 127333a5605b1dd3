import type pg from 'pg';
import { qualify, quote } from './identifiers.ts';
import { isMigrated, ownSchema } from './migrate.ts';

/** Tables of Windrow's own schema whose rows belong to a schema of features. */
const bySchema = ['ledger', 'set_progress', 'kept_rows', 'run_log', 'norms', 'model_fits'] as const;
const bySource = ['bar_months', 'bar_changes'] as const;

/**
 * Removes what Windrow has noted of schemas that are gone: of their tables, of bars imported into them, and of symbols
 * that nothing else has.
 */
export async function forget(
  client: pg.Client,
  gone: {
    readonly schemas: readonly string[];
    readonly sources: readonly string[];
    readonly symbols: readonly string[];
  },
): Promise<void> {
  if (!(await isMigrated(client))) return;
  const remove = (table: string, column: string, values: readonly string[]) =>
    client.query(`delete from ${qualify(ownSchema, table)} where ${column} = any($1)`, [values]);
  for (const table of bySchema) await remove(table, 'schema_name', gone.schemas);
  for (const table of bySource) await remove(table, 'source', gone.sources);
  await remove('parameters', 'symbol', gone.symbols);
}

/** Drops Windrow's own schema where nothing is noted in it. */
export async function dropOwnSchemaIfUnused(client: pg.Client): Promise<void> {
  if (!(await isMigrated(client))) return;
  const tables = [...bySchema, ...bySource, 'parameters', 'feature_switches'];
  const any = tables.map(table => `exists (select from ${qualify(ownSchema, table)})`).join(' or ');
  const { rows } = await client.query<{ used: boolean }>(`select ${any} as used`);
  if (!rows[0]!.used) await client.query(`drop schema ${quote(ownSchema)} cascade`);
}
