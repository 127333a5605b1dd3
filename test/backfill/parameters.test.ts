import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-07', 200));
});
afterAll(() => db.drop());

test('a configured baseline counts for a new symbol; later another one is named as not in force', async () => {
  const run = (eurusd: number) =>
    backfill({
      database: db.database,
      families: ['bollinger_rate'],
      workers: 1,
      parameters: { baseline: { eurusd, nowhere: 1 } },
    });
  const named = (notes: readonly string[]) => notes.filter(note => note.includes('baseline'));
  const first = await run(1.25);
  expect(first).toMatchObject({ done: 1, failed: [] });
  expect(named(first.notes)).toEqual([]);
  const second = await run(7);
  expect(second).toMatchObject({ done: 0, skipped: 1 });
  expect(named(second.notes)).toEqual([
    'eurusd: baseline is 1.25, stored when the symbol was first backfilled, not 7 as configured',
  ]);
});
