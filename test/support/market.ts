import { type Bars, type Database, generateBars, loadBars } from '../../host/index.ts';
import { barsBetween } from './contract.ts';

export type MarketMonth = { readonly symbol: string; readonly month: string; readonly bars: Bars };

/** The beginnings of some synthetic months: enough rows for every window but one, few enough for a test. */
export const marketMonths = (
  symbols: readonly string[],
  from: string,
  to: string,
  rows = 1_500,
): MarketMonth[] =>
  [...generateBars({ seed: 5, pairs: symbols, from, to })].map(({ symbol, month, bars }) => ({
    symbol,
    month,
    bars: barsBetween(bars, 0, Math.min(rows, bars.time.length)),
  }));

export const loadMarket = async (database: Database, months: readonly MarketMonth[]): Promise<void> => {
  await loadBars(database, months);
};
