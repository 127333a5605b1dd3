import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backfill, planBackfill } from '../../host/index.ts';
import { barsBetween, barsWith } from '../support/contract.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { partitionChecksums, verifiedChecksums } from '../support/partitions.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const market = marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-09', 1_200);
const families = ['bollinger_rate', 'moving_averages', 'time_features'];

describe('a partition is stale', () => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;

  const due = async (options: Partial<Parameters<typeof planBackfill>[0]> = {}): Promise<string[]> => {
    const { tasks } = await planBackfill({ database: db.database, families, ...options });
    return tasks
      .flatMap(task => task.families.map(family => `${family} ${task.symbol} ${task.month}`))
      .sort();
  };
  /** Runs what is due and returns the partitions whose checksum is another one now. */
  const rerun = async (): Promise<string[]> => {
    const before = await partitionChecksums(client);
    await backfill({ database: db.database, families });
    const after = await verifiedChecksums(db.database, families);
    return Object.keys(after).filter(partition => after[partition] !== before[partition]);
  };
  const julyOf = (symbol: string) =>
    market.find(entry => entry.symbol === symbol && entry.month === '2024-07')!;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await loadMarket(db.database, market);
    await backfill({ database: db.database, families });
  });
  beforeEach(async () => {
    await backfill({ database: db.database, families });
    expect(await due()).toEqual([]);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('after a corrected bar: where the bar is, and where a lookback reaches it, not elsewhere', async () => {
    const july = julyOf('eurusd');
    const last = july.bars.time.length - 1;
    const bars = barsWith(barsBetween(july.bars, last, last + 1), 0, 1, value => value * 1.01);
    await loadMarket(db.database, [{ ...july, bars }]);
    const reached = [
      'bollinger_rate eurusd 2024-07',
      'bollinger_rate eurusd 2024-08',
      'moving_averages eurusd 2024-07',
      'moving_averages eurusd 2024-08',
      // 1,200 bars a month, and an exponential mean that reads 4,096
      'moving_averages eurusd 2024-09',
      'time_features eurusd 2024-07',
      'time_features eurusd 2024-08',
      'time_features eurusd 2024-09',
    ];
    expect(await due()).toEqual(reached);
    // the regime is the only one of its family that reads prices: 1 in so short a history, whatever the price
    expect(await rerun()).toEqual(reached.filter(partition => !partition.startsWith('time_features')));
  });

  test('after bars that were not there before', async () => {
    const september = market.find(({ symbol, month }) => symbol === 'usdjpy' && month === '2024-09')!;
    const { time } = september.bars;
    const late = barsBetween(september.bars, time.length - 3, time.length);
    const bars = { ...late, time: late.time.map(at => at + 3 * 60_000_000) };
    await loadMarket(db.database, [{ ...september, bars }]);
    expect(await due()).toEqual(families.map(family => `${family} usdjpy 2024-09`));
    await rerun();
  });

  test('after bars before the first one, which a short lookback would have read', async () => {
    const july = julyOf('usdjpy');
    const bars = barsBetween(july.bars, 0, 3);
    const june = { ...bars, time: bars.time.map(at => at - 30 * 86_400_000_000) };
    await loadMarket(db.database, [{ ...july, month: '2024-06', bars: june }]);
    const partitions = await due();
    expect(partitions).toContain('bollinger_rate usdjpy 2024-06');
    expect(partitions).toContain('bollinger_rate usdjpy 2024-07');
    expect(partitions).not.toContain('bollinger_rate usdjpy 2024-08');
    expect(partitions).toContain('moving_averages usdjpy 2024-08');
    await rerun();
  });

  test('not after the same bars once more', async () => {
    await loadMarket(db.database, [julyOf('usdjpy')]);
    expect(await due()).toEqual([]);
  });

  test('after a change of the horizon, in the families whose text names it', async () => {
    const partitions = await due({ horizonBits: 40 });
    expect(partitions).toContain('moving_averages eurusd 2024-07');
    const report = await backfill({ database: db.database, families, horizonBits: 40 });
    expect(report).toMatchObject({ done: partitions.length, failed: [] });
    expect((await due()).length).toBe(partitions.length);
  });

  test('after a change of the column type', async () => {
    expect((await due({ type: 'real' })).length).toBe((await due({ families, force: true })).length);
  });

  test('when its definition is another one: the version is of the expressions', async () => {
    await client.query(
      "update windrow.ledger set version = 'older' where family = 'bollinger_rate' and symbol = 'eurusd' and month = '2024-08-01'",
    );
    expect(await due()).toEqual(['bollinger_rate eurusd 2024-08']);
    expect(await rerun()).toEqual([]);
  });

  test('when its table is gone', async () => {
    await client.query('drop table time_features_usdjpy_2024_08');
    expect(await due()).toEqual(['time_features usdjpy 2024-08']);
    expect(await rerun()).toEqual([]);
  });
});
