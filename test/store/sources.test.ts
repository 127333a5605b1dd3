import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { monthMicros } from '../../host/store/month.ts';
import { openSource, readingSettings } from '../../host/store/sources.ts';
import { decodeCopy } from '../support/copyBytes.ts';
import { copyOut } from '../support/copyOut.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const july = monthMicros('2024-07');
const minute = 60_000_000;

describe('bars in tables of the user', () => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await client.query(`
      create table m1_eurusd (time timestamp not null primary key, open numeric(10,5), close numeric(10,5), volume int);
      insert into m1_eurusd select t, 1, 1.5, 7 from generate_series(timestamp '2024-07-01', '2024-07-01 00:09', '1 min') t;
      insert into m1_eurusd values ('2024-09-30 23:59:00.5', 2, 2.5, null);
      create table m1_gbpusd (time timestamp not null, close real) partition by range (time);
      create table m1_gbpusd_2024_07 partition of m1_gbpusd for values from ('2024-07-01') to ('2024-08-01');
      create table "Prices" (at timestamptz not null, instrument text not null, last float8, "Bid" float8,
        primary key (instrument, at));
      insert into "Prices" select t, s, 1.25, 1.24 from unnest(array['EUR/USD', 'USDJPY']) s,
        generate_series(timestamptz '2024-06-30 23:58+00', '2024-07-01 00:01+00', '1 min') t;
      create table days (date date primary key, close float8);
      insert into days values ('2024-06-28', 1), ('2024-07-01', 2);
      create table m1_odd (time text, close float8);
      create view m1_bad as select 1 as x`);
  });

  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const read = async (sql: string) => {
    const parts: Buffer[] = [];
    for await (const bytes of copyOut(client, sql)) parts.push(bytes);
    return decodeCopy(Buffer.concat(parts));
  };

  test('times without end are in no month, and no baseline is taken from a close that is no price', async () => {
    await client.query(`
      create table endless (ts timestamp, symbol text, close float8);
      insert into endless values ('-infinity', 'a', 1), ('2024-07-02', 'a', 'NaN'), ('2024-07-03', 'a', 0),
        ('2024-07-04', 'a', null), ('2024-08-01', 'a', 1.5), ('infinity', 'a', 9), (null, 'a', 9), (null, 'b', 9);
      set statement_timeout = '20s'`);
    const source = await openSource(client, { table: 'endless', symbolColumn: 'symbol' });
    const months = await source.months(client);
    expect(months.get('a')).toEqual([{ month: '2024-07' }, { month: '2024-08' }]);
    expect(months.get('b')).toEqual([]);
    const first = await source.firstCloseAtOrAfter(client, 'a', july);
    expect(first).toEqual({ time: monthMicros('2024-08'), close: 1.5 });
    await client.query('reset statement_timeout');
  });

  test('two symbols that read as one are refused: one would hide the bars of the other', async () => {
    await client.query(`
      create table mixed (ts timestamp, symbol text, close float8);
      insert into mixed values ('2024-07-01', 'EUR/USD', 1), ('2024-07-01', 'eurusd', 2);
      create table twice_eurusd (ts timestamp, close float8); create table "twice_EURUSD" (ts timestamp, close float8)`);
    const code = 'WR_SOURCE';
    await expect(openSource(client, { table: 'mixed', symbolColumn: 'symbol' })).rejects.toMatchObject({
      code,
    });
    await expect(openSource(client, { table: 'twice_{pair}' })).rejects.toMatchObject({ code });
  });

  test('one table per pair: its partitions are not pairs, months are found by jumps', async () => {
    const source = await openSource(client, { table: 'm1_{pair}' });
    expect(source).toMatchObject({
      id: 'table m1_{pair}',
      tracksChanges: false,
      symbols: ['eurusd', 'gbpusd'],
    });
    const months = await source.months(client);
    expect(months.get('eurusd')).toEqual([{ month: '2024-07' }, { month: '2024-09' }]);
    expect(months.get('gbpusd')).toEqual([]);
    expect(await source.columns(client, 'eurusd')).toEqual(['open', 'close', 'volume']);
    const rows = await read(
      source.copyOutSql('eurusd', ['close', 'volume', 'bid_open'], undefined, july + 2 * minute),
    );
    expect(rows).toEqual([
      [july, 1.5, 7, null],
      [july + minute, 1.5, 7, null],
    ]);
    expect(await source.revision(client, 'eurusd')).toBeNull();
    const september = monthMicros('2024-09');
    const last = await source.firstCloseAtOrAfter(client, 'eurusd', september);
    expect(last).toEqual({ time: monthMicros('2024-10') - minute + 500_000, close: 2.5 });
    const ranges = [
      { from: undefined, to: september },
      { from: july + minute, to: july + 3 * minute },
      { from: september, to: september + minute },
    ];
    expect(await source.fingerprints(client, 'eurusd', ranges)).toEqual([
      { rows: 10, first: july, last: july + 9 * minute },
      { rows: 2, first: july + minute, last: july + 2 * minute },
      { rows: 0, first: null, last: null },
    ]);
  });

  test('a table that only matches by its name is no symbol, and says why when it is asked for', async () => {
    await client.query(`
      create table odd_eurusd (time timestamp primary key, close float8);
      create table odd_notes (time text, close float8); create view odd_view as select 1 as x`);
    const source = await openSource(client, { table: 'odd_{pair}' });
    expect(source.symbols).toEqual(['eurusd']);
    expect([...source.refused.keys()]).toEqual(['notes', 'view']);
    expect((await source.months(client)).get('eurusd')).toEqual([]);
    await expect(source.columns(client, 'notes')).rejects.toThrow('time column "time" of type text');
    expect(() => source.copyOutSql('view', [], 0, 1)).toThrow('no column that looks like a time');
    expect(() => source.copyOutSql('audusd', [], 0, 1)).toThrow('unknown symbol "audusd"');
    await client.query('drop table odd_eurusd');
    await expect(openSource(client, { table: 'odd_{pair}' })).rejects.toThrow(
      'source "public.odd_notes" has',
    );
  });

  test('one table with a symbol column, times with a zone, columns by a mapping', async () => {
    const columns = { close: 'last', bid_close: 'Bid' };
    const spec = { table: 'Prices', symbolColumn: 'instrument', timeColumn: 'at', columns };
    await client.query("set timezone = 'Asia/Tokyo'");
    const source = await openSource(client, spec);
    expect(source.symbols).toEqual(['eurusd', 'usdjpy']);
    expect((await source.months(client)).get('eurusd')).toEqual([{ month: '2024-06' }, { month: '2024-07' }]);
    expect(await read(source.copyOutSql('eurusd', ['bid_close', 'open'], july, july + minute))).toEqual([
      [july, 1.24, null],
    ]);
    expect(await source.lookbackStart(client, 'usdjpy', july, 5)).toEqual({
      first: july - 2 * minute,
      rows: 2,
    });
    const ranges = [{ from: july, to: july + 10 * minute }];
    expect(await source.fingerprints(client, 'usdjpy', ranges)).toEqual([
      { rows: 2, first: july, last: july + minute },
    ]);
    await client.query('reset timezone');
  });

  test('dates are midnights of UTC', async () => {
    await client.query('create table bars_spx as select * from days');
    const source = await openSource(client, { table: 'bars_{symbol}' });
    expect((await source.months(client)).get('spx')).toEqual([{ month: '2024-06' }, { month: '2024-07' }]);
    expect(await read(source.copyOutSql('spx', ['close'], july, monthMicros('2024-08')))).toEqual([
      [july, 2],
    ]);
  });

  test('a month is read along its index where there is one, though nothing is known of the table', async () => {
    await client.query(`
      create table walk_eurusd (time timestamp primary key, close float8) with (autovacuum_enabled = off);
      insert into walk_eurusd select t, 1 from generate_series(timestamp '2024-06-01', '2024-08-31', '1 min') t;
      create table walk_gbpusd as table walk_eurusd`);
    const source = await openSource(client, { table: 'walk_{pair}' });
    const plan = async (symbol: string) => {
      const sql = source.copyOutSql(symbol, ['close'], july, monthMicros('2024-08'));
      const query = sql.slice('copy ('.length, sql.indexOf(') to stdout'));
      const { rows } = await client.query<Record<string, string>>(`explain (costs off) ${query}`);
      return rows[0]!['QUERY PLAN'];
    };
    expect(await plan('eurusd')).toBe('Sort');
    await client.query(readingSettings);
    expect(await plan('eurusd')).toBe('Index Scan using walk_eurusd_pkey on walk_eurusd');
    expect(await plan('gbpusd')).toBe('Sort');
    await client.query('reset enable_sort; reset jit');
  });

  test.each([
    [{ table: 'nowhere', symbolColumn: 's' }, 'source "public.nowhere" does not exist'],
    [{ table: 'm2_{pair}' }, 'source "public.m2_{pair}" matches no table'],
    [{ table: 'Prices' }, 'source "public.Prices" needs a symbolColumn, or {symbol} in its name'],
    [{ table: 'Prices', symbolColumn: 'pair' }, 'source "public.Prices" has no column "pair"'],
    [{ table: 'Prices', symbolColumn: 'instrument' }, 'has no column that looks like a time'],
    [{ table: 'da{symbol}', timeColumn: 'at' }, 'source "public.days" has no column "at"'],
    [{ table: 'da{symbol}', timeColumn: 'close' }, 'time column "close" of type double precision'],
    [{ table: 'da{symbol}', columns: { open: 'o' } }, 'has no column "o", which the mapping names for open'],
    [{ table: 'da{symbol}', columns: { close: 'date' } }, 'has column "date" of type date, not a number'],
  ])('%j is refused: %s', async (spec, message) => {
    await expect(openSource(client, spec)).rejects.toThrow(message);
  });
});
