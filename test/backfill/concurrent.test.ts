import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackfillEvent, backfill, openDatabase } from '../../host/index.ts';
import { releaseLock, takeLock } from '../../host/store/locks.ts';
import { partitionLock } from '../../host/store/partition.ts';
import { familyTable } from '../../host/store/tables.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { leftovers, verifiedChecksums } from '../support/partitions.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const market = marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-08', 1_000);
const families = ['bollinger_rate', 'statistics_rate', 'time_features'];
const partitions = 12;

describe('two backfills of the same partitions', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    await loadMarket(db.database, market);
  });
  afterAll(() => db.drop());

  test('at once share them, and neither fails', async () => {
    const run = async (applicationName: string) => {
      const database = await openDatabase({ databaseUrl: db.url, applicationName });
      const report = await backfill({ database, families, workers: 2 });
      await database.close();
      return report;
    };
    const reports = await Promise.all([run('one'), run('two')]);
    for (const report of reports) {
      expect(report).toMatchObject({ failed: [], notStarted: [] });
      expect(report.done + report.skipped).toBe(partitions);
    }
    // none is computed twice
    expect(reports[0]!.done + reports[1]!.done).toBe(partitions);
    const client = await db.connect();
    expect(await leftovers(client)).toEqual([]);
    await client.end();
    expect(Object.keys(await verifiedChecksums(db.database, families))).toHaveLength(partitions);
  });

  test('wait for each other and say for whom', async () => {
    const holder = await openDatabase({ databaseUrl: db.url, applicationName: 'the other one' });
    const client = await holder.connect();
    const table = familyTable({ family: 'statistics_rate', set: 'fx', columns: ['w20_mean'] });
    const lock = partitionLock({ table, symbol: 'usdjpy', month: '2024-08' });
    await takeLock(client, lock, 'session');
    const events: BackfillEvent[] = [];
    let released = false;
    const report = await backfill({
      database: db.database,
      families,
      force: true,
      onEvent: event => {
        events.push(event);
        if (event.kind !== 'waiting' || released) return;
        released = true;
        void releaseLock(client, lock);
      },
    });
    const waiting = events.filter(event => event.kind === 'waiting');
    expect(waiting).toHaveLength(1);
    expect(waiting[0]).toMatchObject({ symbol: 'usdjpy', month: '2024-08', family: 'statistics_rate' });
    expect(waiting[0]!.holder).toContain('the other one');
    // not before it had done what comes behind it
    const before = events.slice(0, events.indexOf(waiting[0]!)).filter(event => event.kind === 'partition');
    expect(before).toContainEqual(
      expect.objectContaining({ symbol: 'usdjpy', month: '2024-08', family: 'time_features' }),
    );
    // what the other had published meanwhile is not done again
    expect(report).toMatchObject({ failed: [], notStarted: [], skipped: 1, done: partitions - 1 });
    await client.end();
    await holder.close();
  });

  test('within one run replace the months of a symbol side by side, and none waits for long', async () => {
    for (let run = 0; run < 3; run++) {
      const selection = { families, symbols: ['eurusd'], force: true };
      const report = await backfill({ database: db.database, ...selection, workers: 2, attempts: 1 });
      expect(report).toMatchObject({ done: 6, failed: [] });
      expect(report.tookMs).toBeLessThan(60_000);
    }
  });
});
