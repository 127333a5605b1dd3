import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BackfillReport, backfill, type Database, openDatabase, verify } from '../../host/index.ts';
import { releaseLock, takeLock } from '../../host/store/locks.ts';
import { partitionLock } from '../../host/store/partition.ts';
import { familyTable } from '../../host/store/tables.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const market = marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-07', 300);
const setConfig = { custom: { across: { partition: 'month', features: { index: 'rate_index' } } } } as const;

/** A partition of one symbol, and one of all. */
const cases = [
  { family: 'bollinger_rate', symbol: 'eurusd' },
  { family: 'across', symbol: '*', partition: 'month' },
] as const;
type Case = (typeof cases)[number];

/** Of ids of runs that began later than any. */
let years = 0;

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await loadMarket(db.database, market);
});
afterAll(() => db.drop());

/** Backfills while another process has the partition, until the backfill says that it waits. */
async function backfillBehind(
  holder: Database,
  { symbol, ...cut }: Case,
  { meanwhile, ...options }: { force?: boolean; meanwhile?: () => Promise<unknown> } = {},
): Promise<BackfillReport> {
  const client = await holder.connect();
  const table = familyTable({ ...cut, set: 'fx', columns: [] });
  const lock = partitionLock({ table, symbol, month: '2024-07' });
  await takeLock(client, lock, 'session');
  const report = await backfill({
    database: db.database,
    ...{ setConfig, families: [cut.family], symbols: ['eurusd'] },
    workers: 1,
    taskTimeoutMs: 20_000,
    ...options,
    onEvent: ({ kind }) => {
      if (kind === 'waiting') void Promise.resolve(meanwhile?.()).then(() => releaseLock(client, lock));
    },
  });
  await client.end();
  return report;
}

test.each(cases)(
  'a backfill that waited for $family publishes what nobody else has from the same bars',
  async one => {
    const holder = await openDatabase({ databaseUrl: db.url, applicationName: 'another' });
    const verdict = async () =>
      (
        await verify({ database: db.database, setConfig, families: [one.family], symbols: ['eurusd'] })
      ).verdicts.map(({ verdict }) => verdict);

    expect(await backfillBehind(holder, one)).toMatchObject({ done: 1, skipped: 0, failed: [] });
    expect(await verdict()).toEqual(['equal']);

    // the ledger has it done by this version from these bars
    expect(await backfillBehind(holder, one, { force: true })).toMatchObject({
      done: 0,
      skipped: 1,
      failed: [],
    });

    // by this version, but from older bars
    const [month] = market;
    const { bars } = month!;
    const factor = one.symbol === '*' ? 1.002 : 1.001;
    const close = bars.columns.close!.with(100, bars.columns.close![100]! * factor);
    await loadMarket(db.database, [{ ...month!, bars: { ...bars, columns: { ...bars.columns, close } } }]);
    expect(await verdict()).toEqual(['differs']);
    const client = await db.connect();
    // by a run that began later, from these older bars all the same
    const later = (version: string) => () =>
      client.query(`update windrow.ledger set run_id = $1, version = ${version} where family = $2`, [
        `fffffff${++years}-0000-7000-8000-000000000000`,
        one.family,
      ]);
    expect(await backfillBehind(holder, one, { meanwhile: later('version') })).toMatchObject({
      ...{ done: 1, skipped: 0, failed: [] },
    });
    expect(await verdict()).toEqual(['equal']);

    // and by another definition, which may be the newer one
    const again = await backfillBehind(holder, one, { force: true, meanwhile: later("'another'") });
    expect(again).toMatchObject({ done: 0, skipped: 0, failed: [{ code: 'WR_PARTITION_LATER' }] });
    const { rows } = await client.query('select version, error from windrow.ledger where family = $1', [
      one.family,
    ]);
    expect(rows).toEqual([{ version: 'another', error: null }]);
    await client.end();
    await holder.close();
  },
);
