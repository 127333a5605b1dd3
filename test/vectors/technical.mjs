// Writes technical_bars.csv and technical_features.csv.gz beside this file: made-up bars, and what other libraries make of
// them. Seeded recursions (exponential and Wilder's means) have forgotten their seed in the rows that are written.
//
//   npm install --prefix FOLDER talib-web@0.1.3 trading-signals@8.3.0 technicalindicators@3.1.0
//   node test/vectors/technical.mjs FOLDER
//
// talib-web is TA-Lib in C, compiled to WebAssembly. Where a library has no such indicator, its primitives (MAX, SMA,
// EMA, SUM, MOM, LN, VAR) are put together here.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { generateBars } from '../../host/bars/synthetic.ts';

const rows = 2_400;
/** All seeds weigh less than 1e-30 here. */
const first = 1_900;

const libraries = createRequire(`${process.argv[2]}/`);
const signals = libraries('trading-signals');
const { fibonacciretracement } = libraries('technicalindicators');
const talib = libraries('talib-web');
const wasm = readFileSync(libraries.resolve('talib-web').replace('index.cjs.js', 'talib.wasm'));
// it asks for an address also where there are only files
globalThis.fetch = async () => new Response(wasm, { headers: { 'content-type': 'application/wasm' } });
await talib.init('https://localhost/talib.wasm');

/** One output of a function of TA-Lib in the rows of its input; `lookback` rows at the start have none. */
function ta(name, lookback, params, output = 'output') {
  const found = talib[name](params)[output];
  // the package asks for one row more than there is: what follows the last row is not from the input
  return Array.from({ length: rows }, (_, row) => (row < lookback ? NaN : found[row - lookback]));
}

/** An indicator of trading-signals over inputs made by row; `pick` takes a number from its result. */
function over(indicator, inputOf, pick = result => result) {
  return Array.from({ length: rows }, (_, row) => {
    const result = indicator.update(inputOf(row), false);
    return result === null ? NaN : pick(result, row);
  });
}

const zip = (of, ...series) => Array.from({ length: rows }, (_, row) => of(...series.map(x => x[row])));
const before = (x, lag) => x.map((_, row) => x[row - lag] ?? NaN);
const known = x => x.map(value => (Number.isNaN(value) ? 0 : value));
const of14 = { timePeriod: 14 };

const max = (x, n) => ta('MAX', n - 1, { inReal: x, timePeriod: n });
const min = (x, n) => ta('MIN', n - 1, { inReal: x, timePeriod: n });
// seeds stand where the input has none
const ema = (x, n) => ta('EMA', n - 1, { inReal: known(x), timePeriod: n });
const sma = (x, n) => ta('SMA', n - 1, { inReal: known(x), timePeriod: n });
const sum = (x, n) => ta('SUM', n - 1, { inReal: known(x), timePeriod: n });
const momentum = (x, n) => ta('MOM', n, { inReal: x, timePeriod: n });

/** With divisor n - 1; TA-Lib has n. */
const deviation = (x, n) =>
  ta('VAR', n - 1, { inReal: x, timePeriod: n }).map(variance => Math.sqrt((variance * n) / (n - 1)));

