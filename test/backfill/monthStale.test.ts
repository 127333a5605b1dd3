import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prepare } from '../../host/backfill/prepare.ts';
import { backfill, planBackfill, verify } from '../../host/index.ts';
import { readLedger } from '../../host/store/ledger.ts';
import { across, due, freshMarkets, market, months } from '../support/acrossFamily.ts';
import { barsBetween, barsWith } from '../support/contract.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { partitionChecksums } from '../support/partitions.ts';
import type { TestDatabase } from '../support/postgres.ts';

// A partition of all symbols is stale as soon as one of them is.

const freshMarket = freshMarkets();

describe('a partition of all symbols is stale', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const why = async (): Promise<Record<string, string | undefined>> => {
    const { states } = await prepare(client, across, { write: false });
    return Object.fromEntries(
      states.map(({ month, state, why }) => [month, why ? `${state}: ${why}` : state]),
    );
  };
  const done = { '2024-07': 'done', '2024-08': 'done', '2024-09': 'done' };
  /** Runs what is due, verifies everything and returns the months whose checksum is another one now. */
  const rerun = async (): Promise<string[]> => {
    const before = await partitionChecksums(client);
    await backfill({ database: db.database, ...across });
    const { verdicts } = await verify({ database: db.database, ...across });
    expect(verdicts.filter(({ verdict }) => verdict !== 'equal')).toEqual([]);
    const after = await partitionChecksums(client);
    return Object.keys(after).filter(partition => after[partition] !== before[partition]);
  };

  beforeAll(async () => {
    db = await freshMarket();
    client = await db.connect();
  });
  beforeEach(async () => {
    await backfill({ database: db.database, ...across });
    expect(await why()).toEqual(done);
  });
  afterAll(() => client.end());

  test('after a corrected bar of one symbol, where the bar is and where a lookback reaches it', async () => {
    const july = market.find(({ symbol, month }) => symbol === 'usdjpy' && month === '2024-07')!;
    const last = july.bars.time.length - 1;
    const bars = barsWith(barsBetween(july.bars, last, last + 1), 0, 1, value => value * 1.01);
    await loadMarket(db.database, [{ ...july, bars }]);
    const corrected = expect.stringMatching(/^stale: bars of usdjpy were corrected between 2024-07-01/);
    expect(await why()).toEqual({ ...done, '2024-07': corrected, '2024-08': corrected });
    expect(await due(db, { symbols: ['audusd'], to: '2024-07' })).toEqual(['across * 2024-07']);
    expect(await rerun()).toEqual(['across * 2024-07', 'across * 2024-08']);
  });

  test('when a symbol has come in, and names it', async () => {
    const [august] = marketMonths(['gbpusd'], '2024-08', '2024-08', 50);
    await loadMarket(db.database, [august!]);
    const added = 'stale: it has no rows of gbpusd, where there are bars now';
    expect(await why()).toEqual({ ...done, '2024-08': added });
    expect(await rerun()).toEqual(['across * 2024-08']);
    const { rows: found } = await client.query<{ rows: number }>(
      "select count(*)::int as rows from across where pair = 'gbpusd'",
    );
    expect(found).toEqual([{ rows: 50 }]);
    // September reads on from where August's bars are, of the others as of this one
    expect(await due(db, { symbols: ['gbpusd'] })).toEqual([]);
  });

  test('when the definition is another one for a single symbol', async () => {
    await client.query("update windrow.parameters set value = value * 2 where symbol = 'audusd'");
    expect(await why()).toEqual(
      Object.fromEntries(months.map(month => [month, 'stale: its definition changed'])),
    );
    expect(await rerun()).toHaveLength(3);
  });

  test('after bars before the first one of a symbol, which a short lookback would have read', async () => {
    const [june] = marketMonths(['eurusd'], '2024-06', '2024-06', 5);
    await loadMarket(db.database, [june!]);
    const added = expect.stringMatching(/^stale: bars of eurusd were added between 2024-06-/);
    expect(await why()).toEqual({ ...done, '2024-06': 'missing', '2024-07': added });
    await rerun();
  });
});

