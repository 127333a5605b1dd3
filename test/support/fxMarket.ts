import type { Bars } from '../../host/catalog/bars.ts';
import { type Draw, draws } from './draws.ts';
import { pairNames } from './naive/others.ts';
import { hasRealBars, realBars } from './realBars.ts';
import { barsOf, minutes, walk } from './shapes.ts';

/** Bars of pairs that belong together, by symbol. */
export type FxMarket = {
  readonly name: string;
  readonly bars: Readonly<Record<string, Bars>>;
  readonly parameters: Readonly<Record<string, { readonly baseline: number; readonly pip: number }>>;
};

/** What a unit of each currency is worth at first. */
const worth: Readonly<Record<string, number>> = {
  aud: 0.66,
  cad: 0.73,
  chf: 1.11,
  eur: 1.09,
  gbp: 1.27,
  jpy: 0.0062,
  nzd: 0.61,
  usd: 1,
};

/** Thursday 2024-06-27 20:00 UTC: the market closes for the weekend after 1,560 minutes. */
const start = Date.UTC(2024, 5, 27, 20) * 1000;

/** Row of the first minute after it: dollar pairs have it, or there would be no relation of them for a day. */
const opening = 1_560;

/** Minutes that a pair has no bar of: every row of the grid is asked once, in order. */
type Gaps = (row: number) => boolean;

/** Now and then a minute is missing, less often a few: what stands beside it is then some minutes old. */
const someMissing = ({ uniform }: Draw, longest: number): Gaps => {
  let left = 0;
  // Below 0 a minute that is there: gaps next to one another would be longer than `longest`.
  return () => {
    if (left === 0 && uniform() < 0.012) left = 1 + Math.floor(longest * uniform() ** 3);
    if (left === 0) return false;
    left = left > 1 ? left - 1 : left === 1 ? -1 : 0;
    return left !== 0;
  };
};

const within = (row: number, from: number, count: number): boolean => row >= from && row < from + count;

/** Besides: one pair lacks just as many minutes as are allowed and one more, one begins late. */
const gapsOf = (draw: Draw, symbol: string): Gaps => {
  const some = someMissing(draw, 4);
  // Five missing minutes leave a newest bar of exactly five minutes ago, six one too old.
  if (symbol === 'nzdusd')
    return row => within(row, 100, 5) || within(row, 160, 6) || (row > 200 && some(row));
  if (symbol === 'audnzd') return someMissing(draw, 12);
  if (symbol === 'cadchf') return row => row < 400;
  if (symbol === 'eurjpy') return row => within(row, 300, 40) || within(row, 1_000, 9);
  return some;
};

/** What is done to the market: see `fxMarkets`. */
type Kind = {
  readonly name: string;
  readonly rows: number;
  /** Relative size of a step of a currency in a row. */
  readonly step: (row: number) => number;
  /** Noise of a pair beside the ratio of its currencies. */
  readonly noise: number;
  /** Ticks to a millionth part of the first price: 0 for none. */
  readonly tick: number;
  readonly nulls: number;
  readonly missing: readonly string[];
};

const pairMarket = (kind: Kind, seed: number): FxMarket => {
  const draw = draws(seed);
  const paths = Object.fromEntries(
    Object.entries(worth).map(([currency, first]) => {
      let value = first;
      const path = Array.from({ length: kind.rows }, (_, row) => {
        value *= 1 + kind.step(row) * draw.normal() * (currency === 'usd' ? 0.2 : 1);
        return value;
      });
      return [currency, path];
    }),
  );
  const bars: Record<string, Bars> = {};
  const parameters: Record<string, { baseline: number; pip: number }> = {};
  for (const symbol of pairNames) {
    if (kind.missing.includes(symbol)) continue;
    const [base, quote] = [paths[symbol.slice(0, 3)]!, paths[symbol.slice(3)]!];
    const size = base[0]! / quote[0]!;
    const isMissing = gapsOf(draw, symbol);
    const rows: number[] = [];
    for (let row = 0; row < kind.rows; row++)
      if (!isMissing(row) || (row === opening && symbol.includes('usd'))) rows.push(row);
    const grid = minutes(kind.rows, () => true, start);
    // One pair stands still for hours.
    const still =
      symbol === 'eurchf' ? (row: number) => (within(row, 500, 200) ? 500 : row) : (row: number) => row;
    const mid = (i: number): number => {
      const row = still(rows[i]!);
      const exact = base[row]! / quote[row]!;
      return row === rows[i]! ? exact * (1 + kind.noise * draw.normal()) : exact;
    };
    const made = barsOf(
      draw,
      walk(draw, rows.length, size, 1e-4 * size, {
        time: Float64Array.from(rows, row => grid[row]!),
        mid,
        tick: kind.tick * size,
        spread: () => 1e-4 * size * (kind.tick > 0 ? 1 + Math.floor(3 * draw.uniform()) : 1 + draw.uniform()),
      }),
    );
    for (const values of Object.values(made.columns) as Float64Array[])
      for (let i = 60; i < values.length; i++) if (draw.uniform() < kind.nulls) values[i] = Number.NaN;
    bars[symbol] = made;
    parameters[symbol] = { baseline: size * 1.01, pip: symbol.endsWith('jpy') ? 0.01 : 0.0001 };
  }
  return { name: `${kind.name}, seed ${seed}`, bars, parameters };
};

/** Livelier now and then, so that there is more than one regime. */
const lively = (row: number): number => 1.5e-4 * (within(row % 700, 500, 120) ? 3 : 1);
const standing = (row: number): number => (within(row % 400, 250, 110) ? 0 : lively(row));

/**
 * Pairs of eight currencies that walk, so that triangles hold up to noise; ragged, and one pair is missing. Prices of
 * the second come in coarse steps and stand still for hours, those of the third have holes.
 */
export const fxMarkets = (seed: number): readonly FxMarket[] =>
  [
    { name: 'pairs', rows: 2_100, step: lively, noise: 2e-6, tick: 0, nulls: 0, missing: ['gbpchf'] },
    {
      name: 'ties',
      rows: 1_800,
      step: standing,
      noise: 0,
      tick: 2e-4,
      nulls: 0,
      missing: ['eurgbp', 'nzdcad'],
    },
    { name: 'holes', rows: 1_900, step: lively, noise: 1e-5, tick: 1e-5, nulls: 3e-4, missing: ['usdcad'] },
  ].map(kind => pairMarket(kind, seed));

const pipOf = (symbol: string): number => (symbol.endsWith('jpy') ? 0.01 : 0.0001);

/** Files of a folder under ../shared/data, by pair; empty where there are none. */
const realMarket = (folder: string, symbols: readonly string[], rows: number, skip = 0): FxMarket => {
  const bars = Object.fromEntries(
    symbols.map(symbol => [symbol, realBars(`${folder}/${symbol.toUpperCase()}.csv.gz`, rows, skip)]),
  );
  const parameters = Object.fromEntries(
    symbols.map(symbol => [symbol, { baseline: bars[symbol]!.columns.close![0]!, pip: pipOf(symbol) }]),
  );
  return { name: folder, bars, parameters };
};

/** All 28 pairs by the day, and six dollar majors by the minute, from midnights that they share. */
export const realFxMarkets = (): readonly FxMarket[] =>
  hasRealBars
    ? [
        realMarket('fx_daily_28', pairNames, 1_760),
        realMarket(
          'fx_m1_histdata_2019',
          ['audusd', 'eurusd', 'gbpusd', 'usdcad', 'usdchf', 'usdjpy'],
          2_000,
        ),
      ]
    : [];
