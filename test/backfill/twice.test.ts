import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill } from '../../host/index.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  const client = await db.connect();
  await client.query(`
    create table m1_eurusd as select t as time, 1 + random() as close
      from generate_series(timestamp '2024-07-31 23:00', '2024-08-01 01:00', '1 min') t;
    insert into m1_eurusd values ('2024-07-31 23:50', 1.5)`);
  await client.end();
});
afterAll(() => db.drop());

test('a bar that is there twice fails the months that read it, and says which it is', async () => {
  const events: string[] = [];
  const report = await backfill({
    database: db.database,
    source: { table: 'm1_{pair}' },
    families: ['statistics_rate'],
    workers: 1,
    onEvent: ({ kind }) => events.push(kind),
  });
  const failure = {
    symbol: 'eurusd',
    code: 'WR_BARS_TWICE',
    cause: 'source "table m1_{pair}" has two bars of "eurusd" at 2024-07-31 23:50:00.000000',
  };
  expect(report.done).toBe(0);
  expect(report.failed).toMatchObject([
    { ...failure, month: '2024-07' },
    { ...failure, month: '2024-08' },
  ]);
  // another attempt would find the same
  expect(events.filter(kind => kind === 'task-start')).toHaveLength(2);
});
