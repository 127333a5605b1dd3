import { afterAll, beforeAll, expect, test } from 'vitest';
import { backfill, readCoverage } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

// What status says of features, against counts over the rows themselves: NULLs of rows that have all bars a feature looks
// back, which is how many at most its formula says.

const rows = 600;
const bars = { short: 1, ten: 110, far: 700, never: 1300, nothing: 1, often: 3, turn: 257, beside: 60 };
const features = {
  short: 'close - open',
  ten: 'lag(mean(close, 100), 10)',
  // not in the first month, and not in the first rows of the second
  far: 'max(close, 700)',
  // there are so many bars in no row
  never: 'mean(close, 1300)',
  nothing: 'log(0 * close - 1)',
  // NULL where the close has not moved, and in what looks back on it
  often: 'lag(volume / (close - lag(close, 1)), 1)',
  turn: 'carry_sign(close - lag(close, 1), 256)',
  beside: 'mean(peer("gbpusd", std(close, 50)), 11)',
};
const ofAll = { partition: 'month' as const, features: { hundred: 'mean(close, 100)' } };
const custom = { audited: { features }, shared: ofAll };

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, marketMonths(['eurusd', 'gbpusd'], '2024-07', '2024-08', rows));
  const families = ['audited', 'time_features'];
  await backfill({ database: db.database, setConfig: { custom }, families, symbols: ['eurusd'] });
});
afterAll(() => db.drop());

const covered = (options: { families?: string[]; from?: string } = {}) =>
  readCoverage({ database: db.database, setConfig: { custom }, ...options });

test('NULLs count from the row on that has all bars', async () => {
  const [family] = await covered({ families: ['audited'] });
  expect(family).toMatchObject({ rows: 2 * rows, partitions: { done: 2, stale: 0, missing: 2, failed: 0 } });
  const client = await db.connect();
  for (const { feature, state, rows: complete, nulls, warmUpRows } of family!.features) {
    const needed = bars[feature as keyof typeof bars];
    const { rows: counted } = await client.query(
      `select count(*)::int as rows, count(*) filter (where v is null)::int as nulls
       from (select ${feature} as v, row_number() over (order by ts_utc) as bar from audited) a where bar >= $1`,
      [needed],
    );
    expect({ feature, rows: complete, nulls }).toEqual({ feature, ...counted[0] });
    expect(warmUpRows).toBe(2 * rows - complete);
    const expected = feature === 'never' ? 'warming' : feature === 'nothing' ? 'empty' : 'populated';
    expect({ feature, state }).toEqual({ feature, state: expected });
  }
  await client.end();
});

test('only what was asked for counts, and a family without a partition has nothing', async () => {
  const [later] = await covered({ families: ['audited'], from: '2024-08' });
  expect(later!.rows).toBe(rows);
  expect(later!.features.find(({ feature }) => feature === 'far')).toMatchObject({
    warmUpRows: 99,
    nulls: 0,
  });
  const all = await covered();
  const other = all.find(({ family }) => family === 'bollinger_rate')!;
  expect(other).toMatchObject({ rows: 0, partitions: { done: 0, missing: 4 } });
  expect(new Set(other.features.map(({ state }) => state))).toEqual(new Set(['missing']));
});

test('a feature that the table does not have yet is missing', async () => {
  const setConfig = { custom: { shared: ofAll, audited: { features: { ...features, late: 'close' } } } };
  const [family] = await readCoverage({ database: db.database, setConfig, families: ['audited'] });
  expect(family!.partitions).toMatchObject({ done: 0, stale: 2 });
  expect(family!.features.flatMap(({ feature, state }) => (state === 'missing' ? [feature] : []))).toEqual([
    'late',
  ]);
});

test('in a partition of all symbols the first rows of each come too early', async () => {
  await backfill({ database: db.database, setConfig: { custom }, families: ['shared'] });
  const shared = async (from?: string) => (await covered({ families: ['shared'], ...(from && { from }) }))[0];
  expect(await shared()).toMatchObject({
    ...{ rows: 4 * rows, partitions: { done: 2 } },
    features: [{ state: 'populated', rows: 4 * rows - 2 * 99, warmUpRows: 2 * 99, nulls: 0 }],
  });
  expect(await shared('2024-08')).toMatchObject({ features: [{ rows: 2 * rows, warmUpRows: 0, nulls: 0 }] });
});
