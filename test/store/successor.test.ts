import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureTable } from '../../host/store/ddl.ts';
import { readLedger, recordFailure } from '../../host/store/ledger.ts';
import { migrate } from '../../host/store/migrate.ts';
import { publishPartition } from '../../host/store/publish.ts';
import { isLater, nextRunId } from '../../host/store/runId.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { demoRows, feed, publication } from '../support/publications.ts';

let db: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await migrate(client);
  await ensureTable(client, publication().table, ['eurusd']);
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

const publish = (runId: string | undefined, rows: number) => {
  const one = publication({ runId, version: `of ${rows} rows` });
  return publishPartition(client, one, feed(demoRows(one, rows)));
};
const stored = async () => {
  const [row] = await readLedger(client);
  const { rows } = await client.query('select count(*)::int as n from demo_rate');
  return { rows: rows[0].n, run: row!.runId, version: row!.version, error: row!.error };
};

test('a run that comes back does not publish over one that began after it', async () => {
  const [dead, successor] = [await nextRunId(client), await nextRunId(client)];
  await publish(dead, 3);
  await publish(successor, 4);
  const held = { rows: 4, run: successor, version: 'of 4 rows', error: null };
  expect(await stored()).toEqual(held);
  await expect(publish(dead, 5)).rejects.toMatchObject({ code: 'WR_PARTITION_LATER' });
  expect(await stored()).toEqual(held);

  // nor does its failure stand beside what the other has done
  const { table: place, bars, ...key } = publication({ runId: dead });
  const failure = { ...key, schema: 'public', table: place.name, source: bars.source, code: 'X', error: 'x' };
  await recordFailure(client, failure);
  expect(await stored()).toEqual(held);
  await recordFailure(client, { ...failure, runId: await nextRunId(client) });
  expect(await stored()).toMatchObject({ rows: 4, error: 'x' });
});

test('runs follow each other, whatever the clock does', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 50; i++) ids.push(await nextRunId(client));
  expect(ids.toSorted()).toEqual(ids);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const began = Number.parseInt(ids[0]!.replace('-', '').slice(0, 12), 16);
  expect(Math.abs(began - Date.now())).toBeLessThan(3_600_000);

  // published when the clock was ahead by years
  const ahead = 'ffffffff-0000-7fff-8000-000000000000';
  await client.query('update windrow.ledger set run_id = $1, error = null', [ahead]);
  const next = await nextRunId(client);
  expect(isLater(next, ahead)).toBe(true);
  await publish(next, 6);
  expect(await stored()).toMatchObject({ rows: 6, run: next });

  // ids of older versions say nothing of time
  await client.query("update windrow.ledger set run_id = 'f47ac10b-58cc-4372-a567-0e02b2c3d479'");
  await publish(ids[0], 7);
  await publish(undefined, 8);
  await publish(ids[0], 9);
  expect(await stored()).toMatchObject({ rows: 9, run: ids[0] });
});