test('bars before the first of a month are seen where nothing is looked back on', async () => {
  const features = { index: 'rate_index', beside: 'peer("eurusd", rate_index)' };
  const custom = { now: { partition: 'month', features }, each: { features } } as const;
  const options = { setConfig: { custom }, families: ['now', 'each'] };
  const august = marketMonths(['eurusd', 'usdjpy'], '2024-08', '2024-08', 100);
  const cut = (from: number, to: number) => ({ ...august[0]!, bars: barsBetween(august[0]!.bars, from, to) });
  const db = await freshMarket([cut(3, 100), august[1]!]);
  await backfill({ database: db.database, ...options });
  expect(await due(db, options)).toEqual([]);
  await loadMarket(db.database, [cut(1, 2)]);
  expect(await due(db, options)).toEqual(['each eurusd 2024-08', 'each usdjpy 2024-08', 'now * 2024-08']);
});

describe('a partition of all symbols, of bars in tables of the user', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const options = () => ({ database: db.database, ...across, source: { table: 'own_{pair}' } });

  beforeAll(async () => {
    db = await freshMarket([]);
    client = await db.connect();
    for (const symbol of ['eurusd', 'usdjpy'])
      await client.query(
        `create table own_${symbol} (time timestamp, close float8);
         insert into own_${symbol}
           select t, 1 + extract(hour from t) / 100 from generate_series(timestamp '2024-07-01', '2024-07-09', '1 hour') t`,
      );
  });
  afterAll(() => client.end());

  test('is stale when the bars of one of them are others', async () => {
    const report = await backfill(options());
    expect(report).toMatchObject({ done: 1, rows: 2 * 193, failed: [] });
    expect(report.notes.filter(note => note.includes('60 minutes') || note.includes('1 hour'))).not.toEqual(
      [],
    );
    expect(await planBackfill(options())).toMatchObject({ tasks: [], upToDate: 1 });
    await client.query("delete from own_usdjpy where time = '2024-07-03 05:00'");
    const { states } = await prepare(client, options(), { write: false });
    expect(states).toMatchObject([
      { symbol: '*', state: 'stale', why: 'of usdjpy, 193 bars were read, now there are 192' },
    ]);
    expect(await backfill(options())).toMatchObject({ done: 1, rows: 193 + 192, failed: [] });
  });

  test('is not published where one of them cannot be computed, and says whose fault it is', async () => {
    const before = await partitionChecksums(client);
    await client.query("insert into own_usdjpy values ('2024-07-04 05:00', 1)");
    const report = await backfill(options());
    expect(report.failed).toMatchObject([
      { symbol: '*', month: '2024-07', family: 'across', code: 'WR_BARS_TWICE' },
    ]);
    expect(report.failed[0]!.cause).toContain('usdjpy');
    expect(await partitionChecksums(client)).toEqual(before);
    const [row] = await readLedger(client);
    expect(row).toMatchObject({ symbol: '*', status: 'done', errorCode: 'WR_BARS_TWICE' });
    expect(row!.members).toEqual(['eurusd', 'usdjpy']);
    await client.query("delete from own_usdjpy where time = '2024-07-04 05:00'");
    expect(await backfill(options())).toMatchObject({ done: 1, rows: 193 + 191, failed: [] });
  });

  test('is stale when one of them is gone', async () => {
    await client.query('drop table own_usdjpy');
    const { states } = await prepare(client, options(), { write: false });
    expect(states).toMatchObject([{ state: 'stale', why: 'the bars of usdjpy are gone' }]);
    const { verdicts } = await verify(options());
    expect(verdicts).toMatchObject([
      // and what eurusd has read of it
      {
        ...{ verdict: 'differs', differing: 191 * 5 + 187 },
        why: 'of usdjpy 191 rows are stored, the bars give none',
      },
    ]);
    expect(await backfill(options())).toMatchObject({ done: 1, rows: 193, failed: [] });
    expect((await verify(options())).verdicts).toMatchObject([{ verdict: 'equal' }]);
  });
});
