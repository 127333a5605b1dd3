import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { switchFeatures } from '../../host/store/switches.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { load, type Market, madeUp, storedRows, tableDifferences, updated } from './support.ts';

const set = 'stocks-hourly';
const setOptions = { minPeriods: 1 };
const note = (symbols: number) =>
  `rows of ${symbols} symbols were computed by older definitions; --force computes them again`;

describe('definitions that change', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const whole: Market = { a: madeUp(set, 'sessions', 1, 300), b: madeUp(set, 'gaps', 2, 300) };
  const until = (rows: number): Market =>
    Object.fromEntries(Object.entries(whole).map(([symbol, bars]) => [symbol, barsBetween(bars, 0, rows)]));
  let first: string;
  const off = ['macd', 'price_time.returns'];
  const run = (more: object = {}) => updated({ database: db.database, set, setOptions, ...more });
  /** Versions, and whether the two features have any value, by symbol and row. */
  const parts = async () =>
    (
      await client.query({
        text: `select symbol, feature_version, count(*)::int, count(macd)::int > 0, count(returns)::int > 0, count(macd_signal)::int > 0
               from feature_engineered_data group by 1, 2 order by 1, min(timestamp)`,
        rowMode: 'array',
      })
    ).rows;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await load(db.database, set, until(250));
    first = (await run()).report.featureVersion;
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('change nothing by themselves, and a note says so', async () => {
    const { said, report } = await run({ off });
    expect(said).toEqual({ a: 'unchanged', b: 'unchanged' });
    expect(report.featureVersion).not.toBe(first);
    expect(report.notes).toEqual([note(2)]);
    expect((await run({ off, symbols: ['b'] })).report.notes).toEqual([note(1)]);
    expect((await run({ off, phases: [3] })).report.notes).toEqual([]);
  });

  test('are those of new rows; old rows keep theirs, and the note stays as long as there are any', async () => {
    await load(db.database, set, { a: whole.a! });
    const { report } = await run({ off });
    expect(report).toMatchObject({ rows: 50, notes: [note(2)] });
    expect(await parts()).toEqual([
      ['a', first, 250, true, true, true],
      ['a', report.featureVersion, 50, false, false, true],
      ['b', first, 250, true, true, true],
    ]);
    expect((await run({ off })).report.notes).toEqual([note(2)]);
  });

  test('are those of all rows after a run that is forced', async () => {
    const { said, report } = await run({ off, force: true, symbols: ['a'] });
    expect(said).toEqual({ a: 'done 250 0' });
    expect((await run({ off })).report.notes).toEqual([note(1)]);
    expect((await run({ off, force: true })).said).toEqual({ a: 'unchanged', b: 'done 250 0' });
    expect((await run({ off })).report.notes).toEqual([]);
    expect(await parts()).toEqual([
      ['a', report.featureVersion, 300, false, false, true],
      ['b', report.featureVersion, 250, false, false, true],
    ]);
    // no other feature has changed
    const market = { a: whole.a!, b: until(250).b! };
    expect(await tableDifferences(client, market, { set, off, options: setOptions })).toEqual([]);
  });

  test('are switched in the database as well, and back again', async () => {
    const switched = (await run({ off })).report.featureVersion;
    await switchFeatures(client, set, off, 'off');
    expect((await run()).report).toMatchObject({ featureVersion: switched, notes: [] });
    await switchFeatures(client, set, off, 'on');
    expect((await run()).report).toMatchObject({ featureVersion: first, notes: [note(2)] });
    await run({ force: true });
    const market = { a: whole.a!, b: until(250).b! };
    expect(await tableDifferences(client, market, { set, options: setOptions })).toEqual([]);
    const rows = await storedRows(client, set);
    expect(new Set(rows.map(({ version }) => version))).toEqual(new Set([first]));
    // rows that have been written again say when
    expect(rows.filter(({ created, updated }) => created < updated).length).toBe(rows.length);
  });
});
