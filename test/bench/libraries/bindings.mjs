// Bindings of the C libraries as users of npm meet them: arrays of numbers in, arrays of numbers out. program.mjs says how
// it is run.
import { createRequire } from 'node:module';
import { bars, main, planeOf, versionOf } from './program.mjs';

const require = createRequire(import.meta.url);
const [high, low, close, first, second] = ['high', 'low', 'close', 'first', 'second'].map(name =>
  Array.from(bars[name]),
);

/** Kinds whose one call has several results. */
const several = new Set(['macd', 'bbands', 'stoch']);

const libraries = {
  async 'talib-binding'() {
    const ta = require('talib-binding');
    const kinds = {
      sum: n => ta.SUM(close, n),
      mean: n => ta.SMA(close, n),
      sd: n => ta.STDDEV(close, n, 1),
      max: n => ta.MAX(close, n),
      min: n => ta.MIN(close, n),
      ema: n => ta.EMA(close, n),
      slope: n => ta.LINEARREG_SLOPE(close, n),
      corr: n => ta.CORREL(first, second, n),
      rsi: n => ta.RSI(close, n),
      atr: n => ta.ATR(high, low, close, n),
      adx: n => ta.ADX(high, low, close, n),
      macd: () => ta.MACD(close, 12, 26, 9),
      bbands: () => ta.BBANDS(close, 20, 2, 2),
      stoch: () => ta.STOCHF(high, low, close, 14, 3),
    };
    return {
      version: versionOf('talib-binding'),
      prepare: (kind, own) => kinds[kind] && (() => own.map(n => kinds[kind](n))),
      planes: (results, kind) => (several.has(kind) ? results[0] : results).map(planeOf),
    };
  },
  async tulind() {
    const { indicators } = require('tulind');
    const of = (name, inputs, options) => indicators[name].indicator(inputs, options);
    const kinds = {
      sum: n => of('sum', [close], [n]),
      mean: n => of('sma', [close], [n]),
      sd: n => of('stddev', [close], [n]),
      max: n => of('max', [close], [n]),
      min: n => of('min', [close], [n]),
      ema: n => of('ema', [close], [n]),
      slope: n => of('linregslope', [close], [n]),
      rsi: n => of('rsi', [close], [n]),
      atr: n => of('atr', [high, low, close], [n]),
      adx: n => of('adx', [high, low, close], [n]),
      macd: () => of('macd', [close], [12, 26, 9]),
      bbands: () => of('bbands', [close], [20, 2]),
      stoch: () => of('stoch', [high, low, close], [14, 1, 3]),
    };
    return {
      version: versionOf('tulind'),
      prepare: (kind, own) => kinds[kind] && (() => Promise.all(own.map(n => kinds[kind](n)))),
      planes(results, kind) {
        const found = several.has(kind) ? results[0] : results.map(([plane]) => plane);
        // lower, middle, upper
        return (kind === 'bbands' ? found.toReversed() : found).map(planeOf);
      },
    };
  },
};

await main(libraries);
