import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatabase, openDatabase } from '../../host/store/database.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

describe('which database is used', () => {
  let db: TestDatabase;
  const nowhere = 'postgresql://127.0.0.1:1/nowhere';

  beforeAll(async () => {
    db = await testDatabase();
  });

  afterAll(() => db.drop());

  const name = async (options: Parameters<typeof openDatabase>[0]) => {
    const database = await openDatabase(options);
    expect(database).toMatchObject({ embedded: false, dataDir: undefined });
    const client = await database.connect();
    const { rows } = await client.query('select current_database() as name, current_setting($1) as zone', [
      'timezone',
    ]);
    await client.end();
    await database.close();
    expect(rows[0].zone).toBe('UTC');
    return rows[0].name;
  };

  test('the option, then DATABASE_URL, then the PG variables', async () => {
    const own = db.database.connection.where.database;
    expect(await name({ databaseUrl: db.url, env: { DATABASE_URL: nowhere } })).toBe(own);
    expect(await name({ env: { DATABASE_URL: db.url, PGHOST: 'nowhere.invalid' } })).toBe(own);
    const { host, port, user, password, database } = db.database.connection.config;
    const variables = {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
    };
    expect(await name({ env: variables as Record<string, string> })).toBe(own);
    await expect(openDatabase({ databaseUrl: nowhere })).rejects.toMatchObject({
      code: 'WR_DATABASE_UNREACHABLE',
    });
  });

  test('a URL without a password takes it from PGPASSWORD', async () => {
    const bare = db.url.replace(/&password=[^&]*/, '');
    const { password } = db.database.connection.config;
    expect(await name({ databaseUrl: bare, env: { PGPASSWORD: password as string } })).toContain('test_');
  });

  test('the address has a password as other programs read it', async () => {
    const client = await db.connect();
    const role = `spaced_${process.pid}`;
    await client.query(`create role ${role} login password 'a b+c%'`);
    const url = db.url
      .replace(/user=[^&]*/, `user=${role}`)
      .replace(/password=[^&]*/, 'password=a%20b%2Bc%25');
    const database = await openDatabase({ databaseUrl: url });
    await database.close();
    await client.query(`drop role ${role}`);
    await client.end();
    // libpq knows escapes by %, and takes + for itself
    expect(database.secretUrl).toContain('password=a%20b%2Bc%25');
  });

  test('a connection can be handed to a worker thread, and shows no secret', async () => {
    const { connection, url, secretUrl } = db.database;
    const client = await connectDatabase(structuredClone(connection));
    await client.end();
    const password = connection.config.password as string;
    expect(secretUrl).toContain(password);
    expect(url + JSON.stringify(connection.where)).not.toContain(password);
  });
});
