import { afterAll, beforeAll, expect, test } from 'vitest';
import { setByName } from '../../host/catalog/catalog.ts';
import { migrate } from '../../host/store/migrate.ts';
import { readSwitches, switchFeatures, withSwitches } from '../../host/store/switches.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
});

afterAll(async () => {
  await client.end();
  await db.drop();
});

test('a database that knows no switches has none', async () => {
  expect(await readSwitches(client, 'fx')).toEqual([]);
  await migrate(client);
  expect(await readSwitches(client, 'fx')).toEqual([]);
});

test('features are switched off and on by full or short name, once each', async () => {
  const off = ['bollinger_rate.w20_bb_upper', 'bid_depth', 'bid_depth'];
  expect(await switchFeatures(client, 'fx', off, 'off')).toEqual([
    'bollinger_rate.w20_bb_upper',
    'spread_features.bid_depth',
  ]);
  const first = await client.query('select off_since from windrow.feature_switches order by feature');
  await switchFeatures(client, 'fx', off, 'off');
  const again = await client.query('select off_since from windrow.feature_switches order by feature');
  expect(again.rows).toEqual(first.rows);
  expect(await readSwitches(client, 'fx')).toEqual([
    'bollinger_rate.w20_bb_upper',
    'spread_features.bid_depth',
  ]);
  await switchFeatures(client, 'fx', ['bid_depth'], 'on');
  expect(await readSwitches(client, 'fx')).toEqual(['bollinger_rate.w20_bb_upper']);
});

test('an unknown feature switches nothing', async () => {
  await expect(switchFeatures(client, 'fx', ['bid_depth', 'bid_dept'], 'off')).rejects.toMatchObject({
    code: 'WR_FEATURE_UNKNOWN',
  });
  expect(await readSwitches(client, 'fx')).toEqual(['bollinger_rate.w20_bb_upper']);
});

test('a set is made with what is off in the database and in the configuration', async () => {
  const config = await withSwitches(client, 'fx', { off: ['bid_depth'] });
  expect(setByName('fx', config).off).toEqual(['bollinger_rate.w20_bb_upper', 'spread_features.bid_depth']);
});

test('a switch of a feature that the set has no longer counts for nothing', async () => {
  await client.query("insert into windrow.feature_switches values ('fx', 'gone.feature')");
  const config = await withSwitches(client, 'fx');
  expect(config.off).toEqual(['bollinger_rate.w20_bb_upper']);
});
