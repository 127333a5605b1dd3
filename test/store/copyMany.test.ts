import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BarColumn } from '../../host/catalog/bars.ts';
import { monthMicros } from '../../host/store/month.ts';
import { type BarSource, type BarsRequest, openSource, readingSettings } from '../../host/store/sources.ts';
import { decodeCopy } from '../support/copyBytes.ts';
import { copyOut } from '../support/copyOut.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const july = monthMicros('2024-07');
const minute = 60_000_000;
const at = (minutes: number): number => july + minutes * minute;

describe('bars of many symbols with one COPY, from tables of the user', () => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await client.query(`
      create type ticker as enum ('EUR/USD', 'brk.b', 'XAU''USD');
      create table shared (at timestamptz not null, symbol ticker not null, close float8, volume int);
      insert into shared select t, s, extract(minute from t), 7 from unnest(enum_range(null::ticker)) s,
        generate_series(timestamptz '2024-07-01 00:00+00', '2024-07-01 00:09+00', '1 min') t;
      insert into shared values ('-infinity', 'brk.b', 1, 1), ('infinity', 'brk.b', 1, 1);
      create table own_a (time timestamp primary key, close float8);
      insert into own_a select t, extract(minute from t)
        from generate_series(timestamp '2024-07-01', '2024-07-01 00:09', '1 min') t;
      create table own_b (date date primary key, close numeric, volume float8);
      insert into own_b select t, extract(day from t), 3
        from generate_series(timestamp '2024-06-28', '2024-07-04', '1 day') t`);
    await client.query(`${readingSettings}; set timezone = 'Asia/Tokyo'`);
  });

  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const read = async (source: BarSource, requests: readonly BarsRequest[], columns: readonly BarColumn[]) => {
    const parts: Buffer[] = [];
    for await (const bytes of copyOut(client, source.copyManySql(requests, columns))) parts.push(bytes);
    return decodeCopy(Buffer.concat(parts));
  };

  test('one table for all: in the order of the requests, history before the first bar, both ends included', async () => {
    const source = await openSource(client, { table: 'shared', symbolColumn: 'symbol', timeColumn: 'at' });
    expect(source.symbols).toEqual(['brk.b', 'eurusd', "xau'usd"]);
    const requests = [
      { symbol: "xau'usd", from: at(5), to: at(6), history: 2 },
      { symbol: 'eurusd', from: at(1), to: at(1) + 1, history: 600 },
      { symbol: 'eurusd', from: at(9), to: undefined, history: 0 },
      { symbol: 'eurusd', from: at(10), to: undefined, history: 0 },
      { symbol: 'brk.b', from: undefined, to: undefined, history: 3 },
    ];
    expect(await read(source, requests, ['close', 'bid_open'])).toEqual([
      ...[3, 4, 5, 6].map(m => [at(m), 0, m, null]),
      ...[0, 1].map(m => [at(m), 1, m, null]),
      [at(9), 2, 9, null],
      ...Array.from({ length: 10 }, (_, m) => [at(m), 4, m, null]),
    ]);
    expect(await source.changesSince(client, new Map([['eurusd', null]]))).toBeNull();
    expect(() => source.copyManySql([{ ...requests[0]!, symbol: 'none' }], [])).toThrow(
      'unknown symbol "none"',
    );
  });

  test('a table for each symbol', async () => {
    const source = await openSource(client, { table: 'own_{symbol}' });
    const day = 1440 * minute;
    const requests = [
      { symbol: 'b', from: july + 1, to: july + 2 * day, history: 2 },
      { symbol: 'a', from: at(8), to: undefined, history: 1 },
      { symbol: 'b', from: undefined, to: july - 2 * day, history: 9 },
    ];
    expect(await read(source, requests, ['volume', 'close'])).toEqual([
      [july - day, 0, 3, 30],
      ...[1, 2, 3].map(d => [july + (d - 1) * day, 0, 3, d]),
      ...[7, 8, 9].map(m => [at(m), 1, null, m]),
      ...[28, 29].map(d => [july + (d - 31) * day, 2, 3, d]),
    ]);
  });

  const planOf = async (source: BarSource, requests: readonly BarsRequest[]): Promise<string[]> => {
    const sql = source.copyManySql(requests, ['close']);
    const query = sql.slice('copy ('.length, sql.lastIndexOf(') to stdout'));
    const { rows } = await client.query<Record<string, string>>(`explain (costs off) ${query}`);
    return rows.map(row => row['QUERY PLAN']!.trim());
  };

  test('the bars of one request at a time are sorted, not those of all', async () => {
    const source = await openSource(client, { table: 'shared', symbolColumn: 'symbol', timeColumn: 'at' });
    const plan = await planOf(source, [{ symbol: 'eurusd', from: july, to: undefined, history: 1 }]);
    expect(plan.slice(0, 3)).toEqual([
      'Incremental Sort',
      expect.stringMatching(/^Sort Key: r\.place, /),
      'Presorted Key: r.place',
    ]);
  });

  test('all bars of many symbols are read along the index, in the order of the requests', async () => {
    await client.query(`
      create table keyed (time timestamp not null, symbol text not null, close float8, primary key (symbol, time));
      insert into keyed select t, 's' || s, s from generate_series(1, 150) s,
        generate_series(timestamp '2024-07-01', '2024-07-20', '1 day') t order by t desc`);
    const source = await openSource(client, { table: 'keyed', symbolColumn: 'symbol', timeColumn: 'time' });
    const whole = { from: undefined, to: undefined, history: 3 };
    const requests = source.symbols.toReversed().map(symbol => ({ symbol, ...whole }));
    const rows = await read(source, requests, ['close']);
    const day = 1440 * minute;
    expect(rows).toEqual(
      requests.flatMap(({ symbol }, place) =>
        Array.from({ length: 20 }, (_, i) => [july + i * day, place, Number(symbol.slice(1))]),
      ),
    );
    // the server knows nothing of a new table, and would read it whole for each request
    const plan = (await planOf(source, requests)).join('\n');
    expect(plan).toContain('Index Scan');
    expect(plan).not.toMatch(/Sort|Materialize|Seq Scan/);
  });
});
