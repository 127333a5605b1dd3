import { expect, test } from 'vitest';
import { collectRange } from '../../host/backfill/readBars.ts';
import type { BarColumn } from '../../host/catalog/bars.ts';
import type { Month } from '../../host/store/month.ts';

const minute = 60_000_000;
const start = Date.UTC(2024, 5, 1) * 1000;
const rows = 30 * 1440;

/** A lane whose cache forgets a month as soon as it has told it. */
function forgetful(asked: (readonly BarColumn[])[]): Parameters<typeof collectRange>[0] {
  const month = async (_symbol: string, of: Month, columns: readonly BarColumn[], since = start) => {
    asked.push(columns);
    const from = of === '2024-06' ? Math.max(start, since) : start + rows * minute;
    const time = Float64Array.from(
      { length: of === '2024-06' ? (start - from) / minute + rows : 10 },
      (_, i) => from + i * minute,
    );
    return { month: of, time, columns: new Map(columns.map(name => [name, time])) };
  };
  const source = { symbols: ['eurusd'], tracksChanges: true, intervalMinutes: 1 };
  const bars = { source, look: async () => {}, months: () => ['2024-06', '2024-07'], month };
  return { bars } as unknown as Parameters<typeof collectRange>[0];
}

test('history that made room for other bars while it was read is read again, with all columns', async () => {
  const asked: (readonly BarColumn[])[] = [];
  const needs = new Map<BarColumn, number>([
    ['close', 20_000],
    ['high', 400],
  ]);
  const from = start + rows * minute;
  const { collected } = await collectRange(forgetful(asked), 'eurusd', needs, { from, month: '2024-07' });
  expect(asked).toEqual([['close', 'high'], ['close'], ['high'], ['close', 'high']]);
  expect(collected!.before).toBeGreaterThanOrEqual(20_000);
  for (const name of needs.keys())
    expect(collected!.months[0]!.columns.get(name)!.length).toBeGreaterThanOrEqual(needs.get(name)!);
});
