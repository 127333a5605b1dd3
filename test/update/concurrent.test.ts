import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type UpdateEvent, update } from '../../host/index.ts';
import { releaseLock, takeLock } from '../../host/store/locks.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { changed, load, type Market, madeUp, only, tableDifferences, updated } from './support.ts';

const set = 'stocks-hourly';
const lock = 'windrow rows public.feature_engineered_data';
const symbols = Array.from({ length: 300 }, (_, i) => `s${i}`);
const shared = Array.from({ length: 10 }, (_, i) => madeUp(set, 'sessions', i, 120));
const market: Market = Object.fromEntries(symbols.map((symbol, i) => [symbol, shared[i % 10]!]));
const part = (market: Market, from: number, to: number): Market =>
  Object.fromEntries(Object.entries(market).map(([symbol, bars]) => [symbol, barsBetween(bars, from, to)]));

describe('updates and others at once', () => {
  let db: TestDatabase;
  let client: pg.Client;
  beforeEach(async () => {
    db = await testDatabase();
    client = await db.connect();
  });
  afterEach(async () => {
    await client.end();
    await db.drop();
  });

  test('two updates, in a database where nothing is: one does the work, the other waits and finds it done', async () => {
    await load(db.database, set, market);
    const run = async (applicationName: string) => {
      const database = await openDatabase({ databaseUrl: db.url, applicationName });
      return update({ database, set }).finally(() => database.close());
    };
    const reports = await Promise.all([run('the one'), run('the other')]);
    reports.sort((a, b) => b.rows - a.rows);
    expect(reports[0]).toMatchObject({
      done: symbols.length,
      failed: 0,
      notes: [],
      rows: symbols.length * 120,
    });
    expect(reports[1]).toMatchObject({ done: 0, unchanged: symbols.length, failed: 0, rows: 0 });
    expect(reports[1]!.notes).toEqual([
      expect.stringMatching(/^waits for .*feature_engineered_data: "the o/),
    ]);
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  test('an update that waits can be stopped, and has done nothing', async () => {
    await load(db.database, set, part(market, 0, 5));
    await takeLock(client, lock, 'session');
    const abort = new AbortController();
    const waiting = update({
      database: db.database,
      set,
      signal: abort.signal,
      onEvent: () => abort.abort(),
    });
    await expect(waiting).rejects.toThrow(/abort/);
    await releaseLock(client, lock);
    const { rows } = await client.query("select to_regclass('feature_engineered_data') as t");
    expect(rows).toEqual([{ t: null }]);
  });

  test.each([0, 2])(
    'an update that is stopped, %i threads, ends between two batches, and the next goes on',
    async workers => {
      await load(db.database, set, part(market, 0, 30));
      const abort = new AbortController();
      const events: UpdateEvent[] = [];
      const { report } = await updated({
        database: db.database,
        set,
        workers,
        signal: abort.signal,
        onEvent: event => {
          events.push(event);
          if (event.kind === 'symbol') abort.abort();
        },
      });
      expect(report).toMatchObject({ interrupted: true, failed: 0, unchanged: 0 });
      expect(report.done).toBeGreaterThan(0);
      expect(report.done).toBeLessThan(symbols.length);
      expect(events.filter(({ kind }) => kind === 'symbol')).toHaveLength(report.done);
      const next = await updated({ database: db.database, set });
      expect(next.report).toMatchObject({ interrupted: false, failed: 0 });
      // of the batch that was stopped as it was written nobody told
      expect(next.report.done).toBeLessThanOrEqual(symbols.length - report.done);
      expect(await tableDifferences(client, part(market, 0, 30), { set })).toEqual([]);
    },
  );

  test('an update whose own connection breaks off says so; what was written stays, and the next goes on', async () => {
    await load(db.database, set, part(market, 0, 30));
    const cut = () =>
      client.query(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
           and ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, 0)
           and database = (select oid from pg_database where datname = current_database())`,
        [lock],
      );
    let cutting: Promise<unknown> | undefined;
    const broken = update({
      database: db.database,
      set,
      onEvent: event => {
        if (event.kind === 'symbol') cutting ??= cut();
      },
    });
    // whichever notices first: the next batch, or the end
    const code = expect.stringMatching(/^WR_(LOCK|DATABASE)_LOST$/);
    await expect(broken).rejects.toMatchObject({ code, exitCode: 3 });
    await cutting;
    expect((await updated({ database: db.database, set })).report).toMatchObject({ failed: 0 });
    expect(await tableDifferences(client, part(market, 0, 30), { set })).toEqual([]);
  });

  test.each([0, 2])(
    'a listener that throws ends an update, %i threads, between two batches',
    async workers => {
      await load(db.database, set, part(market, 0, 10));
      let told = 0;
      const onEvent = ({ kind }: UpdateEvent): void => {
        if (kind === 'symbol' && ++told === 3) throw new Error('enough');
      };
      await expect(update({ database: db.database, set, workers, onEvent })).rejects.toThrow('enough');
      expect(told).toBe(3);
      const { report } = await updated({ database: db.database, set });
      expect(report).toMatchObject({ failed: 0, notes: [] });
      expect(await tableDifferences(client, part(market, 0, 10), { set })).toEqual([]);
    },
  );

  test('a process that is killed has written each symbol whole or not at all, and holds up nobody', async () => {
    const script = fileURLToPath(new URL('./updateProcess.ts', import.meta.url));
    await load(db.database, set, part(market, 0, 60));
    const child = spawn(process.execPath, [script, db.url, set], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<NodeJS.Signals | null>(resolve =>
      child.once('exit', (_, signal) => resolve(signal)),
    );
    let seen = 0;
    for await (const line of createInterface({ input: child.stdout }))
      if (JSON.parse(line).kind === 'symbol' && ++seen === 1) child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const others = `select count(*)::int as n from pg_stat_activity where datname = current_database()
      and pid <> pg_backend_pid() and backend_type = 'client backend'`;
    while ((await client.query<{ n: number }>(others)).rows[0]!.n > 0) await sleep(20);
    const { rows } = await client.query(
      'select symbol, count(*)::int as n from feature_engineered_data group by 1 having count(*) <> 60',
    );
    expect(rows).toEqual([]);
    const { report } = await updated({ database: db.database, set });
    expect(report).toMatchObject({ failed: 0, notes: [] });
    expect(report.done).toBeGreaterThan(0);
    expect(report.done).toBeLessThan(symbols.length);
    expect(await tableDifferences(client, part(market, 0, 60), { set })).toEqual([]);
  });

  test('bars that are corrected while their rows are computed are found by the next run', async () => {
    const own = { a: barsBetween(madeUp(set, 'sessions', 1, 120), 0, 100) };
    const [a] = [madeUp(set, 'sessions', 1, 120)];
    const fixed = changed(a, (cells, row) => (row === 40 ? { ...cells, close: cells.close! + 1 } : cells));
    await load(db.database, set, own);
    await updated({ database: db.database, set });
    await load(db.database, set, { a: barsBetween(a, 100, 110) });
    // the update has read the bars when it wants to note how far it has come
    await client.query('begin; lock table windrow.set_progress in share mode');
    const running = updated({ database: db.database, set });
    const blocked = `select from pg_locks where relation = 'windrow.set_progress'::regclass and not granted
        and database = (select oid from pg_database where datname = current_database())`;
    const watcher = await db.connect();
    while ((await watcher.query(blocked)).rowCount === 0) await sleep(10);
    await watcher.end();
    await load(db.database, set, { a: only(fixed, [40, 110]) });
    await client.query('commit');
    expect((await running).said).toEqual({ a: 'done 10 10' });
    expect((await updated({ database: db.database, set })).said.a).toMatch(/^done \d+ 1$/);
    expect(await tableDifferences(client, { a: barsBetween(fixed, 0, 111) }, { set })).toEqual([]);
  });

  test('imports of new months and updates get in the way of none of each other', async () => {
    const some = symbols.slice(0, 12);
    // as many months as there can be: a row of each
    const times = Float64Array.from({ length: 60 }, (_, i) => Date.UTC(2020, i, 1 + (i % 20), 15) * 1000);
    const { columns } = barsBetween(shared[0]!, 0, times.length);
    const all: Market = Object.fromEntries(some.map(symbol => [symbol, { time: times, columns }]));
    await load(db.database, set, part(all, 0, 1));
    let loading = true;
    const imports = (async () => {
      for (let month = 1; month < times.length; month++)
        await load(db.database, set, part(all, month, month + 1));
      loading = false;
    })();
    const failures: unknown[] = [];
    while (loading) {
      const { report } = await updated({ database: db.database, set });
      failures.push(...report.symbols.filter(({ status }) => status === 'failed'));
    }
    await imports;
    expect(failures).toEqual([]);
    await updated({ database: db.database, set });
    expect(await tableDifferences(client, all, { set })).toEqual([]);
  });
});
