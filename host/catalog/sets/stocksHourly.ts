import { z } from 'zod';
import { basic } from '../families/stocks/basic.ts';
import { hourly } from '../families/stocks/hourly.ts';
import { lagsRolling } from '../families/stocks/lagsRolling.ts';
import { priceTime } from '../families/stocks/priceTime.ts';
import { rsiVolume } from '../families/stocks/rsiVolume.ts';
import { trendIndicators } from '../families/stocks/trendIndicators.ts';
import { volatilityIntraday } from '../families/stocks/volatilityIntraday.ts';
import { maxWindow } from '../operators/types.ts';
import type { FeatureSet } from '../set.ts';
import { zones } from '../zones.ts';
import { readOptions } from './readOptions.ts';

const tradingDays = 252;

const zone = 'America/New_York';

const rows = z.int().min(2).max(maxWindow);

const schema = z.strictObject({
  minPeriods: z
    .union([z.literal('window'), z.literal(1)], { error: 'expected "window" or 1' })
    .default('window'),
  windows: z
    .strictObject({ short: rows.default(24), med: rows.default(120), long: rows.default(480) })
    .prefault({}),
  volatility: z
    .strictObject({ short: rows.default(12), med: rows.default(24), long: rows.default(120) })
    .prefault({}),
  rsi: z
    .strictObject({
      d1: rows.default(24),
      d3: rows.default(72),
      w1: rows.default(168),
      w2: rows.default(336),
    })
    .prefault({}),
  zone: z
    .enum(zones, { error: `expected the zone of an exchange by its IANA name, such as "${zone}"` })
    .default(zone),
  barsPerDay: z.int().min(1).max(1440).default(24),
  barsPerYear: z.number().positive().optional(),
  basic: z.boolean().default(false),
});

/** Stocks on hourly bars, by the set's options: windows in bars, the exchange's zone, the group of basic indicators. */
export function stocksHourly(given: Readonly<Record<string, unknown>> = {}): FeatureSet {
  const read = readOptions('stocks-hourly', schema, given);
  const options = { ...read, barsPerYear: read.barsPerYear ?? tradingDays * read.barsPerDay };
  const series = hourly(options);
  return {
    name: 'stocks-hourly',
    title: 'Stocks on hourly bars',
    symbols: [],
    bars: {
      table: 'market_data_1h',
      intervalMinutes: 60,
      columns: ['open', 'high', 'low', 'close', 'volume'],
      partition: 'month',
      timeColumn: 'timestamp',
      symbolColumn: 'symbol',
    },
    horizonBits: 53,
    nullPolicy: options.minPeriods === 1 ? 'partial' : 'strict',
    layout: {
      kind: 'rows',
      table: 'feature_engineered_data',
      symbolColumn: 'symbol',
      timeColumn: 'timestamp',
      refersToBars: true,
      recentIndex: true,
    },
    parameters: [],
    families: [
      priceTime(series),
      trendIndicators(series),
      rsiVolume(series),
      volatilityIntraday(series),
      lagsRolling(series),
      ...(options.basic ? [basic(series)] : []),
    ],
    options,
    off: [],
  };
}
