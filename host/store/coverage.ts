import type pg from 'pg';
import { qualify } from './identifiers.ts';
import { ownSchema } from './migrate.ts';
import { type Month, monthStart } from './month.ts';

/** Which partitions are looked at. */
export type CoverageQuery = {
  readonly set: string;
  readonly schema: string;
  readonly families: readonly string[];
  readonly symbols: readonly string[];
  readonly months: readonly Month[];
};

/** What the published partitions of a family hold together. */
export type StoredFamily = {
  readonly family: string;
  readonly partitions: number;
  readonly rows: number;
  readonly bytes: number;
  /** NULLs by column, for those that have any. */
  readonly nulls: Readonly<Record<string, number>>;
  /** Columns that its table has. */
  readonly columns: readonly string[];
};

/** A partition before which there were fewer bars than its family looks back. */
export type ShortPartition = {
  readonly family: string;
  readonly rows: number;
  readonly nulls: Readonly<Record<string, number>>;
  readonly barsBefore: number;
  /** Symbols of which that is so. */
  readonly symbols: number;
};

// What the ledger notes of a table that somebody has dropped is not there.
const done = `done as (
  select l.family, l.rows, l.bytes, l.nulls, l.lookback_asked, l.lookback_found, l.members, l.peers
  from ${qualify(ownSchema, 'ledger')} l
    join pg_namespace n on n.nspname = l.schema_name
    join pg_class c on c.relnamespace = n.oid and c.relname = l.table_name
  where l.set_name = $1 and l.schema_name = $2 and l.status = 'done'
    and l.family = any($3) and l.symbol = any($4) and l.month = any($5))`;

const parameters = ({ set, schema, families, symbols, months }: CoverageQuery): unknown[] => [
  ...[set, schema, families, symbols, months.map(monthStart)],
];

/** Sums the ledger up by family. One query. */
export async function storedFamilies(client: pg.Client, query: CoverageQuery): Promise<StoredFamily[]> {
  const { rows } = await client.query<StoredFamily>(
    `with ${done},
     counts as (
       select family, n.key as name, sum(n.value::bigint)::float8 as nulls
       from done cross join lateral jsonb_each_text(done.nulls) n group by family, n.key),
     nulls as (select family, jsonb_object_agg(name, nulls) as nulls from counts group by family),
     totals as (
       select family, count(*)::int as partitions, sum(rows)::float8 as rows, sum(bytes)::float8 as bytes
       from done group by family)
     select t.*, coalesce(n.nulls, '{}') as nulls,
       array(select a.attname::text from pg_attribute a join pg_class c on c.oid = a.attrelid
             where c.relname = t.family and c.relnamespace = to_regnamespace(quote_ident($2))
               and a.attnum > 0 and not a.attisdropped) as columns
     from totals t left join nulls n using (family) order by t.family`,
    parameters(query),
  );
  return rows;
}

/** The published partitions that windows reach out of, to before the first bar. One query. */
export async function shortPartitions(client: pg.Client, query: CoverageQuery): Promise<ShortPartition[]> {
  const { rows } = await client.query<ShortPartition>(
    `with ${done}
     select family, rows::float8 as rows, nulls, lookback_found as "barsBefore",
       case when members is null then 1 else (
         select count(*)::int from unnest(members) m (symbol)
         where peers -> m.symbol ->> case when peers -> m.symbol ? 'revision' then 'first' else 'from' end is null
       ) end as symbols
     from done where lookback_found < lookback_asked`,
    parameters(query),
  );
  return rows;
}
