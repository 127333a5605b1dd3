import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { checkedName, literal, qualify } from './identifiers.ts';
import { type LockOptions, takeLock } from './locks.ts';
import { type Month, monthEnd, monthStart } from './month.ts';
import { inUserTerms } from './postgresErrors.ts';
import { withShortLock } from './shortLock.ts';
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

/** The table, and those that refer to it: a new partition takes a lock on them too. */
async function lockedTables(client: pg.Client, table: MonthTable): Promise<string[]> {
  const name = qualify(table.schema, table.name);
  const { rows } = await client.query<{ name: string }>(
    `select distinct conrelid::regclass::text as name from pg_constraint
     where contype = 'f' and confrelid = $1::regclass and conparentid = 0`,
    [name],
  );
  return [...rows.map(row => row.name), name];
}

/**
 * Makes the partitions of those months, where they are missing, in a transaction of its own. They are made apart and then
 * attached, which readers and writers of the table do not notice; for those who write to a table that refers to it, the
 * locks are short. Safe to call from several processes at once.
 */
export async function ensureMonths(
  client: pg.Client,
  table: MonthTable,
  months: readonly Month[],
  options: LockOptions = {},
): Promise<void> {
  const parent = qualify(table.schema, table.name);
  const partition = (month: Month): string => qualify(table.schema, monthPartition(table, month));
  await inUserTerms(client, async () => {
    if ((await missingMonths(client, table, months)).length === 0) return;
    await inTransaction(client, async () => {
      await takeLock(client, `windrow table ${table.schema}.${table.name}`, 'transaction', options);
      const missing = await missingMonths(client, table, months);
      if (missing.length === 0) return;
      const create = missing.map(month => `create table ${partition(month)} (like ${parent} including all)`);
      await client.query(create.join('; '));
      const attach = missing.map(
        month => `alter table ${parent} attach partition ${partition(month)}
          for values from (${literal(monthStart(month))}) to (${literal(monthEnd(month))})`,
      );
      const watched = () => lockedTables(client, table);
      await withShortLock(
        client,
        attach.join('; '),
        { table: `${table.schema}.${table.name}`, watched },
        options,
      );
    });
  });
}