/** What both domains have: `bar` is the bar, `reach` what extremes are taken of, `x` the level. */
function indicators({ x, reach, bar, volume }) {
  const candle = row => ({
    high: bar.high[row],
    low: bar.low[row],
    close: bar.close[row],
    volume: volume[row],
  });
  const macd = { inReal: x, fastPeriod: 12, slowPeriod: 26, signalPeriod: 9 };
  // the package loses %K, but a %D over one row is the same
  const stochastic = { ...reach, fastK_Period: 14, fastD_MAType: 0 };
  return {
    w14_rsi: ta('RSI', 14, { inReal: x, timePeriod: 14 }),
    w21_rsi: ta('RSI', 21, { inReal: x, timePeriod: 21 }),
    w26_macd_line: ta('MACD', 33, macd, 'MACD'),
    w26_macd_signal: ta('MACD', 33, macd, 'MACDSignal'),
    w26_macd_histogram: ta('MACD', 33, macd, 'MACDHist'),
    w14_stoch_k: ta('STOCHF', 13, { ...stochastic, fastD_Period: 1 }, 'fastD'),
    w14_stoch_d: ta('STOCHF', 15, { ...stochastic, fastD_Period: 3 }, 'fastD'),
    w20_cci: ta('CCI', 19, { ...reach, timePeriod: 20 }),
    w14_williams_r: ta('WILLR', 13, { ...reach, ...of14 }),
    w14_adx: ta('ADX', 27, { ...reach, ...of14 }),
    w14_plus_di: ta('PLUS_DI', 14, { ...reach, ...of14 }),
    w14_minus_di: ta('MINUS_DI', 14, { ...reach, ...of14 }),
    w10_momentum: momentum(x, 10),
    w20_momentum: momentum(x, 20),
    w28_ultimate_oscillator: ta('ULTOSC', 28, { ...reach, timePeriod1: 7, timePeriod2: 14, timePeriod3: 28 }),
    w34_awesome_oscillator: over(new signals.AO(5, 34), row => ({
      high: reach.high[row],
      low: reach.low[row],
    })),
    w10_chaikin_volatility: over(new signals.CVI(10), candle),
    w20_donchian_position: over(
      new signals.DonchianChannels(20),
      row => ({ high: reach.high[row], low: reach.low[row] }),
      ({ lower, upper }, row) => (x[row] - lower) / (upper - lower),
    ),
    w14_vortex_plus: over(new signals.VortexIndicator(14), candle, ({ plus }) => plus),
    w14_vortex_minus: over(new signals.VortexIndicator(14), candle, ({ minus }) => minus),
    w25_mass_index: over(new signals.MassIndex(25), candle),
    w20_cmf: over(new signals.CMF(20), candle),
  };
}

function rateOnly({ x, reach, bar, volume }) {
  const returns = ta('LN', 0, { inReal: ta('ROCR', 1, { inReal: x, timePeriod: 1 }).with(0, 1) });
  const peak = max(x, 14);
  const drawdown = zip((value, top) => 100 * (value / top - 1), x, peak);
  return {
    w12_roc: ta('ROC', 12, { inReal: x, timePeriod: 12 }),
    w14_atr: ta('ATR', 14, { ...bar, ...of14 }),
    w14_atr_pct: ta('NATR', 14, { ...bar, ...of14 }),
    w15_trix: ta('TRIX', 43, { inReal: x, timePeriod: 15 }),
    w20_historical_volatility: deviation(returns, 20),
    w20_keltner_position: over(
      new signals.KeltnerChannels({ atrInterval: 20, emaInterval: 20, multiplier: 2 }),
      row => ({ high: bar.high[row], low: bar.low[row], close: bar.close[row] }),
      ({ lower, upper }, row) => (x[row] - lower) / (upper - lower),
    ),
    w14_ulcer_index: sma(
      zip(value => value * value, drawdown),
      14,
    ).map(Math.sqrt),
    w14_mfi: ta('MFI', 14, { ...reach, volume, ...of14 }),
  };
}

function momentumOnly({ x, bar, volume }) {
  const change = momentum(x, 1);
  const size = change.map(Math.abs);
  const atr = sma(size, 14);
  const triple = ema(ema(ema(x, 15), 15), 15);
  const width = sma(
    zip((high, low) => high - low, bar.high, bar.low),
    20,
  );
  const inflow = sum(
    zip((v, d) => v * Math.max(d, 0), volume, change),
    14,
  );
  const outflow = sum(
    zip((v, d) => v * Math.max(-d, 0), volume, change),
    14,
  );
  return {
    w12_roc: zip((d, past) => (100 * d) / Math.abs(past), momentum(x, 12), before(x, 12)),
    w14_atr: atr,
    w14_atr_pct: zip((range, mean) => (100 * range) / mean, atr, sma(x.map(Math.abs), 14)),
    w15_trix: momentum(triple, 1),
    w20_historical_volatility: deviation(known(change), 20),
    w20_keltner_position: zip((value, mean, w) => (value - mean + 2 * w) / (4 * w), x, ema(x, 20), width),
    w14_ulcer_index: sma(
      zip((value, top) => (value - top) ** 2, x, max(x, 14)),
      14,
    ).map(Math.sqrt),
    w14_mfi: zip((ups, downs) => 100 - 100 / (1 + ups / downs), inflow, outflow),
  };
}

