import type pg from 'pg';
import { qualify } from '../store/identifiers.ts';
import { ownSchema } from '../store/migrate.ts';
import { microsSql, sqlTime } from '../store/month.ts';

/** How far the rows of a family and symbol have come. */
export type Progress = {
  readonly family: string;
  readonly symbol: string;
  readonly source: string;
  /** The last change of the bars that the rows have seen; null where changes are not logged. */
  readonly revision: bigint | null;
  /** What the rows have seen of each other symbol that they read. */
  readonly peers: Readonly<Record<string, string>>;
  /** Version of the oldest rows: that of a run stands for all of them only where it computed all of them. */
  readonly version: string;
  /** Up to where rows are complete, in microseconds since 1970: the newest one, or the last before bars not yet seen. */
  readonly last: number | null;
};

/** A set in a schema: what progress is of. */
export type Place = { readonly set: string; readonly schema: string };

const table = qualify(ownSchema, 'set_progress');

/** SQL: whether anything was noted of rows of some symbols. */
export const anyProgress = (set: string, schema: string, symbols: string): string =>
  `exists (select from ${table} where set_name = ${set} and schema_name = ${schema} and symbol = any(${symbols}))`;

export async function forgetProgress(client: pg.Client, { set, schema }: Place): Promise<void> {
  await client.query(`delete from ${table} where set_name = $1 and schema_name = $2`, [set, schema]);
}

/** What families of a symbol share, and each with its version. */
type Row = [
  symbol: string,
  source: string,
  revision: string | null,
  peers: Progress['peers'],
  last: number | null,
  families: string,
];

/** How far all rows of a set have come; nothing where the database knows of no rows yet. */
export async function readProgress(client: pg.Client, { set, schema }: Place): Promise<Progress[]> {
  const { rows: known } = await client.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [table],
  );
  if (!known[0]!.there) return [];
  // families that have come equally far as one row: of a thousand symbols the driver has a fifth to make objects of
  const { rows } = await client.query<Row>({
    text: `select symbol, source, revision::text, peers, ${microsSql('last_ts')}, string_agg(family || ' ' || version, ',' order by family)
     from ${table} where set_name = $1 and schema_name = $2 group by symbol, source, revision, peers, last_ts order by symbol`,
    values: [set, schema],
    rowMode: 'array',
  });
  return rows.flatMap(([symbol, source, text, peers, last, families]) => {
    const revision = text === null ? null : BigInt(text);
    return families.split(',').map((one): Progress => {
      const [family, version] = one.split(' ') as [string, string];
      return { family, symbol, source, revision, peers, version, last };
    });
  });
}

/** Progress as it is noted; `whole` where all rows of the symbol were computed. */
export type NewProgress = Progress & { readonly whole: boolean };

/** Notes what the rows of some symbols have seen. Belongs into the transaction that writes the rows. */
export async function writeProgress(
  client: pg.Client,
  { set, schema }: Place,
  rows: readonly NewProgress[],
): Promise<void> {
  await client.query(
    `insert into ${table} as p (set_name, schema_name, family, symbol, source, revision, peers, version, last_ts)
     select $1, $2, family, symbol, source, revision, peers::jsonb, version, timestamp 'epoch' + last * interval '1 microsecond'
     from unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
         $9::float8[]) as r (family, symbol, source, revision, peers, version, last)
     on conflict (set_name, schema_name, family, symbol) do update set source = excluded.source,
       revision = excluded.revision, peers = excluded.peers, last_ts = greatest(excluded.last_ts, p.last_ts),
       version = case when p.symbol = any($10) then excluded.version else p.version end, updated_at = clock_timestamp()`,
    [
      ...[set, schema, rows.map(row => row.family), rows.map(row => row.symbol)],
      ...[rows.map(row => row.source), rows.map(row => row.revision?.toString() ?? null)],
      rows.map(row => JSON.stringify(row.peers)),
      ...[rows.map(row => row.version), rows.map(row => row.last)],
      rows.filter(({ whole }) => whole).map(({ symbol }) => symbol),
    ],
  );
}

/**
 * Notes for the families that a run leaves out that rows of theirs show bars that they have not seen, from a time on. For
 * bars whose changes nobody logs: once the rows show them, nothing else tells.
 */
export async function reopen(
  client: pg.Client,
  { set, schema, families }: Place & { readonly families: readonly string[] },
  rows: readonly { readonly symbol: string; readonly first: number }[],
): Promise<void> {
  await client.query(
    `update ${table} p set last_ts = r.first - interval '1 microsecond'
     from unnest($4::text[], $5::timestamp[]) as r (symbol, first)
     where p.set_name = $1 and p.schema_name = $2 and p.family <> all($3) and p.symbol = r.symbol and p.last_ts >= r.first`,
    [set, schema, families, rows.map(({ symbol }) => symbol), rows.map(({ first }) => sqlTime(first))],
  );
}
