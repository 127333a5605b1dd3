import * as v from 'valibot';
import { positive, strict, switched, whole } from '../../shape.ts';
import { basic } from '../families/stocks/basic.ts';
import { type HourlyOptions, hourly } from '../families/stocks/hourly.ts';
import { lagsRolling } from '../families/stocks/lagsRolling.ts';
import { priceTime } from '../families/stocks/priceTime.ts';
import { rsiVolume } from '../families/stocks/rsiVolume.ts';
import { trendIndicators } from '../families/stocks/trendIndicators.ts';
import { volatilityIntraday } from '../families/stocks/volatilityIntraday.ts';
import { declaredOnce, type Family } from '../family.ts';
import { maxWindow } from '../operators/types.ts';
import type { FeatureSet } from '../set.ts';
import { zones } from '../zones.ts';
import { readOptions } from './readOptions.ts';

const tradingDays = 252;

const zone = 'America/New_York';

const rows = whole(2, maxWindow);

const schema = strict({
  minPeriods: v.optional(v.picklist(['window', 1], 'expected "window" or 1'), 'window'),
  windows: v.optional(
    strict({ short: v.optional(rows, 24), med: v.optional(rows, 120), long: v.optional(rows, 480) }),
    {},
  ),
  volatility: v.optional(
    strict({ short: v.optional(rows, 12), med: v.optional(rows, 24), long: v.optional(rows, 120) }),
    {},
  ),
  rsi: v.optional(
    strict({
      d1: v.optional(rows, 24),
      d3: v.optional(rows, 72),
      w1: v.optional(rows, 168),
      w2: v.optional(rows, 336),
    }),
    {},
  ),
  zone: v.optional(
    v.picklist(zones, `expected the zone of an exchange by its IANA name, such as "${zone}"`),
    zone,
  ),
  barsPerDay: v.optional(whole(1, 1440), 24),
  barsPerYear: v.optional(positive),
  basic: v.optional(switched, false),
});

function familiesOf(options: HourlyOptions): Family[] {
  const series = hourly(options);
  return [
    priceTime(series),
    trendIndicators(series),
    rsiVolume(series),
    volatilityIntraday(series),
    lagsRolling(series),
    ...(options.basic ? [basic(series)] : []),
  ];
}

/** Stocks on hourly bars, by the set's options: windows in bars, the exchange's zone, the group of basic indicators. */
export function stocksHourly(given: Readonly<Record<string, unknown>> = {}): FeatureSet {
  const read = readOptions('stocks-hourly', schema, given);
  const options = { ...read, barsPerYear: read.barsPerYear ?? tradingDays * read.barsPerDay };
  const families = declaredOnce(() => familiesOf(options));
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
    peers: { asOfMinutes: 0 },
    parameters: [],
    get families() {
      return families();
    },
    options,
    off: [],
  };
}
