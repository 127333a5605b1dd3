import type { MonthOfBars } from '../../host/ingest/types.ts';
import { seeded } from '../support/kernelShapes.ts';

// Bars of many made-up stocks: a random walk each, with sessions of seven hours and weekends for hourly bars.

const micros = { hour: 3_600_000_000, day: 86_400_000_000 };

const isWeekday = (time: number): boolean => ![0, 6].includes(new Date(time / 1000).getUTCDay());

/** The first `count` times of bars from 2024 on. */
export function barTimes(kind: 'hourly' | 'daily', count: number): number[] {
  const times: number[] = [];
  for (let day = Date.UTC(2024, 0, 1) * 1000; times.length < count; day += micros.day) {
    if (!isWeekday(day)) continue;
    if (kind === 'daily') times.push(day);
    else for (let hour = 14; hour < 21; hour++) times.push(day + hour * micros.hour);
  }
  return times.slice(0, count);
}

export const symbolName = (index: number): string => `s${String(index).padStart(4, '0')}`;

/** One batch a symbol and month, symbol by symbol, of the rows [from, to) of the times. */
export function* stockBars(
  symbols: readonly string[],
  times: readonly number[],
  from = 0,
  to = times.length,
): Generator<MonthOfBars> {
  for (const symbol of symbols) {
    const random = seeded([...symbol].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
    let price = 20 + 200 * random();
    const rows = times.slice(0, to).map(time => {
      const open = price;
      price *= 1 + 0.02 * (random() - 0.5);
      const [high, low] = [
        Math.max(open, price) * (1 + 0.004 * random()),
        Math.min(open, price) * (1 - 0.004 * random()),
      ];
      return { time, open, high, low, close: price, volume: Math.round(1e4 + 1e6 * random()) };
    });
    const months = Map.groupBy(rows.slice(from), ({ time }) =>
      new Date(time / 1000).toISOString().slice(0, 7),
    );
    for (const [month, own] of months) {
      const column = (name: 'time' | 'open' | 'high' | 'low' | 'close' | 'volume') =>
        Float64Array.from(own, row => row[name]);
      const columns = {
        open: column('open'),
        high: column('high'),
        low: column('low'),
        close: column('close'),
      };
      yield {
        symbol,
        month,
        bars: { time: column('time'), columns: { ...columns, volume: column('volume') } },
      };
    }
  }
}
