import type pg from 'pg';
import { featuresOf } from '../catalog/catalog.ts';
import { type FeatureSet, rowColumns } from '../catalog/set.ts';
import type { CellType } from '../engine/copy.ts';
import { WindrowError } from '../errors.ts';
import { checkedName, literal, qualify, quote } from '../store/identifiers.ts';
import { type Leftover, leftColumns } from '../store/leftovers.ts';
import type { LockOptions } from '../store/locks.ts';
import type { Month } from '../store/month.ts';
import { ensureMonths } from '../store/monthPartitions.ts';
import { inUserTerms } from '../store/postgresErrors.ts';
import { ownMark } from '../store/tables.ts';
import { inTransaction } from '../store/transaction.ts';
import { forgetProgress } from './progress.ts';

/** The table of a set that is kept row by row: the bar, the features, and where they come from. */
export type RowTable = {
  readonly schema: string;
  readonly name: string;
  readonly set: string;
  readonly timeColumn: string;
  readonly symbolColumn: string;
  readonly type: 'double precision' | 'real';
  /** Columns of the bar, which every run writes. */
  readonly bars: readonly string[];
  readonly features: readonly string[];
  /** How many values of the row were limited, for sets that limit values. */
  readonly clipped: boolean;
  /** Whether there is an index by time: for the rows of the last hours, of all symbols. */
  readonly recentIndex: boolean;
  /** The table of bars whose rows these refer to, where it is ours. */
  readonly refersTo: string | undefined;
};

/** The column of the bars' origin, part of the key. */
export const sourceColumn = rowColumns.source;
export const clippedColumn = rowColumns.clipped;
export const versionColumn = rowColumns.version;

export function rowTable(
  set: FeatureSet,
  options: { readonly schema: string; readonly type: CellType; readonly ownBars: boolean },
): RowTable {
  const { layout, bars } = set;
  const features = featuresOf(set);
  const twice = features.find(({ name }, i) => features.findIndex(other => other.name === name) < i);
  if (twice) throw new WindrowError('WR_INTERNAL', { what: `set ${set.name} names ${twice.name} twice` });
  return {
    schema: options.schema,
    name: checkedName(layout.table!),
    set: set.name,
    timeColumn: layout.timeColumn,
    symbolColumn: layout.symbolColumn,
    type: options.type === 'real' ? 'real' : 'double precision',
    bars: bars.columns,
    features: features.map(({ name }) => name),
    clipped: features.some(({ limited }) => limited),
    recentIndex: layout.recentIndex ?? false,
    refersTo: options.ownBars && layout.refersToBars ? bars.table : undefined,
  };
}

const lockOf = (table: RowTable): string => `windrow table ${table.schema}.${table.name}`;

/** What a row is known by. */
export const keyColumns = (table: RowTable): string[] => [table.symbolColumn, table.timeColumn, sourceColumn];

const numbers = (table: RowTable): string[] => [
  ...table.bars,
  ...table.features,
  ...(table.clipped ? [clippedColumn] : []),
];

async function create(client: pg.Client, table: RowTable, keyed: boolean): Promise<void> {
  const name = qualify(table.schema, table.name);
  const [time, symbol, source] = [table.timeColumn, table.symbolColumn, sourceColumn].map(quote);
  const key = keyColumns(table).map(quote).join(', ');
  const columns = [
    `${time} timestamp not null`,
    `${symbol} text not null`,
    `${source} text not null`,
    ...numbers(table).map(column => `${quote(column)} ${table.type}`),
    `${quote(versionColumn)} text not null`,
    `${rowColumns.created} timestamptz not null default now()`,
    `${rowColumns.updated} timestamptz not null default now()`,
    ...(keyed ? [`primary key (${key})`] : []),
    ...(table.refersTo
      ? [`foreign key (${key}) references ${qualify(table.schema, table.refersTo)} (${key})`]
      : []),
  ];
  await client.query(`create table ${name} (${columns.join(', ')}) partition by range (${time})`);
  if (table.recentIndex)
    await client.query(`create index ${quote(`${table.name}_recent`)} on ${name} (${time})`);
  await client.query(`comment on table ${name} is ${literal(`${ownMark}features of set ${table.set}`)}`);
}

