import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Arena } from '../../host/engine/module.ts';
import { openLane, runBatch } from '../../host/update/batch.ts';
import { choose } from '../../host/update/choice.ts';
import { becomeWriter } from '../../host/update/writer.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { load, type Market, madeUp, updated } from './support.ts';

const set = 'stocks-daily';

let db: TestDatabase;
let client: pg.Client;
const market: Market = {
  a: madeUp(set, 'weekdays', 1, 700),
  b: madeUp(set, 'nulls', 2, 1_100),
  gspc: madeUp(set, 'jumps', 3, 700),
};

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await load(db.database, set, { ...market, a: barsBetween(market.a!, 0, 400) });
  await updated({ database: db.database, set });
  await load(db.database, set, market);
  await client.query(
    "delete from feature_daily where symbol = 'gspc'; alter table feature_daily add constraint refused check (symbol <> 'gspc')",
  );
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

test('a lane keeps nothing of the batches that it has done or failed at', async () => {
  const chosen = await choose(client, { database: db.database, set });
  const order = { ...chosen.order, writer: await becomeWriter(client, chosen.table, {}) };
  const lane = await openLane(order, await Arena.create());
  const { arena } = lane;
  const due = (symbol: string) => ({ symbol, from: undefined, to: undefined, revision: 0n, peers: {} });
  const top = arena.top;
  let size = 0;
  for (let round = 0; round < 5; round++) {
    await expect(runBatch(lane, [due('b'), due('gspc')])).rejects.toMatchObject({ code: '23514' });
    expect(arena.top).toBe(top);
    await runBatch(lane, [
      { ...due('a'), to: market.a!.time[399] },
      { ...due('b'), from: market.b!.time[900] },
    ]);
    expect(arena.top).toBe(top);
    if (round === 0) size = arena.memory.buffer.byteLength;
  }
  expect(arena.memory.buffer.byteLength).toBe(size);
  await lane.client.end();
});
