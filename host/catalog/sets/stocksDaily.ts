import * as v from 'valibot';
import { strict, switched } from '../../shape.ts';
import { dailyFamilies } from '../families/stocks/daily.ts';
import { declaredOnce } from '../family.ts';
import type { FeatureSet } from '../set.ts';
import { readOptions } from './readOptions.ts';

const schema = strict({
  index: v.optional(
    v.pipe(
      v.string('expected a symbol in lower case'),
      v.regex(/^[a-z0-9._-]+$/, 'expected a symbol in lower case'),
    ),
    'gspc',
  ),
  clip: v.optional(switched, true),
});

/** Stocks on daily bars, beside a market index. */
export function stocksDaily(given: Readonly<Record<string, unknown>> = {}): FeatureSet {
  const options = readOptions('stocks-daily', schema, given);
  const families = declaredOnce(() => dailyFamilies(options));
  return {
    name: 'stocks-daily',
    title: 'Stocks on daily bars, beside an index',
    symbols: [],
    bars: {
      table: 'market_data_1d',
      intervalMinutes: 1440,
      columns: ['open', 'high', 'low', 'close', 'volume'],
      partition: 'month',
      timeColumn: 'timestamp',
      symbolColumn: 'symbol',
    },
    horizonBits: 53,
    nullPolicy: 'strict',
    layout: { kind: 'rows', table: 'feature_daily', symbolColumn: 'symbol', timeColumn: 'timestamp' },
    peers: { asOfMinutes: 0 },
    parameters: [],
    get families() {
      return families();
    },
    options,
    off: [],
  };
}
