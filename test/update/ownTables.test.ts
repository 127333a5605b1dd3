import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { findRemovableRows, keepRowsSince, removeRows } from '../../host/index.ts';
import type { SourceSpec } from '../../host/store/sourceTables.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import {
  changed,
  expectedRows,
  type Market,
  madeUp,
  only,
  put,
  stampsOf,
  stockColumns,
  storedRows,
  tableDifferences,
  touched,
  updated,
  without,
  written,
} from './support.ts';

const set = 'stocks-hourly';

type Form = {
  readonly name: string;
  readonly spec: SourceSpec;
  readonly create: string;
  readonly table: (symbol: string) => string;
  /** The columns before those of numbers, of a bar at a time that is an SQL expression. */
  readonly key: (symbol: string, time: string) => string;
};

const numbers = stockColumns.map(name => `${name} float8`).join(', ');

const forms: readonly Form[] = [
  {
    name: 'a table of all symbols, times without a zone',
    spec: { table: 'bars', symbolColumn: 'ticker', timeColumn: 'at' },
    create: `create table bars (ticker text, at timestamp, ${numbers}, primary key (ticker, at))`,
    table: () => 'bars',
    key: (symbol, time) => `'${symbol.toUpperCase()}', ${time}`,
  },
  {
    name: 'a table of all symbols, times with a zone',
    spec: { table: 'bars', symbolColumn: 'ticker', timeColumn: 'at' },
    create: `create table bars (ticker text, at timestamptz, ${numbers}, primary key (ticker, at))`,
    table: () => 'bars',
    key: (symbol, time) => `'${symbol}', ${time} at time zone 'UTC'`,
  },
  {
    name: 'a table for each symbol',
    spec: { table: 'bars_{symbol}' },
    create: ['a', 'b', 'gspc']
      .map(symbol => `create table bars_${symbol} (time timestamp primary key, ${numbers})`)
      .join('; '),
    table: symbol => `bars_${symbol}`,
    key: (_, time) => time,
  },
];

const putInto = (client: pg.Client, { table, key }: Form, symbol: string, bars: Bars): Promise<void> =>
  put(client, { table: table(symbol), key: time => key(symbol, time) }, bars);

const wrong = (bars: Bars, rows: readonly number[]): Bars =>
  changed(bars, (cells, row) => (rows.includes(row) ? { ...cells, close: cells.close! * 1.01 } : cells));

