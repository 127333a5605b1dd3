import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockGroupOf } from '../../host/store/manyBars.ts';
import { migrate } from '../../host/store/migrate.ts';
import { monthMicros, monthOf } from '../../host/store/month.ts';
import { openSource } from '../../host/store/sources.ts';
import { decodeCopy } from '../support/copyBytes.ts';
import { copyOut } from '../support/copyOut.ts';
import { feeding, type PieceRow, piece, writePieces } from '../support/pieces.ts';
import { hasOldPostgres, oldBinDir, type TestDatabase, testDatabase } from '../support/postgres.ts';

const day = 86_400_000_000;
const july = monthMicros('2024-07');
const at = (days: number): number => july + days * day;
const spec = { set: 'stocks-daily' };

const servers: [name: string, binDir: string | undefined][] = [['the embedded server', undefined]];
if (hasOldPostgres) servers.push(['Postgres 15', oldBinDir]);

describe.each(servers)('bars of many symbols in one table, %s', (_, binDir) => {
  let db: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    db = await testDatabase(binDir);
    client = await db.connect();
    await migrate(client);
  });

  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  beforeEach(async () => {
    await client.query(
      'drop table if exists market_data_1d; delete from windrow.bar_months; delete from windrow.bar_changes',
    );
  });

  const stored = async (columns = 'close, volume'): Promise<unknown[][]> =>
    (
      await client.query({
        text: `select symbol, to_char(timestamp, 'MM-DD'), source, ${columns} from market_data_1d order by 1, 2, 3`,
        rowMode: 'array',
      })
    ).rows;

  const changes = async (): Promise<unknown[][]> =>
    (
      await client.query({
        text: `select source, symbol, to_char(first_ts, 'MM-DD'), to_char(last_ts, 'MM-DD'), inserted::int, replaced::int
               from windrow.bar_changes order by revision`,
        rowMode: 'array',
      })
    ).rows;

  /** What the log of months says, and what counting the table gives, in the same form. */
  const months = async (origin = 'import', source = 'market_data_1d'): Promise<[unknown[], unknown[]]> => {
    const { rows: logged } = await client.query({
      text: `select symbol, month::text, rows::int, first_ts::text, last_ts::text,
               (select array_agg(c order by c) from unnest(columns) c) as columns
             from windrow.bar_months where source = $1 order by 1, 2`,
      values: [source],
    });
    const { rows: counted } = await client.query({
      text: `select symbol, date_trunc('month', timestamp)::date::text as month, count(*)::int as rows,
               min(timestamp)::text as first_ts, max(timestamp)::text as last_ts,
               nullif(array_remove(array[case when count(close) > 0 then 'close' end, case when count(high) > 0 then 'high' end,
                 case when count(low) > 0 then 'low' end, case when count(open) > 0 then 'open' end,
                 case when count(volume) > 0 then 'volume' end], null), '{}') as columns
             from market_data_1d where source = $1 group by 1, 2 order by 1, 2`,
      values: [origin],
    });
    return [logged, counted];
  };

  const first = [
    piece('brk.b', [
      [at(0), 1, 10],
      [at(1), 2, null],
    ]),
    piece('aa', [[at(30), 5, 50]]),
    piece('brk.b', [[at(31), 3, 30]]),
    piece('brk.b', [[at(-1), 0.5, 5]]),
  ];

  test('symbols and months come in with one transaction; the same again changes nothing', async () => {
    expect(await writePieces(client, first)).toEqual([
      { inserted: 2, replaced: 0, unchanged: 0 },
      ...[1, 1, 1].map(inserted => ({ inserted, replaced: 0, unchanged: 0 })),
    ]);
    expect(await stored()).toEqual([
      ['aa', '07-31', 'import', 5, 50],
      ['brk.b', '06-30', 'import', 0.5, 5],
      ['brk.b', '07-01', 'import', 1, 10],
      ['brk.b', '07-02', 'import', 2, null],
      ['brk.b', '08-01', 'import', 3, 30],
    ]);
    expect(await changes()).toEqual([
      ['market_data_1d', 'brk.b', '06-30', '08-01', 4, 0],
      ['market_data_1d', 'aa', '07-31', '07-31', 1, 0],
    ]);
    const again = await writePieces(client, first);
    expect(again.map(({ unchanged }) => unchanged)).toEqual([2, 1, 1, 1]);
    expect(await changes()).toHaveLength(2);
    const [logged, counted] = await months();
    expect(logged).toEqual(counted);
    expect(logged).toHaveLength(4);
  });

  test('a row that is the same is not written: nothing of the table changes', async () => {
    await writePieces(client, first);
    const versions = async () => (await client.query('select xmin, xmax, ctid from market_data_1d')).rows;
    const before = await versions();
    await writePieces(client, first);
    expect(await versions()).toEqual(before);
  });

  test('a corrected row replaces the old one, new ones come beside it, columns that are lacking keep their values', async () => {
    await writePieces(client, first);
    const written = await writePieces(client, [
      piece(
        'brk.b',
        [
          [at(1), 2.5],
          [at(2), 4],
        ],
        ['close'],
      ),
      piece('zz', [[at(2), 7, 8, 1]], ['high', 'low', 'bid_open']),
      piece('brk.b', [[at(31), null, null]]),
    ]);
    expect(written).toEqual([
      { inserted: 1, replaced: 1, unchanged: 0 },
      { inserted: 1, replaced: 0, unchanged: 0 },
      { inserted: 0, replaced: 1, unchanged: 0 },
    ]);
    expect((await stored('close, volume, high, low')).slice(1)).toEqual([
      ['brk.b', '06-30', 'import', 0.5, 5, null, null],
      ['brk.b', '07-01', 'import', 1, 10, null, null],
      ['brk.b', '07-02', 'import', 2.5, null, null, null],
      ['brk.b', '07-03', 'import', 4, null, null, null],
      ['brk.b', '08-01', 'import', null, null, null, null],
      ['zz', '07-03', 'import', null, null, 7, 8],
    ]);
    expect((await changes()).slice(2).sort()).toEqual([
      ['market_data_1d', 'brk.b', '07-02', '08-01', 1, 2],
      ['market_data_1d', 'zz', '07-03', '07-03', 1, 0],
    ]);
    const [logged, counted] = await months();
    expect(logged).toEqual(counted);
  });

  test('whatever is written in whatever order: rows, counts and ranges are those of a plain map', async () => {
    const days = fc.uniqueArray(fc.integer({ min: 0, max: 65 }), { minLength: 1, maxLength: 6 });
    const value = fc.option(fc.integer({ min: 1, max: 3 }));
    const batch = fc.array(fc.tuple(fc.constantFrom('a', 'b-1', 'c.d'), days, value, value), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async batches => {
        await client.query('drop table if exists market_data_1d; delete from windrow.bar_months');
        const model = new Map<string, string>();
        const source = await openSource(client, spec);
        for (const entries of batches) {
          const pieces = new Map<string, PieceRow[]>();
          for (const [symbol, offsets, close, volume] of entries) {
            for (const offset of offsets) {
              const key = `${symbol} ${monthOf(at(offset))}`;
              const others = (pieces.get(key) ?? []).filter(([time]) => time !== at(offset));
              pieces.set(
                key,
                [...others, [at(offset), close, volume] as const].sort((a, b) => a[0] - b[0]),
              );
            }
          }
          const symbols = ['a', 'b-1', 'c.d'];
          const seen = new Map<string, bigint | null>();
          for (const symbol of symbols) seen.set(symbol, await source.revision(client, symbol));
          const expected = new Map<string, number[]>();
          const counts = [...pieces].map(([key, rows]) => {
            const result = { inserted: 0, replaced: 0, unchanged: 0 };
            for (const [time, ...values] of rows) {
              const symbol = key.split(' ')[0]!;
              const old = model.get(`${symbol} ${time}`);
              const text = JSON.stringify(values);
              result[old === undefined ? 'inserted' : old === text ? 'unchanged' : 'replaced']++;
              model.set(`${symbol} ${time}`, text);
              if (old !== text) expected.set(symbol, [...(expected.get(symbol) ?? []), time]);
            }
            return result;
          });
          const given = [...pieces].map(([key, rows]) => piece(key.split(' ')[0]!, rows));
          expect(await writePieces(client, given)).toEqual(counts);
          const found = await source.changesSince(client, seen);
          expect([...found!].map(([symbol, { first, last }]) => [symbol, first, last]).sort()).toEqual(
            [...expected].map(([symbol, times]) => [symbol, Math.min(...times), Math.max(...times)]).sort(),
          );
        }
        const { rows } = await client.query<{ key: string; text: string }>(
          `select symbol || ' ' || (extract(epoch from timestamp) * 1000000)::bigint as key,
             json_build_array(close, volume)::text as text from market_data_1d`,
        );
        expect(new Map(rows.map(({ key, text }) => [key, text.replaceAll(' ', '')]))).toEqual(model);
        const [logged, counted] = await months();
        expect(logged).toEqual(counted);
      }),
      { numRuns: 25 },
    );
  });

  test('two writers of the same symbols take turns, in whatever order they name them', async () => {
    const other = await db.connect();
    const symbols = Array.from({ length: 40 }, (_, i) => `s${i}`);
    const batch = (value: number, order: readonly string[]) =>
      order.map(symbol =>
        piece(symbol, [
          [at(0), value, 1],
          [at(1), value, 1],
        ]),
      );
    const [ours, theirs] = await Promise.all([
      writePieces(client, batch(1, symbols)),
      writePieces(other, batch(2, symbols.toReversed())),
    ]);
    const sum = (written: typeof ours, of: 'inserted' | 'replaced') =>
      written.reduce((total, one) => total + one[of], 0);
    expect([sum(ours, 'inserted'), sum(theirs, 'inserted')].sort((a, b) => a - b)).toEqual([0, 80]);
    expect([sum(ours, 'replaced'), sum(theirs, 'replaced')].sort((a, b) => a - b)).toEqual([0, 80]);
    const winner = sum(ours, 'inserted') > 0 ? 2 : 1;
    expect(new Set((await stored()).map(row => row[3]))).toEqual(new Set([winner]));
    await other.end();
  });

  test('a revision of a symbol waits for the one before it, and not for those of other symbols', async () => {
    const other = await db.connect();
    const free = ['b', 'c', 'd'].find(symbol => lockGroupOf(symbol) !== lockGroupOf('a'))!;
    let letGo = (): void => {};
    const held = new Promise<void>(resolve => {
      letGo = resolve;
    });
    let begun = (): void => {};
    const locked = new Promise<void>(resolve => {
      begun = resolve;
    });
    const earlier = writePieces(client, [piece('a', [[at(5), 1, 1]])], {
      feed: async (pieces, columns, write) => {
        begun();
        await held;
        await feeding()(pieces, columns, write);
      },
    });
    await locked;
    expect(await writePieces(other, [piece(free, [[at(0), 1, 1]])])).toMatchObject([{ inserted: 1 }]);
    const holders: number[] = [];
    const later = writePieces(other, [piece('a', [[at(9), 1, 1]])], {
      onWait: ({ pid }) => {
        holders.push(pid);
        letGo();
      },
    });
    await Promise.all([earlier, later]);
    expect(holders).toEqual([(client as unknown as { processID: number }).processID]);
    expect((await changes()).map(([, symbol, from]) => [symbol, from])).toEqual([
      [free, '07-01'],
      ['a', '07-06'],
      ['a', '07-10'],
    ]);
    await other.end();
  });

  test('a reader in a transaction keeps nobody from adding a month', async () => {
    await writePieces(client, first);
    const reader = await db.connect();
    await reader.query('begin; select count(*) from market_data_1d');
    await client.query("set lock_timeout = '2s'");
    expect(await writePieces(client, [piece('aa', [[at(200), 1, 1]])])).toMatchObject([{ inserted: 1 }]);
    await client.query('reset lock_timeout');
    await reader.query('commit');
    await reader.end();
  });

  test('a new month waits for those who write rows that refer to bars, and lets others pass meanwhile', async () => {
    await writePieces(client, first);
    const writer = await db.connect();
    await writer.query(`
      create table rows_of_bars (symbol text, timestamp timestamp, source text,
        foreign key (symbol, timestamp, source) references market_data_1d)`);
    await writer.query("begin; insert into rows_of_bars values ('aa', '2024-07-31', 'import')");
    const late = await db.connect();
    const holders: string[] = [];
    const written = await writePieces(client, [piece('aa', [[at(200), 1, 1]])], {
      onWait: ({ pid }) => {
        if (holders.push(String(pid)) > 1) return;
        // only between two tries does a newcomer get in
        late
          .query("insert into rows_of_bars values ('aa', '2024-07-31', 'import')")
          .then(() => writer.query('commit'));
      },
    });
    expect(written).toMatchObject([{ inserted: 1 }]);
    expect(holders[0]).toBe(String((writer as unknown as { processID: number }).processID));
    expect((await client.query('select count(*)::int as n from rows_of_bars')).rows).toEqual([{ n: 2 }]);
    await writer.query('drop table rows_of_bars');
    await Promise.all([writer.end(), late.end()]);
  });

  test('what breaks off leaves nothing: neither rows nor log, and the next writer is not kept waiting', async () => {
    await writePieces(client, first);
    const before = [await stored(), await changes(), await months()];
    const killed = await db.connect();
    killed.on('error', () => {});
    const dying = writePieces(killed, [piece('aa', [[at(30), 6, 60]]), piece('new', [[at(0), 1, 1]])], {
      feed: async (pieces, columns, write) => {
        if (pieces[0]!.symbol !== 'aa') return feeding()(pieces, columns, write);
        await write(Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'));
        // as when the process is killed
        (killed as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
        await new Promise(resolve => setTimeout(resolve, 20));
        await write(Buffer.alloc(8));
      },
    });
    await expect(dying).rejects.toMatchObject({ code: 'WR_DATABASE_LOST' });
    const failing = { feed: () => Promise.reject(new Error('the file cannot be read')) };
    await expect(writePieces(client, [piece('aa', [[at(30), 7, 70]])], failing)).rejects.toThrow(
      'cannot be read',
    );
    expect([await stored(), await changes(), await months()]).toEqual(before);
    expect(await writePieces(client, [piece('aa', [[at(30), 6, 60]])])).toMatchObject([{ replaced: 1 }]);
    await killed.end().catch(() => {});
  });

  test('rows that the user has inserted are found, and counted at the first change', async () => {
    await writePieces(client, first);
    await client.query(`
      insert into market_data_1d (symbol, timestamp, close) values ('mine', '2024-07-05', 1), ('mine', '2024-07-06', 2)`);
    const written = await writePieces(client, [
      piece('mine', [
        [at(4), 1, null],
        [at(5), 3, 1],
        [at(6), 4, 1],
      ]),
      piece('other', [[at(6), 4, 1]]),
    ]);
    expect(written).toEqual([
      { inserted: 1, replaced: 1, unchanged: 1 },
      { inserted: 1, replaced: 0, unchanged: 0 },
    ]);
    const [logged, counted] = await months();
    expect(logged).toEqual(counted);
  });

  test('a table of that name that is not ours is left alone, as is one of the name of a month', async () => {
    await client.query('create table market_data_1d (symbol text, timestamp timestamp)');
    await expect(writePieces(client, first)).rejects.toMatchObject({
      code: 'WR_TABLE_FOREIGN',
      values: { table: 'public.market_data_1d' },
    });
    await client.query('drop table market_data_1d; create table market_data_1d_2024_08 (x int)');
    await expect(writePieces(client, first)).rejects.toMatchObject({
      code: 'WR_TABLE_FOREIGN',
      values: { table: 'public.market_data_1d_2024_08' },
    });
    expect(await stored()).toEqual([]);
    expect(await changes()).toEqual([]);
    await client.query('drop table market_data_1d_2024_08, market_data_1d');
    await client.query(`create table market_data_1d (symbol text, timestamp timestamptz, source text);
      comment on table market_data_1d is 'windrow: imported bars'`);
    await expect(writePieces(client, first)).rejects.toThrow(
      'has no column "timestamp" of type timestamp without',
    );
  });

  test('bars of different origin stand side by side, each with its own log', async () => {
    await writePieces(client, [piece('aa', [[at(0), 1, 1]])]);
    const written = await writePieces(client, [piece('aa', [[at(0), 2, 2]]), piece('bb', [[at(1), 3, 3]])], {
      origin: 'vendor',
    });
    expect(written.map(({ inserted }) => inserted)).toEqual([1, 1]);
    expect(await stored()).toEqual([
      ['aa', '07-01', 'import', 1, 1],
      ['aa', '07-01', 'vendor', 2, 2],
      ['bb', '07-02', 'vendor', 3, 3],
    ]);
    expect((await changes()).map(([source, symbol]) => [source, symbol])).toEqual([
      ['market_data_1d', 'aa'],
      ['market_data_1d of vendor', 'aa'],
      ['market_data_1d of vendor', 'bb'],
    ]);
    const [own, vendor] = [
      await openSource(client, spec),
      await openSource(client, { ...spec, origin: 'vendor' }),
    ];
    expect([own.symbols, own.origin, vendor.symbols, vendor.origin]).toEqual([
      ['aa'],
      'import',
      ['aa', 'bb'],
      'vendor',
    ]);
    const [logged, counted] = await months('vendor', 'market_data_1d of vendor');
    expect(logged).toEqual(counted);
    expect(await read(vendor.copyOutSql('aa', ['close'], undefined, at(9)))).toEqual([[at(0), 2]]);
    expect(await own.lookbackStart(client, 'aa', at(9), 5)).toEqual({ first: at(0), rows: 1 });
  });

  const read = async (sql: string): Promise<(number | null)[][]> => {
    const parts: Buffer[] = [];
    for await (const bytes of copyOut(client, sql)) parts.push(bytes);
    return decodeCopy(Buffer.concat(parts));
  };

  test('the source reads back what was written, one symbol or many', async () => {
    await writePieces(client, first, { schema: 'Side' });
    const source = await openSource(client, { ...spec, schema: 'Side' });
    expect(source).toMatchObject({
      id: 'Side.market_data_1d',
      tracksChanges: true,
      symbols: ['aa', 'brk.b'],
    });
    const found = await source.months(client, ['brk.b']);
    expect(found.get('brk.b')).toEqual([
      { month: '2024-06', rows: 1, first: at(-1), last: at(-1) },
      { month: '2024-07', rows: 2, first: at(0), last: at(1) },
      { month: '2024-08', rows: 1, first: at(31), last: at(31) },
    ]);
    expect(await source.columns(client, 'brk.b')).toEqual(['close', 'volume']);
    expect(await read(source.copyOutSql('brk.b', ['volume', 'open'], at(0), at(31)))).toEqual([
      [at(0), 10, null],
      [at(1), null, null],
    ]);
    expect(await source.lookbackStart(client, 'brk.b', at(31), 2)).toEqual({ first: at(0), rows: 2 });
    expect(await source.firstCloseAtOrAfter(client, 'brk.b', at(2))).toEqual({ time: at(31), close: 3 });
    expect(await source.fingerprints(client, 'brk.b', [{ from: undefined, to: at(1) }])).toEqual([
      { rows: 2, first: at(-1), last: at(0) },
    ]);
    const requests = [
      { symbol: 'brk.b', from: at(31), to: undefined, history: 2 },
      { symbol: 'aa', from: undefined, to: at(30), history: 5 },
      { symbol: 'brk.b', from: at(0), to: at(0), history: 5 },
    ];
    expect(await read(source.copyManySql(requests, ['close', 'high']))).toEqual([
      [at(0), 0, 1, null],
      [at(1), 0, 2, null],
      [at(31), 0, 3, null],
      [at(30), 1, 5, null],
      [at(-1), 2, 0.5, null],
      [at(0), 2, 1, null],
    ]);
    const revision = await source.revision(client, 'aa');
    expect(revision).toBeGreaterThan(0n);
    const seen = new Map([
      ['aa', revision],
      ['brk.b', null],
      ['none', null],
    ]);
    expect(await source.changesSince(client, seen)).toEqual(
      new Map([['brk.b', { first: at(-1), last: at(31), revision: await source.revision(client, 'brk.b') }]]),
    );
    await client.query('drop schema "Side" cascade');
  });
});
