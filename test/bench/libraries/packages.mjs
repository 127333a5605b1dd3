// Packages of npm without a compiler: each case of cases.ts that they have. Bars are handed over in the form that the
// package likes best, once, outside the times; what it gives back is taken as it comes. program.mjs says how it is run.
import { createRequire } from 'node:module';
import { bars, main, planeOf, versionOf } from './program.mjs';

const require = createRequire(import.meta.url);

/** Each library: what runs a case, or nothing where it has none; and how its results become planes. */
const libraries = {
  async polars() {
    const pl = require('nodejs-polars');
    const columns = ['close', 'first'];
    const frame = pl.DataFrame(Object.fromEntries(columns.map(name => [name, bars[name]])));
    const close = pl.col('close');
    const kinds = {
      sum: n => close.rollingSum({ windowSize: n }),
      mean: n => close.rollingMean({ windowSize: n }),
      sd: n => close.rollingStd({ windowSize: n, ddof: 0 }),
      max: n => close.rollingMax({ windowSize: n }),
      min: n => close.rollingMin({ windowSize: n }),
      median: n => close.rollingMedian({ windowSize: n }),
      skew: n => pl.col('first').rollingSkew(n),
      ema: n => close.ewmMean(2 / (n + 1), false, 1),
    };
    return {
      version: versionOf('nodejs-polars'),
      prepare(kind, own) {
        const of = kinds[kind];
        if (!of) return undefined;
        const exprs = own.map((n, i) => of(n).alias(`f${i}`));
        return () => frame.select(...exprs);
      },
      planes: result => result.columns.map(name => planeOf(result.getColumn(name).toArray())),
    };
  },
  async duckdb() {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    await connection.run('create table bars (row integer, close double, first double, second double)');
    const appender = await connection.createAppender('bars');
    for (let i = 0; i < bars.rows; i++) {
      appender.appendInteger(i);
      for (const name of ['close', 'first', 'second']) appender.appendDouble(bars[name][i]);
      appender.endRow();
    }
    appender.closeSync();
    const aggregates = {
      sum: 'sum(close)',
      mean: 'avg(close)',
      sd: 'stddev_pop(close)',
      max: 'max(close)',
      min: 'min(close)',
      median: 'median(close)',
      corr: 'corr(first, second)',
      skew: 'skewness(first)',
      kurt: 'kurtosis_pop(first)',
      slope: 'regr_slope(close, row)',
    };
    return {
      version: versionOf('@duckdb/node-api'),
      prepare(kind, own) {
        const of = aggregates[kind];
        if (!of) return undefined;
        const list = own.map(n => `${of} over (order by row rows ${n - 1} preceding) as f${n}`);
        // a table takes the results, so that they are not turned into values of JavaScript
        return () => connection.run(`create or replace temp table results as select ${list} from bars`);
      },
      async planes() {
        const reader = await connection.runAndReadAll('select * from results');
        return reader.getColumns().map(planeOf);
      },
    };
  },
  async technicalindicators() {
    const ti = require('technicalindicators');
    const [high, low, close] = [bars.high, bars.low, bars.close].map(plane => Array.from(plane));
    const values = close;
    const kinds = {
      mean: n => ti.SMA.calculate({ period: n, values }),
      sd: n => ti.SD.calculate({ period: n, values }),
      max: n => ti.Highest.calculate({ period: n, values }),
      min: n => ti.Lowest.calculate({ period: n, values }),
      ema: n => ti.EMA.calculate({ period: n, values }),
      rsi: n => ti.RSI.calculate({ period: n, values }),
      atr: n => ti.ATR.calculate({ period: n, high, low, close }),
      adx: n => ti.ADX.calculate({ period: n, high, low, close }),
      macd: () =>
        ti.MACD.calculate({
          ...{ values, fastPeriod: 12, slowPeriod: 26, signalPeriod: 9 },
          ...{ SimpleMAOscillator: false, SimpleMASignal: false },
        }),
      bbands: () => ti.BollingerBands.calculate({ period: 20, stdDev: 2, values }),
      stoch: () => ti.Stochastic.calculate({ period: 14, signalPeriod: 3, high, low, close }),
    };
    const parts = {
      adx: ['adx'],
      macd: ['MACD', 'signal', 'histogram'],
      bbands: ['upper', 'middle', 'lower'],
      stoch: ['k', 'd'],
    };
    return {
      version: versionOf('technicalindicators'),
      prepare: (kind, own) => kinds[kind] && (() => own.map(n => kinds[kind](n))),
      planes: (results, kind) =>
        parts[kind]
          ? parts[kind].map(part => planeOf(results[0].map(value => value[part])))
          : results.map(planeOf),
    };
  },
  async 'trading-signals'() {
    const ts = await import('trading-signals');
    const candles = Array.from({ length: bars.rows }, (_, i) => ({
      ...{ high: bars.high[i], low: bars.low[i], close: bars.close[i] },
      ...{ open: bars.open[i], volume: bars.volume[i] },
    }));
    const values = Array.from(bars.close);
    const over = (indicator, inputs) => inputs.map(input => indicator.update(input, false));
    const kinds = {
      mean: n => over(new ts.SMA(n), values),
      ema: n => over(new ts.EMA(n), values),
      rsi: n => over(new ts.RSI(n), values),
      atr: n => over(new ts.ATR(n), candles),
      adx: n => over(new ts.ADX(n), candles),
      bbands: () => over(new ts.BollingerBands(20, 2), values),
    };
    return {
      version: versionOf('trading-signals'),
      prepare: (kind, own) => kinds[kind] && (() => own.map(n => kinds[kind](n))),
      planes: (results, kind) =>
        kind === 'bbands'
          ? ['upper', 'middle', 'lower'].map(part => planeOf(results[0].map(value => value?.[part])))
          : results.map(planeOf),
    };
  },
};

await main(libraries);
