import type pg from 'pg';

/** What the schemas of a measurement are called: one with bars, and one for each run, which ends with `_run`. */
export const benchPrefix = 'windrow_bench_';

/** The name of the lock that a measurement holds for as long as it lives. */
export const benchLock = (schema: string): string => `windrow bench ${schema}`;

/** Schemas of measurements whose process is gone: it was killed before it could drop them. */
export async function benchLeftovers(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select n.nspname as name from pg_namespace n
     where n.nspname ~ ('^' || $1 || '[0-9a-f]{8}(_run)?$') and not exists (
       select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 1
         and l.database = (select oid from pg_database where datname = current_database())
         and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended($2 || left(n.nspname, $3), 0))
     order by 1`,
    [benchPrefix, benchLock(''), benchPrefix.length + 8],
  );
  return rows.map(({ name }) => name);
}
