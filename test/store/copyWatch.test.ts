import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { copyIn } from '../../host/store/copyStream.ts';
import { endOtherSide, noteCopy, watchingCopies } from '../../host/store/copyWatch.ts';
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

describe('the looks at a COPY', () => {
  const limit = 20_000;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A COPY of a connection that ends when it is given up; when it was, in thousandths of the limit. */
  function watched() {
    const given: { at: number; what: string }[] = [];
    const start = performance.now();
    const done = Promise.withResolvers<void>();
    const destroy = (error: Error): void => {
      given.push({ at: performance.now() - start, what: error.message });
      done.reject(error);
    };
    const client = { connection: { stream: { destroy } } } as unknown as pg.Client;
    const copy = noteCopy(client, 'copy "public"."slow" ("a") from stdin (format binary)');
    const ended = watchingCopies(client, limit, () => done.promise).catch(() => {});
    return { given, copy, ended, finish: done.resolve };
  }

  test.each([
    ['from the beginning', 0],
    ['in the midst', 6_500],
  ])('find one that stands still %s when it has for half of the limit', async (_, from) => {
    const { given, copy, ended } = watched();
    // it waits again and again until then
    for (let at = 0; at < from; at += 500) {
      copy.waits();
      vi.advanceTimersByTime(500);
      copy.moved();
    }
    copy.waits();
    vi.advanceTimersByTime(limit);
    await ended;
    expect(given).toHaveLength(1);
    expect(given[0]!.at - from).toBeGreaterThan(0.5 * limit);
    expect(given[0]!.at - from).toBeLessThanOrEqual(0.55 * limit);
    expect(given[0]!.what).toBe('the COPY of "public"."slow" has stood still for 11 s');
  });

  test('find one that has stood still for a tenth of the limit when this is nearly over', async () => {
    const { given, copy, ended } = watched();
    vi.advanceTimersByTime(0.82 * limit);
    copy.waits();
    vi.advanceTimersByTime(0.18 * limit);
    await ended;
    expect(given).toMatchObject([{ at: 0.95 * limit }]);
  });

  test('leave alone what moves now and then, what just began to wait, and what a suspended process has not read', async () => {
    const { given, copy, ended, finish } = watched();
    for (let at = 0; at < 0.6 * limit; at += 0.2 * limit) {
      copy.waits();
      vi.advanceTimersByTime(0.2 * limit);
      copy.moved();
    }
    copy.waits();
    // no timer runs while a process is suspended, and after it each runs once
    vi.setSystemTime(Date.now() + 100 * limit);
    vi.advanceTimersByTime(0.05 * limit);
    copy.moved();
    vi.advanceTimersByTime(0.2 * limit);
    copy.waits();
    vi.advanceTimersByTime(0.15 * limit);
    finish();
    await ended;
    expect(given).toEqual([]);
  });
});
