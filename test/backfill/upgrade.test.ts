import { expect, test } from 'vitest';
import { prepare } from '../../host/backfill/prepare.ts';
import { backfill } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { testDatabase } from '../support/postgres.ts';

test('a ledger that an older version made is read, and keeps what it says', async () => {
  const db = await testDatabase();
  const client = await db.connect();
  await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-07', 100));
  const families = ['time_features'];
  await backfill({ database: db.database, families });
  await client.query(
    `alter table windrow.ledger drop column peers, drop column members; drop table windrow.model_fits, windrow.kept_rows;
     delete from windrow.migrations where number > 2`,
  );
  const { states } = await prepare(client, { families }, { write: false });
  expect(states).toMatchObject([{ symbol: 'eurusd', state: 'done', rows: 100 }]);
  await client.end();
  await db.drop();
});
