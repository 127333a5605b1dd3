import type { BarColumn, Bars } from '../../host/catalog/bars.ts';
import { barColumns } from '../../host/catalog/bars.ts';
import { type Draw, draws } from './draws.ts';

/** A kind of market to test on: how its mid price moves, and what is done to the bars afterwards. */
export type Shape = {
  readonly name: string;
  readonly rows: number;
  readonly parameters: { readonly baseline: number; readonly pip: number };
  readonly build: (draw: Draw, rows: number) => Bars;
};

const minute = 60_000_000;
/** Thursday 2024-06-27 00:00 UTC: before a weekend, the end of a month and 4 July. */
const start = Date.UTC(2024, 5, 27) * 1000;

/** Closed from Friday 22:00 to Sunday 22:00 UTC. */
const isOpen = (time: number): boolean => {
  const minuteOfWeek = Math.floor(time / minute - 3 * 1440) % 10_080;
  // The epoch was a Thursday; counted from Sunday 00:00 the week opens after 22 hours and closes after 142.
  return minuteOfWeek >= 22 * 60 && minuteOfWeek < 142 * 60;
};

/** Minute bars while the market is open; keep() may drop some of them. */
export const minutes = (
  rows: number,
  keep: (row: number) => boolean = () => true,
  from: number = start,
): Float64Array => {
  const time = new Float64Array(rows);
  let now = from;
  let seen = 0;
  for (let row = 0; row < rows; now += minute) if (isOpen(now) && keep(seen++)) time[row++] = now;
  return time;
};

export type Market = {
  readonly time: Float64Array;
  /** Mid price at a bar's close. */
  readonly mid: (row: number, before: number) => number;
  readonly first: number;
  /** What a price is a multiple of; 0 leaves it unrounded. */
  readonly tick: number;
  readonly spread: (row: number) => number;
  /** How far from the mid the last trade was, in spreads. */
  readonly aside: () => number;
  readonly volume: (row: number) => number;
};

/** Every bar column, consistent with one another: low <= open, close <= high, ask = bid + spread. */
export const barsOf = (draw: Draw, market: Market): Bars => {
  const rows = market.time.length;
  const columns = Object.fromEntries(barColumns.map(name => [name, new Float64Array(rows)])) as Record<
    BarColumn,
    Float64Array
  >;
  const round = (x: number) => (market.tick === 0 ? x : Math.round(x / market.tick) * market.tick);
  let before = market.first;
  let wide = market.spread(0);
  for (let row = 0; row < rows; row++) {
    const mid = market.mid(row, before);
    const reach = (draw.uniform() * Math.abs(mid - before)) / 2;
    const [open, close] = [round(before), round(mid)];
    const [high, low] = [round(Math.max(before, mid) + reach), round(Math.min(before, mid) - reach)];
    const spread = round(market.spread(row));
    const prices = { open, high, low, close };
    for (const [part, price] of Object.entries(prices)) {
      columns[part as BarColumn][row] = price;
      columns[`bid_${part}` as BarColumn][row] = price - spread / 2;
      columns[`ask_${part}` as BarColumn][row] = price + spread / 2;
    }
    // The two sides reach differently far, as if the spread had widened at the extremes.
    columns.bid_low[row]! -= round(draw.uniform() * spread);
    columns.ask_high[row]! += round(draw.uniform() * spread);
    columns.close[row]! += round(market.aside() * spread);
    columns.high[row] = Math.max(high, columns.close[row]!);
    columns.low[row] = Math.min(low, columns.close[row]!);
    columns.spread_open[row] = wide;
    columns.spread_close[row] = spread;
    columns.spread_high[row] = Math.max(wide, spread);
    columns.spread_low[row] = Math.min(wide, spread);
    columns.volume[row] = market.volume(row);
    wide = spread;
    before = mid;
  }
  return { time: market.time, columns };
};

/** A random walk in steps of `step` from `level`, with quotes a few steps apart and some ticks in each bar. */
export const walk = (
  draw: Draw,
  rows: number,
  level: number,
  step: number,
  more: Partial<Market> = {},
): Market => ({
  time: minutes(rows),
  first: level,
  mid: (_, before) => before + step * draw.normal(),
  tick: 0,
  spread: () => step * (1 + draw.uniform()),
  aside: () => 0,
  volume: () => Math.floor(200 * draw.uniform() ** 3),
  ...more,
});

/** Long enough for the slowest mean, which reads 4,096 bars (and 15 more of the bqx domain). */
const long = 4_400;
/** Long enough for the slowest but one. */
const middle = 2_300;
const short = 1_400;

const fx = { baseline: 1.0843, pip: 0.0001 };

const without = (bars: Bars, isDropped: (name: BarColumn) => boolean): Bars => ({
  time: bars.time,
  columns: Object.fromEntries(Object.entries(bars.columns).filter(([name]) => !isDropped(name as BarColumn))),
});

/** Rows of a stretch that repeats: true for `length` rows out of every `period`, the lengths growing. */
const inStretch = (row: number, period: number): boolean => row % period < ((row / period) | 0) * 40;

const edit = (bars: Bars, change: (columns: Record<BarColumn, Float64Array>) => void): Bars => {
  change(bars.columns as Record<BarColumn, Float64Array>);
  return bars;
};

const plainWalk = (draw: Draw, rows: number) =>
  barsOf(draw, walk(draw, rows, 1.09, 2e-4, { aside: () => draw.uniform() - 0.5 }));

