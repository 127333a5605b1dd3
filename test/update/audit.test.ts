import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditLookahead, auditLookback } from '../../host/index.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { load, type Market, madeUp, without } from './support.ts';

// The audit over the bars of the stock sets: a table for all symbols, and an index beside them.

const weeks = [3, 4, 20, 21, 22, 300, 301, 402];
const daily: Market = {
  aapl: madeUp('stocks-daily', 'weekdays', 1, 420),
  // gaps on either side
  amd: without(madeUp('stocks-daily', 'weekdays', 2, 420), weeks),
  gspc: without(
    madeUp('stocks-daily', 'weekdays', 3, 420),
    weeks.map(row => row + 2),
  ),
};
const hourly: Market = { aapl: madeUp('stocks-hourly', 'sessions', 1, 900) };

describe('the audit', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    await load(db.database, 'stocks-daily', daily);
    await load(db.database, 'stocks-hourly', hourly);
    await load(db.database, 'stocks-daily', { aapl: barsBetween(daily.aapl!, 0, 300) }, 'alone');
  });
  afterAll(() => db.drop());

  test('finds no feature of a day that sees the future, its own or that of the index', async () => {
    const families = ['market'];
    const settings = { database: db.database, set: 'stocks-daily', symbols: ['aapl', 'amd'] };
    const all = await auditLookahead(settings);
    expect(all).toMatchObject({ features: 20, findings: [], notes: [] });
    const market = await auditLookahead({ ...settings, families });
    expect(market).toMatchObject({ features: 3, cuts: all.cuts, findings: [] });
    // the return of the index has a value but where the index has no bar
    const withValue = market.cells - market.nulls;
    expect(withValue).toBeGreaterThan(market.cuts * 0.9);
  });

  test('finds no feature of an hour that sees the future', async () => {
    const found = await auditLookahead({ database: db.database, set: 'stocks-hourly', cuts: 9 });
    expect(found).toMatchObject({ features: 99, findings: [], notes: [] });
    expect(found.nulls).toBeLessThan(found.cells / 2);
  });

  test('finds no feature of a day that looks back further than it says, on its own bars or those of the index', async () => {
    const settings = { database: db.database, set: 'stocks-daily', symbols: ['amd'], cuts: 1 };
    const { features, findings } = await auditLookback({ ...settings, from: '2025-01' });
    expect(findings).toEqual([]);
    const ofIndex = features.filter(({ family }) => family === 'market');
    expect(new Set(ofIndex.map(({ feature }) => feature)).size).toBe(3);
    expect(ofIndex.some(({ agreesFrom }) => agreesFrom !== undefined)).toBe(true);
  });

  test('says that there is no index to look at', async () => {
    const settings = { database: db.database, schema: 'alone', set: 'stocks-daily', from: '2025-01' };
    const { findings, notes } = await auditLookahead(settings);
    expect(findings).toEqual([]);
    expect(notes).toEqual([
      'alone.market_data_1d has no bars of gspc: what features read of them is NULL, with or without a future',
    ]);
  });
});
