import { WindrowError } from '../errors.ts';
import { type BarPart, type Expr, number, partsOf, type Series } from './expr.ts';

// Series of coarser bars: `every(30, mean(bar_close(rate_index), 10))`. Bars are aligned to the clock, a bar being the rows
// whose times have the same floor(time / minutes); minutes without rows have no bar. Inside `every` windows and shifts count
// such bars, and a series of rows may stand only where a bar is made of it.

/** The longest bar is a day of UTC. */
export const maxBarMinutes = 1440;

/** When a value is NULL although every row is there. */
export const resampledNulls =
  'no bar is complete yet, or one that it reads, or the one under way, has more rows than minutes';
export const aggregatedNulls = 'a row of the bar is NULL';

/** The first part of a series of bars that is a series of rows. */
function rowsIn(expr: Expr, seen = new Set<Expr>()): Expr | undefined {
  if (seen.has(expr) || expr.kind === 'aggregated') return undefined;
  seen.add(expr);
  if (expr.kind === 'column') return expr.name === 'time' ? undefined : expr;
  if (expr.kind === 'peer' || expr.kind === 'resampled') return expr;
  for (const part of partsOf(expr)) {
    const found = rowsIn(part, seen);
    if (found) return found;
  }
  return undefined;
}

/** Whether it is a series at all: what consists of numbers has no bars. */
function isSeries(expr: Expr, seen = new Set<Expr>()): boolean {
  if (seen.has(expr)) return false;
  seen.add(expr);
  if (expr.kind === 'aggregated' || expr.kind === 'column') return true;
  if (expr.kind === 'call' && expr.args.length === 0) return true;
  return partsOf(expr).some(part => isSeries(part, seen));
}

const nameOf = (expr: Expr): string =>
  expr.kind === 'column' ? expr.name : expr.kind === 'peer' ? 'peer' : 'every';

/** The value of a series of bars of `minutes` minutes at the last of them that is complete. */
export function every(minutes: number, body: Series): Expr {
  const reject = (what: string): never => {
    throw new WindrowError('WR_EXPRESSION', { operator: 'every', what });
  };
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > maxBarMinutes)
    reject(`minutes is ${minutes}, expected a whole number from 1 to ${maxBarMinutes}`);
  const series = number(body);
  const rows = rowsIn(series);
  if (rows)
    reject(`takes a series of bars; ${nameOf(rows)} is one of rows, as in bar_close(${nameOf(rows)})`);
  if (!isSeries(series)) reject('takes a series of bars, got a number');
  return { kind: 'resampled', minutes, body: series };
}

/** Refuses a part of bars where a series of rows is expected. */
function checkRows(expr: Expr, operator: string, seen = new Set<Expr>()): void {
  if (seen.has(expr) || expr.kind === 'resampled') return;
  seen.add(expr);
  if (expr.kind === 'aggregated')
    throw new WindrowError('WR_EXPRESSION', {
      operator,
      what: `takes a series of rows; bar_${expr.part} is one of bars and belongs inside every(minutes, ...)`,
    });
  for (const part of partsOf(expr)) checkRows(part, operator, seen);
}

/** A bar's part of a series of rows: its first, highest, lowest or last value, or their sum. Only inside `every`. */
export const aggregated =
  (part: BarPart) =>
  (rows: Series): Expr => {
    const body = number(rows);
    checkRows(body, `bar_${part}`);
    return { kind: 'aggregated', part, body };
  };

export const barOpen = aggregated('open');
export const barHigh = aggregated('high');
export const barLow = aggregated('low');
export const barClose = aggregated('close');
export const barSum = aggregated('sum');
