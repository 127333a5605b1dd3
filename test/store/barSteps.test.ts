import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadBars } from '../../host/ingest/loadBars.ts';
import { barSteps, intervalsDiffer, stepText } from '../../host/store/barSteps.ts';
import { type Database, openDatabase } from '../../host/store/database.ts';
import { monthMicros } from '../../host/store/month.ts';
import { draws } from '../support/draws.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const minute = 60_000_000;
const hour = 60 * minute;
const day = 24 * hour;
const july = monthMicros('2024-07');

const every = (step: number, count: number, start = july) =>
  Float64Array.from({ length: count }, (_, i) => start + i * step);
/** Weekdays of July 2024, which begins on a Monday. */
const weekdays = every(day, 31).filter((_, i) => i % 7 < 5);
/** A market that trades little: minutes, most of them missing. */
const draw = draws(1);
const sparse = every(minute, 400).filter(() => draw.uniform() < 0.3);
const scattered = Float64Array.of(5, 17, 900, 4000, 20_100).map(at => july + at * minute);

describe('the steps of bars', () => {
  const differ = (a: Float64Array, b: Float64Array) => {
    const [first, second] = [barSteps(a)!, barSteps(b)!];
    expect(intervalsDiffer(second, first)).toBe(intervalsDiffer(first, second));
    return intervalsDiffer(first, second);
  };

  test('tell intervals apart', () => {
    expect(differ(every(minute, 500), weekdays)).toBe(true);
    expect(differ(every(minute, 500), every(5 * minute, 100))).toBe(true);
    expect(differ(every(hour, 100), weekdays)).toBe(true);
    expect(differ(sparse, weekdays)).toBe(true);
  });

  test('leave gaps, corrections and changing clocks alone', () => {
    expect(differ(every(minute, 500), sparse)).toBe(false);
    expect(differ(every(minute, 500), scattered)).toBe(false);
    expect(differ(sparse, scattered)).toBe(false);
    expect(differ(weekdays, weekdays.slice(3, 8))).toBe(false);
    expect(
      differ(
        weekdays,
        weekdays.map((time, i) => time + (i < 9 ? 0 : hour)),
      ),
    ).toBe(false);
    expect(barSteps(every(day, 3))).toBeUndefined();
  });

  test('are told in words', () => {
    const steps = [minute, 4 * hour, day, 7 * day, 90_000_000, 250_000];
    const texts = ['1 minute', '4 hours', '1 day', '7 days', '90 seconds', '0.25 seconds'];
    expect(steps.map(stepText)).toEqual(texts);
  });
});

describe('loading bars of another interval', () => {
  let db: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    db = await testDatabase();
    database = await openDatabase({ databaseUrl: db.url });
  });
  afterAll(async () => {
    await database.close();
    await db.drop();
  });

  const load = (symbol: string, time: Float64Array, close: number, schema?: string) => {
    const bars = { time, columns: { close: time.map(() => close) } };
    return loadBars(database, [{ symbol, month: '2024-07', bars }], { schema });
  };

  test('is refused before anything is replaced; another schema takes them', async () => {
    await load('eurusd', every(minute, 2000), 1);
    await expect(load('eurusd', weekdays, 2)).rejects.toMatchObject({
      code: 'WR_INTERVAL_MIXED',
      exitCode: 2,
      message:
        'market_data has bars of "eurusd" for 2024-07 that are 1 minute apart; those to be loaded are 1 day apart',
    });
    const client = await database.connect();
    const { rows } = await client.query('select count(*)::int as rows, max(close) as close from market_data');
    await client.end();
    expect(rows).toEqual([{ rows: 2000, close: 1 }]);
    expect(await load('eurusd', weekdays, 2, 'daily')).toMatchObject({ inserted: weekdays.length });
    await expect(load('eurusd', every(minute, 10), 1, 'daily')).rejects.toThrow(
      '1 day apart; those to be loaded are 1 minute apart',
    );
  });

  test('is not what corrections are', async () => {
    expect(await load('gbpusd', every(minute, 3000), 1)).toMatchObject({ inserted: 3000 });
    expect(await load('gbpusd', scattered, 2)).toMatchObject({ replaced: 3, inserted: 2 });
  });
});
