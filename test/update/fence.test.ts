import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Arena } from '../../host/engine/module.ts';
import { openLane, runBatch } from '../../host/update/batch.ts';
import { choose } from '../../host/update/choice.ts';
import type { Due } from '../../host/update/order.ts';
import { becomeWriter, type Writer } from '../../host/update/writer.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { changed, load, madeUp, only, stampsOf, tableDifferences, updated } from './support.ts';

const set = 'stocks-hourly';
const bars = barsBetween(madeUp(set, 'sessions', 1, 60), 0, 60);
/** A bar in the midst is corrected: rows from there on are others. */
const fixed = changed(bars, (cells, row) => (row === 40 ? { ...cells, close: cells.close! + 1 } : cells));
/** What a run from before the correction has found to do: the rows of the newest bars. */
const old: Due = { symbol: 'a', from: bars.time[50]!, to: bars.time[59]!, revision: 1n, peers: {} };

describe('an update that was believed dead', () => {
  let db: TestDatabase;
  let client: pg.Client;
  let dead: pg.Client;
  let writer: Writer;

  beforeEach(async () => {
    db = await testDatabase();
    client = await db.connect();
    await load(db.database, set, { a: barsBetween(bars, 0, 50) });
    await updated({ database: db.database, set });
    await load(db.database, set, { a: barsBetween(bars, 50, 60) });
    dead = await db.connect();
    const { table } = await choose(client, { database: db.database, set });
    writer = await becomeWriter(dead, table, {});
  });
  afterEach(async () => {
    await client.end();
    await db.drop();
  });

  /** Runs the old batch over a connection of its own, as a thread of that update would. */
  const oldBatch = async () => {
    const { order } = await choose(client, { database: db.database, set });
    const lane = await openLane({ ...order, writer }, await Arena.create());
    return runBatch(lane, [old]).finally(() => lane.client.end());
  };
  const die = () => client.query('select pg_terminate_backend($1, 5000)', [writer.pid]);

  test('writes nothing over what its successor has written', async () => {
    await die();
    await load(db.database, set, { a: only(fixed, [40]) });
    await updated({ database: db.database, set });
    const before = await stampsOf(client, set);
    await expect(oldBatch()).rejects.toMatchObject({ code: 'WR_LOCK_LOST', exitCode: 3 });
    expect(await stampsOf(client, set)).toEqual(before);
    expect(await tableDifferences(client, { a: fixed }, { set })).toEqual([]);
  });

  test('writes nothing either before there is one', async () => {
    await die();
    const before = await stampsOf(client, set);
    await expect(oldBatch()).rejects.toMatchObject({ code: 'WR_LOCK_LOST' });
    expect(await stampsOf(client, set)).toEqual(before);
  });

  test('is waited for where it is writing, and then built upon', async () => {
    // the old batch has read its bars when it wants to note how far it has come
    await client.query('begin; lock table windrow.set_progress in share mode');
    const watcher = await db.connect();
    const waitsFor = async (kind: string): Promise<void> => {
      const sql = `select from pg_locks where not granted and locktype = $1
        and database = (select oid from pg_database where datname = current_database())`;
      while ((await watcher.query(sql, [kind])).rowCount === 0) await sleep(10);
    };
    const writing = oldBatch();
    await waitsFor('relation');
    await watcher.query('select pg_terminate_backend($1, 5000)', [writer.pid]);
    await load(db.database, set, { a: only(fixed, [40]) });
    const told: string[] = [];
    let ended = false;
    const successor = updated({
      database: db.database,
      set,
      onEvent: event => {
        if (event.kind === 'note') told.push(event.text);
      },
    }).finally(() => {
      ended = true;
    });
    while (told.length === 0 && !ended) await sleep(10);
    expect(told).toEqual([expect.stringMatching(/^waits for others at feature_engineered_data: /)]);
    await client.query('commit');
    expect(await writing).toMatchObject([{ status: 'done', rows: 10 }]);
    expect((await successor).report).toMatchObject({ failed: 0 });
    expect(await tableDifferences(client, { a: fixed }, { set })).toEqual([]);
    await watcher.end();
  });

  test('is no bar to the one that has the lock', async () => {
    expect(await oldBatch()).toMatchObject([{ status: 'done', rows: 10 }]);
    await dead.end();
    expect(await tableDifferences(client, { a: bars }, { set })).toEqual([]);
  });
});