function levels({ x, reach }) {
  const [top, bottom] = [max(reach.high, 100), min(reach.low, 100)];
  // the function has 0 in place of negative levels
  const down = zip(
    (low, high) => fibonacciretracement(low + 1, high + 1).map(level => level - 1),
    bottom,
    top,
  );
  const up = zip((low, high) => fibonacciretracement(high + 1, low + 1).map(level => level - 1), bottom, top);
  const level = (of, index) => of.map(values => values[index]);
  return {
    w100_fib_ret_236: level(down, 1),
    w100_fib_ret_382: level(down, 2),
    w100_fib_ret_500: level(down, 3),
    w100_fib_ret_618: level(down, 4),
    w100_fib_ret_786: level(down, 5),
    w100_fib_ext_1272: level(up, 7),
    w100_fib_ext_1618: level(up, 8),
    w100_fib_range_high: top,
    w100_fib_range_low: bottom,
    w100_fib_grid_position: zip((value, low, high) => (value - low) / (high - low), x, bottom, top),
  };
}

const [{ bars }] = generateBars({ seed: 14, pairs: ['gbpusd'], from: '2024-07', to: '2024-07' });
const raw = Object.fromEntries(
  ['open', 'high', 'low', 'close', 'volume'].map(name => [name, [...bars.columns[name].slice(0, rows)]]),
);
const index = price => price.map(value => (100 * value) / raw.close[0]);
const bar = { high: index(raw.high), low: index(raw.low), close: index(raw.close) };
const rate = { x: bar.close, reach: bar, bar, volume: raw.volume };

const past = (x, row, n) => x.slice(row - n + 1, row + 1);
const level = bar.close.map((value, row) =>
  row < 15 ? 0 : past(bar.close, row - 1, 15).reduce((total, then) => total + (then - value), 0) / value,
);
const pseudo = {
  high: level.map((_, row) => Math.max(...past(level, row, Math.min(5, row + 1)))),
  low: level.map((_, row) => Math.min(...past(level, row, Math.min(5, row + 1)))),
  close: level,
};
const rowwise = { high: level, low: level, close: level };
const bqx = { x: level, reach: rowwise, bar: pseudo, volume: raw.volume };

const families = {
  technical_rate: { ...indicators(rate), ...rateOnly(rate) },
  technical_bqx: { ...indicators(bqx), ...momentumOnly(bqx) },
  fibonacci_rate: levels(rate),
  fibonacci_bqx: levels(bqx),
};
const columns = Object.entries(families).flatMap(([family, features]) =>
  Object.entries(features).map(([name, values]) => [`${family}.${name}`, values]),
);

const here = name => new URL(name, import.meta.url);
const table = (names, lineOf) =>
  `${[names.join(','), ...Array.from({ length: rows }, (_, row) => lineOf(row).join(','))].join('\n')}\n`;
const time = row => new Date(bars.time[row] / 1000).toISOString().slice(0, 19).replace('T', ' ');
writeFileSync(
  here('technical_bars.csv'),
  table(['ts_utc', ...Object.keys(raw)], row => [
    time(row),
    ...Object.values(raw).map(values => values[row]),
  ]),
);
const cell = value => (Number.isNaN(value) ? '' : String(Number(value.toPrecision(13))));
const text = table(
  columns.map(([name]) => name),
  row => columns.map(([, values]) => (row < first ? '' : cell(values[row]))),
);
writeFileSync(here('technical_features.csv.gz'), gzipSync(text, { level: 9 }));
