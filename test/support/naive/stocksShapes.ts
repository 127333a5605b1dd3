import type { BarColumn, Bars } from '../../../host/catalog/bars.ts';
import { type Draw, draws } from '../draws.ts';

/** A kind of stock to test on: when it trades, how it moves, and what is done to the bars afterwards. */
export type StockShape = {
  readonly name: string;
  readonly rows: number;
  readonly times: (rows: number, draw: Draw) => Float64Array;
  readonly move: (draw: Draw, row: number) => number;
  readonly tick?: number;
  readonly volume?: (draw: Draw, row: number) => number;
  readonly edit?: (columns: Record<StockColumn, Float64Array>, draw: Draw) => void;
};

type StockColumn = 'open' | 'high' | 'low' | 'close' | 'volume';

const hour = 3_600_000_000;
const day = 24 * hour;
/** Thursday 2024-10-17: clocks go back in New York on 3 November and forward on 9 March. */
const start = Date.UTC(2024, 9, 17) * 1000;
const isWeekday = (index: number) => ![2, 3].includes(index % 7);

/** Hours `first` to `last` of the UTC day on weekdays, some of them left out. */
const sessions =
  (first: number, last: number, keep: (draw: Draw) => boolean = () => true) =>
  (rows: number, draw: Draw): Float64Array => {
    const time: number[] = [];
    for (let index = 0; time.length < rows; index++) {
      if (!isWeekday(index)) continue;
      for (let h = first; h <= last && time.length < rows; h++)
        if (keep(draw)) time.push(start + index * day + h * hour);
    }
    return Float64Array.from(time);
  };

const regular = sessions(14, 20);

/** Around the clock, weekends too, from the last hour of a day in New York on. */
const always = (rows: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => start + (i + 3) * hour);

const weekdays = (rows: number): Float64Array => {
  const time: number[] = [];
  for (let index = 0; time.length < rows; index++) if (isWeekday(index)) time.push(start + index * day);
  return Float64Array.from(time);
};

const walk = (draw: Draw): number => 0.004 * draw.normal();
const shares = (draw: Draw): number => Math.floor(5e6 * (0.2 + draw.uniform()));

/** Rows of a stretch that repeats, its length growing. */
const inStretch = (row: number, period: number): boolean => row % period < ((row / period) | 0) * 40;

const holes = (columns: Record<StockColumn, Float64Array>, draw: Draw, from: number, to: number): void => {
  for (const values of Object.values(columns)) {
    for (let row = from; row < to; row++) if (draw.uniform() < 0.01) values[row] = Number.NaN;
    const hole = to + Math.floor(20 * draw.uniform());
    values.fill(Number.NaN, hole, hole + Math.floor(30 * draw.uniform()));
  }
};

export const hourlyShapes: readonly StockShape[] = [
  { name: 'sessions', rows: 1_000, times: regular, move: walk },
  { name: 'around the clock', rows: 700, times: always, move: walk },
  {
    name: 'gaps',
    rows: 700,
    times: (rows, draw) => {
      let skip = 0;
      return sessions(9, 23, () => {
        if (skip === 0 && draw.uniform() < 0.02) skip = Math.floor(60 * draw.uniform() ** 3);
        return skip === 0 || skip-- === 0;
      })(rows, draw);
    },
    move: walk,
  },
  {
    name: 'ties and stalls',
    rows: 700,
    times: regular,
    tick: 0.25,
    move: (draw, row) => (inStretch(row, 200) ? 0 : 0.004 * draw.normal()),
  },
  {
    name: 'zero volume',
    rows: 700,
    times: regular,
    move: walk,
    volume: (draw, row) => (inStretch(row, 150) ? 0 : shares(draw)),
  },
  { name: 'flat', rows: 560, times: regular, move: () => 0, volume: () => 7 },
  {
    name: 'outlier',
    rows: 900,
    times: regular,
    move: walk,
    edit: columns => {
      for (const [i, values] of Object.values(columns).entries()) values[200 + 30 * i] = 1e12;
    },
  },
  {
    name: 'nulls',
    rows: 1_200,
    times: regular,
    move: walk,
    edit: (columns, draw) => holes(columns, draw, 60, 400),
  },
];

export const dailyShapes: readonly StockShape[] = [
  { name: 'weekdays', rows: 700, times: weekdays, move: draw => 0.015 * draw.normal() },
  {
    name: 'stalls',
    rows: 700,
    times: weekdays,
    tick: 0.25,
    move: (draw, row) => (inStretch(row, 150) ? 0 : 0.01 * draw.normal()),
    volume: (draw, row) => (inStretch(row, 100) ? 0 : shares(draw)),
  },
  {
    name: 'jumps',
    rows: 700,
    times: weekdays,
    move: draw => (draw.uniform() < 0.01 ? 0.4 : 0.01) * draw.normal(),
  },
  { name: 'flat', rows: 600, times: weekdays, move: () => 0, volume: () => 7 },
  {
    name: 'outlier',
    rows: 700,
    times: weekdays,
    move: draw => 0.015 * draw.normal(),
    edit: columns => {
      for (const [i, values] of Object.values(columns).entries()) values[280 + 20 * i] = 1e12;
    },
  },
  {
    name: 'nulls',
    rows: 1_100,
    times: weekdays,
    move: draw => 0.015 * draw.normal(),
    edit: (columns, draw) => holes(columns, draw, 60, 300),
  },
];

/** Bars of a shape: low <= open, close <= high. */
export const stockBars = (shape: StockShape, seed: number, rows = shape.rows): Bars => {
  const draw = draws(seed);
  const time = shape.times(rows, draw);
  const column = () => new Float64Array(rows);
  const columns = { open: column(), high: column(), low: column(), close: column(), volume: column() };
  const tick = shape.tick ?? 0.01;
  const round = (x: number) => Math.round(x / tick) * tick;
  let price = 150;
  for (let row = 0; row < rows; row++) {
    const move = shape.move(draw, row);
    const open = round(price * (1 + move / 4));
    price = Math.max(5, price * (1 + move));
    const close = round(price);
    const reach = move === 0 ? 0 : 0.001 * price * draw.uniform();
    columns.open[row] = open;
    columns.close[row] = close;
    columns.high[row] = round(Math.max(open, close) + reach);
    columns.low[row] = round(Math.min(open, close) - reach);
    columns.volume[row] = (shape.volume ?? shares)(draw, row);
  }
  shape.edit?.(columns, draw);
  return { time, columns: columns satisfies Partial<Record<BarColumn, Float64Array>> };
};
