import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureTable } from '../../host/store/ddl.ts';
import { migrate } from '../../host/store/migrate.ts';
import { type Month, monthMicros, monthOf, monthsFrom, nextMonth } from '../../host/store/month.ts';
import { publishPartition } from '../../host/store/publish.ts';
import { type Cell, encodeCopy } from '../support/copyBytes.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { publication } from '../support/publications.ts';

const day = 86_400_000_000;

test('months have the days of the calendar, from 1900 to 2199', () => {
  for (const month of monthsFrom('1900-01', '2199-12')) {
    const [year, number] = month.split('-').map(Number) as [number, number];
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const days = number === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(number) ? 30 : 31;
    const [from, to] = [monthMicros(month), monthMicros(nextMonth(month))];
    expect((to - from) / day, month).toBe(days);
    expect([monthOf(from), monthOf(to - 1), monthOf(from - 1) < month, monthOf(to) > month], month).toEqual([
      ...[month, month, true, true],
    ]);
  }
});

/** Of 28, 29, 30 and 31 days, at the turn of a year, and with the clock changes of New York and Europe. */
const months = ['2023-02', '2024-02', '2024-04', '2023-12', '2024-01', '2024-03', '2024-10', '2024-11'];

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  const client = await db.connect();
  // where the clock is set twice a year: of a `timestamp` of UTC it must change nothing
  await client.query(
    `alter database "${new URL(db.url).pathname.slice(1)}" set timezone to 'America/New_York'`,
  );
  await client.end();
});
afterAll(() => db.drop());

test('partitions hold their months to the microsecond, whatever zone the database is in', async () => {
  const client = await db.connect();
  await migrate(client);
  await ensureTable(client, publication().table, ['eurusd']);
  const publish = async (month: Month, times: readonly number[]) => {
    const one = publication({ month });
    const cells = times.map((time, row): Cell[] => [{ time }, row, null, { text: 'eurusd' }]);
    const stats = { rows: times.length, nulls: [0, times.length], infinities: [0, 0], checksum: 1n };
    return publishPartition(client, one, async write => {
      await write(encodeCopy(cells));
      return stats;
    });
  };
  const expected: Record<Month, number[]> = {};
  for (const month of months) {
    const [from, to] = [monthMicros(month), monthMicros(nextMonth(month))];
    // each hour of the days on which clocks are set, and both ends
    const hours = Array.from(
      { length: (to - from) / day },
      (_, n) => from + n * day + 3_600_000_000 * (n % 24),
    );
    expected[month] = [...new Set([from, ...hours, to - 1])].sort((a, b) => a - b);
    await publish(month, expected[month]!);
    for (const beyond of [from - 1, to])
      await expect(publish(month, [beyond]), month).rejects.toThrow(/check constraint "bounds"/);
  }
  const { rows } = await client.query<{ month: Month; times: string[] }>(
    `select to_char(ts_utc, 'YYYY-MM') as month,
       array_agg((extract(epoch from ts_utc) * 1e6)::bigint::text order by ts_utc) as times
     from demo_rate group by tableoid, 1`,
  );
  const found = Object.fromEntries(rows.map(({ month, times }) => [month, times.map(Number)]));
  expect(found).toEqual(expected);
  await client.end();
});
