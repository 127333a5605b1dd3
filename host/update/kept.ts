import type pg from 'pg';
import { qualify } from '../store/identifiers.ts';
import { ownSchema } from '../store/migrate.ts';
import { type Month, monthStart } from '../store/month.ts';
import type { Place } from './progress.ts';

// From which month on rows are kept: what `windrow retention` has said holds for all that is computed after it.

const table = qualify(ownSchema, 'kept_rows');

/** The first month of which rows are kept; undefined where all are. */
export async function keptSince(client: pg.Client, { set, schema }: Place): Promise<Month | undefined> {
  const { rows: known } = await client.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [table],
  );
  if (!known[0]!.there) return undefined;
  const { rows } = await client.query<{ since: Month }>(
    `select to_char(since, 'YYYY-MM') as since from ${table} where set_name = $1 and schema_name = $2`,
    [set, schema],
  );
  return rows[0]?.since;
}

/** Notes it. Belongs under the lock of whoever writes the rows. */
export async function noteKept(
  client: pg.Client,
  { set, schema }: Place,
  since: Month | undefined,
): Promise<void> {
  if (since === undefined)
    await client.query(`delete from ${table} where set_name = $1 and schema_name = $2`, [set, schema]);
  else
    await client.query(
      `insert into ${table} (set_name, schema_name, since) values ($1, $2, $3)
       on conflict (set_name, schema_name) do update set since = excluded.since`,
      [set, schema, monthStart(since)],
    );
}
