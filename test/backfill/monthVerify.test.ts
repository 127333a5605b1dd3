import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backfill, verify } from '../../host/index.ts';
import { across, freshMarkets, market } from '../support/acrossFamily.ts';
import type { TestDatabase } from '../support/postgres.ts';

const freshMarket = freshMarkets();

describe('verify finds out, in a partition of all symbols,', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const verdict = async () => {
    const { verdicts } = await verify({ database: db.database, ...across });
    expect(verdicts).toHaveLength(1);
    return verdicts[0]!;
  };

  beforeAll(async () => {
    db = await freshMarket(market.filter(({ month }) => month === '2024-08'));
    client = await db.connect();
  });
  beforeEach(async () => {
    await backfill({ database: db.database, ...across, force: true });
    expect(await verdict()).toMatchObject({ symbol: '*', verdict: 'equal', rows: 2_700, cells: 13_500 });
  });
  afterAll(() => client.end());

  test('a cell that was changed by the least that there is, and whose it is', async () => {
    await client.query(
      `update across set mean20 = mean20 * (1 + 2 ^ -52)
       where pair = 'eurusd' and ts_utc = (select max(ts_utc) from across where pair = 'eurusd')`,
    );
    const found = await verdict();
    expect(found).toMatchObject({ verdict: 'differs', differing: 1, rows: 2_700 });
    expect(found.differences).toMatchObject([{ symbol: 'eurusd', column: expect.stringMatching(/mean20$/) }]);
  });

  test('rows of two symbols that have changed places', async () => {
    await client.query(
      `alter table across_2024_08 drop constraint across_2024_08_pkey;
       update across set pair = case pair when 'eurusd' then 'audusd' else 'eurusd' end where pair in ('eurusd', 'audusd')`,
    );
    const found = await verdict();
    expect(found).toMatchObject({ verdict: 'differs', rows: 2_700 });
    expect(found.differing).toBeGreaterThan(1_800);
  });

  test('rows that are missing, and rows of a symbol without bars', async () => {
    await client.query("delete from across where pair = 'usdjpy' and ts_utc = '2024-08-01 00:05'");
    await client.query(
      "insert into across (ts_utc, pair) values ('2024-08-01 00:05', 'xauusd'), ('2024-08-01 00:06', 'xauusd')",
    );
    expect(await verdict()).toMatchObject({
      ...{ verdict: 'differs', rows: 2_701, differing: 900 * 5 + 2 * 5 },
      why: expect.stringMatching(
        /^of usdjpy 899 rows are stored, the bars give 900.*; of xauusd 2 rows are stored, the bars give none$/,
      ),
    });
  });

  test('a table that is gone, and a ledger that noted another checksum', async () => {
    await client.query("update windrow.ledger set checksum = '0123456789abcdef'");
    expect(await verdict()).toMatchObject({ verdict: 'altered' });
    await client.query('drop table across_2024_08');
    expect(await verdict()).toMatchObject({ verdict: 'unreadable' });
  });
});
