import { type Expr, named } from '../../expr.ts';
import { lag, lagBy, localClock, mul, runLength, std } from '../../vocabulary.ts';
import type { Zone } from '../../zones.ts';
import { type MinPeriods, type Rolling, rollingWith } from './rolling.ts';
import { returns } from './series.ts';

/** Three windows in bars, shortest first. */
export type Terms = { readonly short: number; readonly med: number; readonly long: number };

/** What the set of hourly stocks can be told. */
export type HourlyOptions = {
  readonly minPeriods: MinPeriods;
  /** Windows of the moving averages. */
  readonly windows: Terms;
  /** Windows of realized volatility, in returns. */
  readonly volatility: Terms;
  /** Windows of the relative strength index, in changes. */
  readonly rsi: Readonly<Record<'d1' | 'd3' | 'w1' | 'w2', number>>;
  /** Clock of the exchange. */
  readonly zone: Zone;
  /** Bars that make a day of volatility. */
  readonly barsPerDay: number;
  /** Bars that make a year of historical volatility. */
  readonly barsPerYear: number;
  /** Also the family of basic indicators. */
  readonly basic: boolean;
};

/** Series that several families of the set are declared over. */
export type Hourly = {
  readonly options: HourlyOptions;
  readonly rolling: Rolling;
  readonly hour: Expr;
  readonly weekday: Expr;
  /** Standard deviation of returns, as of a day. */
  readonly realized: Readonly<Record<keyof Terms, Expr>>;
  readonly day: Day;
};

/** The bars of a local day. */
export type Day = {
  /** 0 on the first bar of the day. */
  readonly rows: Expr;
  readonly cap: number;
  readonly number: Expr;
  /** A series at the day's first bar. */
  first(a: Expr): Expr;
  /** A series at the last bar of the day before. */
  lastOfPrevious(a: Expr): Expr;
};

/** Bars of the longest local day, of 25 hours, and room for some out of step: extended hours overlap the regular ones. */
const rowsOfDay = 32;

const dayIn = (zone: Zone): Day => {
  const cap = rowsOfDay - 1;
  const number = named('day', localClock('day_number', zone));
  const rows = named('rows_today', runLength(number, cap));
  return {
    rows,
    cap,
    number,
    first: a => lagBy(a, rows, cap),
    lastOfPrevious: a => lagBy(lag(a, 1), rows, cap),
  };
};

export const hourly = (options: HourlyOptions): Hourly => {
  const { minPeriods, volatility, barsPerDay, zone } = options;
  const realized = (term: keyof Terms): Expr =>
    named(`realized_vol_${term}`, mul(std(returns, volatility[term]), Math.sqrt(barsPerDay)));
  return {
    options,
    rolling: rollingWith(minPeriods),
    hour: named('hour', localClock('hour', zone)),
    weekday: named('day_of_week', localClock('dow', zone)),
    realized: { short: realized('short'), med: realized('med'), long: realized('long') },
    day: dayIn(zone),
  };
};
