import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BarColumn } from '../../host/catalog/bars.ts';
import { type BarsWritten, writeBars } from '../../host/store/bars.ts';
import type { Write } from '../../host/store/copyStream.ts';
import { migrate } from '../../host/store/migrate.ts';
import { monthMicros } from '../../host/store/month.ts';
import { openSource } from '../../host/store/sources.ts';
import { type Cell, decodeCopy, encodeCopy } from '../support/copyBytes.ts';
import { copyOut } from '../support/copyOut.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const minute = 60_000_000;
const july = monthMicros('2024-07');

describe('writing bars', () => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await migrate(client);
  });

  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  /** Bars given as minute of the month, then values. */
  const write = (symbol: string, rows: (number | null)[][], columns: BarColumn[] = ['close', 'volume']) => {
    const cells: Cell[][] = rows.map(([at, ...values]) => [
      { time: july + at! * minute },
      ...values,
      { text: symbol },
    ]);
    return writeBars(client, { symbol, month: '2024-07', columns }, async write => {
      await write(encodeCopy(cells));
      return cells.length;
    });
  };

  const changes = async (symbol: string) =>
    (
      await client.query(
        `select to_char(first_ts, 'HH24:MI') || '-' || to_char(last_ts, 'HH24:MI') as range, inserted::int, replaced::int
         from windrow.bar_changes where symbol = $1 order by revision`,
        [symbol],
      )
    ).rows;

  test('a new month is attached whole, the same again changes nothing', async () => {
    const rows = [
      [0, 1.5, 10],
      [1, 1.25, null],
      [3, 1.75, 12],
    ];
    expect(await write('eurusd', rows)).toEqual<BarsWritten>({ inserted: 3, replaced: 0, unchanged: 0 });
    expect(await write('eurusd', rows)).toEqual<BarsWritten>({ inserted: 0, replaced: 0, unchanged: 3 });
    expect(await changes('eurusd')).toEqual([{ range: '00:00-00:03', inserted: 3, replaced: 0 }]);
  });

  test('a corrected row replaces the old one and its time is logged', async () => {
    const rows = [
      [1, 1.26, null],
      [2, 1.3, 4],
      [3, 1.75, 12],
    ];
    expect(await write('eurusd', rows)).toEqual<BarsWritten>({ inserted: 1, replaced: 1, unchanged: 1 });
    expect((await changes('eurusd')).at(-1)).toEqual({ range: '00:01-00:02', inserted: 1, replaced: 1 });
    const { rows: stored } = await client.query('select close from market_data order by ts_utc');
    expect(stored.map(row => row.close)).toEqual([1.5, 1.26, 1.3, 1.75]);
  });

  test('columns that a batch lacks keep their values', async () => {
    await write('gbpusd', [[0, 1.5, 10]]);
    expect(await write('gbpusd', [[0, 0.0002]], ['spread_close'])).toMatchObject({ replaced: 1 });
    const { rows } = await client.query(
      "select close, volume, spread_close from market_data where symbol = 'gbpusd'",
    );
    expect(rows).toEqual([{ close: 1.5, volume: 10, spread_close: 0.0002 }]);
    const source = await openSource(client);
    expect(await source.columns(client, 'gbpusd')).toEqual(['close', 'volume', 'spread_close']);
  });

  test('what fails leaves the month as it was', async () => {
    await write('usdjpy', [[0, 150, 1]]);
    const twice = [
      [1, 151, 1],
      [1, 152, 1],
    ];
    await expect(write('usdjpy', twice)).rejects.toThrow('second time');
    await expect(write('usdcad', twice)).rejects.toThrow('could not create unique index');
    expect(await changes('usdjpy')).toHaveLength(1);
    expect(await changes('usdcad')).toEqual([]);
    expect((await openSource(client)).symbols).toEqual(['eurusd', 'gbpusd', 'usdjpy']);
  });

  test('two writers of a month take turns, and revisions come in the order of commits', async () => {
    const other = await db.connect();
    const batch = { symbol: 'nzdusd', month: '2024-07', columns: ['close'] as const };
    const rows = (value: number) =>
      encodeCopy(
        Array.from({ length: 500 }, (_, i) => [{ time: july + i * minute }, value, { text: 'nzdusd' }]),
      );
    const bars = (to: typeof client, value: number) =>
      writeBars(to, batch, async write => {
        await write(rows(value));
        return 500;
      });
    const both = await Promise.all([bars(client, 1), bars(other, 2)]);
    expect(both.map(({ inserted }) => inserted).sort()).toEqual([0, 500]);
    expect(both.map(({ replaced }) => replaced).sort()).toEqual([0, 500]);
    await other.end();
  });

  test('the source reads back what was written', async () => {
    const source = await openSource(client);
    expect(source).toMatchObject({ id: 'market_data', tracksChanges: true });
    const months = await source.months(client, ['eurusd']);
    expect(months.get('eurusd')).toEqual([
      { month: '2024-07', rows: 4, first: july, last: july + 3 * minute },
    ]);
    const sql = source.copyOutSql('eurusd', ['close', 'bid_open'], july + minute, july + 3 * minute);
    const parts: Buffer[] = [];
    for await (const bytes of copyOut(client, sql)) parts.push(bytes);
    expect(decodeCopy(Buffer.concat(parts))).toEqual([
      [july + minute, 1.26, null],
      [july + 2 * minute, 1.3, null],
    ]);
    const end = monthMicros('2024-08');
    expect(await source.lookbackStart(client, 'eurusd', end, 3)).toEqual({ first: july + minute, rows: 3 });
    expect(await source.lookbackStart(client, 'eurusd', end, 9)).toEqual({ first: july, rows: 4 });
    expect(await source.lookbackStart(client, 'eurusd', july, 9)).toEqual({ first: undefined, rows: 0 });
    const found = await source.firstCloseAtOrAfter(client, 'eurusd', july + 1);
    expect(found).toEqual({ time: july + minute, close: 1.26 });
    expect(await source.firstCloseAtOrAfter(client, 'eurusd', end)).toBeUndefined();
    expect(await source.revision(client, 'eurusd')).toBeGreaterThan(0n);
    expect(() => source.copyOutSql('xauusd', [], 0, 1)).toThrow('unknown symbol "xauusd"');
  });

  test('another schema has bars of its own', async () => {
    const cells: Cell[][] = [[{ time: july }, 9, { text: 'eurusd' }]];
    const batch = { symbol: 'eurusd', month: '2024-07', columns: ['close'] as const, schema: 'Side "b"' };
    const feed = async (write: Write) => {
      await write(encodeCopy(cells));
      return 1;
    };
    expect(await writeBars(client, batch, feed)).toMatchObject({ inserted: 1 });
    const side = await openSource(client, { schema: batch.schema });
    expect(side.id).toBe('Side "b".market_data');
    expect(await side.firstCloseAtOrAfter(client, 'eurusd', Number.NEGATIVE_INFINITY)).toEqual({
      time: july,
      close: 9,
    });
  });
});
