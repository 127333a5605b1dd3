import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BarCache, BarView } from '../../host/backfill/barCache.ts';
import { Arena } from '../../host/engine/module.ts';
import { monthMicros } from '../../host/store/month.ts';
import { type BarSource, openSource } from '../../host/store/sources.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

// Bars are read once a thread, whoever asks for them, until they change or others need the room.

const pairs = ['eurgbp', 'eurusd', 'gbpusd'];
const months = ['2024-05', '2024-06', '2024-07'];
const rows = 500;
const market = marketMonths(pairs, '2024-05', '2024-07', rows);
const monthBytes = rows * 8 * 2;

describe('a cache of bars', () => {
  let db: TestDatabase;
  let client: pg.Client;
  let source: BarSource;
  let arena: Arena;
  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await loadMarket(db.database, market);
    source = await openSource(client);
    arena = await Arena.create();
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });
  const open = async (limitBytes?: number): Promise<{ cache: BarCache; view: BarView }> => {
    const cache = new BarCache(source, limitBytes);
    const view = new BarView(cache, client, arena);
    await view.look(pairs);
    return { cache, view };
  };

  test('reads each month once, and tells its bars', async () => {
    const { cache, view } = await open();
    const top = arena.top;
    for (let task = 0; task < 3; task++) {
      view.renew();
      await view.look(pairs);
      for (const { symbol, month, bars } of market) {
        expect(view.months(symbol)).toEqual(months);
        const found = await view.month(symbol, month, ['close']);
        expect(found.time).toEqual(bars.time);
        expect(found.columns.get('close')).toEqual(bars.columns.close);
      }
    }
    expect(cache.figures).toEqual({ reads: 9, bytes: 9 * monthBytes });
    expect(arena.top).toBe(top);
  });

  test('reads a month again for another column, and from then on both', async () => {
    const { cache, view } = await open();
    await view.month('eurusd', '2024-05', ['close']);
    const both = await view.month('eurusd', '2024-05', ['high']);
    expect([...both.columns.keys()]).toEqual(['close', 'high']);
    await view.month('eurusd', '2024-05', ['close']);
    await view.month('eurusd', '2024-06', ['close']);
    await view.month('eurusd', '2024-06', ['high', 'close']);
    expect(cache.figures.reads).toBe(4);
  });

  test('reads the end of a month, and an earlier part when that is asked for', async () => {
    const { cache, view } = await open();
    const { time, columns } = market.find(({ symbol }) => symbol === 'eurusd')!.bars;
    for (const [row, reads] of [
      [300, 1],
      [400, 1],
      [200, 2],
      [300, 2],
    ] as const) {
      const found = await view.month('eurusd', '2024-05', ['close'], time[row]!);
      const first = found.time.indexOf(time[row]!);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(found.time.subarray(first)).toEqual(time.subarray(row));
      expect(found.columns.get('close')!.subarray(first)).toEqual(columns.close!.subarray(row));
      expect(cache.figures.reads).toBe(reads);
    }
    const whole = await view.month('eurusd', '2024-05', ['high'], monthMicros('2024-05'));
    expect(whole.time).toEqual(time);
    expect([...whole.columns.keys()]).toEqual(['close', 'high']);
  });

  test('reads of a column the last bars alone where no more are needed, and all when they are', async () => {
    const { cache, view } = await open();
    const { time, columns } = market.find(({ symbol }) => symbol === 'eurusd')!.bars;
    await view.month('eurusd', '2024-05', ['close']);
    for (const [row, reads] of [
      [450, 2],
      [480, 2],
      [100, 3],
      [300, 3],
    ] as const) {
      const found = await view.month('eurusd', '2024-05', ['high'], time[row]!);
      expect(found.time).toEqual(time);
      expect(found.columns.get('close')).toEqual(columns.close);
      const high = found.columns.get('high')!;
      expect(high).toEqual(columns.high!.subarray(rows - high.length));
      expect(high.length).toBeGreaterThanOrEqual(rows - row);
      expect(cache.figures.reads).toBe(reads);
    }
    expect(cache.figures.bytes).toBe((2 * rows + 400) * 8);
    const { columns: all } = await view.month('eurusd', '2024-05', ['high']);
    expect(all.get('high')).toEqual(columns.high);
  });

  test('asks for what is wanted at once together, and fails of it what cannot be read', async () => {
    const { cache, view } = await open();
    const top = arena.top;
    const wanted = market.map(({ symbol, month }) => ({ symbol, month }));
    const ask = vi.spyOn(client, 'query');
    const found = await Promise.all(wanted.map(({ symbol, month }) => view.month(symbol, month, ['close'])));
    // eight at a time
    expect(ask).toHaveBeenCalledTimes(2);
    ask.mockRestore();
    expect(found.map(({ time }) => time)).toEqual(market.map(({ bars }) => bars.time));
    expect(found.map(({ columns }) => columns.get('close'))).toEqual(
      market.map(({ bars }) => bars.columns.close),
    );
    expect(cache.figures.reads).toBe(9);
    expect(arena.top).toBe(top);
    const some = [view.month('eurusd', '2024-06', ['high']), view.month('chfjpy', '2024-06', ['close'])];
    const settled = await Promise.allSettled(some);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await view.month('eurusd', '2024-06', ['high'])).columns.get('high')).toBeDefined();
  });

  test('reads once what two tasks of a thread want at the same time', async () => {
    const { cache, view } = await open();
    const second = await db.connect();
    const other = new BarView(cache, second, await Arena.create());
    await other.look(pairs);
    const both = await Promise.all([view, other].map(one => one.month('eurusd', '2024-06', ['close'])));
    expect(both[0]).toBe(both[1]);
    expect(cache.figures.reads).toBe(1);
    // the connection of the one that reads is lost: the other one reads for itself
    const lost = await db.connect();
    const cut = new BarView(cache, lost, await Arena.create());
    await cut.look(pairs);
    const reads = [cut.month('gbpusd', '2024-06', ['close']), view.month('gbpusd', '2024-06', ['close'])];
    const settled = Promise.allSettled(reads);
    await lost.end();
    const [failed, read] = await settled;
    expect([failed!.status, read!.status]).toEqual(['rejected', 'fulfilled']);
    await second.end();
  });

  test('keeps within its limit and gives up what was not used for the longest time', async () => {
    const { cache, view } = await open(3 * monthBytes);
    const read = (symbol: string) => view.month(symbol, '2024-05', ['close']);
    for (const pair of pairs) await read(pair);
    await read('eurgbp');
    await view.month('eurgbp', '2024-06', ['close']); // eurusd makes room
    expect(cache.figures).toEqual({ reads: 4, bytes: 3 * monthBytes });
    await read('eurgbp');
    await read('gbpusd');
    expect(cache.figures.reads).toBe(4);
    await read('eurusd');
    expect(cache.figures).toEqual({ reads: 5, bytes: 3 * monthBytes });
    // what alone is too large is there as long as it is needed
    const small = await open(1);
    await small.view.month('eurusd', '2024-05', ['close']);
    await small.view.month('eurusd', '2024-06', ['close']);
    expect(small.cache.figures).toEqual({ reads: 2, bytes: monthBytes });
  });

  test('sees a correction once it looks again, and reads that symbol anew', async () => {
    const { cache, view } = await open();
    const early = new BarView(cache, client, arena);
    await early.look(pairs);
    for (const pair of pairs) await view.month(pair, '2024-07', ['close']);
    const before = view.revision('eurusd')!;
    const { bars } = market.find(({ symbol, month }) => symbol === 'eurusd' && month === '2024-07')!;
    const close = bars.columns.close!.map(value => value * 2);
    await loadMarket(db.database, [
      { symbol: 'eurusd', month: '2024-07', bars: { ...bars, columns: { ...bars.columns, close } } },
    ]);
    await view.look(pairs);
    expect(view.revision('eurusd')).toBe(before);
    view.renew();
    await view.look(pairs);
    expect(view.revision('eurusd')! > before).toBe(true);
    for (const pair of pairs) await view.month(pair, '2024-07', ['close']);
    expect(cache.figures).toEqual({ reads: 4, bytes: 3 * monthBytes });
    expect((await view.month('eurusd', '2024-07', ['close'])).columns.get('close')).toEqual(close);
    // a task that began before is given the newer bars and notes the older revision: it will be stale, not wrong
    expect((await early.month('eurusd', '2024-07', ['close'])).columns.get('close')).toEqual(close);
    expect(early.revision('eurusd')).toBe(before);
    expect(cache.figures.reads).toBe(4);
  });

  test('reads a row at one instant where nobody logs its changes', async () => {
    const untracked: BarSource = { ...source, tracksChanges: false, revisions: async () => null };
    const view = new BarView(new BarCache(untracked), client, arena);
    await view.look(pairs);
    const before = await view.month('gbpusd', '2024-05', ['close']);
    const { bars } = market.find(({ symbol, month }) => symbol === 'gbpusd' && month === '2024-05')!;
    const twice = (values: Float64Array) => values.map(value => value * 2);
    await client.query(`update market_data set open = open * 2, high = high * 2, low = low * 2, close = close * 2
      where symbol = 'gbpusd' and ts_utc < '2024-06-01'`);
    const after = await view.month('gbpusd', '2024-05', ['high']);
    expect(before.columns.get('close')).toEqual(bars.columns.close);
    expect(after.columns.get('high')).toEqual(twice(bars.columns.high!));
    expect(after.columns.get('close')).toEqual(twice(bars.columns.close!));
  });
});
