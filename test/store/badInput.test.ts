import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeBars } from '../../host/store/bars.ts';
import { openDatabase } from '../../host/store/database.ts';
import { ensureTable } from '../../host/store/ddl.ts';
import { migrate } from '../../host/store/migrate.ts';
import { publishPartition } from '../../host/store/publish.ts';
import { familyTable } from '../../host/store/tables.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { demoRows, feed, publication } from '../support/publications.ts';

describe('what the database may answer', () => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await migrate(client);
    await ensureTable(client, publication().table, ['eurusd']);
  });

  afterAll(async () => {
    await client.query('drop owned by windrow_guest cascade; drop role windrow_guest').catch(() => {});
    await client.end();
    await db.drop();
  });

  /** The test database's URL with another user, password or database. */
  const urlWith = (changes: Record<string, string>) => {
    const url = new URL(db.url);
    for (const [name, value] of Object.entries(changes)) {
      if (name === 'database') url.pathname = `/${value}`;
      else url.searchParams.set(name, value);
    }
    return url.href;
  };

  const refusal = async (databaseUrl: string) => {
    const error = await openDatabase({ databaseUrl }).then(
      () => undefined,
      error => error,
    );
    return {
      code: error.code,
      exitCode: error.exitCode,
      message: error.message as string,
      hint: error.hint as string,
    };
  };

  test('nothing at the address', async () => {
    const tcp = await refusal('postgresql://me:secret@127.0.0.1:1/db');
    expect(tcp).toMatchObject({ code: 'WR_DATABASE_UNREACHABLE', exitCode: 3 });
    expect(tcp.message).toBe(
      'no database answers at "postgresql://me@127.0.0.1:1/db": connect ECONNREFUSED 127.0.0.1:1',
    );
    const slip = await refusal('postgresql:/me:secret@127.0.0.1:1/db');
    expect(slip.message).toBe('no database answers at "***@127.0.0.1:1/db": this is not a database URL');
    expect(await refusal('postgresql:///db?host=/nowhere')).toMatchObject({
      code: 'WR_DATABASE_UNREACHABLE',
    });
    expect(await refusal('postgresql://nowhere.invalid/db')).toMatchObject({
      code: 'WR_DATABASE_UNREACHABLE',
    });
    const text = await refusal('mysql://me:secret@host/db');
    expect(text).toMatchObject({ code: 'WR_DATABASE_UNREACHABLE' });
    expect(text.message).not.toContain('secret');
  });

  test('wrong password, no password, unknown user, unknown database', async () => {
    const wrong = await refusal(urlWith({ password: 'wrong' }));
    expect(wrong).toMatchObject({ code: 'WR_DATABASE_PASSWORD', exitCode: 3 });
    expect(wrong.message).toContain('does not let user "windrow" in: password authentication failed');
    expect(wrong.message).not.toContain('wrong');
    const none = await refusal(db.url.replace(/&password=[^&]*/, ''));
    expect(none).toMatchObject({ code: 'WR_DATABASE_PASSWORD' });
    expect(none.message).toContain('no password was given');
    expect(await refusal(urlWith({ user: 'nobody' }))).toMatchObject({ code: 'WR_DATABASE_PASSWORD' });
    const missing = await refusal(urlWith({ database: 'nonesuch' }));
    expect(missing).toMatchObject({
      code: 'WR_DATABASE_MISSING',
      hint: expect.stringContaining('createdb nonesuch'),
    });
  });

  test('no rights, and no connection to be had', async () => {
    await client.query("create role windrow_guest login password 'guest'");
    const url = urlWith({ user: 'windrow_guest', password: 'guest' });
    const database = await openDatabase({ databaseUrl: url });
    const guest = await database.connect();
    const denied = { code: 'WR_DATABASE_RIGHTS', exitCode: 3 };
    await expect(migrate(guest)).rejects.toMatchObject(denied);
    await expect(migrate(guest, 'guests')).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining(
        'user "windrow_guest" may not do this in the database: permission denied',
      ),
      hint: expect.stringMatching(/^grant it: "GRANT CREATE ON DATABASE test_\w+ TO windrow_guest/),
    });
    const table = familyTable({ family: 'other', set: 'fx', columns: ['a'] });
    await expect(ensureTable(guest, table, ['eurusd'])).rejects.toMatchObject(denied);
    await expect(publishPartition(guest, publication(), feed([]))).rejects.toMatchObject(denied);
    await guest.end();
    await client.query('alter role windrow_guest connection limit 0');
    expect(await refusal(url)).toMatchObject({ code: 'WR_DATABASE_FULL' });
  });

  test('tables of the same name that are not ours are refused on every level', async () => {
    const foreign = (table: string) => ({
      code: 'WR_TABLE_FOREIGN',
      message: `table "public.${table}" exists and was not made by Windrow`,
    });
    await client.query(`
      create table theirs (ts_utc timestamp not null, a float8, pair text not null);
      create table demo_rate_audusd (n int);
      create table demo_rate_eurusd_2024_07 (n int);
      create table market_data (n int)`);
    const theirs = familyTable({ family: 'theirs', set: 'fx', columns: ['a'] });
    await expect(ensureTable(client, theirs, [])).rejects.toMatchObject(foreign('theirs'));
    await expect(ensureTable(client, publication().table, ['audusd'])).rejects.toMatchObject(
      foreign('demo_rate_audusd'),
    );
    const bars = writeBars(client, { symbol: 'eurusd', month: '2024-07', columns: ['close'] }, async () => 0);
    await expect(bars).rejects.toMatchObject(foreign('market_data'));
    const wanted = publication();
    const publishing = publishPartition(client, wanted, feed(demoRows(wanted, 3)));
    await expect(publishing).rejects.toMatchObject(foreign('demo_rate_eurusd_2024_07'));
    await client.query('drop table demo_rate_eurusd_2024_07');
  });

  test('a family that changed its shape gains columns, but does not change their type', async () => {
    const columns = ['w5_mean', 'w5_std', 'w5_new'];
    const grown = familyTable({ family: 'demo_rate', set: 'fx', columns });
    await ensureTable(client, grown, ['eurusd']);
    const wanted = publication({ table: grown });
    const rows = demoRows(wanted, 3).map(row => [...row.slice(0, 3), 0.5, row[3]!]);
    await publishPartition(client, wanted, feed(rows));
    const real = familyTable({ family: 'demo_rate', set: 'fx', columns, type: 'real' });
    await expect(ensureTable(client, real, [])).rejects.toMatchObject({
      code: 'WR_TABLE_SHAPE',
      message: 'table "public.demo_rate" has column "w5_mean" of type double precision, asked for is real',
    });
    const shorter = publication({ month: '2024-08' });
    await ensureTable(client, shorter.table, ['eurusd']);
    await publishPartition(client, shorter, feed(demoRows(shorter, 3)));
    const { rows: stored } = await client.query('select w5_new from demo_rate order by ts_utc');
    expect(stored.map(row => row.w5_new)).toEqual([0.5, 0.5, 0.5, null, null, null]);
  });

  test('names and rows that Postgres cannot hold are refused before anything is made', async () => {
    const columns = Array.from({ length: 1100 }, (_, index) => `c${index}`);
    const wide = () => familyTable({ family: 'wide', set: 'fx', columns });
    expect(wide).toThrow(expect.objectContaining({ code: 'WR_TABLE_WIDE' }));
    expect(() => familyTable({ family: 'wide', set: 'fx', columns, type: 'real' })).not.toThrow();
    const long = familyTable({ family: 'f'.repeat(50), set: 'fx', columns: ['a'] });
    const publishing = publishPartition(client, publication({ table: long }), feed([]));
    await expect(publishing).rejects.toMatchObject({ code: 'WR_NAME' });
  });

  test('names cannot smuggle SQL in', async () => {
    const family = `x"; drop table demo_rate; --`;
    const symbol = `o'x\\'; drop table demo_rate; --`;
    const wanted = publication({
      family,
      symbol,
      table: familyTable({ family, set: "'", columns: [`w"1'`] }),
    });
    await ensureTable(client, wanted.table, [symbol]).catch(error => expect(error.code).toBe('WR_NAME'));
    const brief = { family: `a"b'`, symbol: `o'x\\` };
    const odd = publication({ ...brief, table: familyTable({ ...brief, set: "'", columns: [`w"1'`, 'b'] }) });
    await ensureTable(client, odd.table, [brief.symbol]);
    expect(await publishPartition(client, odd, feed(demoRows(odd, 2)))).toMatchObject({ rows: 2 });
    await client.query('select 1 from demo_rate');
  });

  test('a connection that is cut in the middle of a COPY is reported as lost and as worth another try', async () => {
    const other = await db.connect();
    const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
    const wanted = publication({ month: '2024-09' });
    const cut = publishPartition(other, wanted, async write => {
      await write(new Uint8Array(Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')));
      await client.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
      return feed(demoRows(wanted, 50_000))(write);
    });
    const error = await cut.catch(error => error);
    expect(error).toMatchObject({ code: 'WR_DATABASE_LOST', exitCode: 3 });
    await other.end();
    const again = publishPartition(client, wanted, feed(demoRows(wanted, 5)));
    expect(await again).toMatchObject({ rows: 5, replaced: false });
  });
});