export const shapes: readonly Shape[] = [
  { name: 'walk', rows: long, parameters: fx, build: plainWalk },
  {
    name: 'market',
    rows: middle,
    parameters: fx,
    build: (draw, rows) => barsOf(draw, walk(draw, rows, 1.09, 1e-4, { tick: 1e-5 })),
  },
  {
    // the first bar on a 31st, in the middle of an hour; quotes one tick apart but for a single bar
    name: 'oneTick',
    rows: short,
    parameters: fx,
    build: (draw, rows) => {
      const time = minutes(rows, () => true, Date.UTC(2024, 0, 31, 13, 7) * 1000);
      const spread = (row: number): number => (row === 700 ? 2e-5 : 1e-5);
      return barsOf(draw, walk(draw, rows, 1.09, 3e-5, { time, tick: 1e-5, spread }));
    },
  },
  {
    name: 'flat',
    rows: middle,
    parameters: fx,
    build: (draw, rows) =>
      barsOf(
        draw,
        walk(draw, rows, 1.09, 0, { mid: (_, before) => before, spread: () => 1e-4, volume: () => 7 }),
      ),
  },
  {
    name: 'ties',
    rows: short,
    parameters: { baseline: 100, pip: 0.01 },
    build: (draw, rows) =>
      barsOf(
        draw,
        walk(draw, rows, 100, 1, {
          mid: (_, before) => before + Math.round(draw.normal() * 0.6),
          spread: () => 2 * Math.round(draw.uniform() * 2),
          volume: () => Math.floor(4 * draw.uniform()),
        }),
      ),
  },
  {
    name: 'ramp',
    rows: middle,
    parameters: { baseline: 100, pip: 0.01 },
    build: (draw, rows) =>
      barsOf(draw, walk(draw, rows, 100, 1, { mid: row => 100 + row / 64, volume: row => 10 + (row % 13) })),
  },
  {
    name: 'offset',
    rows: short,
    parameters: { baseline: 1e9, pip: 0.0001 },
    build: (draw, rows) => barsOf(draw, walk(draw, rows, 1e9, 1)),
  },
  {
    name: 'offsetIndex',
    rows: short,
    parameters: { baseline: 100, pip: 0.01 },
    build: (draw, rows) => barsOf(draw, walk(draw, rows, 1e9, 100, { tick: 1 })),
  },
  {
    name: 'tiny',
    rows: short,
    parameters: { baseline: 1.1e-8, pip: 1e-12 },
    build: (draw, rows) => barsOf(draw, walk(draw, rows, 1e-8, 3e-12)),
  },
  {
    name: 'tinyIndex',
    rows: short,
    parameters: { baseline: 1, pip: 1e-12 },
    build: (draw, rows) => barsOf(draw, walk(draw, rows, 1e-8, 2e-15)),
  },
  {
    name: 'gaps',
    rows: short,
    parameters: fx,
    build: (draw, rows) => {
      let skip = 0;
      const keep = () => {
        if (skip === 0 && draw.uniform() < 0.01) skip = Math.floor(2_000 * draw.uniform() ** 6);
        return skip === 0 || skip-- === 0;
      };
      return barsOf(draw, walk(draw, rows, 1.09, 2e-4, { time: minutes(rows, keep) }));
    },
  },
  {
    name: 'nulls',
    rows: 6_100,
    parameters: fx,
    build: (draw, rows) =>
      edit(plainWalk(draw, rows), columns => {
        // Single holes, then rows of holes, then none for long enough that the slowest mean recovers.
        for (const values of Object.values(columns)) {
          for (let row = 300; row < 1_800; row++) if (draw.uniform() < 0.004) values[row] = Number.NaN;
          const hole = 1_800 + Math.floor(100 * draw.uniform());
          values.fill(Number.NaN, hole, hole + Math.floor(30 * draw.uniform()));
        }
      }),
  },
  {
    name: 'noVolume',
    rows: short,
    parameters: fx,
    build: (draw, rows) => without(plainWalk(draw, rows), name => name === 'volume'),
  },
  {
    name: 'noQuotes',
    rows: short,
    parameters: fx,
    build: (draw, rows) => without(plainWalk(draw, rows), name => /^(bid|ask|spread)_/.test(name)),
  },
  {
    name: 'zeroVolume',
    rows: short,
    parameters: fx,
    build: (draw, rows) =>
      barsOf(
        draw,
        walk(draw, rows, 1.09, 2e-4, {
          volume: row => (inStretch(row, 250) ? 0 : 1 + Math.floor(50 * draw.uniform())),
        }),
      ),
  },
  {
    name: 'stalls',
    rows: middle,
    parameters: fx,
    build: (draw, rows) =>
      barsOf(
        draw,
        walk(draw, rows, 1.09, 2e-4, {
          tick: 1e-5,
          mid: (row, before) => (inStretch(row, 450) ? before : before + 2e-4 * draw.normal()),
          spread: row => (inStretch(row + 100, 450) ? 1e-4 : 1e-4 * (1 + draw.uniform())),
          volume: row => (inStretch(row + 200, 450) ? 5 : Math.floor(100 * draw.uniform())),
        }),
      ),
  },
  {
    name: 'outlier',
    rows: short,
    parameters: fx,
    build: (draw, rows) =>
      edit(plainWalk(draw, rows), columns => {
        for (const [i, values] of Object.values(columns).entries()) values[300 + 40 * i] = 1e12;
      }),
  },
  {
    name: 'crossing',
    rows: short,
    parameters: { baseline: 1, pip: 0.01 },
    build: (draw, rows) =>
      barsOf(
        draw,
        walk(draw, rows, 5, 1, { mid: (_, before) => before + Math.round(draw.normal()), tick: 1 }),
      ),
  },
];

/** As markets are; the others are as they should not be. */
export const plainShapes = ['walk', 'market', 'oneTick', 'flat', 'ties', 'nulls'];

export const barsOfShape = (shape: Shape, seed: number, rows = shape.rows): Bars =>
  shape.build(draws(seed), rows);
