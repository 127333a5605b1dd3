import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Custom } from '../../host/catalog/customSchema.ts';
import { latestRows, verifyRows } from '../../host/index.ts';
import { barsBetween, barsWith } from '../support/contract.ts';
import { hourlyShapes } from '../support/naive/stocksShapes.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { load, type Market, madeUp, tableDifferences, updated } from './support.ts';

const set = 'stocks-daily';
const custom: Custom = {
  quality: {
    define: { over: 'returns - peer("gspc", returns)' },
    features: { gap: 'open / close[1] - 1', beyond: 'mean(over, 5)', after: 'gap[1]' },
  },
};

describe('families of the user in a set that is kept row by row', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const market: Market = { a: madeUp(set, 'weekdays', 1, 300), gspc: madeUp(set, 'weekdays', 2, 300) };
  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await load(db.database, set, market);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('are columns of its table, with the values that the library computes', async () => {
    await updated({ database: db.database, set });
    // a family that was never computed is new to every row
    const { said, report } = await updated({ database: db.database, set, custom, workers: 2 });
    expect(said).toEqual({ a: 'done 300 0', gspc: 'done 300 0' });
    expect(report).toMatchObject({ failed: 0, notes: [] });
    expect(await tableDifferences(client, market, { set, custom })).toEqual([]);
    const verdicts = await verifyRows({ database: db.database, set, custom });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['equal', 'equal']);
    const [row] = await latestRows({ database: db.database, set, custom, symbols: ['a'] });
    expect(Object.keys(row!.values).slice(-3)).toEqual(['gap', 'beyond', 'after']);
    expect(row!.values.gap).not.toBeNull();
  });

  test('that change are computed again when that is asked for', async () => {
    const { features, define } = custom.quality!;
    const changed: Custom = {
      quality: { define: define!, features: { ...features, gap: 'open - close[1]' } },
    };
    const { said, report } = await updated({ database: db.database, set, custom: changed });
    expect(said).toEqual({ a: 'unchanged', gspc: 'unchanged' });
    expect(report.notes).toEqual([
      'rows of 2 symbols were computed by older definitions; --force computes them again',
    ]);
    await updated({ database: db.database, set, custom: changed, force: true });
    expect(await tableDifferences(client, market, { set, custom: changed })).toEqual([]);
  });
});

describe('series of days over hourly rows', () => {
  const hourly = 'stocks-hourly';
  const ofDays: Custom = {
    days: {
      features: {
        since: 'close / every(1440, bar_close(close)) - 1',
        range: 'every(1440, mean(bar_high(high) - bar_low(low), 3))',
      },
    },
  };
  const bars = madeUp(hourly, hourlyShapes[0]!.name, 3, 900);
  const days = (market: Market, client: pg.Client) =>
    tableDifferences(client, market, { set: hourly, custom: ofDays });

  test('are kept up when bars come, and where one is corrected', async () => {
    const db = await testDatabase();
    const client = await db.connect();
    try {
      for (const rows of [700, 701, 703, 760, 900]) {
        const market: Market = { a: barsBetween(bars, 0, rows), b: barsBetween(bars, 300, rows) };
        await load(db.database, hourly, market);
        await updated({ database: db.database, set: hourly, custom: ofDays });
        expect(await days(market, client)).toEqual([]);
      }
      const corrected = barsWith(bars, 620, 621, value => value * 1.5);
      await load(db.database, hourly, { a: corrected });
      const { said } = await updated({ database: db.database, set: hourly, custom: ofDays });
      expect(said.b).toBe('unchanged');
      expect(await days({ a: corrected, b: barsBetween(bars, 300, 900) }, client)).toEqual([]);
    } finally {
      await client.end();
      await db.drop();
    }
  });
});