describe.each(forms)("bars of the user's own: $name", form => {
  let db: TestDatabase;
  let client: pg.Client;
  const [a, b] = [madeUp(set, 'nulls', 1, 900), madeUp(set, 'sessions', 2, 60)];
  let market: Market = { a: barsBetween(without(a, [300]), 0, 880), b };
  const run = (more: object = {}) => updated({ database: db.database, set, source: form.spec, ...more });

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await client.query(`set timezone = 'Asia/Tokyo'; ${form.create}`);
    for (const [symbol, bars] of Object.entries(market)) await putInto(client, form, symbol, bars);
    // an empty table is no symbol of the market
    await client.query('drop table if exists bars_gspc');
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('rows are those of the bars, and once they are there nothing is to be done', async () => {
    expect((await run()).said).toEqual({ a: 'done 880 880', b: 'done 60 60' });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
    const before = await stampsOf(client, set);
    expect((await run()).said).toEqual({ a: 'unchanged', b: 'unchanged' });
    expect(await stampsOf(client, set)).toEqual(before);
  });

  test('bars that are added, come late or are corrected are found', async () => {
    const [before, known] = [await stampsOf(client, set), await expectedRows(market, { set })];
    const fixed = wrong(a, [700]);
    await putInto(client, form, 'a', only(fixed, [300, 700, 881]));
    market = { a: barsBetween(fixed, 0, 882), b };
    const { said } = await run();
    const rows = written(before, await stampsOf(client, set));
    expect(rows).toEqual(touched(known, await expectedRows(market, { set })));
    expect(said).toEqual({ a: `done ${rows.a!.length} 2`, b: 'unchanged' });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  test('what some families have not seen is found after others have shown it', async () => {
    const fixed = wrong(a, [400]);
    market = { a: barsBetween(fixed, 0, 890), b };
    await putInto(client, form, 'a', barsBetween(fixed, 0, 890));
    const some = await run({ phases: [1] });
    expect(some.said.a).toMatch(/^done \d+ 8$/);
    // a new bar comes between
    market = { a: barsBetween(fixed, 0, 891), b };
    await putInto(client, form, 'a', only(fixed, [890]));
    await run({ phases: [2] });
    const { said } = await run();
    expect(said.a).toMatch(/^done \d+ 0$/);
    expect(await tableDifferences(client, market, { set })).toEqual([]);
    expect((await run()).said).toEqual({ a: 'unchanged', b: 'unchanged' });
  });

  test('families that have no rows yet are computed though no bar has changed', async () => {
    await client.query('drop table feature_engineered_data');
    expect((await run({ phases: [3] })).said).toEqual({ a: 'done 891 891', b: 'done 60 60' });
    expect((await run()).said).toEqual({ a: 'done 891 0', b: 'done 60 0' });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  test('all is computed again when it is asked for, and what is as it was stays', async () => {
    await client.query("update feature_engineered_data set hour = -1 where symbol = 'b' and day_of_week = 1");
    const { said } = await run({ force: true });
    expect(said).toEqual({ a: 'unchanged', b: expect.stringMatching(/^done \d+ 0$/) });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  test('rows that were deleted are made again', async () => {
    await client.query("delete from feature_engineered_data where symbol = 'a' and day_of_week = 1");
    const { said } = await run();
    expect(said).toEqual({ a: expect.stringMatching(/^done (\d+) \1$/), b: 'unchanged' });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  test('rows of months that are no longer kept are not missed', async () => {
    const months = (await findRemovableRows(client, { set })).map(({ month }) => month);
    await keepRowsSince(db.database, { set }, months[1]);
    await removeRows(db.database, set, await findRemovableRows(client, { set, to: months[0]! }));
    expect((await run()).said).toEqual({ a: 'unchanged', b: 'unchanged' });
    await keepRowsSince(db.database, { set }, undefined);
    expect((await run()).said.a).toMatch(/^done \d+ \d+$/);
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  test('times and values that are none are no reason to compute again and again', async () => {
    const odd = changed(b, (cells, row) => ({ ...cells, ...(row === 30 ? { low: Number.NaN } : {}) }));
    market = { ...market, b: odd };
    for (const time of ['-infinity', 'infinity'])
      await client.query(
        `insert into ${form.table('b')} values (${form.key('b', `timestamp '${time}'`)}, 1, 1, 1, 1, 1)`,
      );
    await client.query(`update ${form.table('b')} set low = 'NaN' where open = $1 and close = $2`, [
      b.columns.open![30],
      b.columns.close![30],
    ]);
    expect((await run()).said.b).toMatch(/^done \d+ 0$/);
    const { said, report } = await run({ dryRun: true });
    expect([said, report.notes]).toEqual([{ a: 'unchanged', b: 'unchanged' }, []]);
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  test('single precision holds what it can, and no more is asked of it', async () => {
    const schema = 'single';
    const columns = { ...b.columns, volume: b.columns.volume!.map((x, row) => [1e39, 1e-46, x][row % 3]!) };
    await client.query(`create schema ${schema}`);
    for (const row of b.time.keys()) await putInto(client, form, 'b', only({ time: b.time, columns }, [row]));
    const options = { schema, type: 'real', source: { ...form.spec, table: `public.${form.spec.table}` } };
    expect((await run(options)).said).toMatchObject({ b: 'done 60 60' });
    const rows = await storedRows(client, set, `${schema}.feature_engineered_data`);
    const stored = rows.filter(({ symbol }) => symbol === 'b').map(({ cells }) => cells.volume);
    expect(stored.slice(0, 3)).toEqual([null, 0, Math.fround(b.columns.volume![2]!)]);
    expect((await run({ ...options, dryRun: true })).said).toMatchObject({ b: 'unchanged' });
  });
});
