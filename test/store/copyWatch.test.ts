import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyIn } from '../../host/store/copyStream.ts';
import { endOtherSide, watchingCopies } from '../../host/store/copyWatch.ts';
import { monthMicros } from '../../host/store/month.ts';
import { receiveCopy } from '../../host/store/receiveCopy.ts';
import { encodeCopy } from '../support/copyBytes.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { untilAlone } from '../support/untilAlone.ts';

describe('a COPY with a limit', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    const client = await db.connect();
    // the server sleeps in the first row, or a little in each
    await client.query(`
      create table slow (ts_utc timestamp, value float8);
      create function rest() returns trigger language plpgsql as $$
      begin perform pg_sleep(new.value); return new; end $$;
      create trigger rest before insert on slow for each row execute function rest()`);
    await client.end();
  });
  afterAll(() => db.drop());

  const rows = (...seconds: number[]) =>
    encodeCopy(seconds.map((value, row) => [{ time: monthMicros('2024-07') + row }, value]));
  const into = 'copy "public"."slow" ("ts_utc", "value") from stdin (format binary)';

  test('is given up with what stood still, and its locks are let go', async () => {
    const stuck = await db.connect();
    const run = watchingCopies(stuck, 700, () => copyIn(stuck, into, write => write(rows(60))));
    await expect(run).rejects.toMatchObject({
      code: 'WR_COPY_STUCK',
      message: expect.stringMatching(/^the COPY of "public"."slow" has stood still for [01] s$/),
    });
    await endOtherSide(db.database.connection, stuck);
    const client = await db.connect();
    await untilAlone(client);
    await client.query('begin; lock table slow in access exclusive mode nowait; rollback');
    await client.end();
    await stuck.end();
  });

  test('is given up where the server sends nothing', async () => {
    const stuck = await db.connect();
    const sql = 'copy (select now()::timestamp, pg_sleep(60)) to stdout (format binary)';
    const receiver = { receive: (bytes: Uint8Array) => bytes.length };
    await expect(watchingCopies(stuck, 500, () => receiveCopy(stuck, sql, receiver))).rejects.toMatchObject({
      code: 'WR_COPY_STUCK',
    });
    await endOtherSide(db.database.connection, stuck);
    await stuck.end();
  });

  test('goes on where it is we who take time, and where no COPY is under way', async () => {
    const client = await db.connect();
    const late = watchingCopies(client, 300, () =>
      copyIn(client, into, async write => {
        await new Promise(resolve => setTimeout(resolve, 500));
        await write(rows(0, 0));
      }),
    );
    expect(await late).toMatchObject({ rows: 2 });
    await watchingCopies(client, 300, () => client.query('select pg_sleep(0.5)'));
    await client.end();
  });
});
