import type pg from 'pg';
import { qualify } from '../store/identifiers.ts';
import { ownSchema } from '../store/migrate.ts';
import { microsSql } from '../store/month.ts';

/** How far the rows of a family and symbol have come. */
export type Progress = {
  readonly family: string;
  readonly symbol: string;
  readonly source: string;
  /** The last change of the bars that the rows have seen; null where changes are not logged. */
  readonly revision: bigint | null;
  /** The same for each other symbol that the rows read. */
  readonly peers: Readonly<Record<string, string>>;
  readonly version: string;
  /** Time of the newest row, in microseconds since 1970. */
  readonly last: number | null;
};

const table = qualify(ownSchema, 'set_progress');

export async function readProgress(
  client: pg.Client,
  { set, schema }: { readonly set: string; readonly schema: string },
): Promise<Progress[]> {
  const { rows } = await client.query<Omit<Progress, 'revision'> & { revision: string | null }>(
    `select family, symbol, source, revision::text as revision, peers, version, ${microsSql('last_ts')} as last
     from ${table} where set_name = $1 and schema_name = $2 order by symbol, family`,
    [set, schema],
  );
  return rows.map(row => ({ ...row, revision: row.revision === null ? null : BigInt(row.revision) }));
}

/** Notes what the rows of some symbols have seen. Belongs into the transaction that writes the rows. */
export async function writeProgress(
  client: pg.Client,
  { set, schema }: { readonly set: string; readonly schema: string },
  rows: readonly Progress[],
): Promise<void> {
  await client.query(
    `insert into ${table} (set_name, schema_name, family, symbol, source, revision, peers, version, last_ts)
     select $1, $2, family, symbol, source, revision, peers::jsonb, version, timestamp 'epoch' + last * interval '1 microsecond'
     from unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
         $9::float8[]) as r (family, symbol, source, revision, peers, version, last)
     on conflict (set_name, schema_name, family, symbol) do update set source = excluded.source,
       revision = excluded.revision, peers = excluded.peers, version = excluded.version, last_ts = greatest(excluded.last_ts, set_progress.last_ts),
       updated_at = clock_timestamp()`,
    [
      ...[set, schema, rows.map(row => row.family), rows.map(row => row.symbol)],
      ...[rows.map(row => row.source), rows.map(row => row.revision?.toString() ?? null)],
      rows.map(row => JSON.stringify(row.peers)),
      ...[rows.map(row => row.version), rows.map(row => row.last)],
    ],
  );
}
