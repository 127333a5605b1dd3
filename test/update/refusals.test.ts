import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type UpdateOptions, update } from '../../host/index.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { load, madeUp, put, stockColumns, updated } from './support.ts';

const set = 'stocks-hourly';
const bars = madeUp(set, 'sessions', 1, 30);

/** Everything that is in the database, as text. */
async function everything(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'i', 'I', 'S', 'v') and n.nspname !~ '^(pg_|information_schema)' order by 1`,
  );
  const content: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client
      .query<{ text: string }>(`select t::text as text, xmin::text from ${name} t order by 1`)
      .catch(() => ({ rows: [] }));
    content.push(name, ...rows.map(row => JSON.stringify(row)));
  }
  return content;
}

describe('an update', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const source = { table: 'bars', symbolColumn: 'symbol' };
  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const refused = async (options: Partial<UpdateOptions>): Promise<string> => {
    const error = await update({ database: db.database, set, ...options }).catch(error => error);
    return `${error.code} ${error.message} ${error.hint}`;
  };
  /** That refusing it changes nothing. */
  const leaves = async (options: Partial<UpdateOptions>): Promise<string> => {
    const before = await everything(client);
    const told = await refused(options);
    expect(await everything(client)).toEqual(before);
    return told;
  };

  test('that is only tried writes nothing, not even into an empty database', async () => {
    expect(await leaves({ dryRun: true })).toMatch(/^WR_NO_BARS market_data_1h has no bars /);
    await client.query(
      `create table bars (symbol text, time timestamp, ${stockColumns.map(name => `${name} float8`).join(', ')},
         primary key (symbol, time))`,
    );
    await put(client, { table: 'bars', key: time => `'a', ${time}` }, bars);
    const before = await everything(client);
    expect(before.length).toBeGreaterThan(30);
    const { said, report } = await updated({ database: db.database, set, source, dryRun: true });
    expect(said).toEqual({ a: 'due' });
    expect(report).toMatchObject({ dryRun: true, done: 0, unchanged: 0, failed: 0, rows: 0 });
    expect(await everything(client)).toEqual(before);
  });

  test('that is only tried writes nothing where there are rows, and bars to be computed', async () => {
    await load(db.database, set, { a: barsBetween(bars, 0, 20), b: bars });
    await updated({ database: db.database, set });
    await load(db.database, set, { a: barsBetween(bars, 20, 30) });
    const before = await everything(client);
    expect((await updated({ database: db.database, set, dryRun: true })).said).toEqual({
      a: 'due',
      b: 'unchanged',
    });
    expect((await updated({ database: db.database, set, dryRun: true, force: true })).said).toEqual({
      a: 'due',
      b: 'due',
    });
    expect(await everything(client)).toEqual(before);
  });

  test.each<[string, Partial<UpdateOptions>, RegExp]>([
    ['a set of another layout', { set: 'fx' }, /^WR_SET_LAYOUT .*windrow backfill --set fx$/],
    ['an unknown set', { set: 'stocks' }, /^WR_SET_UNKNOWN .*"stocks"/],
    [
      'an unknown option of the set',
      { setOptions: { windows: { tiny: 3 } } },
      /^WR_SET_OPTION .*windows\.tiny/,
    ],
    ['an unknown feature', { off: ['macdd'] }, /^WR_FEATURE_UNKNOWN .*macdd/],
    ['an unknown symbol', { symbols: ['a', 'bb'] }, /^WR_SYMBOL_UNKNOWN .*"bb".*did you mean "b"/],
    ['an unknown phase', { phases: [1, 7] }, /^WR_SETTING_INVALID phases .*1, 2, 3, 4, 5.*found 7/],
    ['no phase at all', { phases: [] }, /^WR_SETTING_INVALID phases .*1, 2, 3, 4, 5.*found none/],
    [
      'phases of a set without them',
      { set: 'stocks-daily', phases: [1] },
      /^WR_SETTING_INVALID phases .*found 1/,
    ],
    ['a set without bars', { set: 'stocks-daily' }, /^WR_NO_BARS market_data_1d has no bars/],
    ['a schema without bars', { schema: 'elsewhere' }, /^WR_NO_BARS elsewhere.market_data_1h has no bars/],
    [
      'another type of the columns',
      { type: 'real' },
      /^WR_TABLE_SHAPE .*of type double precision, asked for is real/,
    ],
    [
      'a table of bars that is not there',
      { source: { table: 'none', symbolColumn: 's' } },
      /^WR_SOURCE .*none/,
    ],
  ])('is refused %s', async (_, options, told) => {
    expect(await leaves(options)).toMatch(told);
  });

  test('writes to no table that is not its own', async () => {
    await client.query('create schema mine; create table mine.feature_engineered_data (symbol text)');
    await load(db.database, set, { a: bars }, 'mine');
    for (const dryRun of [false, true])
      expect(await leaves({ schema: 'mine', dryRun })).toMatch(
        /^WR_TABLE_FOREIGN .*"mine.feature_engineered_data"/,
      );
  });

  test('writes to no partition that is not its own', async () => {
    const schema = 'half';
    await load(db.database, set, { a: bars }, schema);
    await client.query(`create table ${schema}.feature_engineered_data_2024_10 (symbol text)`);
    expect(await refused({ schema })).toMatch(/^WR_TABLE_FOREIGN .*"half.feature_engineered_data_2024_10"/);
    await client.query(`drop table ${schema}.feature_engineered_data_2024_10`);
    expect((await updated({ database: db.database, set, schema })).said).toEqual({ a: 'done 30 30' });
  });

  test('leaves out a table that cannot be read, and says so; asked for it is refused', async () => {
    const schema = 'each';
    await client.query(
      `create schema ${schema}; create table ${schema}.bars_a as select time, open, high, low, close, volume from bars;
       create table ${schema}.bars_b (time timestamp, open float8)`,
    );
    const source = { table: 'bars_{symbol}' };
    const { said, report } = await updated({ database: db.database, set, schema, source });
    expect(said).toEqual({ a: 'done 30 30' });
    expect(report.notes).toEqual([expect.stringMatching(/^left out: .*each\.bars_b/)]);
    expect(await leaves({ schema, source, symbols: ['b'] })).toMatch(/^WR_SOURCE .*each\.bars_b/);
  });

  test('of bars that are there twice fails for that symbol, and says when', async () => {
    const schema = 'twice';
    await client.query(`create schema ${schema}; create table ${schema}.bars as select * from bars`);
    await client.query(
      `insert into ${schema}.bars select 'b', time, open, high, low, close, volume from bars;
       insert into ${schema}.bars select 'b', time, open, high, low, close, volume from bars order by time offset 7 limit 1`,
    );
    const { said, report } = await updated({ database: db.database, set, schema, source });
    expect(said).toEqual({ a: 'done 30 30', b: 'failed WR_BARS_TWICE' });
    const at = new Date(bars.time[7]! / 1000).toISOString().slice(0, 19).replace('T', ' ');
    expect(report.symbols.find(({ symbol }) => symbol === 'b')?.cause).toContain(at);
  });
});
