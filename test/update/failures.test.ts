import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SymbolReport } from '../../host/index.ts';
import { readRuns } from '../../host/store/runLog.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { load, type Market, madeUp, stampsOf, tableDifferences, updated, written } from './support.ts';

const set = 'stocks-hourly';
const rows = 40;

const marketOf = (symbols: readonly string[]): Market =>
  Object.fromEntries(symbols.map((symbol, i) => [symbol, madeUp(set, 'sessions', i + 1, rows)]));
const part = (market: Market, from: number, to: number): Market =>
  Object.fromEntries(Object.entries(market).map(([symbol, bars]) => [symbol, barsBetween(bars, from, to)]));

const byStatus = (symbols: readonly SymbolReport[]): Record<string, string[]> =>
  Object.fromEntries(
    [...Map.groupBy(symbols, ({ status }) => status)].map(([status, group]) => [
      status,
      group.map(({ symbol }) => symbol).sort(),
    ]),
  );

describe.each([0, 2])('a symbol that fails, %i threads', workers => {
  let db: TestDatabase;
  let client: pg.Client;
  const symbols = Array.from({ length: 20 }, (_, i) => `s${String(i).padStart(2, '0')}`);
  const market = marketOf(symbols);
  const but = (...names: string[]) => symbols.filter(symbol => !names.includes(symbol));
  const run = (more: object = {}) => updated({ database: db.database, set, workers, ...more });

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await load(db.database, set, part(market, 0, 20));
    expect((await run()).report).toMatchObject({ done: 20, failed: 0 });
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('because the server refuses a row fails alone, with code and cause', async () => {
    await load(db.database, set, part(market, 20, 22));
    await client.query(
      `alter table feature_engineered_data add constraint refused
         check (symbol not in ('s03', 's04', 's17') or timestamp <= '${new Date(market.s03!.time[19]! / 1000).toISOString()}')`,
    );
    const before = await stampsOf(client, set);
    const { report } = await run();
    expect(byStatus(report.symbols)).toEqual({
      failed: ['s03', 's04', 's17'],
      done: but('s03', 's04', 's17'),
    });
    for (const one of report.symbols.filter(({ status }) => status === 'failed'))
      expect(one).toMatchObject({
        code: '23514',
        cause: expect.stringContaining('refused'),
        rows: 0,
        cells: 0,
      });
    expect(Object.keys(written(before, await stampsOf(client, set))).sort()).toEqual(
      but('s03', 's04', 's17'),
    );
    const [logged] = await readRuns(client, { last: 1 });
    expect(logged).toMatchObject({ status: 'failed', code: '23514', symbolsDone: 17, symbolsFailed: 3 });
  });

  test('is tried again by the next run, and done when the cause is gone', async () => {
    expect(byStatus((await run()).report.symbols)).toEqual({
      failed: ['s03', 's04', 's17'],
      unchanged: but('s03', 's04', 's17'),
    });
    await client.query('alter table feature_engineered_data drop constraint refused');
    expect(byStatus((await run()).report.symbols)).toEqual({
      done: ['s03', 's04', 's17'],
      unchanged: but('s03', 's04', 's17'),
    });
    expect(await tableDifferences(client, part(market, 0, 22), { set })).toEqual([]);
  });

  test('because somebody else holds a row of it fails alone at its limit', async () => {
    const holder = await db.connect();
    const at = new Date(market.s05!.time[21]! / 1000).toISOString();
    await holder.query(
      `begin; select from feature_engineered_data where symbol = 's05' and timestamp = '${at}' for update`,
    );
    // a correction of what is stored
    const fixed = Object.fromEntries(
      Object.entries(part(market, 21, 22)).map(([symbol, { time, columns }]) => [
        symbol,
        { time, columns: { ...columns, close: columns.close!.map(x => x * 1.001) } },
      ]),
    );
    await load(db.database, set, fixed);
    // long enough for the others on a machine that is busy
    const { report } = await run({ symbolTimeoutMs: 3_000 });
    await holder.query('rollback');
    await holder.end();
    expect(byStatus(report.symbols)).toEqual({ failed: ['s05'], done: but('s05') });
    const one = report.symbols.find(({ symbol }) => symbol === 's05');
    expect(one).toMatchObject({ code: 'WR_TASK_TIMEOUT', cause: expect.stringMatching(/s05.*limit of 3 s/) });
    await load(db.database, set, part(market, 21, 22));
    // what has failed has the right row still
    expect(byStatus((await run()).report.symbols)).toEqual({ unchanged: ['s05'], done: but('s05') });
    expect(await tableDifferences(client, part(market, 0, 22), { set })).toEqual([]);
  });

  test('because its bars are there at a time that is none fails alone', async () => {
    // the wire knows times up to 2255
    await client.query(
      `create table if not exists market_data_1h_2300_01 partition of market_data_1h
         for values from ('2300-01-01') to ('2300-02-01')`,
    );
    await client.query(
      `insert into market_data_1h (symbol, timestamp, source, close) values ('s07', '2300-01-05', 'import', 1);
       insert into windrow.bar_months (source, symbol, month, rows, first_ts, last_ts, columns)
         values ('market_data_1h', 's07', '2300-01-01', 1, '2300-01-05', '2300-01-05', array['close']);
       insert into windrow.bar_changes (source, symbol, first_ts, last_ts, inserted, replaced)
         values ('market_data_1h', 's07', '2300-01-05', '2300-01-05', 1, 0)`,
    );
    await load(db.database, set, part(market, 22, 23));
    const { report } = await run();
    expect(byStatus(report.symbols)).toEqual({ failed: ['s07'], done: but('s07') });
    expect(report.symbols.find(({ symbol }) => symbol === 's07')).toMatchObject({
      code: 'WR_COPY_MALFORMED',
    });
    await client.query(
      `delete from market_data_1h where timestamp > '2299-01-01'; delete from windrow.bar_months where month > '2299-01-01';
       delete from windrow.bar_changes where last_ts > '2299-01-01'`,
    );
    expect((await run()).report).toMatchObject({ done: 1, unchanged: 19 });
    expect(await tableDifferences(client, part(market, 0, 23), { set })).toEqual([]);
  });

  /** From now on the server ends the next `count` connections that are about to commit rows. */
  const cutOff = (count: number) =>
    client.query(
      `drop sequence if exists commits cascade; create sequence commits;
       create or replace function cut_off() returns trigger language plpgsql as $$ begin
         if nextval('commits') <= ${count} then perform pg_terminate_backend(pg_backend_pid()); end if;
         return null;
       end $$;
       create or replace trigger cut_off after insert or update on windrow.set_progress execute function cut_off()`,
    );

  test('because its connection breaks off is tried again over another one', async () => {
    await load(db.database, set, part(market, 23, 26));
    await cutOff(3);
    expect((await run()).report).toMatchObject({ done: 20, failed: 0, rows: 60 });
    expect(await tableDifferences(client, part(market, 0, 26), { set })).toEqual([]);
  });

  test('with all others, since every connection breaks off, leaves nothing half', async () => {
    await load(db.database, set, part(market, 26, 30));
    await cutOff(1_000);
    const before = await stampsOf(client, set);
    const { report } = await run();
    expect(report).toMatchObject({ done: 0, failed: 20, rows: 0 });
    for (const { code } of report.symbols) expect(code).toBe('WR_DATABASE_LOST');
    expect(await stampsOf(client, set)).toEqual(before);
    // not each one by itself
    const { rows: tries } = await client.query('select last_value::int as n from commits');
    expect(tries[0].n).toBeLessThan(30);
    await cutOff(0);
    expect((await run()).report).toMatchObject({ done: 20, failed: 0 });
    expect(await tableDifferences(client, part(market, 0, 30), { set })).toEqual([]);
  });
});

describe('a thread that fails', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const bad = ['exits', 'hangs', 'throws'];
  const good = ['a', 'b', 'c', 'd', 'e', 'f', 'm', 'n', 'z'];
  const market = marketOf([...bad, ...good]);
  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await load(db.database, set, market);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('fails with its symbol alone', async () => {
    const { report, said } = await updated({
      database: db.database,
      set,
      workers: 2,
      workerFile: new URL('./workers/faulty.ts', import.meta.url),
      symbolTimeoutMs: 2_000,
    });
    expect(byStatus(report.symbols)).toEqual({ failed: bad, done: good });
    expect(said).toMatchObject({ hangs: 'failed WR_TASK_TIMEOUT', throws: 'failed WR_INTERNAL' });
    const causes = Object.fromEntries(report.symbols.map(({ symbol, cause }) => [symbol, cause]));
    expect(causes).toMatchObject({
      throws: 'the fault that was asked for',
      exits: expect.stringMatching(/exit/),
    });
  });

  test('leaves the rest to the next run', async () => {
    const { report } = await updated({ database: db.database, set });
    expect(byStatus(report.symbols)).toEqual({ done: bad, unchanged: good });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });
});
