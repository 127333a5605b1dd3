import { WindrowError } from '../errors.ts';
import { type BarPart, type Expr, number, partsOf, type Series } from './expr.ts';
import type { Param } from './operators/types.ts';

// Series of coarser bars: `every(30, mean(bar_close(rate_index), 10))`. Bars are aligned to the clock, a bar being the rows
// whose times have the same floor(time / minutes); minutes without rows have no bar. Inside `every` windows and shifts count
// such bars, and a series of rows may stand only where a bar is made of it.

/** When a value is NULL although every row is there. */
export const resampledNulls =
  'no bar is complete yet, or one that it reads, or the one under way, has more rows than fit into it';
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

/** Why an expression cannot be the body of `every`, where it cannot. */
export function faultOfBars(expr: Expr): string | undefined {
  const rows = rowsIn(expr);
  if (rows) return `takes a series of bars; ${nameOf(rows)} is one of rows, as in bar_close(${nameOf(rows)})`;
  return isSeries(expr) ? undefined : 'takes a series of bars, got a number';
}

/** Why an expression is no series of rows, where it is none. */
export function faultOfRows(expr: Expr, seen = new Set<Expr>()): string | undefined {
  if (seen.has(expr) || expr.kind === 'resampled') return undefined;
  seen.add(expr);
  if (expr.kind === 'aggregated')
    return `bar_${expr.part} is a series of bars and belongs inside every(minutes, ...)`;
  for (const part of partsOf(expr)) {
    const fault = faultOfRows(part, seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function check(operator: string, what: string | undefined): void {
  if (what !== undefined) throw new WindrowError('WR_EXPRESSION', { operator, what });
}

/** The longest bar is a day of UTC. */
export const minutesParam: Param = { name: 'minutes', min: 1, max: 1440, integer: true };

/** The value of a series of bars of `minutes` minutes at the last of them that is complete. */
export function every(minutes: number, body: Series): Expr {
  const { max } = minutesParam;
  const valid = Number.isInteger(minutes) && minutes >= 1 && minutes <= max!;
  check('every', valid ? undefined : `minutes is ${minutes}, expected a whole number from 1 to ${max}`);
  const series = number(body);
  check('every', faultOfBars(series));
  return { kind: 'resampled', minutes, body: series };
}

/** A bar's part of a series of rows: its first, highest, lowest or last value, or their sum. Only inside `every`. */
export const aggregated =
  (part: BarPart) =>
  (rows: Series): Expr => {
    const body = number(rows);
    check(`bar_${part}`, faultOfRows(body));
    return { kind: 'aggregated', part, body };
  };

export const barOpen = aggregated('open');
export const barHigh = aggregated('high');
export const barLow = aggregated('low');
export const barClose = aggregated('close');
export const barSum = aggregated('sum');
