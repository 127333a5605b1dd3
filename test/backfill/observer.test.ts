import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BackfillEvent, backfill } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { leftovers } from '../support/partitions.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-08', 200));
});
afterAll(() => db.drop());

const kinds: BackfillEvent['kind'][] = ['plan', 'task-start', 'partition', 'task-done'];

test.for(kinds)(
  'an observer that throws at the event "%s" stops the run, which rejects with its error',
  async kind => {
    const heard: string[] = [];
    const run = backfill({
      database: db.database,
      families: ['bollinger_rate', 'statistics_rate'],
      workers: 1,
      force: true,
      onEvent: event => {
        heard.push(event.kind);
        if (event.kind === kind) throw new Error(`no more of ${kind}`);
      },
    });
    await expect(run).rejects.toThrow(`no more of ${kind}`);
    expect(heard.at(-1)).toBe(kind);
    const client = await db.connect();
    expect(await leftovers(client)).toEqual([]);
    await client.end();
  },
);
