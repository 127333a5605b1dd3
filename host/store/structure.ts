import type pg from 'pg';
import { literal, qualify, quote } from './identifiers.ts';
import { type Month, monthEnd, monthStart } from './month.ts';
import { attachTable, keyColumns, type PartitionedTable, partitionName } from './tables.ts';

/** A partition that the ledger says is done. */
export type Expected = { readonly table: PartitionedTable; readonly symbol: string; readonly month: Month };

/**
 * missing: no such table. detached: it is there and part of no family, so that queries of the family lack its rows. bounds: it
 * holds another range than its name says. key: no primary key, or another. unknown: rows of which the ledger knows nothing.
 */
export type StructureFault = 'missing' | 'detached' | 'bounds' | 'key' | 'unknown';

export type StructureFinding = {
  readonly fault: StructureFault;
  readonly family: string;
  /** Absent where a whole symbol's table is meant. */
  readonly symbol?: string;
  readonly month?: Month;
  readonly table: string;
  readonly what: string;
  /** A statement or a command. */
  readonly remedy: string;
};

type Found = {
  name: string;
  exists: boolean;
  parent: string | null;
  pending: boolean;
  bounds: string | null;
  key: string[] | null;
  upper: string | null;
  upperBounds: string | null;
};

const foundSql = `
  select w.name, c.oid is not null as exists, p.relname as parent, coalesce(i.inhdetachpending, false) as pending,
    pg_get_expr(c.relpartbound, c.oid) as bounds, g.relname as upper, pg_get_expr(p.relpartbound, p.oid) as "upperBounds",
    (select array_agg(a.attname::text order by k.place)
     from pg_index x cross join unnest(x.indkey) with ordinality k (number, place)
       join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number
     where x.indrelid = c.oid and x.indisprimary and x.indisvalid) as key
  from unnest($2::text[]) with ordinality w (name, place)
    left join pg_class c on c.relname = w.name and c.relnamespace = to_regnamespace(quote_ident($1))
    left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
    left join pg_inherits j on j.inhrelid = p.oid left join pg_class g on g.oid = j.inhparent
  order by w.place`;

const rangeOf = (month: Month): string =>
  `FOR VALUES FROM (${literal(monthStart(month))}) TO (${literal(monthEnd(month))})`;

function faultOf(
  { table, symbol, month }: Expected,
  found: Found,
): Pick<StructureFinding, 'fault' | 'what' | 'remedy'> | undefined {
  const parent = attachTable(table, symbol);
  const name = qualify(table.schema, found.name);
  const attach = `alter table ${qualify(table.schema, parent)} attach partition ${name} ${rangeOf(month)}`;
  if (!found.exists)
    return { fault: 'missing', what: 'is in the ledger and not there', remedy: 'windrow backfill' };
  if (found.parent !== parent || found.pending) {
    const what = found.pending ? 'is being detached' : `is no partition of ${parent}`;
    return { fault: 'detached', what, remedy: attach };
  }
  if (found.bounds !== rangeOf(month)) {
    const remedy = `alter table ${qualify(table.schema, parent)} detach partition ${name}; ${attach}`;
    return { fault: 'bounds', what: `holds ${found.bounds?.toLowerCase()}`, remedy };
  }
  const key = keyColumns(table);
  if (found.key?.join() === key.join()) return undefined;
  const what =
    found.key === null
      ? 'has no primary key'
      : `has the primary key (${found.key.join(', ')}), not (${key.join(', ')})`;
  const own = `${quote(`${found.name}_pkey`)}`;
  const drop = found.key === null ? '' : `alter table ${name} drop constraint ${own}; `;
  return {
    ...{ fault: 'key', what },
    remedy: `${drop}alter table ${name} add constraint ${own} primary key (${key.map(quote).join(', ')})`,
  };
}

/** A symbol's table that is no part of its family any more. */
function upperFault({ table, symbol }: Expected, found: Found): StructureFinding | undefined {
  if (table.partition === 'month' || found.parent === null) return undefined;
  const values = `FOR VALUES IN (${literal(symbol)})`;
  if (found.upper === table.name && found.upperBounds === values) return undefined;
  const own = attachTable(table, symbol);
  const attach = `alter table ${qualify(table.schema, table.name)} attach partition ${qualify(table.schema, own)} ${values}`;
  return {
    ...{ fault: 'detached', family: table.name, symbol, table: own },
    ...{ what: `is no partition of ${table.name} for ${symbol}`, remedy: attach },
  };
}

/** Holds the tables of partitions that are said to be done against what is there. One query. */
export async function checkStructure(
  client: pg.Client,
  schema: string,
  expected: readonly Expected[],
): Promise<StructureFinding[]> {
  const names = expected.map(({ table, symbol, month }) => partitionName(table, symbol, month));
  const { rows } = await client.query<Found>(foundSql, [schema, names]);
  const uppers = new Map<string, StructureFinding>();
  const findings = rows.flatMap((found, i): StructureFinding[] => {
    const one = expected[i]!;
    const upper = upperFault(one, found);
    if (upper) uppers.set(upper.table, upper);
    const fault = faultOf(one, found);
    if (!fault) return [];
    const { table, symbol, month } = one;
    return [{ family: table.name, symbol, month, table: found.name, ...fault }];
  });
  return [...uppers.values(), ...findings];
}

/** Partitions of a family's table that are none of those known. */
export async function strayPartitions(
  client: pg.Client,
  table: PartitionedTable,
  known: ReadonlySet<string>,
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name
     from pg_partition_tree(to_regclass($1)) t join pg_class c on c.oid = t.relid where t.isleaf order by 1`,
    [qualify(table.schema, table.name)],
  );
  return rows.map(({ name }) => name).filter(name => !known.has(name));
}

export const strayFinding = (table: PartitionedTable, name: string): StructureFinding => ({
  ...{ fault: 'unknown', family: table.name, table: name },
  what: 'has rows of which the ledger knows nothing',
  remedy: `windrow backfill replaces it where there are bars, else: drop table ${qualify(table.schema, name)}`,
});
