import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { load, type Market, madeUp, stampsOf, tableDifferences, updated } from './support.ts';

const set = 'stocks-daily';
const table = 'feature_daily';

// more symbols than a table that is made gets its key before: the rows of most are one window's beginning
const long = madeUp(set, 'weekdays', 1, 60);
const market: Market = {
  ...Object.fromEntries(
    Array.from({ length: 297 }, (_, i) => [`s${i}`, barsBetween(long, i % 40, (i % 40) + 3)]),
  ),
  gspc: madeUp(set, 'weekdays', 2, 60),
  lost: long,
  whole: long,
};
const symbols = Object.keys(market).length;
const rows = Object.values(market).reduce((sum, { time }) => sum + time.length, 0);

describe('the first load of many symbols', () => {
  let db: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await load(db.database, set, market);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const run = (more: object = {}) => updated({ database: db.database, set, workers: 2, ...more });

  /** Tables of the set with the columns of their key, and whether it is one with the parent's. */
  const keys = async (): Promise<unknown[]> => {
    const { rows: found } = await client.query(
      `select c.relname as name, k.conname as key, pg_get_constraintdef(k.oid) as columns, p.conname as parent
       from pg_class c left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
         left join pg_constraint p on p.oid = k.conparentid
       where c.relkind in ('r', 'p') and c.relname like '${table}%' order by 1`,
    );
    return found;
  };
  const columns = 'PRIMARY KEY (symbol, "timestamp", source)';
  const keyed = [
    { name: table, key: `${table}_pkey`, columns, parent: null },
    ...['2024_10', '2024_11', '2024_12', '2025_01'].map(month => ({
      name: `${table}_${month}`,
      key: `${table}_${month}_pkey`,
      columns,
      parent: `${table}_pkey`,
    })),
  ];

  test('is written into tables that get their key afterwards; a batch that is sent twice is there once', async () => {
    // notes what key there was whenever a batch was done
    await client.query(
      `create table keys_seen (keyed boolean);
       create function see() returns trigger language plpgsql as $$ begin
         insert into keys_seen select exists (select from pg_constraint where conrelid = '${table}'::regclass and contype = 'p');
         return null;
       end $$;
       create trigger see after insert on windrow.set_progress execute function see()`,
    );
    const { report } = await run({ workerFile: new URL('./workers/faulty.ts', import.meta.url) });
    const { rows: seen } = await client.query('select distinct keyed from keys_seen');
    expect(seen).toEqual([{ keyed: false }]);
    // what was committed without an answer stands in the table, and as a failure in the report
    expect(report).toMatchObject({ done: symbols - 1, failed: 1, rows: rows - market.lost!.time.length });
    expect(await keys()).toEqual(keyed);
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  test('is followed by runs that change nothing', async () => {
    const before = await stampsOf(client, set);
    expect((await run()).report).toMatchObject({ done: 0, unchanged: symbols, failed: 0 });
    expect(await stampsOf(client, set)).toEqual(before);
  });

  test('that was killed before its key was made leaves that to the next run', async () => {
    const before = await stampsOf(client, set);
    await client.query(
      `alter table ${table} drop constraint ${table}_pkey;
       create unique index ${table}_2024_11_pkey on ${table}_2024_11 (symbol, timestamp, source)`,
    );
    expect((await run({ dryRun: true })).report).toMatchObject({ unchanged: symbols });
    expect((await keys()).filter(one => (one as { key: string | null }).key)).toEqual([]);
    expect((await run()).report).toMatchObject({ unchanged: symbols });
    expect(await keys()).toEqual(keyed);
    expect(await stampsOf(client, set)).toEqual(before);
  });

  test('is done again where the table was dropped, whatever was noted of its rows', async () => {
    await client.query(`drop table ${table}`);
    expect((await run({ symbols: ['whole'] })).report).toMatchObject({ done: 1 });
    expect((await run()).report).toMatchObject({ done: symbols - 1, unchanged: 1 });
    expect(await keys()).toEqual(keyed);
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });
});
