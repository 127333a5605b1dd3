import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setByName } from '../../host/catalog/catalog.ts';
import { type BackfillEvent, type BackfillReport, backfill } from '../../host/index.ts';
import { readLedger } from '../../host/store/ledger.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { leftovers, verifiedChecksums } from '../support/partitions.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const workerFile = new URL('../support/workers/faulty.ts', import.meta.url);
const families = ['bollinger_rate', 'time_features', 'spread_features'];
const months = ['2024-07', '2024-08', '2024-09', '2024-10', '2024-11', '2024-12'];

describe('a task that fails', () => {
  let db: TestDatabase;
  let report: BackfillReport;
  const events: BackfillEvent[] = [];

  beforeAll(async () => {
    db = await testDatabase();
    await loadMarket(db.database, marketMonths(['eurusd', 'usdjpy'], months[0]!, months.at(-1)!, 400));
    report = await backfill({
      database: db.database,
      families,
      workers: 2,
      workerFile,
      taskTimeoutMs: 8_000,
      taskMemoryMb: 64,
      onEvent: event => events.push(event),
    });
  });
  afterAll(() => db.drop());

  test('fails alone: everything else is published', async () => {
    expect(report).toMatchObject({ tasks: 12, done: 24, skipped: 0, notStarted: [], interrupted: false });
    const client = await db.connect();
    const done = (await readLedger(client)).filter(({ status }) => status === 'done');
    expect(done).toHaveLength(24);
    expect(done.filter(({ symbol }) => symbol === 'eurusd')).toHaveLength(18);
    expect(await leftovers(client)).toEqual([]);
    await client.end();
  });

  test('is named with its cause', () => {
    const causes = Object.fromEntries(
      report.failed.map(({ symbol, month, code, cause }) => [`${symbol} ${month}`, `${code}: ${cause}`]),
    );
    expect(Object.keys(causes).sort()).toEqual(months.slice(0, 4).map(month => `usdjpy ${month}`));
    expect(causes['usdjpy 2024-07']).toMatch(/the fault that was asked for/);
    expect(causes['usdjpy 2024-08']).toMatch(/^WR_TASK_TIMEOUT: .*usdjpy 2024-08.*8/);
    expect(causes['usdjpy 2024-09']).toMatch(/^WR_TASK_MEMORY: .*usdjpy 2024-09.*64/);
    expect(causes['usdjpy 2024-10']).toMatch(/^WR_THREAD_LOST: .*usdjpy 2024-10/);
  });

  test('is tried again, and no other is', () => {
    const failed = events.filter(event => event.kind === 'task-failed');
    const attempts = Map.groupBy(failed, ({ task }) => `${task.symbol} ${task.month}`);
    expect([...attempts.keys()].sort()).toEqual(months.map(month => `usdjpy ${month}`));
    for (const [task, events] of attempts) {
      const lasts = months.slice(0, 4).some(month => task === `usdjpy ${month}`);
      expect(events.map(({ retries }) => retries)).toEqual(lasts ? [true, false] : [true]);
    }
  });

  test('takes up what the attempt before has left', () => {
    const rest = new Set(families);
    let attempt = 0;
    for (const event of events) {
      if (event.kind === 'partition' && event.symbol === 'usdjpy' && event.month === '2024-12')
        expect(rest.delete(event.family)).toBe(true);
      if (event.kind !== 'task-start' || event.task.symbol !== 'usdjpy' || event.task.month !== '2024-12')
        continue;
      expect(event.attempt).toBe(++attempt);
      expect(new Set(event.task.families)).toEqual(rest);
    }
    expect(attempt).toBeGreaterThan(1);
    expect(rest.size).toBe(0);
  });

  test('is done by the next run', async () => {
    const again = await backfill({ database: db.database, families });
    expect(again).toMatchObject({ done: 12, skipped: 24, failed: [], notStarted: [] });
    expect(Object.keys(await verifiedChecksums(db.database, families))).toHaveLength(36);
  });

  test('is not followed by all others where each fails from what is wrong with the database', async () => {
    const client = await db.connect();
    await client.query(`
      create function full_disk() returns event_trigger language plpgsql as $$
      begin raise exception 'no space left on device' using errcode = '53100'; end $$;
      create event trigger full_disk on ddl_command_end when tag in ('CREATE TABLE') execute function full_disk()`);
    const stopped = await backfill({ database: db.database, families, workers: 2, force: true });
    await client.query('drop event trigger full_disk');
    await client.end();
    expect(stopped).toMatchObject({ done: 0, gaveUp: true, interrupted: false });
    expect(new Set(stopped.failed.map(({ code }) => code))).toEqual(new Set(['WR_DISK_FULL']));
    // eight tasks, and the one that was under way beside the last of them
    const tried = new Set(stopped.failed.map(({ symbol, month }) => `${symbol} ${month}`));
    expect([8, 9]).toContain(tried.size);
    expect(stopped.failed.length + stopped.notStarted.length).toBe(36);
    expect(stopped.notStarted.some(({ symbol, month }) => tried.has(`${symbol} ${month}`))).toBe(false);
  });
});

describe('a family that fails', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-07', 400));
  });
  afterAll(() => db.drop());

  test('does not keep the others from being published, and is noted in the ledger', async () => {
    const client = await db.connect();
    await backfill({ database: db.database, families: ['time_features'] });
    // a trigger of the user's that refuses: any error that the database may have
    await client.query(`
      create function refuse() returns event_trigger language plpgsql as $$
      begin raise exception 'no space for you' using errcode = 'P0001'; end $$;
      create event trigger refuse on ddl_command_end when tag in ('CREATE TABLE') execute function refuse();
      alter event trigger refuse disable`);
    await backfill({ database: db.database, families: ['bollinger_rate'] });
    await client.query('alter event trigger refuse enable');
    const report = await backfill({
      database: db.database,
      families: ['bollinger_rate', 'time_features'],
      force: true,
      attempts: 1,
    });
    await client.query('drop event trigger refuse');
    expect(report.failed.map(({ family, cause }) => [family, cause])).toEqual([
      ['bollinger_rate', 'no space for you'],
      ['time_features', 'no space for you'],
    ]);
    const ledger = await readLedger(client);
    expect(ledger).toHaveLength(2);
    for (const row of ledger) expect(row).toMatchObject({ error: 'no space for you', attempt: 1 });
    const again = await backfill({ database: db.database, families: ['bollinger_rate', 'time_features'] });
    expect(again).toMatchObject({ done: 2, failed: [] });
    expect(await leftovers(client)).toEqual([]);
    await client.end();
  });

  test('leaves a table that is not ours alone', async () => {
    const client = await db.connect();
    await client.query('create table bollinger_bqx (mine text); insert into bollinger_bqx values ($$here$$)');
    const run = backfill({ database: db.database, families: ['bollinger_bqx'] });
    await expect(run).rejects.toMatchObject({ code: 'WR_TABLE_FOREIGN' });
    expect((await client.query('select * from bollinger_bqx')).rows).toEqual([{ mine: 'here' }]);
    await client.end();
  });
});

test('every family of the test is one of the set', () => {
  const known = setByName('fx').families.map(({ name }) => name);
  expect(families.filter(name => !known.includes(name))).toEqual([]);
});
