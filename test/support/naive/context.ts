import type { BarColumn, Bars } from '../../../host/catalog/bars.ts';
import { type Bounded, exact, missing, multiply, subtract, unit } from './bounded.ts';
import { difference, mapRows, plain, type Series, seriesOf, sizeOf, type Witness } from './series.ts';
import { mean, sumOf } from './window.ts';

export type NaiveParameters = {
  /** The close that makes the index 100. */
  readonly baseline: number;
  /** 0.0001, or 0.01 where the quote currency is JPY. */
  readonly pip: number;
};

/** X, its change d and its return r in one domain. */
export type Domain = { readonly x: Series; readonly d: Series; readonly r: Series; readonly size: Series };

/** The contexts of a market by symbol, undefined where it has no bars. */
export type NaiveMarket = (symbol: string) => NaiveContext | undefined;

export type NaiveContext = {
  readonly rows: number;
  readonly time: Float64Array;
  /** Which pair of its market this is; of a context on its own nothing says so. */
  readonly symbol?: string;
  readonly market: NaiveMarket;
  readonly parameters: NaiveParameters;
  readonly rate: Domain;
  readonly bqx: Domain;
  readonly column: (name: BarColumn) => Series;
  readonly mid: Series;
};

/** The reference of one feature. */
export type Naive = (context: NaiveContext) => Witness;

const isSame = (x: Series, row: number, window: number): boolean => {
  for (let i = row - window; i < row; i++) if (x.value[i] !== x.value[row]) return false;
  return true;
};

/**
 * w{W}_bqx_return: the sum of (X[t-i] - X[t]) / X[t] over i = 1..W. The current row is excluded from the past.
 * Its slack is that of the equal form W * (mean(past) / X[t] - 1), which cancels against 1: about 1e-14 absolute.
 */
export const momentum = (x: Series, row: number, window: number): Bounded => {
  const past = mean(x, row - 1, window);
  const now = x.value[row]!;
  // A constant window has exactly its own mean.
  if (past.value === now && now !== 0 && isSame(x, row, window)) return exact(0);
  const sum = sumOf(row - window, row - 1, i => x.value[i]! - now);
  const value = sum / now;
  if (Number.isNaN(past.value) || !Number.isFinite(value)) return missing;
  if (x.slack[row] !== 0) throw new Error('momentum is defined on an input');
  const ratio = { value: past.value / now, slack: past.slack / Math.abs(now) };
  const rounded = multiply(
    subtract({ ...ratio, slack: ratio.slack + unit * Math.abs(ratio.value) }, exact(1)),
    {
      value: window,
      slack: 0,
    },
  );
  return { value, slack: rounded.slack };
};

/** ln(X[t] / X[t-1]). Its slack is the rounding of the ratio, which near 1 is far larger than that of the result. */
export const logReturn = (x: Series): Series =>
  seriesOf(
    x.value.length,
    row => {
      const before = row > 0 ? x.value[row - 1]! : Number.NaN;
      const change = (x.value[row]! - before) / before;
      const value = Math.abs(change) < 0.25 ? Math.log1p(change) : Math.log(x.value[row]! / before);
      // The logarithm of a number that is not positive does not exist, nor does a change from zero.
      if (!Number.isFinite(value)) return missing;
      return value === 0 ? exact(0) : { value, slack: 2 * unit + 4 * unit * Math.abs(value) };
    },
    row => x.value[row] === x.value[row - 1],
  );

const bqxSeries = (x: Series): Series =>
  seriesOf(
    x.value.length,
    row => momentum(x, row, 15),
    row => {
      for (let i = row - 15; i <= row; i++) if (x.still[i] !== 1) return false;
      return true;
    },
  );

const alone = { market: () => undefined };

export const naiveContext = (
  bars: Bars,
  parameters: NaiveParameters,
  place: Pick<NaiveContext, 'symbol' | 'market'> = alone,
): NaiveContext => {
  const rows = bars.time.length;
  const columns = new Map<BarColumn, Series>();
  const column = (name: BarColumn): Series => {
    const known = columns.get(name);
    if (known) return known;
    const values = bars.columns[name];
    const made = plain(mapRows(rows, row => values?.[row] ?? Number.NaN));
    columns.set(name, made);
    return made;
  };
  const close = column('close').value;
  const bid = column('bid_close').value;
  const ask = column('ask_close').value;
  const x = plain(mapRows(rows, row => (100 * close[row]!) / parameters.baseline));
  const d = difference(x);
  const bqx = bqxSeries(x);
  const change = difference(bqx);
  const r = logReturn(x);
  return {
    rows,
    time: bars.time,
    ...place,
    parameters,
    rate: { x, d, r, size: sizeOf(r) },
    bqx: { x: bqx, d: change, r: change, size: sizeOf(change) },
    column,
    mid: plain(mapRows(rows, row => (bid[row]! + ask[row]!) / 2)),
  };
};

/** Every pair over its own bars, made when it is first asked for. */
export const naiveMarket = (
  bars: Readonly<Record<string, Bars>>,
  parameters: Readonly<Record<string, NaiveParameters>>,
): NaiveMarket => {
  const known = new Map<string, NaiveContext>();
  const market: NaiveMarket = symbol => {
    const own = bars[symbol];
    if (own && !known.has(symbol))
      known.set(symbol, naiveContext(own, parameters[symbol]!, { symbol, market }));
    return known.get(symbol);
  };
  return market;
};
