import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backfill, findRemovable, removePartitions, verify } from '../../host/index.ts';
import { openDatabase } from '../../host/store/database.ts';
import { partitionLock } from '../../host/store/partition.ts';
import { firstToKeep } from '../../host/store/removal.ts';
import { familyTable } from '../../host/store/tables.ts';
import { objects, windrow } from '../cli/run.ts';
import { across } from '../support/acrossFamily.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const families = ['bollinger_rate', 'hmm_regime_rate', 'across'];

let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;
const find = (filter = {}) => findRemovable(client, { set: 'fx', ...filter });
const names = async (filter = {}) => (await find(filter)).map(({ table }) => table);
const tables = async (): Promise<string[]> => {
  const { rows } = await client.query(
    "select relname as name from pg_class where relkind = 'r' and relname ~ '^(bollinger|hmm|across)' order by 1",
  );
  return rows.map(({ name }) => name as string);
};
const all = [
  ...['across_2024_07', 'across_2024_08'],
  ...['bollinger_rate_eurusd_2024_07', 'bollinger_rate_eurusd_2024_08'],
  ...['bollinger_rate_usdjpy_2024_07', 'bollinger_rate_usdjpy_2024_08'],
  ...['hmm_regime_rate_eurusd_2024_07', 'hmm_regime_rate_eurusd_2024_08'],
  ...['hmm_regime_rate_usdjpy_2024_07', 'hmm_regime_rate_usdjpy_2024_08'],
];
const drop = (...args: string[]) => windrow(['drop', ...args], { env: { DATABASE_URL: db.url } });

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await loadMarket(db.database, marketMonths(['eurusd', 'usdjpy'], '2024-07', '2024-08', 200));
});
beforeEach(async () => {
  expect(await backfill({ database: db.database, ...across, families, workers: 1 })).toMatchObject({
    failed: [],
  });
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

describe('what would be removed', () => {
  test('is what the ledger has of a selection, with its rows and bytes', async () => {
    expect(await names()).toEqual(all);
    expect(await names({ symbols: ['usdjpy'], from: '2024-08' })).toEqual([all[5], all[9]]);
    expect(await names({ families: ['across'], to: '2024-07' })).toEqual([all[0]]);
    const [one] = await find({ families: ['across'] });
    expect(one).toMatchObject({ symbol: '*', rows: 400, parent: 'across' });
    expect(one!.bytes).toBeGreaterThan(400 * 5 * 8);
  });

  test('is said by the command, which removes nothing then', async () => {
    const { code, stdout } = await drop('--pairs', 'usdjpy', '--dry-run');
    expect(stdout).toMatch(
      /^ {2}bollinger_rate: usdjpy 2024-07 to 2024-08: 2 partitions, 400 rows, .*\n {2}hmm_regime_rate: .*\nwould remove 4 partitions, 800 rows, .*\n$/,
    );
    expect(code).toBe(0);
    expect(await tables()).toEqual(all);
  });

  test('must be named', async () => {
    const { code, stderr } = await drop();
    expect(stderr).toMatch(/^error: name what is to be removed/);
    expect(code).toBe(2);
    const unknown = await drop('--families', 'bolinger_rate');
    expect(unknown.stderr).toMatch(/did you mean "bollinger_rate"/);
    const nobody = await drop('--pairs', 'eurusd,eurusx');
    expect(nobody.stderr).toMatch(/^error: unknown symbol "eurusx": .*\nhint: did you mean "eurusd"\? /);
    expect(nobody.code).toBe(2);
    expect(await names()).toEqual(all);
  });
});

describe('removing', () => {
  test('takes tables, ledger rows and fits, and leaves all else as it was', async () => {
    const months: string[] = [];
    const found = await find({ symbols: ['usdjpy'] });
    await removePartitions(db.database, 'fx', found, {
      onRemoved: removed => months.push(...removed.map(({ month }) => month)),
    });
    expect(months.sort()).toEqual(['2024-07', '2024-07', '2024-08', '2024-08']);
    expect(await tables()).toEqual(all.filter(name => !name.includes('usdjpy')));
    expect(await names()).toEqual(all.filter(name => !name.includes('usdjpy')));
    const { rows } = await client.query('select distinct symbol from windrow.model_fits');
    expect(rows).toEqual([{ symbol: 'eurusd' }]);
    const left = await client.query("select from pg_class where relname = 'bollinger_rate_usdjpy'");
    expect(left.rowCount).toBe(0);
    const { structure, verdicts } = await verify({
      database: db.database,
      ...across,
      families,
      symbols: ['eurusd'],
      stored: true,
    });
    expect(structure).toEqual([]);
    expect(verdicts.every(({ verdict }) => verdict === 'equal')).toBe(true);
  });

  test('leaves partitions of all pairs where pairs are named, and a table that was detached', async () => {
    await client.query('alter table bollinger_rate_eurusd detach partition bollinger_rate_eurusd_2024_07');
    const { code, stdout } = await drop('--pairs', 'eurusd,usdjpy', '--json');
    expect(code).toBe(0);
    expect(objects(stdout).at(-1)).toMatchObject({ kind: 'report', dryRun: false, partitions: 7 });
    expect(await tables()).toEqual(['across_2024_07', 'across_2024_08', 'bollinger_rate_eurusd_2024_07']);
    await client.query('drop table bollinger_rate_eurusd_2024_07');
  });

  test('stops at a view that depends on a partition, and goes on when it is gone', async () => {
    await client.query('create view mine as select * from bollinger_rate_eurusd_2024_08');
    const found = await find();
    await expect(removePartitions(db.database, 'fx', found)).rejects.toMatchObject({
      code: 'WR_TABLE_USED',
      message: expect.stringMatching(/view mine depends on table bollinger_rate_eurusd_2024_08/),
    });
    expect(await tables()).toEqual(all.slice(2));
    await client.query('drop view mine');
    await removePartitions(db.database, 'fx', await find());
    expect(await tables()).toEqual([]);
    expect((await client.query('select from windrow.ledger')).rowCount).toBe(0);
    expect((await client.query('select from windrow.model_fits')).rowCount).toBe(0);
  });

  test('waits for whoever writes the partition', async () => {
    const table = familyTable({ family: 'bollinger_rate', set: 'fx', columns: [] });
    const lock = partitionLock({ table, symbol: 'eurusd', month: '2024-08' });
    const other = await openDatabase({ databaseUrl: db.url, applicationName: 'windrow other:1' });
    const writer = await other.connect();
    await writer.query('select pg_advisory_lock(hashtextextended($1, 0))', [lock]);
    const heard: string[] = [];
    const found = await find({ families: ['bollinger_rate'], symbols: ['eurusd'], months: ['2024-08'] });
    await removePartitions(db.database, 'fx', found, {
      onWait: holder => {
        heard.push(holder.application);
        void writer.query('select pg_advisory_unlock_all()');
      },
    });
    expect(heard).toEqual(['windrow other:1']);
    expect(await names({ families: ['bollinger_rate'], symbols: ['eurusd'] })).toEqual([all[2]]);
    await writer.end();
    await other.close();
  });
});

test('retention keeps the newest months that there are', () => {
  const months = ['2024-11', '2024-12', '2025-01', '2025-03', '2025-03'];
  expect(firstToKeep(months, 1)).toBe('2025-03');
  // months without any count
  expect(firstToKeep(months, 3)).toBe('2025-01');
  expect(firstToKeep(months, 4)).toBe('2024-12');
  expect(firstToKeep(months, 16)).toBe('2023-12');
  expect(firstToKeep(months, 100_000)).toBe('0001-01');
  expect(firstToKeep([], 1)).toBeUndefined();
});
