import { type Expr, named } from '../../expr.ts';
import { type Family, feature } from '../../family.ts';
import { abs, add, mul, ratio, sub } from '../../vocabulary.ts';
import type { Hourly, Terms } from './hourly.ts';
import { close, formulaOf, high, low, returns, trueRange } from './series.ts';

const terms: readonly (keyof Terms)[] = ['short', 'med', 'long'];
const bandWindow = 20;
const bandWidth = 2;
const rangeWindow = 14;
const fast = 12;
const slow = 26;
const signalLength = 9;

/** Moving averages, bands, MACD, ranges and realized volatility. */
export const trendIndicators = ({ options, rolling, realized }: Hourly): Family => {
  const { windows, volatility, minPeriods } = options;
  const average = (term: keyof Terms): Expr => named(`price_ma_${term}`, rolling.mean(close, windows[term]));
  const middle = named('bb_middle', rolling.mean(close, bandWindow));
  const sd = named('bb_sd', rolling.std(close, bandWindow));
  const band = mul(2 * bandWidth, sd);
  const macd = named('macd', sub(rolling.ema(close, fast), rolling.ema(close, slow)));
  const signal = named('macd_signal', rolling.ema(macd, signalLength));
  const atr = named('atr', rolling.mean(trueRange(minPeriods), rangeWindow));
  const top = rolling.max(high, rangeWindow);
  return {
    name: 'trend_indicators',
    title: 'Trend, bands and volatility',
    phase: 2,
    features: [
      ...terms.map(term =>
        feature(
          `price_ma_${term}`,
          formulaOf(average(term)),
          'price',
          `Mean of the close over ${windows[term]} rows.`,
        ),
      ),
      ...terms.map(term =>
        feature(
          `price_to_ma_${term}`,
          ratio(close, average(term)),
          'ratio',
          `Close relative to its mean over ${windows[term]} rows; near 1.`,
        ),
      ),
      feature(
        'ma_short_to_med',
        ratio(average('short'), average('med')),
        'ratio',
        `Mean of the close over ${windows.short} relative to that over ${windows.med} rows.`,
      ),
      feature(
        'ma_med_to_long',
        ratio(average('med'), average('long')),
        'ratio',
        `Mean of the close over ${windows.med} relative to that over ${windows.long} rows.`,
      ),
      feature(
        'bb_upper',
        add(middle, mul(bandWidth, sd)),
        'price',
        `Mean of the close over ${bandWindow} rows plus ${bandWidth} sample sd.`,
        'Bollinger 2001',
      ),
      feature(
        'bb_lower',
        sub(middle, mul(bandWidth, sd)),
        'price',
        `Mean of the close over ${bandWindow} rows minus ${bandWidth} sample sd.`,
        'Bollinger 2001',
      ),
      // (close - lower) / (upper - lower), written so that the bands' rounding cannot cancel
      feature(
        'bb_position',
        add(0.5, ratio(sub(close, middle), band)),
        'ratio',
        'Place of the close between the lower (0) and the upper band (1).',
        'Bollinger 2001',
      ),
      feature(
        'bb_squeeze',
        ratio(band, middle),
        'ratio',
        'Distance between the bands relative to the mean.',
        'Bollinger 2001',
      ),
      feature(
        'macd',
        formulaOf(macd),
        'price',
        `Exponential mean of the close over ${fast} minus that over ${slow}.`,
        'Appel 1979',
      ),
      feature(
        'macd_signal',
        formulaOf(signal),
        'price',
        `Exponential mean of macd over ${signalLength}.`,
        'Appel 1979',
      ),
      feature('macd_histogram', sub(macd, signal), 'price', 'MACD minus its signal.', 'Appel 1979'),
      feature('macd_normalized', ratio(macd, close), 'ratio', 'MACD relative to the close.', 'Appel 1979'),
      feature(
        'atr',
        formulaOf(atr),
        'price',
        `Simple mean of the true range over ${rangeWindow} rows.`,
        'Wilder 1978',
      ),
      feature('atr_normalized', ratio(atr, close), 'ratio', 'ATR relative to the close.', 'Wilder 1978'),
      feature(
        'williams_r',
        ratio(mul(100, sub(close, top)), sub(top, rolling.min(low, rangeWindow))),
        '-100..0',
        `Close below the highest high in percent of the range of ${rangeWindow} rows.`,
        'Williams 1973',
      ),
      ...terms.map(term =>
        feature(
          `realized_vol_${term}`,
          formulaOf(realized[term]),
          'ratio/day',
          `Sample sd of ${volatility[term]} returns, as of a day.`,
        ),
      ),
      feature('returns_squared', mul(returns, returns), 'ratio^2', 'Square of the return.'),
      feature(
        'vol_ratio_short_med',
        ratio(realized.short, realized.med),
        'ratio',
        `Volatility over ${volatility.short} relative to that over ${volatility.med} returns.`,
      ),
      feature(
        'vol_ratio_med_long',
        ratio(realized.med, realized.long),
        'ratio',
        `Volatility over ${volatility.med} relative to that over ${volatility.long} returns.`,
      ),
      feature('returns_abs', abs(returns), 'ratio', 'Size of the return.'),
    ],
  };
};
