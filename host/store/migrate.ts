import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { quote } from './identifiers.ts';
import { inUserTerms } from './postgresErrors.ts';
import { inTransaction } from './transaction.ts';

const folder = new URL(import.meta.url.endsWith('.ts') ? '../../sql/' : '../../../sql/', import.meta.url);

/** The schema of the ledger and its neighbours. */
export const ownSchema = 'windrow';

type Migration = { readonly number: number; readonly name: string };

async function migrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter(name => /^\d{6}_.*\.sql$/.test(name)).sort();
  return names.map(name => ({ number: Number.parseInt(name, 10), name }));
}

/** The newest migration that a database has had; 0 where there is no schema of ours. */
export async function appliedNumber(client: pg.Client, schema: string): Promise<number> {
  // Not to_regclass(): its cache may still say no after the lock was waited for, when the table has appeared.
  const { rowCount: there } = await client.query(
    `select from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = 'migrations'`,
    [schema],
  );
  if (there === 0) return 0;
  const { rows } = await client.query<{ number: number }>(
    `select coalesce(max(number), 0) as number from ${quote(schema)}.migrations`,
  );
  return rows[0]!.number;
}

/** The newest migration that this version knows. */
export const latestMigration = async (): Promise<number> => (await migrations()).at(-1)?.number ?? 0;

/** Whether Windrow's own schema is there, of this version or an older one. */
export const isMigrated = async (client: pg.Client, schema = ownSchema): Promise<boolean> =>
  (await appliedNumber(client, schema)) > 0;

/**
 * Brings Windrow's own schema to this version's shape; what is applied already is left alone. Of several processes
 * that do so at once one works and the others wait for it. Returns how many migrations were applied.
 */
export async function migrate(client: pg.Client, schema = ownSchema): Promise<number> {
  const all = await migrations();
  const latest = all.at(-1)?.number ?? 0;
  const check = (applied: number): number => {
    if (applied > latest) throw new WindrowError('WR_SCHEMA_NEWER', { schema, applied, latest });
    return applied;
  };
  return inUserTerms(client, async () => {
    // In the usual case that nothing is to be done, this asks for no rights and takes no lock.
    if (check(await appliedNumber(client, schema)) === latest) return 0;
    return inTransaction(client, async () => {
      await client.query("select pg_advisory_xact_lock(hashtextextended('windrow migrate ' || $1, 0))", [
        schema,
      ]);
      const applied = check(await appliedNumber(client, schema));
      if (applied === 0) {
        await client.query(`create schema if not exists ${quote(schema)}`);
        await client.query(
          `create table ${quote(schema)}.migrations (
             number integer primary key, name text not null, applied_at timestamptz not null default now())`,
        );
      }
      const pending = all.filter(({ number }) => number > applied);
      for (const { number, name } of pending) {
        const text = await readFile(new URL(name, folder), 'utf8');
        await client.query(text.replaceAll(':schema', quote(schema)));
        const insert = `insert into ${quote(schema)}.migrations (number, name) values ($1, $2)`;
        await client.query(insert, [number, name]);
      }
      return pending.length;
    });
  });
}
