import type pg from 'pg';
import { setByName } from '../catalog/catalog.ts';
import { WindrowError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { checkedName, qualify, quote } from '../store/identifiers.ts';
import type { LockOptions } from '../store/locks.ts';
import { migrate, ownSchema } from '../store/migrate.ts';
import { type Month, monthEnd, monthStart } from '../store/month.ts';
import { errorCode, inUserTerms } from '../store/postgresErrors.ts';
import { withShortLock } from '../store/shortLock.ts';
import { inTransaction } from '../store/transaction.ts';
import { isRowTable, type RowTable } from './table.ts';
import { becomeWriter } from './writer.ts';

/** Which rows of a set that is kept row by row: those that all of it fits, whether there are bars of them or not. */
export type RowFilter = {
  readonly set: string;
  readonly schema?: string | undefined;
  readonly symbols?: readonly string[] | undefined;
  readonly months?: readonly Month[] | undefined;
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
};

/** The rows of a month that would go. */
export type RemovableRows = {
  readonly schema: string;
  /** The partition that they are in. */
  readonly table: string;
  readonly month: Month;
  readonly symbols: readonly string[];
  readonly rows: number;
  /** What the partition takes, where it goes as a whole; rows that are deleted leave their room to others. */
  readonly bytes: number;
  readonly whole: boolean;
};

type Table = Pick<RowTable, 'schema' | 'name' | 'set' | 'symbolColumn'>;

function tableOf({ set: name, schema = 'public' }: Pick<RowFilter, 'set' | 'schema'>): Table {
  const { layout } = setByName(name);
  if (layout.kind === 'rows')
    return { schema, name: checkedName(layout.table!), set: name, symbolColumn: layout.symbolColumn };
  const values = { set: name, kept: 'partition by partition', command: 'removeRows' };
  throw new WindrowError('WR_SET_LAYOUT', { ...values, instead: 'removePartitions' });
}

/** Symbols and rows of a partition; the server counts. */
const countSql = (table: Table, name: string): string => `
  select ${quote(table.symbolColumn)} as symbol, count(*)::float8 as rows from ${qualify(table.schema, name)}
  where $1::text[] is null or ${quote(table.symbolColumn)} = any($1) group by 1 order by 1`;

/** What there is of it, by month. A table that somebody has detached is not among it. */
export async function findRemovableRows(
  client: pg.Client,
  { symbols, months, from = '', to, ...place }: RowFilter,
): Promise<RemovableRows[]> {
  const table = tableOf(place);
  if (!(await isRowTable(client, table))) return [];
  const { rows: partitions } = await client.query<{ name: string; month: Month; bytes: number }>(
    `select c.relname as name, replace(substring(c.relname from '\\d{4}_\\d{2}$'), '_', '-') as month,
       pg_total_relation_size(c.oid)::float8 as bytes
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass
       and c.relname ~ '_\\d{4}_\\d{2}$' order by month`,
    [qualify(table.schema, table.name)],
  );
  const found: RemovableRows[] = [];
  for (const { name, month, bytes } of partitions) {
    if (month < from || (to !== undefined && month > to)) continue;
    if (months !== undefined && !months.includes(month)) continue;
    const { rows } = await client.query<{ symbol: string; rows: number }>(countSql(table, name), [
      symbols ?? null,
    ]);
    const whole = symbols === undefined;
    if (!whole && rows.length === 0) continue;
    found.push({
      ...{ schema: table.schema, table: name, month, whole, bytes: whole ? bytes : 0 },
      symbols: rows.map(({ symbol }) => symbol),
      rows: rows.reduce((sum, one) => sum + one.rows, 0),
    });
  }
  return found;
}

export type RowRemovalOptions = LockOptions & {
  /**
   * Whether an update is to leave alone what is gone, as when old months are no longer kept. Otherwise it forgets how far the
   * symbols have come, and computes them anew.
   */
  readonly forGood?: boolean | undefined;
  /** Told of each month when it is gone. */
  readonly onRemoved?: ((removed: RemovableRows) => void) | undefined;
};

/** Forgets how far rows have come. First of all: a stop behind it has rows computed once too often, and never leaves a gap. */
async function forgetProgress(client: pg.Client, table: Table, symbols: readonly string[]): Promise<void> {
  for (const name of ['set_progress', 'norms'])
    await client.query(
      `delete from ${qualify(ownSchema, name)} where set_name = $1 and schema_name = $2 and symbol = any($3)`,
      [table.set, table.schema, symbols],
    );
}

/** Removes the rows of one month, in a transaction. */
async function removeMonth(
  client: pg.Client,
  table: Table,
  { schema, table: name, month, symbols, whole }: RemovableRows,
  options: LockOptions,
): Promise<void> {
  const target = qualify(schema, name);
  await inTransaction(client, async () => {
    if (whole) {
      const watched = async () => [target, qualify(schema, table.name)];
      await withShortLock(
        client,
        `drop table if exists ${target}`,
        { table: `${schema}.${name}`, watched },
        options,
      );
    } else {
      await client.query(`delete from ${target} where ${quote(table.symbolColumn)} = any($1)`, [symbols]);
    }
    await client.query(
      `delete from ${qualify(ownSchema, 'norms')} where set_name = $1 and schema_name = $2 and symbol = any($3)
         and as_of >= $4 and as_of < $5`,
      [table.set, table.schema, symbols, monthStart(month), monthEnd(month)],
    );
  });
}

/**
 * Removes rows month by month, whole partitions where all symbols are meant, under the lock of whoever writes rows: a stop in
 * between leaves each month whole or gone. What depends on a partition, such as a view, keeps it: an error then.
 */
export async function removeRows(
  database: Pick<Database, 'connect'>,
  set: string,
  found: readonly RemovableRows[],
  options: RowRemovalOptions = {},
): Promise<void> {
  const [first] = found;
  if (!first) return;
  const table = tableOf({ set, schema: first.schema });
  const client = await database.connect();
  try {
    await inUserTerms(client, async () => {
      await migrate(client);
      await becomeWriter(client, table, options);
      if (!options.forGood)
        await forgetProgress(client, table, [...new Set(found.flatMap(({ symbols }) => symbols))]);
      for (const one of found) {
        options.signal?.throwIfAborted();
        await removeMonth(client, table, one, options);
        options.onRemoved?.(one);
      }
    });
  } catch (error) {
    if (errorCode(error) !== '2BP01') throw error;
    const what = (error as { detail?: string }).detail ?? (error as Error).message;
    throw new WindrowError('WR_TABLE_USED', { what: what.split('\n')[0] }, { cause: error });
  } finally {
    await client.end();
  }
}
