import { column, type Expr, named, parameter } from './expr.ts';
import { diff, div, lag, log, max, mean, min, mul, sub } from './vocabulary.ts';

const indexOf = (price: 'open' | 'high' | 'low' | 'close'): Expr =>
  div(mul(100, column(price)), parameter('baseline'));

/** The close as an index: 100 at the symbol's baseline. */
export const rateIndex: Expr = named('rate_index', indexOf('close'));

/**
 * Momentum over `window` rows: the sum of (X[t-i] - X[t]) / X[t] for i = 1..window, which is
 * window * (mean of the past - X[t]) / X[t]. Positive when the rate has fallen below its recent past.
 */
export const bqxReturn = (window: number): Expr =>
  named(`bqx_${window}`, mul(window, div(sub(mean(lag(rateIndex, 1), window), rateIndex), rateIndex)));

/** Four series as a bar has them. */
export type Bar = { readonly open: Expr; readonly high: Expr; readonly low: Expr; readonly close: Expr };

/** What a family is declared over: a level series, its changes and its returns, with their units. */
export type Domain = {
  readonly name: 'rate' | 'bqx';
  /** Suffix of column names in tables that hold both domains. */
  readonly suffix: 'idx' | 'bqx';
  readonly level: Expr;
  readonly change: Expr;
  readonly returns: Expr;
  /** Open, high, low and close of the level; of a series that has none, those of its last five rows. */
  readonly bar: Bar;
  readonly unit: string;
  readonly returnUnit: string;
  /** How a sentence calls the level. */
  readonly noun: string;
};

export const rate: Domain = {
  name: 'rate',
  suffix: 'idx',
  level: rateIndex,
  change: diff(rateIndex, 1),
  returns: log(div(rateIndex, lag(rateIndex, 1))),
  bar: {
    open: named('open_index', indexOf('open')),
    high: named('high_index', indexOf('high')),
    low: named('low_index', indexOf('low')),
    close: rateIndex,
  },
  unit: 'index pts',
  returnUnit: 'log-ret',
  noun: 'rate index',
};

const bqxLevel = bqxReturn(15);
/** Rows of the bar that stands in for one: of two rows, Rogers and Satchell's variance would always be 0. */
const pseudoRows = 5;

/** The 15-row momentum crosses zero, so its returns are differences. */
export const bqx: Domain = {
  name: 'bqx',
  suffix: 'bqx',
  level: bqxLevel,
  change: diff(bqxLevel, 1),
  returns: diff(bqxLevel, 1),
  bar: {
    open: lag(bqxLevel, pseudoRows - 1),
    high: max(bqxLevel, pseudoRows),
    low: min(bqxLevel, pseudoRows),
    close: bqxLevel,
  },
  unit: 'bqx',
  returnUnit: 'bqx',
  noun: '15-row momentum',
};
