import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeBars } from '../../host/store/bars.ts';
import { shortPartitions, storedFamilies } from '../../host/store/coverage.ts';
import { ensureTable } from '../../host/store/ddl.ts';
import { type BarsRead, readLedger, recordFailure } from '../../host/store/ledger.ts';
import { migrate } from '../../host/store/migrate.ts';
import { type Month, monthMicros } from '../../host/store/month.ts';
import { fixParameter, readParameters } from '../../host/store/parameters.ts';
import { publishPartition } from '../../host/store/publish.ts';
import { type BarSource, openSource } from '../../host/store/sources.ts';
import { partitionStates } from '../../host/store/status.ts';
import { encodeCopy } from '../support/copyBytes.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { demoRows, feed, minute, publication } from '../support/publications.ts';

describe('status of partitions', () => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;
  const months = ['2024-07', '2024-08', '2024-09'];

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await migrate(client);
    await ensureTable(client, publication().table, ['eurusd']);
  });

  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const bar = (month: Month, at: number, close: number, symbol = 'eurusd') =>
    writeBars(client, { symbol, month, columns: ['close'] }, async write => {
      await write(encodeCopy([[{ time: monthMicros(month) + at * minute }, close, { text: symbol }]]));
      return 1;
    });

  /** Publishes a month as if it had been computed from bars since `first`, minutes after the month's start. */
  const publish = async (source: BarSource, month: Month, first: number, lookback = [0, 0]) => {
    const revision = await source.revision(client, 'eurusd');
    const from = monthMicros(month) + first * minute;
    const to = monthMicros(month) + 31 * 24 * 60 * minute;
    const [print] = await source.fingerprints(client, 'eurusd', [{ from, to }]);
    const [lookbackAsked = 0, lookbackFound = 0] = lookback;
    const bars: BarsRead = { ...print!, source: source.id, revision, lookbackAsked, lookbackFound };
    const wanted = publication({ month, bars, runId: 'run 1' });
    await publishPartition(client, wanted, feed(demoRows(wanted, 20)));
  };

  const states = async (source: BarSource, version = 'v1') => {
    const families = [
      { family: 'demo_rate', version: (symbol: string) => (symbol === 'eurusd' ? version : '') },
    ];
    const found = await partitionStates(client, { set: 'fx', source, families, symbols: ['eurusd'], months });
    return Object.fromEntries(
      found.map(({ month, state, why }) => [month, why ? `${state}: ${why}` : state]),
    );
  };

  test('what was published is done, the rest is missing', async () => {
    for (const month of months) await bar(month, 5, 1);
    await bar('2024-07', 11 * 24 * 60, 1);
    await bar('2024-08', 31 * 24 * 60 - 10, 1);
    const source = await openSource(client);
    await publish(source, '2024-07', 0, [100, 10]);
    await publish(source, '2024-08', -20 * 24 * 60);
    expect(await states(source)).toEqual({ '2024-07': 'done', '2024-08': 'done', '2024-09': 'missing' });
  });

  test('an import makes stale exactly the partitions whose bars it touched', async () => {
    const source = await openSource(client);
    await publish(source, '2024-09', -10);
    // 2024-08 has read from 12 July on, 2024-09 from ten minutes before September.
    await bar('2024-07', 5, 2);
    const july = 'stale: bars were corrected between 2024-07-01 00:05 and 2024-07-01 00:05';
    expect(await states(source)).toEqual({ '2024-07': july, '2024-08': 'done', '2024-09': 'done' });
    await publish(source, '2024-07', 0, [100, 10]);
    await bar('2024-07', 30 * 24 * 60, 1);
    const added = 'stale: bars were added between 2024-07-31 00:00 and 2024-07-31 00:00';
    expect(await states(source)).toEqual({ '2024-07': added, '2024-08': added, '2024-09': 'done' });
    await publish(source, '2024-08', -20 * 24 * 60);
    // A bar before all others: only the partition whose lookback was short would have read it.
    await bar('2024-06', 0, 1);
    await publish(source, '2024-07', 0, [100, 10]);
    await bar('2024-06', 1, 1);
    expect(await states(source)).toMatchObject({ '2024-08': 'done', '2024-09': 'done' });
    expect((await states(source))['2024-07']).toContain('stale: bars were added between 2024-06-01');
    await bar('2024-09', 0, 1, 'gbpusd');
    expect((await states(source))['2024-09']).toBe('done');
  });

  test('a changed definition, a failed attempt and a dropped table are told apart', async () => {
    const source = await openSource(client);
    await publish(source, '2024-07', 0);
    expect((await states(source, 'v2'))['2024-07']).toBe('stale: its definition changed');
    const failure = { schema: 'public', table: 'demo_rate_eurusd_2024_08', source: source.id };
    const what = { code: 'WR_INTERNAL', error: 'worker ran out of memory', attempt: 3 };
    await recordFailure(client, { ...publication({ month: '2024-08' }), ...failure, ...what });
    await client.query('drop table demo_rate_eurusd_2024_09');
    expect(await states(source)).toEqual({
      '2024-07': 'done',
      '2024-08': 'failed: worker ran out of memory',
      '2024-09': 'missing: its table is gone',
    });
    const [row] = await readLedger(client, { months: ['2024-08'] });
    expect(row).toMatchObject({ status: 'done', rows: 20, errorCode: 'WR_INTERNAL', attempt: 3 });
    await publish(source, '2024-08', 0);
    expect((await states(source))['2024-08']).toBe('done');
  });

  test('bars in tables of the user are compared by count and ends', async () => {
    await client.query(`create table own_eurusd (time timestamp primary key, close float8);
      insert into own_eurusd select t, 1 from generate_series(timestamp '2024-07-01', '2024-09-30', '1 hour') t`);
    const source = await openSource(client, { table: 'own_{pair}' });
    expect((await states(source))['2024-07']).toBe('stale: its bars came from market_data');
    for (const month of months) await publish(source, month, month === '2024-07' ? 0 : -60);
    expect(await states(source)).toEqual({ '2024-07': 'done', '2024-08': 'done', '2024-09': 'done' });
    await client.query("delete from own_eurusd where time = '2024-07-31 23:00'");
    const fewer = (rows: number) => `stale: ${rows} bars were read, now there are ${rows - 1}`;
    expect(await states(source)).toEqual({ '2024-07': fewer(744), '2024-08': fewer(745), '2024-09': 'done' });
  });

  test('what is published is summed up by family, and what its first partitions lack is told', async () => {
    const query = { set: 'fx', schema: 'public', families: ['demo_rate'], symbols: ['eurusd'], months };
    const [stored] = await storedFamilies(client, query);
    expect(stored).toMatchObject({ family: 'demo_rate', partitions: 3, rows: 60, nulls: { w5_std: 3 } });
    expect(stored!.columns).toEqual(['ts_utc', 'w5_mean', 'w5_std', 'pair']);
    expect(await storedFamilies(client, { ...query, months: ['2024-08'] })).toMatchObject([{ rows: 20 }]);
    expect(await storedFamilies(client, { ...query, symbols: ['gbpusd'] })).toEqual([]);
    expect(await shortPartitions(client, query)).toEqual([]);
    const source = await openSource(client);
    await publish(source, '2024-07', 0, [100, 10]);
    const short = { family: 'demo_rate', rows: 20, nulls: { w5_std: 1 }, barsBefore: 10, symbols: 1 };
    expect(await shortPartitions(client, query)).toEqual([short]);
    await client.query('begin; drop table demo_rate_eurusd_2024_09');
    expect(await storedFamilies(client, query)).toMatchObject([{ partitions: 2, rows: 40 }]);
    await client.query('rollback');
  });

  test('a parameter is fixed by the first who comes, and set by configuration', async () => {
    const baseline = { set: 'fx', symbol: 'eurusd', parameter: 'baseline' };
    const other = await db.connect();
    const both = await Promise.all([
      fixParameter(client, { ...baseline, value: 1.0711, sourceTime: monthMicros('2024-07') }),
      fixParameter(other, { ...baseline, value: 1.0712 }),
    ]);
    expect(both[0]).toBe(both[1]);
    expect(await fixParameter(client, { ...baseline, value: 2 })).toBe(both[0]);
    const [stored] = await readParameters(client, 'fx');
    expect(stored).toMatchObject({ symbol: baseline.symbol, value: both[0] });
    await other.end();
  });
});
