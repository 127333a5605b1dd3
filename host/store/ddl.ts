import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { literal, qualify, quote } from './identifiers.ts';
import { inUserTerms } from './postgresErrors.ts';
import { importOrigin, ownMark, type PartitionedTable, symbolTable } from './tables.ts';
import { inTransaction } from './transaction.ts';

type Relation = {
  schema: string;
  name: string;
  parent: string | null;
  comment: string | null;
  /** `list` or `range` where it is cut into partitions. */
  cut: string | null;
  /** Of one that is no partition: its columns and their types. */
  columns: Record<string, string> | null;
};

type Named = { readonly schema: string; readonly name: string };

/** Relations by their qualified name, those that exist, in one query. */
async function relations(client: pg.Client, names: readonly Named[]): Promise<Map<string, Relation>> {
  const { rows } = await client.query<Relation>(
    `select n.nspname as schema, c.relname as name, p.relname as parent,
            obj_description(c.oid, 'pg_class') as comment,
            (select case partstrat when 'l' then 'list' when 'r' then 'range' end from pg_partitioned_table
               where partrelid = c.oid) as cut,
            case when p.oid is null then
              coalesce((select jsonb_object_agg(a.attname, format_type(a.atttypid, null))
                from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}') end as columns
     from unnest($1::name[], $2::name[]) as wanted (schema, name)
       join pg_namespace n on n.nspname = wanted.schema
       join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
       left join pg_inherits i on i.inhrelid = c.oid
       left join pg_class p on p.oid = i.inhparent`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  );
  return new Map(rows.map(row => [qualify(row.schema, row.name), row]));
}

/** Which parent the relation of that name is a partition of; null when of none, no row when there is none. */
export const parentSql = (schema: string, name: string): string =>
  `select p.relname as parent
   from pg_namespace n join pg_class c on c.relnamespace = n.oid
     left join pg_inherits i on i.inhrelid = c.oid
     left join pg_class p on p.oid = i.inhparent
   where n.nspname = ${literal(schema)} and c.relname = ${literal(name)}`;

const foreign = (table: PartitionedTable, name: string) =>
  new WindrowError('WR_TABLE_FOREIGN', { table: `${table.schema}.${name}` });

const cutOf = ({ partition }: PartitionedTable): 'list' | 'range' =>
  partition === 'month' ? 'range' : 'list';

/** The columns that the table lacks. Throws when it is not ours, is cut in another way or has a column of another type. */
function missingColumns(table: PartitionedTable, found: Relation): string[] {
  if (!found.comment?.startsWith(ownMark)) throw foreign(table, table.name);
  const name = `${table.schema}.${table.name}`;
  const fixed = {
    [table.timeColumn]: 'timestamp without time zone',
    [table.symbolColumn]: 'text',
    ...(table.originColumn === undefined ? {} : { [table.originColumn]: 'text' }),
  };
  const columns = found.columns ?? {};
  for (const [column, type] of Object.entries(fixed)) {
    if (columns[column] === type) continue;
    const what = `has no column "${column}" of type ${type}`;
    throw new WindrowError('WR_TABLE_SHAPE', { table: name, what });
  }
  const other = table.columns.find(column => columns[column] && columns[column] !== table.type);
  if (other) {
    const what = `has column "${other}" of type ${columns[other]}, asked for is ${table.type}`;
    throw new WindrowError('WR_TABLE_SHAPE', { table: name, what });
  }
  if (found.cut !== cutOf(table)) {
    const ways = { list: 'by symbol and month', range: 'by month alone' };
    const what = `is cut ${ways[found.cut as keyof typeof ways] ?? 'in no such way'}, asked for is ${ways[cutOf(table)]}`;
    throw new WindrowError('WR_TABLE_SHAPE', { table: name, what });
  }
  return table.columns.filter(column => !columns[column]);
}

function createSql(table: PartitionedTable): string[] {
  const name = qualify(table.schema, table.name);
  const cut = cutOf(table);
  const by = `${cut} (${quote(cut === 'range' ? table.timeColumn : table.symbolColumn)})`;
  const [time, symbol] = [quote(table.timeColumn), quote(table.symbolColumn)];
  const numbers = table.columns.map(column => `${quote(column)} ${table.type}`);
  const columns = [`${time} timestamp not null`, ...numbers, `${symbol} text not null`];
  const texts = [symbol];
  if (table.originColumn !== undefined) {
    const origin = quote(table.originColumn);
    const key = [`${symbol} text`, `${time} timestamp`, `${origin} text default ${literal(importOrigin)}`];
    columns.splice(0, columns.length, ...key, ...numbers, `primary key (${symbol}, ${time}, ${origin})`);
    texts.push(origin);
  }
  // A symbol is short. Kept in the row always, it spares every partition a TOAST table with its index.
  const inRow = texts.map(column => `alter column ${column} set storage plain`);
  return [
    `create table ${name} (${columns.join(', ')}) partition by ${by}`,
    `alter table ${name} ${inRow.join(', ')}`,
    `comment on table ${name} is ${literal(ownMark + table.purpose)}`,
  ];
}

