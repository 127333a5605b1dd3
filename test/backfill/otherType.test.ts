import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill, verify } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-07', 100));
});
afterAll(() => db.drop());

test('partitions of another type than asked for are named, and verified as what they are', async () => {
  const families = ['bollinger_rate', 'statistics_rate'];
  const { database } = db;
  await backfill({ database, families, type: 'real', workers: 1 });
  const wrong = await verify({ database, families });
  expect(wrong.verdicts).toMatchObject([
    { family: 'bollinger_rate', verdict: 'unreadable', why: expect.stringMatching(/are its columns real/) },
    { family: 'statistics_rate', verdict: 'unreadable' },
  ]);
  const right = await verify({ database, families, type: 'real' });
  expect(right.verdicts).toMatchObject([{ verdict: 'equal' }, { verdict: 'equal' }]);
});
