import { generateBars } from '../bars/synthetic.ts';
import type { Bars } from '../catalog/bars.ts';
import { besideOf } from '../catalog/roles.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { barsToMeasure } from '../engine/cost.ts';
import { peerPrograms } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';

/** Bars of a made-up market over which features are computed to be measured or shown. */
export type Market = {
  readonly symbol: string;
  readonly bars: Bars;
  /** The first row that counts; those before it are history. */
  readonly firstRow: number;
  /** Bars of the other symbols that are read, by symbol. */
  readonly peers: Readonly<Record<string, Bars>>;
};

/** The month before is whole, so that models that are fitted to it have what they need. */
const months = { from: '2024-06', to: '2024-07' };
const firstTime = Date.UTC(2024, 6, 1) * 1000;

const join = (parts: readonly Float64Array[]): Float64Array => {
  const joined = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

function endToEnd(parts: readonly Bars[]): Bars {
  const names = Object.keys(parts[0]!.columns) as (keyof Bars['columns'])[];
  const columns = names.map(name => [name, join(parts.map(bars => bars.columns[name]!))]);
  return { time: join(parts.map(({ time }) => time)), columns: Object.fromEntries(columns) };
}

/** Bars of each symbol over the months, as minute bars. */
function made(symbols: readonly string[]): ReadonlyMap<string, Bars> {
  const all = [...generateBars({ seed: 1, pairs: symbols, ...months })];
  const bySymbol = Map.groupBy(all, ({ symbol }) => symbol);
  return new Map([...bySymbol].map(([symbol, own]) => [symbol, endToEnd(own.map(({ bars }) => bars))]));
}

/**
 * What plans of a set need to be computed for one symbol of it over a month of minute bars, and as many of others as there
 * are in a month that are of minutes. `rows` asks for fewer.
 */
export function market(set: FeatureSet, plans: readonly Plan[], rows = Number.POSITIVE_INFINITY): Market {
  const minutes = set.bars.intervalMinutes;
  const symbol = set.symbols.length > 0 ? 'eurusd' : 'aapl';
  const read = plans.flatMap(plan => peerPrograms(plan, besideOf(set, symbol)).map(peer => peer.symbol));
  const all = made([...new Set([symbol, ...read])]);
  const others = [...all].filter(([name]) => name !== symbol);
  const own = all.get(symbol)!;
  const monthStart = own.time.findIndex(time => time >= firstTime);
  const counted = Math.min(rows, own.time.length - monthStart);
  if (minutes === 1) {
    const bars = firstRows(own, monthStart + counted);
    return { symbol, bars, firstRow: monthStart, peers: Object.fromEntries(others) };
  }
  const firstRow = Math.max(...plans.map(({ lookback }) => lookback)) - 1;
  const length = firstRow + counted;
  const stretched = barsToMeasure(own, length, minutes);
  // others have bars at the same times
  const beside = others.map(([name, theirs]) => [
    name,
    { time: stretched.time, columns: barsToMeasure(theirs, length, minutes).columns },
  ]);
  return { symbol, bars: stretched, firstRow, peers: Object.fromEntries(beside) };
}

/** The first so many rows of bars. */
function firstRows({ time, columns }: Bars, rows: number): Bars {
  const cut = Object.entries(columns).map(([name, plane]) => [name, plane.subarray(0, rows)]);
  return { time: time.subarray(0, rows), columns: Object.fromEntries(cut) };
}
