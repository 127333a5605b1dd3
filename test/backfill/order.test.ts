import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setByName } from '../../host/catalog/catalog.ts';
import { backfill } from '../../host/index.ts';
import { fxPartitions, fxTasks } from '../support/counts.ts';
import { draws } from '../support/draws.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { leftovers, partitionChecksums, verifiedChecksums } from '../support/partitions.ts';
import { hasOldPostgres, oldBinDir, type TestDatabase, testDatabase } from '../support/postgres.ts';

const symbols = ['eurusd', 'usdjpy'];
const market = marketMonths(symbols, '2024-07', '2024-08');
const months = ['2024-07', '2024-08'];
const partitions = fxPartitions(market);
const families = setByName('fx').families.map(({ name }) => name);

/** Databases with the market and nothing else, dropped behind the file. */
const databases: TestDatabase[] = [];
const freshMarket = async (binDir?: string): Promise<TestDatabase> => {
  const made = await testDatabase(binDir);
  databases.push(made);
  await loadMarket(made.database, market);
  return made;
};

const checksums = async (db: TestDatabase): Promise<Record<string, string>> => {
  const client = await db.connect();
  try {
    expect(await leftovers(client)).toEqual([]);
    return await partitionChecksums(client);
  } finally {
    await client.end();
  }
};

describe('the stored partitions are the same', () => {
  let db: TestDatabase;
  let expected: Record<string, string>;

  beforeAll(async () => {
    db = await freshMarket();
    const report = await backfill({ database: db.database, workers: 1 });
    expect(report).toMatchObject({
      done: partitions,
      skipped: 0,
      failed: [],
      notStarted: [],
      tasks: fxTasks(market),
    });
    expected = await verifiedChecksums(db.database);
    expect(Object.keys(expected)).toHaveLength(partitions);
    expect(new Set(Object.values(expected)).size).toBeGreaterThan(50);
  });

  afterAll(async () => {
    for (const made of databases) await made.drop();
  });

  test('with any number of workers', async () => {
    for (const workers of [2, 3]) {
      const report = await backfill({ database: db.database, workers, force: true });
      expect(report).toMatchObject({ done: partitions, failed: [] });
      expect(await checksums(db)).toEqual(expected);
    }
  });

  test('in any order of months, symbols and families', async () => {
    const other = await freshMarket();
    const { uniform } = draws(2);
    const pieces = symbols
      .flatMap(symbol =>
        months.flatMap(month =>
          [families.slice(0, 4), families.slice(4)].map(some => ({ symbol, month, some })),
        ),
      )
      .map(piece => ({ piece, at: uniform() }))
      .sort((a, b) => a.at - b.at);
    for (const { piece } of pieces) {
      const { symbol, month, some } = piece;
      const selection = { symbols: [symbol], from: month, to: month, families: some };
      const report = await backfill({ database: other.database, ...selection, workers: 1 });
      expect(report.failed).toEqual([]);
      // a partition of all symbols is up to date where the other symbol came first
      expect(report.done + report.skipped).toBe(some.length);
    }
    expect(await checksums(other)).toEqual(expected);
  });

  test.skipIf(!hasOldPostgres)('in Postgres 15', async () => {
    const old = await freshMarket(oldBinDir);
    expect(await backfill({ database: old.database })).toMatchObject({ done: partitions, failed: [] });
    expect(await checksums(old)).toEqual(expected);
    expect(await verifiedChecksums(old.database)).toEqual(expected);
  });

  test('and what is up to date is left alone', async () => {
    const report = await backfill({ database: db.database });
    expect(report).toMatchObject({ done: 0, skipped: partitions, failed: [], tasks: 0, rows: 0 });
  });

  test('as the features of the same bars in memory', async () => {
    const client = await db.connect();
    const { computeFeatures } = await import('../../host/index.ts');
    const { rows: fixed } = await client.query<{ parameter: string; value: number }>(
      "select parameter, value from windrow.parameters where symbol = 'usdjpy'",
    );
    const parameters = Object.fromEntries(fixed.map(({ parameter, value }) => [parameter, value]));
    const own = market.filter(({ symbol }) => symbol === 'usdjpy');
    const joined = {
      time: Float64Array.from(own.flatMap(({ bars }) => [...bars.time])),
      columns: Object.fromEntries(
        Object.keys(own[0]!.bars.columns).map(name => [
          name,
          Float64Array.from(own.flatMap(({ bars }) => [...bars.columns[name as 'close']!])),
        ]),
      ),
    };
    const names = [
      'bollinger_rate.w50_bb_upper',
      'volume_features.w60_vol_corr_bqx',
      'moving_averages.w200_ema_bqx',
    ];
    const { columns } = await computeFeatures(joined, names, { symbol: 'usdjpy', parameters });
    for (const name of names) {
      const [family, feature] = name.split('.') as [string, string];
      const { rows } = await client.query<{ value: number | null }>(
        `select ${feature} as value from ${family} where pair = 'usdjpy' order by ts_utc`,
      );
      expect(rows.map(({ value }) => value ?? Number.NaN)).toEqual([...columns[name]!]);
    }
    await client.end();
  });
});
