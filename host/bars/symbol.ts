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
