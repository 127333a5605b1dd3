// Packages of npm: each case of cases.ts that they have, over the bars of a file, several times.
//
//   node packages.mjs LIBRARY ROUNDS BARS RESULTS CASE...
//
// Reads and writes what native.c does. Bars are handed over in the form that the package likes best, once, outside the
// times; what it gives back is taken as it comes.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [library, rounds, barsPath, resultsPath, ...names] = process.argv.slice(2);
const windows = [15, 30, 45, 60, 75];

function readBars(path) {
  const { buffer } = new Uint8Array(readFileSync(path));
  const rows = Number(new BigInt64Array(buffer, 0, 1)[0]);
  const plane = i => new Float64Array(buffer, 8 + i * rows * 8, rows);
  const [open, high, low, close, volume] = [0, 1, 2, 3, 4].map(plane);
  return { rows, open, high, low, close, volume };
}

const bars = readBars(barsPath);
const require = createRequire(import.meta.url);
const versionOf = name =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

/** Values as a plane: those that are missing at the beginning are NaN. */
function planeOf(values) {
  const plane = new Float64Array(bars.rows).fill(NaN);
  const first = bars.rows - values.length;
  for (let i = 0; i < values.length; i++) plane[first + i] = values[i] ?? NaN;
  return plane;
}

/** Each library: what runs a case, or nothing where it has none; and how its results become planes. */
const libraries = {
  async polars() {
    const pl = require('nodejs-polars');
    const columns = ['open', 'high', 'low', 'close', 'volume'];
    const frame = pl.DataFrame(Object.fromEntries(columns.map(name => [name, bars[name]])));
    const close = pl.col('close');
    const kinds = {
      sum: n => close.rollingSum({ windowSize: n }),
      mean: n => close.rollingMean({ windowSize: n }),
      sd: n => close.rollingStd({ windowSize: n, ddof: 0 }),
      max: n => close.rollingMax({ windowSize: n }),
      min: n => close.rollingMin({ windowSize: n }),
      median: n => close.rollingMedian({ windowSize: n }),
      skew: n => close.rollingSkew(n),
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
    await connection.run('create table bars (row integer, open double, close double)');
    const appender = await connection.createAppender('bars');
    for (let i = 0; i < bars.rows; i++) {
      appender.appendInteger(i);
      appender.appendDouble(bars.open[i]);
      appender.appendDouble(bars.close[i]);
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
      corr: 'corr(close, open)',
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

const { version, prepare, planes } = await libraries[library]();
const cases = {};
const written = [];
for (const name of names) {
  const [kind, of] = name.split(' ');
  const run = prepare(kind, of === 'set' ? windows : [Number(of)]);
  if (!run) continue;
  const result = await run();
  const times = [];
  for (let round = 0; round < Number(rounds); round++) {
    const start = performance.now();
    await run();
    times.push(((performance.now() - start) * 1e6) / bars.rows);
  }
  times.sort((a, b) => a - b);
  const found = await planes(result, kind);
  cases[name] = { ns: times[times.length >> 1], planes: found.length };
  for (const plane of found) written.push(Buffer.from(plane.buffer));
}
writeFileSync(resultsPath, Buffer.concat(written));
console.log(JSON.stringify({ version, cases }));
