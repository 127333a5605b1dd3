import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureTable } from '../../host/store/ddl.ts';
import { migrate } from '../../host/store/migrate.ts';
import { familyTable } from '../../host/store/tables.ts';
import { hasOldPostgres, oldBinDir, type TestDatabase, testDatabase } from '../support/postgres.ts';

const all = readdirSync('sql').filter(name => name.endsWith('.sql')).length;

const servers: [name: string, binDir: string | undefined][] = [['embedded', undefined]];
if (hasOldPostgres) servers.push(['Postgres 15', oldBinDir]);

describe.each(servers)('migrations on %s', (_, binDir) => {
  let db: TestDatabase;
  let clients: Awaited<ReturnType<TestDatabase['connect']>>[];

  beforeAll(async () => {
    db = await testDatabase(binDir);
    clients = await Promise.all([db.connect(), db.connect(), db.connect()]);
  });

  afterAll(async () => {
    await Promise.all(clients.map(client => client.end()));
    await db.drop();
  });

  test('of several processes at once one migrates, and later ones find nothing to do', async () => {
    const applied = await Promise.all(clients.map(client => migrate(client)));
    expect(applied.toSorted((a, b) => a - b)).toEqual([0, 0, all]);
    expect(await migrate(clients[0]!)).toBe(0);
  });

  test('the schema is the one on record', async () => {
    const { rows } = await clients[0]!.query<{ line: string }>(`
      select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
             || case when a.attnotnull then ' not null' else '' end as line
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'windrow'::regnamespace and c.relkind = 'r' and a.attnum > 0
      union all
      select regexp_replace(indexdef, '^CREATE (UNIQUE )?INDEX ', '\\1INDEX ') from pg_indexes where schemaname = 'windrow'
      order by 1`);
    const text = rows.map(row => `${row.line}\n`).join('');
    await expect(text).toMatchFileSnapshot('../golden/schema.txt');
  });

  test('another schema is independent of it, whatever its name', async () => {
    expect(await migrate(clients[0]!, 'own "ledger"')).toBe(all);
  });

  test('a schema that a newer Windrow made is left alone', async () => {
    await migrate(clients[0]!, 'later');
    await clients[0]!.query("insert into later.migrations (number, name) values (999, 'of the future')");
    await expect(migrate(clients[0]!, 'later')).rejects.toMatchObject({
      code: 'WR_SCHEMA_NEWER',
      exitCode: 3,
    });
  });

  test('a schema of the same name with tables of its own is refused and not touched', async () => {
    await clients[0]!.query('create schema theirs; create table theirs.parameters (n int)');
    await expect(migrate(clients[0]!, 'theirs')).rejects.toMatchObject({
      code: 'WR_TABLE_FOREIGN',
      message: 'table "parameters" exists and was not made by Windrow',
    });
    const { rows } = await clients[0]!.query("select tablename from pg_tables where schemaname = 'theirs'");
    expect(rows).toEqual([{ tablename: 'parameters' }]);
  });

  test('several processes make the tables of a family together', async () => {
    const table = familyTable({ family: 'shared_rate', set: 'fx', columns: ['a'] });
    const symbols = ['eurusd', 'gbpusd', 'usdjpy'];
    await Promise.all(clients.map(client => ensureTable(client, table, symbols)));
    const { rows } = await clients[0]!.query(
      "select count(*)::int as n from pg_inherits where inhparent = 'public.shared_rate'::regclass",
    );
    expect(rows[0].n).toBe(3);
  });
});