type Found = { comment: string | null; columns: Record<string, string> };

async function find(client: pg.Client, table: Pick<RowTable, 'schema' | 'name'>): Promise<Found | undefined> {
  const { rows } = await client.query<Found>(
    `select obj_description(c.oid, 'pg_class') as comment,
       (select jsonb_object_agg(a.attname, format_type(a.atttypid, null)) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`,
    [table.schema, table.name],
  );
  return rows[0];
}

/** Whether there is a table of that name, whatever its columns; throws where it is not ours. */
export async function isRowTable(
  client: pg.Client,
  table: Pick<RowTable, 'schema' | 'name'>,
): Promise<boolean> {
  const found = await find(client, table);
  if (found && !found.comment?.startsWith(ownMark))
    throw new WindrowError('WR_TABLE_FOREIGN', { table: `${table.schema}.${table.name}` });
  return found !== undefined;
}

/** What there is of the table: nothing, or its columns. Throws where it is not ours or of other types. */
export async function missingColumns(client: pg.Client, table: RowTable): Promise<string[] | undefined> {
  const found = await find(client, table);
  if (!found) return undefined;
  const name = `${table.schema}.${table.name}`;
  if (!found.comment?.startsWith(ownMark)) throw new WindrowError('WR_TABLE_FOREIGN', { table: name });
  const other = numbers(table).find(column => found.columns[column] && found.columns[column] !== table.type);
  if (other) {
    const what = `has column "${other}" of type ${found.columns[other]}, asked for is ${table.type}`;
    throw new WindrowError('WR_TABLE_SHAPE', { table: name, what });
  }
  return numbers(table).filter(column => !found.columns[column]);
}

/**
 * Makes what is missing: the table, columns that the set gained, partitions. Safe from several processes at once. With
 * `keyLater` a table that is made gets no key: see `finishKey`.
 */
export async function ensureRowTable(
  client: pg.Client,
  table: RowTable,
  months: readonly Month[],
  { keyLater = false, ...options }: LockOptions & { readonly keyLater?: boolean } = {},
): Promise<void> {
  await inUserTerms(client, async () => {
    if ((await missingColumns(client, table))?.length === 0) return;
    await inTransaction(client, async () => {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockOf(table)]);
      if (table.schema !== 'public') await client.query(`create schema if not exists ${quote(table.schema)}`);
      const missing = await missingColumns(client, table);
      if (missing === undefined) {
        await create(client, table, !keyLater);
        // what was noted is of rows that are gone with their table
        await forgetProgress(client, table);
      } else if (missing.length > 0) {
        const added = missing.map(column => `add column ${quote(column)} ${table.type}`);
        await client.query(`alter table ${qualify(table.schema, table.name)} ${added.join(', ')}`);
      }
    });
  });
  await ensureMonths(client, table, months, options);
}

/** Columns of the table that no feature of the set names any more. */
export async function rowLeftovers(client: pg.Client, table: RowTable): Promise<Leftover[]> {
  const found = await find(client, table);
  const fixed = [table.timeColumn, table.symbolColumn, ...Object.values(rowColumns)];
  const known = new Set([...fixed, ...table.bars, ...table.features]);
  return leftColumns(table.schema, table.name, Object.keys(found?.columns ?? {}), known);
}

/** Whether the table exists; throws where a table of its name is not ours. */
export const rowTableExists = async (client: pg.Client, table: RowTable): Promise<boolean> =>
  (await missingColumns(client, table)) !== undefined;

/** Raises that there is no table. */
export async function requireRowTable(client: pg.Client, table: RowTable): Promise<void> {
  if (await rowTableExists(client, table)) return;
  throw new WindrowError('WR_ROWS_MISSING', { table: `${table.schema}.${table.name}`, set: table.set });
}