/** Made apart and then attached: creating it in place would lock out those who read the family. */
function symbolTableSql(table: PartitionedTable, symbol: string): string[] {
  const parent = qualify(table.schema, table.name);
  const name = qualify(table.schema, symbolTable(table, symbol));
  return [
    `create table ${name} (like ${parent} including storage) partition by range (${quote(table.timeColumn)})`,
    `alter table ${parent} attach partition ${name} for values in (${literal(symbol)})`,
  ];
}

/** A table, and the symbols that it is to have a level for. */
export type WantedTable = { readonly table: PartitionedTable; readonly symbols: readonly string[] };

type Gap = {
  readonly table: PartitionedTable;
  readonly parent: boolean;
  readonly columns: readonly string[];
  readonly symbols: readonly string[];
};

const levelsOf = ({ table, symbols }: WantedTable): readonly string[] =>
  table.partition === 'month' ? [] : symbols;

/** What is missing of tables; none of those that are complete. */
async function findGaps(client: pg.Client, wanted: readonly WantedTable[]): Promise<Gap[]> {
  const found = await relations(
    client,
    wanted.flatMap(one =>
      [one.table.name, ...levelsOf(one).map(symbol => symbolTable(one.table, symbol))].map(name => ({
        schema: one.table.schema,
        name,
      })),
    ),
  );
  const gaps = wanted.map((one): Gap => {
    const { table } = one;
    const parent = found.get(qualify(table.schema, table.name));
    const symbols = levelsOf(one).filter(symbol => {
      const relation = found.get(qualify(table.schema, symbolTable(table, symbol)));
      if (relation && relation.parent !== table.name) throw foreign(table, relation.name);
      return !relation;
    });
    return { table, parent: !parent, columns: parent ? missingColumns(table, parent) : [], symbols };
  });
  return gaps.filter(({ parent, columns, symbols }) => parent || columns.length + symbols.length > 0);
}

function gapSql({ table, parent, columns, symbols }: Gap): string[] {
  const added = columns.map(column => `add column ${quote(column)} ${table.type}`);
  return [
    ...(parent && table.schema !== 'public' ? [`create schema if not exists ${quote(table.schema)}`] : []),
    ...(parent ? createSql(table) : []),
    ...(added.length > 0 ? [`alter table ${qualify(table.schema, table.name)} ${added.join(', ')}`] : []),
    ...symbols.flatMap(symbol => symbolTableSql(table, symbol)),
  ];
}

/** Tables that one transaction makes at most: it holds a lock on each, and on those that they become part of. */
const tablesPerTransaction = 256;

/** Tables in groups that a transaction can take. */
function inGroups(wanted: readonly WantedTable[]): WantedTable[][] {
  const groups: WantedTable[][] = [];
  let room = 0;
  for (const one of wanted) {
    room -= 1 + levelsOf(one).length;
    if (room < 0) {
      groups.push([]);
      room = tablesPerTransaction - 1 - levelsOf(one).length;
    }
    groups.at(-1)!.push(one);
  }
  return groups;
}

/**
 * Makes what is missing of tables: the parents, columns that a definition gained, the level of each symbol. Columns
 * that a definition lost are left as they are, with their values. Safe to call from several processes at once.
 */
export async function ensureTables(client: pg.Client, wanted: readonly WantedTable[]): Promise<void> {
  await inUserTerms(client, async () => {
    const missing = new Set((await findGaps(client, wanted)).map(({ table }) => table));
    const incomplete = wanted.filter(({ table }) => missing.has(table));
    for (const group of inGroups(incomplete)) {
      // in the same order everywhere, so that of two processes none waits for the other
      const locks = group.map(({ table }) => `windrow table ${table.schema}.${table.name}`).sort();
      await inTransaction(client, async () => {
        await client.query(
          `select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest($1::text[]) as locks (name)`,
          [locks],
        );
        // a schema is asked for by each of its tables
        const statements = new Set((await findGaps(client, group)).flatMap(gapSql));
        if (statements.size > 0) await client.query([...statements].join('; '));
      });
    }
  });
}

/** The same for one table. */
export const ensureTable = (
  client: pg.Client,
  table: PartitionedTable,
  symbols: readonly string[],
): Promise<void> => ensureTables(client, [{ table, symbols }]);
