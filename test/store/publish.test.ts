import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureTable } from '../../host/store/ddl.ts';
import { readLedger } from '../../host/store/ledger.ts';
import type { LockHolder } from '../../host/store/locks.ts';
import { migrate } from '../../host/store/migrate.ts';
import { monthMicros } from '../../host/store/month.ts';
import { copyOutSql, publishFilled, publishPartition, storedSymbols } from '../../host/store/publish.ts';
import { familyTable, partitionName } from '../../host/store/tables.ts';
import { decodeCopy } from '../support/copyBytes.ts';
import { copyOut } from '../support/copyOut.ts';
import { hasOldPostgres, oldBinDir, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { demoRows, feed, publication } from '../support/publications.ts';

const servers: [name: string, binDir: string | undefined][] = [['embedded', undefined]];
if (hasOldPostgres) servers.push(['Postgres 15', oldBinDir]);
else test.skip(`Postgres 15 is not in ${oldBinDir}`, () => {});

describe.each(servers)('publishing on %s', (_, binDir) => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;

  beforeAll(async () => {
    db = await testDatabase(binDir);
    client = await db.connect();
    await migrate(client);
    await ensureTable(client, publication().table, ['eurusd', 'gbpusd', 'usdjpy']);
  });

  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const scalar = async (sql: string, values: unknown[] = []) =>
    Object.values((await client.query(sql, values)).rows[0] ?? {})[0];

  test('a partition appears with its rows, key, bounds and ledger row', async () => {
    const wanted = publication();
    const published = await publishPartition(client, wanted, feed(demoRows(wanted, 1000)));
    expect(published).toMatchObject({ partition: 'demo_rate_eurusd_2024_07', rows: 1000, replaced: false });
    expect(await scalar('select count(*)::int from demo_rate')).toBe(1000);
    expect(
      await scalar("select count(*)::int from demo_rate where pair = 'eurusd' and ts_utc < '2024-08-01'"),
    ).toBe(1000);
    expect(
      await scalar("select indexdef from pg_indexes where tablename = 'demo_rate_eurusd_2024_07'"),
    ).toContain('demo_rate_eurusd_2024_07_pkey ON public.demo_rate_eurusd_2024_07 USING btree (ts_utc)');
    const [row] = await readLedger(client, { families: ['demo_rate'] });
    expect(row).toMatchObject({ status: 'done', symbol: 'eurusd', month: '2024-07', rows: 1000, columns: 2 });
    expect(row).toMatchObject({
      nulls: { w5_std: 1 },
      infinities: {},
      checksum: 'fedcba9876543210',
      error: null,
    });
  });

  test('attaching scans nothing, and a partition has no TOAST table', async () => {
    const notices: string[] = [];
    const listen = (notice: { message?: string | undefined }) => notices.push(notice.message ?? '');
    client.on('notice', listen);
    await client.query('set client_min_messages = debug1');
    const wanted = publication({ symbol: 'gbpusd' });
    await publishPartition(client, wanted, feed(demoRows(wanted, 10)));
    await client.query('reset client_min_messages');
    client.off('notice', listen);
    expect(notices.join('\n')).toContain('is implied by existing constraints');
    const toast = "select reltoastrelid::int from pg_class where relname = 'demo_rate_gbpusd_2024_07'";
    expect(await scalar(toast)).toBe(0);
  });

  test('publishing again replaces the partition in one step', async () => {
    const reader = await db.connect();
    await reader.query('begin isolation level repeatable read');
    const before = publication({ month: '2024-09' });
    await publishPartition(client, before, feed(demoRows(before, 50)));
    let stop = false;
    const seen = new Set<string>();
    await reader.query('rollback');
    const watching = (async () => {
      while (!stop) {
        const sql =
          "select count(*), sum(w5_mean) from demo_rate where pair = 'eurusd' and ts_utc >= '2024-09-01'";
        seen.add(JSON.stringify((await reader.query({ text: sql, rowMode: 'array' })).rows[0]));
      }
    })();
    for (const scale of [2, 3, 4]) {
      const again = await publishPartition(client, before, feed(demoRows(before, 60, scale)));
      expect(again).toMatchObject({ partition: 'demo_rate_eurusd_2024_09', replaced: true });
    }
    stop = true;
    await watching;
    await reader.end();
    // 50 rows sum to 1225, 60 rows to 1770 times the scale: only whole partitions were ever seen.
    const whole = ['["50",1225]', '["60",3540]', '["60",5310]', '["60",7080]'];
    expect([...seen].filter(state => !whole.includes(state))).toEqual([]);
    expect(await scalar("select count(*)::int from pg_class where relname like 'windrow_new%'")).toBe(0);
    expect(
      await scalar("select count(*)::int from pg_indexes where tablename = 'demo_rate_eurusd_2024_09'"),
    ).toBe(1);
    expect((await readLedger(client, { months: ['2024-09'] })).length).toBe(1);
  });

  test('a feed that throws, and one that lies about its rows, leave nothing', async () => {
    const wanted = publication({ symbol: 'usdjpy' });
    const rows = demoRows(wanted, 100);
    const broken = publishPartition(client, wanted, async write => {
      await feed(rows)(write);
      throw new Error('out of luck');
    });
    await expect(broken).rejects.toThrow('out of luck');
    const lying = publishPartition(client, wanted, async write => ({
      ...(await feed(rows)(write)),
      rows: 99,
    }));
    await expect(lying).rejects.toThrow('the encoder counted 99');
    const outside = demoRows(publication({ month: '2024-08' }), 3);
    await expect(publishPartition(client, wanted, feed(outside))).rejects.toThrow('bounds');
    expect(
      await scalar("select count(*)::int from pg_class where relname = 'demo_rate_usdjpy_2024_07'"),
    ).toBe(0);
    expect(await readLedger(client, { symbols: ['usdjpy'] })).toEqual([]);
    await publishPartition(client, wanted, feed(rows));
    expect(await scalar("select count(*)::int from demo_rate where pair = 'usdjpy'")).toBe(100);
  });

  test('a stored partition reads back in order, bit for bit', async () => {
    const wanted = publication({ month: '2024-10' });
    const rows = demoRows(wanted, 200);
    await publishPartition(client, wanted, feed(rows.toReversed()));
    const parts: Buffer[] = [];
    for await (const bytes of copyOut(client, copyOutSql(wanted.table, 'eurusd', '2024-10')))
      parts.push(bytes);
    const back = decodeCopy(Buffer.concat(parts));
    const start = monthMicros('2024-10');
    expect(back).toEqual(rows.map((row, index) => [start + index * 60_000_000, row[1], row[2]]));
  });

  test('of two writers of one partition the second waits and is told who the first is', async () => {
    const other = await db.connect();
    const wanted = publication({ month: '2024-11' });
    let release = () => {};
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    let entered = () => {};
    const inside = new Promise<void>(resolve => {
      entered = resolve;
    });
    const first = publishPartition(client, wanted, async write => {
      entered();
      await gate;
      return feed(demoRows(wanted, 10))(write);
    });
    await inside;
    const holders: LockHolder[] = [];
    const onWait = (holder: LockHolder) => {
      holders.push(holder);
      release();
    };
    const second = publishPartition(other, wanted, feed(demoRows(wanted, 20)), { onWait });
    expect(await first).toMatchObject({ rows: 10, replaced: false });
    expect(await second).toMatchObject({ rows: 20, replaced: true });
    expect(holders).toHaveLength(1);
    expect(holders[0]!.application).toMatch(/^windrow .+:\d+$/);
    await other.end();
  });

  test('a reader that keeps the table locked delays a replacement, which waits for it', async () => {
    const reader = await db.connect();
    const wanted = publication({ month: '2024-12' });
    await publishPartition(client, wanted, feed(demoRows(wanted, 10)));
    await reader.query('begin; lock table demo_rate_eurusd in access share mode');
    const waited: LockHolder[] = [];
    const options = {
      onWait: (holder: LockHolder) => {
        waited.push(holder);
        void reader.query('commit');
      },
    };
    expect(await publishPartition(client, wanted, feed(demoRows(wanted, 11)), options)).toMatchObject({
      rows: 11,
    });
    expect(waited).toHaveLength(1);
    await reader.end();
  });

  test('an aborted wait ends at once', async () => {
    const other = await db.connect();
    const wanted = publication({ month: '2025-01' });
    await other.query('begin');
    const lock = `windrow partition public.${partitionName(wanted.table, 'eurusd', '2025-01')}`;
    await other.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lock]);
    const abort = new AbortController();
    const options = { signal: abort.signal, onWait: () => abort.abort() };
    await expect(publishPartition(client, wanted, feed([]), options)).rejects.toThrow(/abort/i);
    await other.end();
  });

  test('a set that is cut by month only has one partition for all its symbols', async () => {
    const family = 'momentum';
    const table = familyTable({
      family,
      set: 'eq',
      columns: ['w5_mean', 'w5_std'],
      partition: 'month',
      symbolColumn: 'symbol',
    });
    await ensureTable(client, table, ['aapl', 'msft']);
    const wanted = publication({ table, set: 'eq', family, symbol: '*' });
    const rows = ['aapl', 'msft'].flatMap(symbol => demoRows(publication({ symbol }), 5));
    expect(await publishPartition(client, wanted, feed(rows))).toMatchObject({
      partition: 'momentum_2024_07',
      rows: 10,
    });
    expect(await scalar("select count(*)::int from momentum where symbol = 'msft'")).toBe(5);
    expect(await scalar("select indexdef from pg_indexes where tablename = 'momentum_2024_07'")).toContain(
      'USING btree (ts_utc, symbol)',
    );

    // one COPY a symbol, and statements between; what fails in the second takes back the first
    const refill = (last: () => void) =>
      publishFilled(client, { ...wanted, month: '2024-08' }, async copy => {
        const total = { rows: 0, nulls: [0, 0], infinities: [0, 0], checksum: 1n };
        for (const symbol of ['aapl', 'ibm', 'msft']) {
          if (symbol === 'ibm') last();
          const { rows: written } = (await client.query('select 7 as rows')).rows[0];
          const month = demoRows(publication({ symbol, month: '2024-08' }), written);
          total.rows += (await copy(feed(month))).rows;
        }
        return { stats: total, bars: { ...wanted.bars, members: ['aapl', 'ibm', 'msft'] } };
      });
    const fail = () => {
      throw new Error('out of luck');
    };
    await expect(refill(fail)).rejects.toThrow('out of luck');
    expect(await scalar("select count(*)::int from pg_class where relname = 'momentum_2024_08'")).toBe(0);
    for (const replaced of [false, true])
      expect(await refill(() => {})).toMatchObject({ partition: 'momentum_2024_08', rows: 21, replaced });
    expect(await scalar("select count(*)::int from momentum where ts_utc >= '2024-08-01'")).toBe(21);
    const [row] = await readLedger(client, { set: 'eq', months: ['2024-08'] });
    expect(row).toMatchObject({ symbol: '*', rows: 21, members: ['aapl', 'ibm', 'msft'] });
    expect(await storedSymbols(client, table, '2024-08')).toEqual(['aapl', 'ibm', 'msft']);
  });

  test('a table that is cut in another way is not taken for the one that is asked for', async () => {
    const options = { family: 'cut', set: 'fx', columns: ['a'] };
    await ensureTable(client, familyTable(options), ['eurusd']);
    await expect(
      ensureTable(client, familyTable({ ...options, partition: 'month' }), []),
    ).rejects.toMatchObject({
      code: 'WR_TABLE_SHAPE',
      message: expect.stringContaining('is cut by symbol and month, asked for is by month alone'),
    });
  });
});
