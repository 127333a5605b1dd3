import { afterAll } from 'vitest';
import type { Custom } from '../../host/catalog/customSchema.ts';
import { type BackfillOptions, planBackfill } from '../../host/index.ts';
import { loadMarket, type MarketMonth, marketMonths } from './market.ts';
import { type TestDatabase, testDatabase } from './postgres.ts';

// A family with one partition a month for all symbols, `across`, and its twin with partitions by symbol, `alone`, over a
// small market.

export const symbols = ['audusd', 'eurusd', 'usdjpy'];
export const months = ['2024-07', '2024-08', '2024-09'];
export const monthRows = 900;
export const market = marketMonths(symbols, months[0]!, months.at(-1)!, monthRows);

export const features = {
  index: 'rate_index',
  mean20: 'mean(rate_index, 20)',
  cost: 'ratio(spread_close, mid)',
  market: 'peer("panel1", rate_index)',
  own: 'peer("rival3", mean(rate_index, 5))',
};
const custom: Custom = { across: { partition: 'month', features }, alone: { features } };
export const setConfig = { custom };
export const across = { setConfig, families: ['across'] };

/** Databases with bars and nothing else, dropped behind the file. */
export function freshMarkets(): (bars?: readonly MarketMonth[]) => Promise<TestDatabase> {
  const databases: TestDatabase[] = [];
  afterAll(async () => {
    for (const made of databases) await made.drop();
  });
  return async (bars = market) => {
    const made = await testDatabase();
    databases.push(made);
    await loadMarket(made.database, bars);
    return made;
  };
}

/** The partitions of `across` that are due. */
export async function due(db: TestDatabase, options: Partial<BackfillOptions> = {}): Promise<string[]> {
  const { tasks } = await planBackfill({ database: db.database, ...across, ...options });
  return tasks.flatMap(task => task.families.map(family => `${family} ${task.symbol} ${task.month}`)).sort();
}
