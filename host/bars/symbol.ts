import { basename } from 'node:path';
import { WindrowError } from '../errors.ts';

/** What is known of currencies: a long-run value in US dollars, which the synthetic market moves around. */
export const currencies: Readonly<Record<string, number>> = {
  usd: 1,
  eur: 1.09,
  gbp: 1.27,
  aud: 0.66,
  nzd: 0.61,
  cad: 0.735,
  chf: 1.12,
  jpy: 0.0067,
  sek: 0.095,
  nok: 0.094,
  dkk: 0.146,
  pln: 0.25,
  huf: 0.0028,
  czk: 0.043,
  try: 0.031,
  zar: 0.054,
  mxn: 0.055,
  brl: 0.19,
  sgd: 0.745,
  hkd: 0.128,
  cnh: 0.138,
  cny: 0.138,
  inr: 0.012,
  krw: 0.00073,
  thb: 0.028,
  ils: 0.27,
  xau: 2300,
  xag: 28,
};

export type Pair = { readonly base: string; readonly quote: string };

/** Base and quote of a currency pair such as "eurusd"; undefined for any other symbol. */
export const splitPair = (symbol: string): Pair | undefined => {
  if (symbol.length !== 6) return undefined;
  const base = symbol.slice(0, 3);
  const quote = symbol.slice(3);
  return base !== quote && Object.hasOwn(currencies, base) && Object.hasOwn(currencies, quote)
    ? { base, quote }
    : undefined;
};

/** Smallest price step of a symbol: 0.001 where the quote is yen or forint, 0.00001 for other pairs; else undefined. */
export const pointSize = (symbol: string): number | undefined => {
  const pair = splitPair(symbol);
  if (!pair) return undefined;
  if (pair.base === 'xau') return 0.01;
  return pair.base === 'xag' || ['jpy', 'huf', 'krw'].includes(pair.quote) ? 0.001 : 0.00001;
};

/** Words of export file names that are no symbols: sources, prices, bar lengths. */
const noise = new Set(
  (
    'dat ascii mt mt4 mt5 m1 m5 m15 m30 h1 h4 d1 w1 mn1 daily hourly minute minutes intraday weekly candlestick candles ' +
    'klines kline bars bar ohlc ohlcv quotes quote bid ask mid spot forex fx fxcm oanda lean histdata dukascopy yahoo ' +
    'binance metatrader alphavantage stock stocks data history historical export sample test min hour day adjusted full ' +
    'compact utc gmt csv txt gz'
  ).split(' '),
);

const isNoise = (token: string): boolean => noise.has(token) || /^\d/.test(token);

/** Lower-case symbol without the marks that sources put around it: "EUR/USD" and "EUR_USD" are "eurusd", "^GSPC" is "gspc". */
export const normaliseSymbol = (text: string): string => {
  const trimmed = text
    .trim()
    .toLowerCase()
    .replace(/^[\^$#]/, '');
  const joined = trimmed.replace(/[^a-z0-9]/g, '');
  const symbol = splitPair(joined) ? joined : trimmed.replace(/[/\s]/g, '');
  if (!/^[a-z0-9][a-z0-9._-]{0,39}$/.test(symbol)) throw new WindrowError('WR_SYMBOL_FORM', { symbol: text });
  return symbol;
};

/** Why the words of a file's name do not say its symbol, and the word to pass where only one can be meant. */
function unnamed(all: readonly string[], words: readonly string[]): { why: string; meant: string } {
  const quoted = (list: readonly string[]): string => list.map(word => `"${word}"`).join(' or ');
  if (words.length > 1) return { why: `it may be ${quoted(words)}`, meant: '' };
  const doubtful = all.filter(word => !/^\d/.test(word));
  if (doubtful.length === 0) return { why: 'no word in it can be a symbol', meant: '' };
  const why = `${quoted(doubtful)} may just as well be a source, a kind of price or the length of a bar`;
  return { why, meant: doubtful.length === 1 ? ` ${doubtful[0]}` : '' };
}

/**
 * The symbol in a file's name: what the pattern finds; else a currency pair, with or without a mark between its
 * currencies; else the only word that is no source, price, bar length or date.
 */
export const symbolOfFile = (file: string, pattern?: RegExp | string): string => {
  const name = basename(file);
  if (pattern !== undefined) {
    const match = new RegExp(pattern).exec(name);
    const found = match?.groups?.symbol ?? match?.[1] ?? match?.[0];
    if (!found) throw new WindrowError('WR_SYMBOL_UNNAMED', { file, why: 'the pattern finds nothing in it' });
    return normaliseSymbol(found);
  }
  const stem = name.toLowerCase().replace(/(\.(csv|txt|tsv|gz|prn))+$/, '');
  for (const match of stem.matchAll(/(?<![a-z])([a-z]{3})[-_/. ]?([a-z]{3})(?![a-z])/g)) {
    if (splitPair(`${match[1]}${match[2]}`)) return `${match[1]}${match[2]}`;
  }
  const whole = stem.replace(/^[\^$#]/, '');
  if (/^[a-z0-9.-]+$/.test(whole) && /^[a-z]/.test(whole) && !/-\d/.test(whole) && !isNoise(whole))
    return normaliseSymbol(whole);
  const all = [...new Set(stem.split(/[^a-z0-9.]+/).filter(Boolean))];
  const words = all.filter(word => !isNoise(word));
  if (words.length !== 1) throw new WindrowError('WR_SYMBOL_UNNAMED', { file, ...unnamed(all, words) });
  return normaliseSymbol(words[0] as string);
};
