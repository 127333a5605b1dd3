import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { barsBetween } from '../support/contract.ts';
import { draws } from '../support/draws.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import {
  changed,
  expectedRows,
  load,
  type Market,
  madeUp,
  only,
  put,
  stampsOf,
  stockColumns,
  tableDifferences,
  touched,
  updated,
  without,
  written,
} from './support.ts';

const set = 'stocks-daily';
const rows = 1000;
const wrong = (bars: Bars, rows: readonly number[]): Bars =>
  changed(bars, (cells, row) => (rows.includes(row) ? { ...cells, close: cells.close! * 1.02 } : cells));

/** Ways for bars to come in. */
const ways = [
  {
    name: 'imported',
    create: '',
    source: undefined,
    add: (db: TestDatabase, _: pg.Client, market: Market) => load(db.database, set, market),
  },
  {
    name: "of a table of the user's own",
    create: `create table bars (symbol text, time timestamp, ${stockColumns.map(name => `${name} float8`).join(', ')},
      primary key (symbol, time))`,
    source: { table: 'bars', symbolColumn: 'symbol' },
    add: async (_: TestDatabase, client: pg.Client, market: Market) => {
      for (const [symbol, bars] of Object.entries(market))
        await put(client, { table: 'bars', key: time => `'${symbol}', ${time}` }, bars);
    },
  },
];

describe.each(ways)('rows that read an index, bars $name', ({ create, source, add }) => {
  let db: TestDatabase;
  let client: pg.Client;
  // the index trades on some days only, so that its past reaches further than a stock's
  const { uniform } = draws(9);
  const index = changed(madeUp(set, 'weekdays', 1, rows), (cells, row) =>
    row < 20 || uniform() < 0.6 ? cells : undefined,
  );
  const days = index.time.length;
  const a = madeUp(set, 'stalls', 2, rows);
  const b = barsBetween(madeUp(set, 'jumps', 3, rows), 500, rows);
  let market: Market = { a, b };
  const run = (more: object = {}) => updated({ database: db.database, set, source, ...more });

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await client.query(create);
    await add(db, client, market);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const change = async (more: Market, now: Market) => {
    const [before, known] = [await stampsOf(client, set), await expectedRows(market, { set })];
    market = now;
    await add(db, client, more);
    const { said } = await run();
    const found = written(before, await stampsOf(client, set));
    expect(found).toEqual(touched(known, await expectedRows(market, { set })));
    expect(await tableDifferences(client, market, { set })).toEqual([]);
    const again = await run();
    expect(new Set(Object.values(again.said))).toEqual(new Set(['unchanged']));
    return { said, found };
  };

  test('have no market while there is no index', async () => {
    expect((await run()).said).toEqual({ a: `done ${rows} ${rows}`, b: 'done 500 500' });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
    const { rows: found } = await client.query(
      'select count(market_return)::int as n, count(return_1d)::int as own from feature_daily',
    );
    expect(found).toEqual([{ n: 0, own: rows - 1 + 500 - 1 }]);
  });

  test('have it when the index comes', async () => {
    const gspc = without(barsBetween(index, 0, days - 6), [200]);
    const { said } = await change({ gspc }, { ...market, gspc });
    expect(said).toMatchObject({
      gspc: `done ${days - 7} ${days - 7}`,
      a: expect.stringMatching(/^done \d+ 0$/),
    });
  });

  test('are computed again where a day of the index comes after the day of the stocks', async () => {
    const gspc = without(barsBetween(index, 0, days - 4), [200]);
    const more = barsBetween(index, days - 6, days - 4);
    const { found } = await change({ gspc: more }, { ...market, gspc });
    expect(Math.min(...found.b!)).toBeGreaterThanOrEqual(more.time[0]!);
  });

  test('are computed again where the index is corrected, as far as it reaches', async () => {
    const gspc = wrong(without(barsBetween(index, 0, days - 4), [200]), [100]);
    const { found } = await change({ gspc: only(gspc, [100]) }, { ...market, gspc });
    // 252 days of the index are many more of the stock
    const lookback = 317;
    const at = a.time.indexOf(index.time[100]!);
    expect(Math.max(...found.a!)).toBeGreaterThanOrEqual(a.time[at + lookback]!);
    expect(Math.max(...found.a!)).toBeLessThan(a.time.at(-1)!);
  });

  test('are computed again where a day of the index comes late', async () => {
    const gspc = barsBetween(wrong(index, [100]), 0, days - 4);
    await change({ gspc: only(index, [200]) }, { ...market, gspc });
  });

  test('are found by the next run of their own, whoever was asked for before', async () => {
    const gspc = barsBetween(wrong(index, [100, 300]), 0, days - 2);
    market = { ...market, gspc };
    await add(db, client, { gspc: only(gspc, [300, days - 4, days - 3]) });
    expect((await run({ symbols: ['gspc'] })).said).toEqual({ gspc: expect.stringMatching(/^done \d+ 2$/) });
    expect((await run({ symbols: ['b'] })).said).toEqual({ b: expect.stringMatching(/^done \d+ 0$/) });
    expect((await run()).said).toEqual({
      a: expect.stringMatching(/^done \d+ 0$/),
      b: 'unchanged',
      gspc: 'unchanged',
    });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });
});
