import { monthMicros } from '../../host/store/month.ts';
import type { MarketMonth } from './market.ts';

const day = 86_400_000_000;
export const roundSymbols = Array.from({ length: 12 }, (_, i) => `s${i}`);
export const roundMonths = ['2024-07', '2024-08'];

/** The same daily bars again and again; the close is the number of the round. */
export function* roundsOfBars(rounds: number): Generator<MarketMonth> {
  for (let round = 0; round < rounds; round++)
    for (const symbol of roundSymbols)
      for (const month of roundMonths) {
        const time = Float64Array.from({ length: 30 }, (_, i) => monthMicros(month) + i * day);
        yield { symbol, month, bars: { time, columns: { close: time.map(() => round) } } };
      }
}
