import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BackfillReport, backfill, type Database, openDatabase, verify } from '../../host/index.ts';
import { releaseLock, takeLock } from '../../host/store/locks.ts';
import { partitionLock } from '../../host/store/partition.ts';
import { familyTable } from '../../host/store/tables.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const family = 'bollinger_rate';
const [month] = marketMonths(['eurusd'], '2024-07', '2024-07', 300);

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, [month!]);
});
afterAll(() => db.drop());

/** Backfills while another process has the partition, until the backfill says that it waits. */
async function backfillBehind(holder: Database, options: { force?: boolean } = {}): Promise<BackfillReport> {
  const client = await holder.connect();
  const table = familyTable({ family, set: 'fx', columns: [] });
  const lock = partitionLock({ table, symbol: 'eurusd', month: '2024-07' });
  await takeLock(client, lock, 'session');
  const report = await backfill({
    database: db.database,
    families: [family],
    workers: 1,
    taskTimeoutMs: 20_000,
    ...options,
    onEvent: ({ kind }) => {
      if (kind === 'waiting') void releaseLock(client, lock);
    },
  });
  await client.end();
  return report;
}

test('a backfill that waited publishes what nobody else has published from the same bars', async () => {
  const holder = await openDatabase({ databaseUrl: db.url, applicationName: 'another' });
  const verdict = async () =>
    (await verify({ database: db.database, families: [family] })).verdicts.map(({ verdict }) => verdict);

  expect(await backfillBehind(holder)).toMatchObject({ done: 1, skipped: 0, failed: [] });
  expect(await verdict()).toEqual(['equal']);

  // the ledger has it done by this version from these bars
  expect(await backfillBehind(holder, { force: true })).toMatchObject({ done: 0, skipped: 1, failed: [] });

  // by this version, but from older bars
  const { bars } = month!;
  const close = bars.columns.close!.with(100, bars.columns.close![100]! * 1.001);
  await loadMarket(db.database, [{ ...month!, bars: { ...bars, columns: { ...bars.columns, close } } }]);
  expect(await verdict()).toEqual(['differs']);
  expect(await backfillBehind(holder)).toMatchObject({ done: 1, skipped: 0, failed: [] });
  expect(await verdict()).toEqual(['equal']);
  await holder.close();
});
