import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadBars } from '../../host/ingest/loadBars.ts';
import { migrate } from '../../host/store/migrate.ts';
import { monthMicros } from '../../host/store/month.ts';
import { draws } from '../support/draws.ts';
import type { MarketMonth } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { roundMonths, roundSymbols, roundsOfBars } from '../support/rounds.ts';

const hour = 3_600_000_000;
const july = monthMicros('2024-07');

describe('loading bars of a set', () => {
  let db: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await migrate(client);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });
  beforeEach(async () => {
    await client.query(
      'drop table if exists market_data_1h, market_data_1d; delete from windrow.bar_months; delete from windrow.bar_changes',
    );
  });

  const hourly = (symbol: string, close: number, rows = 5, step = hour): MarketMonth => {
    const time = Float64Array.from({ length: rows }, (_, i) => july + i * step);
    return { symbol, month: '2024-07', bars: { time, columns: { close: time.map(() => close) } } };
  };

  const closes = async (): Promise<unknown[][]> =>
    (
      await client.query({
        text: 'select symbol, count(*)::int, min(close), max(close) from market_data_1h group by 1 order by 1',
        rowMode: 'array',
      })
    ).rows;

  test('batches of a month come one after the other: the last has the last word', async () => {
    const batches = [hourly('a', 1), hourly('b', 1), hourly('a', 2), hourly('a', 3, 7), hourly('c', 1, 0)];
    const written: unknown[] = [];
    const total = await loadBars(db.database, batches, {
      set: 'stocks-hourly',
      onWritten: (batch, counts) => written.push([batches.indexOf(batch), ...Object.values(counts)]),
    });
    expect(total).toEqual({ inserted: 12, replaced: 10, unchanged: 0 });
    expect(written.sort()).toEqual([
      [0, 5, 0, 0],
      [1, 5, 0, 0],
      [2, 0, 5, 0],
      [3, 2, 5, 0],
      [4, 0, 0, 0],
    ]);
    expect(await closes()).toEqual([
      ['a', 7, 3, 3],
      ['b', 5, 1, 1],
    ]);
  });

  test('bars of another interval are refused; what came before them is written, what comes after is not', async () => {
    const batches = [hourly('a', 1), hourly('b', 1, 20, 24 * hour), hourly('c', 1)];
    await expect(loadBars(db.database, batches, { set: 'stocks-hourly' })).rejects.toMatchObject({
      code: 'WR_INTERVAL_SET',
      message: 'market_data_1h takes bars that are 1 hour apart; those of "b" for 2024-07 are 1 day apart',
    });
    expect(await closes()).toEqual([['a', 5, 1, 1]]);
    const minutes = loadBars(db.database, [hourly('d', 1, 50, hour / 60)], { set: 'stocks-daily' });
    await expect(minutes).rejects.toThrow('those of "d" for 2024-07 are 1 minute apart');
  });

  test('what was read before a file broke off is written', async () => {
    async function* broken() {
      yield hourly('a', 1);
      throw new Error('broken off');
    }
    await expect(loadBars(db.database, broken(), { set: 'stocks-hourly' })).rejects.toThrow('broken off');
    expect(await closes()).toEqual([['a', 5, 1, 1]]);
  });

  test('an interrupt leaves what is not handed over', async () => {
    const abort = new AbortController();
    function* interrupted() {
      yield hourly('a', 1);
      abort.abort();
      yield hourly('b', 1);
    }
    const options = { set: 'stocks-hourly', signal: abort.signal };
    await expect(loadBars(db.database, interrupted(), options)).rejects.toThrow('aborted');
    expect((await client.query("select to_regclass('market_data_1h') as t")).rows).toEqual([{ t: null }]);
  });

  test('several loads at once, of the same bars and into new tables, all come to an end', async () => {
    const loads = Array.from({ length: 3 }, () =>
      loadBars(db.database, roundsOfBars(2), { set: 'stocks-daily', connections: 2 }),
    );
    const rows = 30 * roundMonths.length * roundSymbols.length;
    const totals = await Promise.all(loads);
    expect(totals.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(rows);
    for (const { inserted, replaced, unchanged } of totals)
      expect(inserted + replaced + unchanged).toBe(2 * rows);
    const { rows: found } = await client.query(
      'select count(*)::int as n, (select sum(rows)::int from windrow.bar_months) as logged from market_data_1d',
    );
    expect(found).toEqual([{ n: rows, logged: rows }]);
  });

  test('sets of bars in partitions of their own go the other way', async () => {
    await expect(loadBars(db.database, [], { set: 'none' })).rejects.toMatchObject({
      code: 'WR_SET_UNKNOWN',
    });
    await loadBars(db.database, [hourly('eurusd', 1)], { set: 'fx' });
    expect((await client.query('select count(*)::int as n from market_data_eurusd_2024_07')).rows).toEqual([
      { n: 5 },
    ]);
  });

  const script = fileURLToPath(new URL('../support/importProcess.ts', import.meta.url));
  const rounds = 12;

  /** Loads in a process, and kills it `afterMs` behind its n-th written piece, if it lives so long. */
  async function runAndKill(afterPieces: number, afterMs: number): Promise<boolean> {
    const child = spawn(process.execPath, [script, db.url, String(rounds)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<NodeJS.Signals | null>(resolve =>
      child.once('exit', (_, signal) => resolve(signal)),
    );
    for await (const line of createInterface({ input: child.stdout }))
      if (Number(line) === afterPieces) setTimeout(() => child.kill('SIGKILL'), afterMs);
    return (await ended) === 'SIGKILL';
  }

  async function untilAlone(): Promise<void> {
    const others = `select count(*)::int as n from pg_stat_activity where datname = current_database()
      and pid <> pg_backend_pid() and backend_type = 'client backend'`;
    while ((await client.query<{ n: number }>(others)).rows[0]!.n > 0) await sleep(20);
  }

  test('a process that is killed has written each transaction as a whole, with its log, or not at all', async () => {
    const { uniform } = draws(Number(process.env.WINDROW_SEED ?? 20_240_701));
    const seen: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      const killed = await runAndKill(1 + Math.floor(uniform() * 200), uniform() * 30);
      await untilAlone();
      const { rows } = await client.query<{ symbol: string; lowest: number; highest: number; n: number }>(
        'select symbol, min(close) as lowest, max(close) as highest, count(*)::int as n from market_data_1d group by 1',
      );
      expect(rows.length).toBeGreaterThan(0);
      for (const { symbol, lowest, highest, n } of rows)
        expect([symbol, highest, n]).toEqual([symbol, lowest, 30 * roundMonths.length]);
      const { rows: log } = await client.query(
        `select (select sum(inserted) from windrow.bar_changes)::int as inserted,
           (select sum(rows) from windrow.bar_months)::int as rows, count(*)::int as stored from market_data_1d`,
      );
      expect(log).toEqual([{ inserted: log[0].stored, rows: log[0].stored, stored: log[0].stored }]);
      if (killed) seen.push(...rows.map(({ highest }) => highest));
    }
    expect(seen.length).toBeGreaterThan(0);
    await loadBars(db.database, roundsOfBars(rounds), { set: 'stocks-daily' });
    const { rows } = await client.query('select distinct close from market_data_1d');
    expect(rows).toEqual([{ close: rounds - 1 }]);
  });
});
