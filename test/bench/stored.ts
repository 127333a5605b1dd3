import type pg from 'pg';
import type { EncodedPartition } from '../../host/bench/encoded.ts';
import { CopyDecoder } from '../../host/engine/copy.ts';
import { Arena } from '../../host/engine/module.ts';
import { literal, qualify } from '../../host/store/identifiers.ts';
import { copyOutSql } from '../../host/store/publish.ts';
import { copyOut } from '../support/copyOut.ts';

/** Rows of each partition of features in a schema, and how its table and those above it are defined. */
export async function partitionsIn(
  client: pg.Client,
  schema: string,
): Promise<Map<string, { rows: number; definition: string }>> {
  const { rows: tables } = await client.query<{ name: string; definition: string }>(
    `select c.relname as name, concat_ws(' ',
       pg_get_expr(c.relpartbound, c.oid), i.inhparent::regclass, c.relpersistence, c.reloptions, c.reltoastrelid <> 0,
       (select jsonb_agg(jsonb_build_array(a.attname, a.atttypid::regtype, a.attnotnull, a.attstorage) order by attnum)
          from pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
       (select jsonb_agg(pg_get_constraintdef(k.oid) order by pg_get_constraintdef(k.oid)) from pg_constraint k where k.conrelid = c.oid),
       (select jsonb_agg(indexdef order by indexname) from pg_indexes x
          where x.schemaname = n.nspname and x.tablename = c.relname)) as definition
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_inherits i on i.inhrelid = c.oid
     where n.nspname = $1 and c.relkind = 'r' order by c.relname`,
    [schema],
  );
  const counts = tables.map(
    ({ name }) => `select ${literal(name)} as name, count(*)::int as rows from ${qualify(schema, name)}`,
  );
  const { rows } = await client.query<{ name: string; rows: number }>(counts.join(' union all '));
  const count = new Map(rows.map(row => [row.name, row.rows]));
  return new Map(
    tables.map(({ name, definition }) => [
      name,
      { rows: count.get(name)!, definition: definition.replaceAll(schema, 'SCHEMA') },
    ]),
  );
}

let arena: Promise<Arena> | undefined;

/** Checksum of all cells that are stored, by the encoder's scheme. */
export async function storedChecksum(
  client: pg.Client,
  schema: string,
  { table, symbol, month }: EncodedPartition,
): Promise<bigint> {
  arena ??= Arena.create();
  const place = await arena;
  const mark = place.top;
  const decoder = new CopyDecoder(place, { columns: table.columns.length });
  const sql = copyOutSql({ ...table, schema }, symbol, month);
  for await (const chunk of copyOut(client, sql)) decoder.push(chunk);
  const { checksum } = decoder.finish();
  place.release(mark);
  return checksum;
}
