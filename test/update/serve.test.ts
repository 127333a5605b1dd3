import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { computeFeatures, latestRows, loadBars, update } from '../../host/index.ts';
import { barTimes, stockBars } from '../bench/stockBars.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const set = 'stocks-daily';
const times = barTimes('daily', 330);
const short = 40;
let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
  await loadBars(db.database, stockBars(['gspc', 'aa'], times), { set });
  await loadBars(db.database, stockBars(['young'], times.slice(-short)), { set });
  await update({ database: db.database, set });
});
afterAll(() => db.drop());

const latest = (more: { defaults?: boolean; zScores?: boolean } = {}) =>
  latestRows({ database: db.database, set, symbols: ['young', 'nobody', 'AA'], ...more });

describe('the newest rows', () => {
  it('are those that the table holds, in the order asked for', async () => {
    const rows = await latest();
    expect(rows.map(({ symbol, time }) => [symbol, time])).toEqual([
      ['young', times.at(-1)],
      ['aa', times.at(-1)],
    ]);
    const [young, old] = rows;
    expect(old!.incomplete).toBe(false);
    expect(young!.incomplete).toBe(true);
    expect(young!.values.return_60d).toBeNull();
    expect(young!.values.return_20d).not.toBeNull();
  });

  it('have the stated defaults where the history is too short', async () => {
    const [young, old] = await latest({ defaults: true });
    const stated = {
      return_252d: 0,
      volume_ratio_20d: expect.any(Number),
      market_beta: 1,
      rsi_14: 50,
      atr: 0,
    };
    expect(young!.values).toMatchObject(stated);
    expect(Object.values(young!.values)).not.toContain(null);
    expect(young!.incomplete).toBe(true);
    expect(old).toEqual((await latest())[1]);
  });

  it('are z-scores by what is stored with them', async () => {
    const [plain, scored] = [(await latest())[1]!, (await latest({ zScores: true }))[1]!];
    // the past by the raw formula, from the library
    const bars = [...stockBars(['aa'], times)].map(month => month.bars);
    const join = (name: 'open' | 'high' | 'low' | 'close' | 'volume') =>
      Float64Array.from(bars.flatMap(({ columns }) => [...columns[name]!]));
    const names = ['open', 'high', 'low', 'close', 'volume'] as const;
    const columns = Object.fromEntries(names.map(name => [name, join(name)]));
    const raw = await computeFeatures(
      { time: Float64Array.from(times), columns },
      ['returns_volatility.return_5d'],
      { set, setConfig: { options: { clip: false } } },
    );
    const past = raw.columns['returns_volatility.return_5d']!.slice(-65, -1);
    const mean = past.reduce((sum, one) => sum + one, 0) / past.length;
    const sd = Math.sqrt(past.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (past.length - 1));
    expect(scored.values.return_5d).toBeCloseTo((plain.values.return_5d! - mean) / sd, 9);
    // features with bounds of their own stay as they are
    const bounded = featuresOf(setByName(set)).filter(({ limited }) => !limited);
    expect(bounded.map(({ name }) => name).sort()).toEqual([
      'bollinger_position',
      'rsi_14',
      'sma_50_200_cross',
    ]);
    for (const { name } of bounded) expect(scored.values[name]).toBe(plain.values[name]);
  });

  it('score a default as what is usual', async () => {
    const [young] = await latest({ defaults: true, zScores: true });
    expect(young!.values).toMatchObject({ return_252d: 0, market_beta: 0, rsi_14: 50 });
  });

  it('need a table, and a set that is kept row by row', async () => {
    const ask = (name: string) => latestRows({ database: db.database, set: name, symbols: ['aa'] });
    await expect(ask('stocks-hourly')).rejects.toMatchObject({ code: 'WR_ROWS_MISSING' });
    await expect(ask('fx')).rejects.toMatchObject({ code: 'WR_SET_LAYOUT' });
  });
});
