import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { verifiedChecksums } from '../support/partitions.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { untilAlone } from '../support/untilAlone.ts';

// What a run is killed by, torture.test.ts has; this is its own signal.

const families = ['bollinger_rate', 'statistics_bqx', 'time_features', 'spread_features', 'volume_features'];
const partitions = families.length * 4;

let db: TestDatabase;
let undisturbed: Record<string, string>;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-08', 900));
  expect(await backfill({ database: db.database, families })).toMatchObject({ done: partitions, failed: [] });
  undisturbed = await verifiedChecksums(db.database, families);
});
afterAll(() => db.drop());

test('a backfill that is stopped stops soon, says what is left, and goes on later', async () => {
  const client = await db.connect();
  await client.query("delete from windrow.ledger where month > '2024-07-01'");
  const controller = new AbortController();
  let stopped = 0;
  const report = await backfill({
    ...{ database: db.database, families },
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
  // what the ledger does not have of this run is what the report lists
  const { rows } = await client.query<{ place: string }>(
    `select concat_ws(' ', symbol, to_char(month, 'YYYY-MM'), family) as place from windrow.ledger where run_id = $1`,
    [report.runId],
  );
  const left = report.notStarted.map(({ symbol, month, family }) => `${symbol} ${month} ${family}`);
  expect(left.length).toBeGreaterThan(0);
  expect(rows).toHaveLength(report.done);
  expect(new Set([...left, ...rows.map(({ place }) => place)]).size).toBe(partitions);
  expect(left.length + rows.length).toBe(partitions);
  await untilAlone(client);
  await client.end();
  expect(await backfill({ database: db.database, families })).toMatchObject({ failed: [], notStarted: [] });
  expect(await verifiedChecksums(db.database, families)).toEqual(undisturbed);
});
