import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { literal, qualify, quote } from './identifiers.ts';
import { inUserTerms } from './postgresErrors.ts';
import { importOrigin, ownMark, type PartitionedTable, symbolTable } from './tables.ts';
import { inTransaction } from './transaction.ts';

type Relation = {
  name: string;
  parent: string | null;
  comment: string | null;
  /** `list` or `range` where it is cut into partitions. */
  cut: string | null;
  columns: Record<string, string>;
};

/** The relations of those names in a schema, in one query. */
async function relations(
  client: pg.Client,
  schema: string,
  names: readonly string[],
): Promise<Map<string, Relation>> {
  const { rows } = await client.query<Relation>(
    `select c.relname as name, p.relname as parent, obj_description(c.oid, 'pg_class') as comment,
            (select case partstrat when 'l' then 'list' when 'r' then 'range' end from pg_partitioned_table
               where partrelid = c.oid) as cut,
            coalesce((select jsonb_object_agg(a.attname, format_type(a.atttypid, null))
               from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}') as columns
     from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_inherits i on i.inhrelid = c.oid
       left join pg_class p on p.oid = i.inhparent
     where n.nspname = $1 and c.relname = any($2)`,
    [schema, names],
  );
  return new Map(rows.map(row => [row.name, row]));
}

/** Which parent the relation of that name is a partition of; null when of none, undefined when there is none. */
export async function parentOf(
  client: pg.Client,
  schema: string,
  name: string,
): Promise<string | null | undefined> {
  const found = (await relations(client, schema, [name])).get(name);
  return found?.parent;
}

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
  for (const [column, type] of Object.entries(fixed)) {
    if (found.columns[column] === type) continue;
    const what = `has no column "${column}" of type ${type}`;
    throw new WindrowError('WR_TABLE_SHAPE', { table: name, what });
  }
  const other = table.columns.find(column => found.columns[column] && found.columns[column] !== table.type);
  if (other) {
    const what = `has column "${other}" of type ${found.columns[other]}, asked for is ${table.type}`;
    throw new WindrowError('WR_TABLE_SHAPE', { table: name, what });
  }
  if (found.cut !== cutOf(table)) {
    const ways = { list: 'by symbol and month', range: 'by month alone' };
    const what = `is cut ${ways[found.cut as keyof typeof ways] ?? 'in no such way'}, asked for is ${ways[cutOf(table)]}`;
    throw new WindrowError('WR_TABLE_SHAPE', { table: name, what });
  }
  return table.columns.filter(column => !found.columns[column]);
}

async function createParent(client: pg.Client, table: PartitionedTable): Promise<void> {
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
  await client.query(`create table ${name} (${columns.join(', ')}) partition by ${by}`);
  // A symbol is short. Kept in the row always, it spares every partition a TOAST table with its index.
  const inRow = texts.map(column => `alter column ${column} set storage plain`);
  await client.query(`alter table ${name} ${inRow.join(', ')}`);
  await client.query(`comment on table ${name} is ${literal(ownMark + table.purpose)}`);
}

/** Made apart and then attached: creating it in place would lock out those who read the family. */
async function createSymbolTable(client: pg.Client, table: PartitionedTable, symbol: string): Promise<void> {
  const parent = qualify(table.schema, table.name);
  const name = qualify(table.schema, symbolTable(table, symbol));
  await client.query(
    `create table ${name} (like ${parent} including storage) partition by range (${quote(table.timeColumn)})`,
  );
  await client.query(`alter table ${parent} attach partition ${name} for values in (${literal(symbol)})`);
}

type Gap = {
  readonly parent: boolean;
  readonly columns: readonly string[];
  readonly symbols: readonly string[];
};

async function findGap(client: pg.Client, table: PartitionedTable, symbols: readonly string[]): Promise<Gap> {
  const wanted = table.partition === 'month' ? [] : symbols;
  const names = [table.name, ...wanted.map(symbol => symbolTable(table, symbol))];
  const found = await relations(client, table.schema, names);
  const parent = found.get(table.name);
  const columns = parent ? missingColumns(table, parent) : [];
  const missing = wanted.filter(symbol => {
    const relation = found.get(symbolTable(table, symbol));
    if (relation && relation.parent !== table.name) throw foreign(table, relation.name);
    return !relation;
  });
  return { parent: !parent, columns, symbols: missing };
}

const isComplete = (gap: Gap): boolean => !gap.parent && gap.columns.length === 0 && gap.symbols.length === 0;

/**
 * Makes what is missing of a table: the parent, columns that its definition gained, the level of each symbol. Columns
 * that a definition lost are left as they are, with their values. Safe to call from several processes at once.
 */
export async function ensureTable(
  client: pg.Client,
  table: PartitionedTable,
  symbols: readonly string[],
): Promise<void> {
  await inUserTerms(client, async () => {
    if (isComplete(await findGap(client, table, symbols))) return;
    const lock = `windrow table ${table.schema}.${table.name}`;
    await inTransaction(client, async () => {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lock]);
      const gap = await findGap(client, table, symbols);
      if (gap.parent && table.schema !== 'public') {
        await client.query(`create schema if not exists ${quote(table.schema)}`);
      }
      if (gap.parent) await createParent(client, table);
      if (gap.columns.length > 0) {
        const added = gap.columns.map(column => `add column ${quote(column)} ${table.type}`);
        await client.query(`alter table ${qualify(table.schema, table.name)} ${added.join(', ')}`);
      }
      for (const symbol of gap.symbols) await createSymbolTable(client, table, symbol);
    });
  });
}
