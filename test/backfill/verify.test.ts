import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditLookahead, backfill, type Verdict, verify } from '../../host/index.ts';
import { fxFeatures } from '../support/counts.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const families = ['bollinger_rate', 'spread_features', 'time_features'];

describe.each(['double', 'real'] as const)('stored partitions of type %s', type => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;

  const bad = async (): Promise<Verdict[]> => {
    const { verdicts } = await verify({ database: db.database, families, type });
    return verdicts.filter(({ verdict }) => verdict !== 'equal');
  };

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-08', 700));
    await backfill({ database: db.database, families, type });
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('are what their bars give, cell by cell', async () => {
    const heard: Verdict[] = [];
    const { verdicts, cells } = await verify({
      database: db.database,
      families,
      type,
      onVerdict: verdict => heard.push(verdict),
    });
    expect(verdicts).toHaveLength(6);
    expect(heard).toEqual(verdicts);
    expect(verdicts.every(({ verdict, differing }) => verdict === 'equal' && differing === 0)).toBe(true);
    expect(cells).toBe(2 * 700 * (10 + 35 + 20));
  });

  test('are found out when one cell is changed by the least that there is', async () => {
    const at = 'ts_utc = (select max(ts_utc) from bollinger_rate_eurusd_2024_08)';
    const [{ value }] = (
      await client.query(`select w20_bb_upper as value, ts_utc from bollinger_rate where ${at}`)
    ).rows as [{ value: number }];
    const bump = type === 'real' ? 2 ** -23 : 2 ** -52;
    await client.query(
      `update bollinger_rate set w20_bb_upper = w20_bb_upper * (1 + ${bump}::float8) where ${at}`,
    );
    const found = await bad();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      family: 'bollinger_rate',
      month: '2024-08',
      verdict: 'differs',
      differing: 1,
    });
    const [difference] = found[0]!.differences;
    expect(difference!.column).toMatch(/w20_bb_upper$/);
    expect(difference!.computed).toBeCloseTo(value, 4);
    expect(difference!.stored).not.toBe(difference!.computed);
  });

  test('are found out when a value becomes NULL, a row is missing or a table is gone', async () => {
    await client.query(
      'update spread_features set quoted_spread = null where ts_utc = (select max(ts_utc) from spread_features)',
    );
    await client.query('delete from time_features where ts_utc = (select min(ts_utc) from time_features)');
    await client.query('drop table bollinger_rate_eurusd_2024_07');
    const found = Object.fromEntries((await bad()).map(entry => [`${entry.family} ${entry.month}`, entry]));
    expect(found['spread_features 2024-08']).toMatchObject({ verdict: 'differs', differing: 1 });
    expect(found['spread_features 2024-08']!.differences[0]!.stored).toBeNaN();
    expect(found['time_features 2024-07']).toMatchObject({ verdict: 'differs', rows: 699 });
    expect(found['time_features 2024-07']!.why).toMatch(/699 rows are stored, the bars give 700/);
    expect(found['bollinger_rate 2024-07']).toMatchObject({ verdict: 'unreadable' });
    expect(Object.keys(found)).toHaveLength(4);
  });

  test('are found out when the ledger notes another checksum, or no partition', async () => {
    await client.query(
      "update windrow.ledger set checksum = '0123456789abcdef' where family = 'time_features' and month = '2024-08-01'",
    );
    await client.query(
      "delete from windrow.ledger where family = 'spread_features' and month = '2024-07-01'",
    );
    const found = Object.fromEntries((await bad()).map(entry => [`${entry.family} ${entry.month}`, entry]));
    expect(found['time_features 2024-08']).toMatchObject({ verdict: 'altered' });
    expect(found['spread_features 2024-07']).toMatchObject({ verdict: 'missing' });
  });

  test('are right again after a backfill that is forced', async () => {
    const report = await backfill({ database: db.database, families, type, force: true });
    expect(report).toMatchObject({ done: 6, failed: [] });
    expect(await bad()).toEqual([]);
  });
});

describe('the audit', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    await loadMarket(db.database, marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-08', 900));
  });
  afterAll(() => db.drop());

  test('finds no feature that sees the future', async () => {
    const months: string[] = [];
    const report = await auditLookahead({
      database: db.database,
      cuts: 7,
      onMonth: ({ symbol, month }) => months.push(`${symbol} ${month}`),
    });
    expect(report).toMatchObject({ features: fxFeatures, cuts: 28, cells: 28 * fxFeatures, findings: [] });
    expect(months.sort()).toEqual(['eurusd 2024-07', 'eurusd 2024-08', 'usdjpy 2024-07', 'usdjpy 2024-08']);
  });

  test('stops by its signal', async () => {
    const run = auditLookahead({ database: db.database, signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });
});
