import { afterAll, beforeAll, expect, test } from 'vitest';
import { FeatureService } from '../../docs/examples/service.ts';
import { barsBetween } from '../support/contract.ts';
import { fxFamilies } from '../support/counts.ts';
import { marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const symbol = 'eurusd';
const liveFeatures = [
  'bollinger_rate.w20_bb_upper',
  'volume_features.w60_vol_corr_bqx',
  'spread_features.w60_spread_percentile',
];
const [month] = marketMonths([symbol], '2024-07', '2024-07', 3 * 480);
const days = [0, 480, 960].map(from => barsBetween(month!.bars, from, from + 480));

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

test('the service of docs/embedding.md keeps tables current and computes the same bits live', async () => {
  const progress: { partitions: number; of: number }[] = [];
  const service = await FeatureService.start({
    databaseUrl: db.url,
    liveFeatures,
    onProgress: done => progress.push(done),
  });

  expect(await service.collected(symbol, days[0]!)).toMatchObject({ done: fxFamilies, failed: [] });
  expect(progress.at(-1)).toEqual({ partitions: fxFamilies, of: fxFamilies });
  expect(await service.collected(symbol, days[1]!)).toMatchObject({ done: fxFamilies, failed: [] });
  expect(await service.collected(symbol, days[1]!)).toMatchObject({
    done: 0,
    skipped: fxFamilies,
    failed: [],
  });

  // the third day comes bar by bar, and at its end as a whole
  const { time, columns } = days[2]!;
  const live: Record<string, number>[] = [];
  for (let row = 0; row < time.length; row++) {
    const values = Object.entries(columns).map(([name, column]) => [name, column[row]]);
    live.push(await service.live(symbol, { time: time[row]!, ...Object.fromEntries(values) }));
  }
  const stopped = await service.collected(symbol, days[2]!, AbortSignal.abort()).catch(error => error.name);
  expect(stopped).toBe('AbortError');
  expect(await service.collected(symbol, days[2]!)).toMatchObject({ done: fxFamilies, failed: [] });

  const client = await db.connect();
  for (const name of liveFeatures) {
    const [family, feature] = name.split('.') as [string, string];
    const { rows } = await client.query<{ value: number | null }>(
      `select ${feature} as value from ${family} where pair = $1 order by ts_utc desc limit $2`,
      [symbol, time.length],
    );
    const stored = rows.map(({ value }) => value ?? Number.NaN).reverse();
    expect(live.map(row => row[name])).toEqual(stored);
  }
  await client.end();
  await service.stop();
});
