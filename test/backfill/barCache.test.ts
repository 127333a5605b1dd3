import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BarCache } from '../../host/backfill/barCache.ts';
import { Arena } from '../../host/engine/module.ts';
import { type BarSource, openSource } from '../../host/store/sources.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

// Bars of other symbols are read once a thread, whoever asks for them, until they change or others need the room.

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
  const cacheOf = async (limitBytes?: number): Promise<BarCache> => {
    const cache = new BarCache(client, arena, source, limitBytes);
    await cache.look(pairs);
    return cache;
  };

  test('reads each month once, and tells its bars', async () => {
    const cache = await cacheOf();
    const top = arena.top;
    for (let task = 0; task < 3; task++) {
      cache.renew();
      await cache.look(pairs);
      for (const { symbol, month, bars } of market) {
        expect(cache.months(symbol)).toEqual(months);
        const found = await cache.month(symbol, month, ['close']);
        expect(found.time).toEqual(bars.time);
        expect(found.columns.get('close')).toEqual(bars.columns.close);
      }
    }
    expect(cache.figures).toEqual({ reads: 9, bytes: 9 * monthBytes });
    expect(arena.top).toBe(top);
  });

  test('reads a month again for another column, and from then on both', async () => {
    const cache = await cacheOf();
    await cache.month('eurusd', '2024-05', ['close']);
    const both = await cache.month('eurusd', '2024-05', ['high']);
    expect([...both.columns.keys()]).toEqual(['close', 'high']);
    await cache.month('eurusd', '2024-05', ['close']);
    await cache.month('eurusd', '2024-06', ['close']);
    await cache.month('eurusd', '2024-06', ['high', 'close']);
    expect(cache.figures.reads).toBe(3);
  });

  test('keeps within its limit and gives up what was not used for the longest time', async () => {
    const cache = await cacheOf(3 * monthBytes);
    const read = (symbol: string) => cache.month(symbol, '2024-05', ['close']);
    for (const pair of pairs) await read(pair);
    await read('eurgbp');
    await cache.month('eurgbp', '2024-06', ['close']); // eurusd makes room
    expect(cache.figures).toEqual({ reads: 4, bytes: 3 * monthBytes });
    await read('eurgbp');
    await read('gbpusd');
    expect(cache.figures.reads).toBe(4);
    await read('eurusd');
    expect(cache.figures).toEqual({ reads: 5, bytes: 3 * monthBytes });
    // what alone is too large is there as long as it is needed
    const small = await cacheOf(1);
    await small.month('eurusd', '2024-05', ['close']);
    await small.month('eurusd', '2024-06', ['close']);
    expect(small.figures).toEqual({ reads: 2, bytes: monthBytes });
  });

  test('sees a correction once it looks again, and reads that symbol anew', async () => {
    const cache = await cacheOf();
    for (const pair of pairs) await cache.month(pair, '2024-07', ['close']);
    const before = cache.revision('eurusd')!;
    const { bars } = market.find(({ symbol, month }) => symbol === 'eurusd' && month === '2024-07')!;
    const close = bars.columns.close!.map(value => value * 2);
    await loadMarket(db.database, [
      { symbol: 'eurusd', month: '2024-07', bars: { ...bars, columns: { ...bars.columns, close } } },
    ]);
    await cache.look(pairs);
    expect(cache.revision('eurusd')).toBe(before);
    cache.renew();
    await cache.look(pairs);
    expect(cache.revision('eurusd')! > before).toBe(true);
    for (const pair of pairs) await cache.month(pair, '2024-07', ['close']);
    expect(cache.figures).toEqual({ reads: 4, bytes: 3 * monthBytes });
    expect((await cache.month('eurusd', '2024-07', ['close'])).columns.get('close')).toEqual(close);
  });
});
