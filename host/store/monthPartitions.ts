import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { checkedName, literal, qualify } from './identifiers.ts';
import { type Month, monthEnd, monthStart } from './month.ts';
import { inUserTerms } from './postgresErrors.ts';
import { inTransaction } from './transaction.ts';

/** A table that is cut by month only. */
export type MonthTable = { readonly schema: string; readonly name: string };

const monthPartition = (table: MonthTable, month: Month): string =>
  checkedName(`${table.name}_${month.replace('-', '_')}`);

async function missingMonths(
  client: pg.Client,
  table: MonthTable,
  months: readonly Month[],
): Promise<Month[]> {
  const { rows } = await client.query<{ name: string; parent: string | null }>(
    `select c.relname as name, p.relname as parent
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
     where n.nspname = $1 and c.relname = any($2)`,
    [table.schema, months.map(month => monthPartition(table, month))],
  );
  const parents = new Map(rows.map(({ name, parent }) => [name, parent]));
  return months.filter(month => {
    const name = monthPartition(table, month);
    const parent = parents.get(name);
    if (parent === undefined) return true;
    if (parent === table.name) return false;
    throw new WindrowError('WR_TABLE_FOREIGN', { table: `${table.schema}.${name}` });
  });
}

/** Made apart and then attached: created in place, a partition would lock out those who read the table. */
async function createMonth(client: pg.Client, table: MonthTable, month: Month): Promise<void> {
  const parent = qualify(table.schema, table.name);
  const name = qualify(table.schema, monthPartition(table, month));
  const bounds = `from (${literal(monthStart(month))}) to (${literal(monthEnd(month))})`;
  await client.query(
    `create table ${name} (like ${parent} including all);
     alter table ${parent} attach partition ${name} for values ${bounds}`,
  );
}

/**
 * Makes the partitions of those months, where they are missing, in a transaction of its own: the lock on the table lasts
 * no longer. Safe to call from several processes at once.
 */
export async function ensureMonths(
  client: pg.Client,
  table: MonthTable,
  months: readonly Month[],
): Promise<void> {
  await inUserTerms(client, async () => {
    if ((await missingMonths(client, table, months)).length === 0) return;
    await inTransaction(client, async () => {
      const lock = `windrow table ${table.schema}.${table.name}`;
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lock]);
      for (const month of await missingMonths(client, table, months)) await createMonth(client, table, month);
    });
  });
}
