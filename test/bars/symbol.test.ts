import { describe, expect, it } from 'vitest';
import { normaliseSymbol, pointSize, splitPair, symbolOfFile } from '../../host/bars/symbol.ts';

describe('symbolOfFile', () => {
  const names: readonly (readonly [string, string])[] = [
    ['EURUSD.csv', 'eurusd'],
    ['data/EURUSD.csv.gz', 'eurusd'],
    ['EURUSD1.csv', 'eurusd'],
    ['EUR-USD_m1.csv', 'eurusd'],
    ['eur_usd.txt', 'eurusd'],
    ['lean_oanda_EURUSD.csv.gz', 'eurusd'],
    ['fxcm_GBPUSD_201202.csv.gz', 'gbpusd'],
    ['DAT_MT_USDJPY_M1_2019.csv', 'usdjpy'],
    ['XAUUSD_Candlestick_1_M_BID_01.01.2024-31.01.2024.csv', 'xauusd'],
    ['SPXUSD.csv.gz', 'spxusd'],
    ['BTCUSDT-1m-2024-01.csv', 'btcusdt'],
    ['AAPL.csv', 'aapl'],
    ['V.csv.gz', 'v'],
    ['BRK-B.csv', 'brk-b'],
    ['BRK.B.csv', 'brk.b'],
    ['^GSPC.csv', 'gspc'],
    ['intraday_5min_IBM.csv', 'ibm'],
  ];
  for (const [file, symbol] of names)
    it(`finds ${symbol} in ${file}`, () => expect(symbolOfFile(file)).toBe(symbol));

  it('uses a pattern: its group named symbol, its first group, or all that it matches', () => {
    expect(symbolOfFile('x-acme-2024.csv', /(\d+)|x-(?<symbol>[a-z]+)/)).toBe('acme');
    expect(symbolOfFile('x-acme-2024.csv', 'x-([a-z]+)')).toBe('acme');
    expect(symbolOfFile('ACME_2024.csv', '^[A-Z]+')).toBe('acme');
  });

  it('says so when a name holds no symbol or several', () => {
    const doubtful = 'may just as well be a source, a kind of price or the length of a bar';
    const reasons: [file: string, why: string][] = [
      ['daily.csv', `"daily" ${doubtful}`],
      ['2024.csv', 'no word in it can be a symbol'],
      ['acme_globex.csv', 'it may be "acme" or "globex"'],
      // tickers that are words of file names too
      ...['spot', 'mt', 'day', 'test', 'min', 'fx'].map((word): [string, string] => [
        `${word.toUpperCase()}.csv.gz`,
        `"${word}" ${doubtful}`,
      ]),
      ['SPOT_1h.csv', `"spot" ${doubtful}`],
      ['fx_day.csv', `"fx" or "day" ${doubtful}`],
    ];
    for (const [file, why] of reasons)
      expect(() => symbolOfFile(file)).toThrow(
        `the name of file "${file}" does not say which symbol it holds: ${why}`,
      );
    expect(() => symbolOfFile('SPOT.csv')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--symbol spot, or --symbol-pattern') }),
    );
    expect(symbolOfFile('SPOT.csv.gz', '^([A-Z]+)')).toBe('spot');
  });
});

describe('symbols', () => {
  it('are lower case and without marks', () => {
    expect(['EUR/USD', 'eur_usd', ' GBPUSD ', '^GSPC', 'BRK.B'].map(normaliseSymbol)).toEqual([
      'eurusd',
      'eurusd',
      'gbpusd',
      'gspc',
      'brk.b',
    ]);
  });

  it('are pairs when both halves are currencies', () => {
    expect(splitPair('eurusd')).toEqual({ base: 'eur', quote: 'usd' });
    for (const symbol of ['usdusd', 'spxusd', 'googl', 'eurusdx']) expect(splitPair(symbol)).toBeUndefined();
  });

  it('have points of the size of their quote', () => {
    expect(['eurusd', 'usdjpy', 'xauusd', 'xagusd', 'aapl'].map(pointSize)).toEqual([
      1e-5,
      1e-3,
      0.01,
      1e-3,
      undefined,
    ]);
  });
});
