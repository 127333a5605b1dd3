import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill, verify } from '../../host/index.ts';
import { drawn } from '../../host/sample.ts';
import { openSource } from '../../host/store/sources.ts';
import { partitionStates } from '../../host/store/status.ts';
import { across } from '../support/acrossFamily.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const families = ['bollinger_rate', 'time_features', 'across'];
const symbols = ['eurusd', 'usdjpy'];

let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;
const check = (options = {}) =>
  verify({ database: db.database, ...across, families, sample: { count: 0 }, ...options });

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await loadMarket(db.database, marketMonths(symbols, '2024-07', '2024-08', 300));
  await backfill({ database: db.database, ...across, families });
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

test('tables that are as the ledger says are found to be so, without looking at rows', async () => {
  expect(await check()).toMatchObject({ structure: [], verdicts: [], cells: 0 });
});

const statements: Readonly<Record<string, readonly [statement: string, ...found: string[]]>> = {
  'a key that was dropped': [
    'alter table bollinger_rate_eurusd_2024_07 drop constraint bollinger_rate_eurusd_2024_07_pkey',
    'key bollinger_rate_eurusd_2024_07',
  ],
  'a key on other columns': [
    `alter table across_2024_08 drop constraint across_2024_08_pkey;
     alter table across_2024_08 add primary key (pair, ts_utc)`,
    'key across_2024_08',
  ],
  'a month that was detached': [
    'alter table time_features_usdjpy detach partition time_features_usdjpy_2024_08',
    'detached time_features_usdjpy_2024_08',
  ],
  'a month of all pairs that was detached': [
    'alter table across detach partition across_2024_07',
    'detached across_2024_07',
  ],
  'a pair that was detached': [
    'alter table time_features detach partition time_features_eurusd',
    'detached time_features_eurusd',
  ],
  'a month that was attached for a longer time': [
    `alter table bollinger_rate_usdjpy detach partition bollinger_rate_usdjpy_2024_08;
     alter table bollinger_rate_usdjpy attach partition bollinger_rate_usdjpy_2024_08 for values from ('2024-08-01') to ('2025-01-01')`,
    'bounds bollinger_rate_usdjpy_2024_08',
  ],
};

test.each(Object.entries(statements))(
  '%s is found, and the remedy mends it',
  async (_, [statement, ...wanted]) => {
    await client.query(statement);
    const { structure } = await check();
    expect(structure.map(({ fault, table }) => `${fault} ${table}`)).toEqual(wanted);
    for (const { remedy } of structure) await client.query(remedy);
    expect((await check()).structure).toEqual([]);
  },
);

test('tables that are gone or unknown are found, and a backfill mends them', async () => {
  await client.query(`
    drop table bollinger_rate_eurusd_2024_08;
    delete from windrow.ledger where family = 'time_features' and symbol = 'usdjpy' and month = '2024-07-01'`);
  const { structure } = await check();
  expect(structure.map(({ fault, table }) => `${fault} ${table}`)).toEqual([
    'missing bollinger_rate_eurusd_2024_08',
    'unknown time_features_usdjpy_2024_07',
  ]);
  expect(await backfill({ database: db.database, ...across, families })).toMatchObject({
    done: 2,
    failed: [],
  });
  expect((await check()).structure).toEqual([]);
});

test('a partition that is detached counts as missing', async () => {
  await client.query('alter table bollinger_rate_eurusd detach partition bollinger_rate_eurusd_2024_07');
  const { structure } = await check();
  const source = await openSource(client);
  const query = { set: 'fx', source, symbols: ['eurusd'], months: ['2024-07'] };
  const [state] = await partitionStates(client, {
    ...query,
    families: [{ family: 'bollinger_rate', version: '' }],
  });
  expect(state).toMatchObject({ state: 'missing', why: 'its table is detached' });
  await client.query(structure[0]!.remedy);
});

test('rows that were changed are found without computing, in a sample that can be drawn again', async () => {
  expect((await check({ sample: undefined, stored: true })).verdicts.map(({ verdict }) => verdict)).toEqual(
    Array(10).fill('equal'),
  );
  await client.query(`
    update bollinger_rate set w20_bb_upper = w20_bb_upper + 1 where pair = 'eurusd' and ts_utc > '2024-08-01 04:58';
    update across set mean20 = 1 where pair = 'usdjpy' and ts_utc = '2024-07-01 04:00'`);
  const { verdicts } = await check({ sample: undefined, stored: true });
  expect(
    verdicts
      .filter(({ verdict }) => verdict !== 'equal')
      .map(one => `${one.verdict} ${one.family} ${one.symbol} ${one.month}`),
  ).toEqual(['altered across * 2024-07', 'altered bollinger_rate eurusd 2024-08']);
  const some = async (seed: number) =>
    (await check({ sample: { share: 0.4 }, seed, stored: true })).verdicts.map(
      ({ family, symbol, month }) => `${family} ${symbol} ${month}`,
    );
  expect(await some(7)).toHaveLength(4);
  expect(await some(7)).toEqual(await some(7));
  expect(new Set([...(await some(1)), ...(await some(2)), ...(await some(3))]).size).toBeGreaterThan(4);
});

test('a sample is drawn evenly, in order and by its seed', () => {
  const items = Array.from({ length: 1000 }, (_, i) => i);
  const draw = (seed: number) => drawn(items, { count: 100 }, seed, String);
  expect(draw(1)).toHaveLength(100);
  expect(draw(1)).toEqual(draw(1).toSorted((a, b) => a - b));
  expect(draw(1)).not.toEqual(draw(2));
  const times = new Map<number, number>();
  for (let seed = 0; seed < 100; seed++)
    for (const item of draw(seed)) times.set(item, (times.get(item) ?? 0) + 1);
  // binomial with mean 10 and sd 3
  expect(Math.max(...times.values())).toBeLessThan(25);
  expect(times.size).toBeGreaterThan(995);
  expect(drawn(items, { share: 0.0001 }, 1, String)).toHaveLength(1);
  expect(drawn(items, { count: 5000 }, 1, String)).toEqual(items);
});
