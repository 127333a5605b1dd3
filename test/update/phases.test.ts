import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { expectedRows, load, type Market, madeUp, storedRows, tableDifferences, updated } from './support.ts';

const set = 'stocks-hourly';
const setOptions = { minPeriods: 1 };

describe('phases', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const whole: Market = { a: madeUp(set, 'sessions', 1, 300), b: madeUp(set, 'nulls', 2, 300) };
  const until = (rows: number): Market =>
    Object.fromEntries(Object.entries(whole).map(([symbol, bars]) => [symbol, barsBetween(bars, 0, rows)]));
  const run = (more: object = {}) => updated({ database: db.database, set, setOptions, ...more });

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await load(db.database, set, until(200));
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  /** Which cells are not what all phases would make of them: of each phase, those NULL, and others. */
  const state = async (market: Market) => {
    const stored = await storedRows(client, set);
    const expected = await expectedRows(market, { set, options: setOptions });
    const found: Record<string, Set<string>> = {};
    const { families } = setByName(set);
    for (const { phase, features } of families)
      expected.forEach(({ at, cells }, i) => {
        expect(stored[i]).toMatchObject({ at });
        for (const { name } of features) {
          const [is, should] = [stored[i]!.cells[name]!, cells[name]!];
          if (should === null) continue;
          found[`phase ${phase}`] ??= new Set();
          found[`phase ${phase}`]!.add(Object.is(is, should) ? 'right' : is === null ? 'missing' : 'wrong');
        }
      });
    return Object.fromEntries(Object.entries(found).map(([phase, states]) => [phase, [...states].sort()]));
  };

  test('fill the columns of their families only', async () => {
    const { report, said } = await run({ phases: [2, 2] });
    expect(said).toEqual({ a: 'done 200 200', b: 'done 200 200' });
    const features = featuresOf(setByName(set)).filter(({ family }) => family === 'trend_indicators');
    expect(report.cells).toBe(400 * features.length);
    expect(await state(until(200))).toEqual({
      'phase 1': ['missing'],
      'phase 2': ['right'],
      'phase 3': ['missing'],
      'phase 4': ['missing'],
      'phase 5': ['missing'],
    });
  });

  test('complete the rows that others have made, and leave what those have filled', async () => {
    await load(db.database, set, until(220));
    expect((await run({ phases: [4, 5] })).said).toEqual({ a: 'done 220 20', b: 'done 220 20' });
    expect(await state(until(220))).toEqual({
      'phase 1': ['missing'],
      'phase 2': ['missing', 'right'],
      'phase 3': ['missing'],
      'phase 4': ['right'],
      'phase 5': ['right'],
    });
    expect((await run({ phases: [2] })).said).toEqual({ a: 'done 20 0', b: 'done 20 0' });
    expect(await state(until(220))).toMatchObject({ 'phase 2': ['right'], 'phase 3': ['missing'] });
  });

  test('all together complete everything', async () => {
    expect((await run()).said).toEqual({ a: 'done 220 0', b: 'done 220 0' });
    expect(await tableDifferences(client, until(220), { set, options: setOptions })).toEqual([]);
    for (const phases of [undefined, [1], [3, 5]])
      expect((await run({ phases })).said).toEqual({ a: 'unchanged', b: 'unchanged' });
  });

  test('that are of later bars are completed where they are not complete', async () => {
    await load(db.database, set, whole);
    await run({ phases: [1] });
    expect((await run()).said).toEqual({ a: 'done 80 0', b: 'done 80 0' });
    expect(await tableDifferences(client, whole, { set, options: setOptions })).toEqual([]);
  });

  test('a group without a phase comes with all', async () => {
    const options = { ...setOptions, basic: true };
    const basic = { setOptions: options };
    expect((await run({ ...basic, phases: [1, 2, 3, 4, 5] })).said).toEqual({
      a: 'unchanged',
      b: 'unchanged',
    });
    expect((await run(basic)).said).toEqual({ a: 'done 300 0', b: 'done 300 0' });
    expect(await tableDifferences(client, whole, { set, options })).toEqual([]);
  });
});
