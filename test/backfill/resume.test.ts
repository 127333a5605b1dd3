import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backfill } from '../../host/index.ts';
import { fxPartitions } from '../support/counts.ts';
import { draws } from '../support/draws.ts';
import { atPartition, runAndKill, untilAlone } from '../support/killed.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { leftovers, partitionChecksums, verifiedChecksums } from '../support/partitions.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

/** Moments at which processes are killed are drawn from this seed, which failures name. */
const seed = Number(process.env.WINDROW_SEED ?? 20_240_701);
const market = marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-08', 900);
const partitions = fxPartitions(market);

describe('a backfill that is killed', () => {
  let undisturbed: Record<string, string>;
  let db: TestDatabase;

  beforeAll(async () => {
    const quiet = await testDatabase();
    await loadMarket(quiet.database, market);
    expect(await backfill({ database: quiet.database })).toMatchObject({ done: partitions, failed: [] });
    undisturbed = await verifiedChecksums(quiet.database);
    await quiet.drop();
    db = await testDatabase();
    await loadMarket(db.database, market);
  });
  afterAll(() => db.drop());

  test(`loses nothing, and the same command completes it (seed ${seed})`, async () => {
    const { uniform } = draws(seed);
    const client = await db.connect();
    const seen: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const { killed } = await runAndKill(db.url, atPartition(Math.floor(uniform() * 12)), uniform() * 120);
      await untilAlone(client);
      expect(await leftovers(client)).toEqual([]);
      const stored = await partitionChecksums(client);
      for (const [partition, checksum] of Object.entries(stored))
        expect(checksum, partition).toBe(undisturbed[partition]);
      seen.push(Object.keys(stored).length);
      if (!killed) break;
    }
    // it did get killed, more than once, and each run went on from where the last had been
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);

    const { report } = await runAndKill(db.url, atPartition(Number.POSITIVE_INFINITY), 0);
    expect(report).toMatchObject({ failed: [], notStarted: 0 });
    expect(report!.done + report!.skipped).toBe(partitions);
    await client.end();
    expect(await verifiedChecksums(db.database)).toEqual(undisturbed);
  });

  test('while it replaces partitions leaves each as it was or as it will be', async () => {
    const client = await db.connect();
    await client.query("update windrow.ledger set version = 'older'");
    for (const afterPartitions of [1, 9]) {
      await runAndKill(db.url, atPartition(afterPartitions), 15);
      await untilAlone(client);
      expect(await leftovers(client)).toEqual([]);
      expect(await partitionChecksums(client)).toEqual(undisturbed);
    }
    const versions = 'select count(*)::int as n from windrow.ledger where version = $1';
    const older = (await client.query<{ n: number }>(versions, ['older'])).rows[0]!.n;
    expect(older).toBeGreaterThan(0);
    expect(older).toBeLessThan(partitions);
    await client.end();
    const report = await backfill({ database: db.database });
    expect(report).toMatchObject({ done: older, skipped: partitions - older, failed: [] });
    expect(await verifiedChecksums(db.database)).toEqual(undisturbed);
  });

  test('by its signal stops soon, says what is left, and goes on later', async () => {
    const client = await db.connect();
    await client.query("delete from windrow.ledger where month > '2024-07-01'");
    const controller = new AbortController();
    let stopped = 0;
    const report = await backfill({
      database: db.database,
      workers: 2,
      force: true,
      signal: controller.signal,
      onEvent: event => {
        if (event.kind !== 'partition' || controller.signal.aborted) return;
        controller.abort();
        stopped = performance.now();
      },
    });
    expect(performance.now() - stopped).toBeLessThan(5_000);
    expect(report).toMatchObject({ interrupted: true, failed: [] });
    expect(report.notStarted).toBeGreaterThan(0);
    expect(report.done + report.notStarted).toBe(partitions);
    await untilAlone(client);
    await client.end();
    expect(await backfill({ database: db.database })).toMatchObject({ failed: [], notStarted: 0 });
    expect(await verifiedChecksums(db.database)).toEqual(undisturbed);
  });
});
