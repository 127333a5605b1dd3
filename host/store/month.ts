import { WindrowError } from '../errors.ts';

/** A month of UTC, written as `YYYY-MM`. Sorts as text. */
export type Month = string;

/** First and last month, both included; without one there is no end to that side. */
export type MonthRange = { readonly from?: Month | undefined; readonly to?: Month | undefined };

const monthForm = /^\d{4}-(0[1-9]|1[0-2])$/;

/** Checks a range that somebody has written. */
export function checkMonths({ from, to }: MonthRange): void {
  for (const text of [from, to])
    if (text !== undefined && !monthForm.test(text)) throw new WindrowError('WR_MONTH_FORM', { text });
  if (from !== undefined && to !== undefined && from > to) throw new WindrowError('WR_RANGE', { from, to });
}

const microsPerMillisecond = 1000;

const split = (month: Month): [year: number, month: number] => {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  if (!match) throw new RangeError(`not a month: "${month}"`);
  return [Number(match[1]), Number(match[2])];
};

const format = (year: number, month: number): Month =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;

export const nextMonth = (month: Month): Month => {
  const [year, number] = split(month);
  return number === 12 ? format(year + 1, 1) : format(year, number + 1);
};

/** The month so many months before, but none before the first year. */
export const monthBefore = (month: Month, months: number): Month => {
  const [year, number] = split(month);
  const count = Math.max(12, year * 12 + number - 1 - months);
  return format(Math.floor(count / 12), (count % 12) + 1);
};

/** First instant of the month as an SQL timestamp. */
export const monthStart = (month: Month): string => {
  split(month);
  return `${month}-01 00:00:00`;
};

/** First instant after the month as an SQL timestamp. */
export const monthEnd = (month: Month): string => monthStart(nextMonth(month));

/** First instant of the month in microseconds since 1970. */
export const monthMicros = (month: Month): number => {
  const [year, number] = split(month);
  return Date.UTC(year, number - 1) * microsPerMillisecond;
};

/** The month that a time in microseconds since 1970 lies in. */
export const monthOf = (micros: number): Month => {
  const date = new Date(Math.floor(micros / microsPerMillisecond));
  return format(date.getUTCFullYear(), date.getUTCMonth() + 1);
};

/** All months from the first to the last, both included. */
export function monthsFrom(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  for (let month = first; month <= last; month = nextMonth(month)) months.push(month);
  return months;
}

/** Time in microseconds since 1970 as an SQL timestamp, to the microsecond. */
export const sqlTime = (micros: number): string => {
  const millis = Math.floor(micros / microsPerMillisecond);
  const rest = micros - millis * microsPerMillisecond;
  return new Date(millis).toISOString().replace('T', ' ').replace('Z', String(rest).padStart(3, '0'));
};

/** SQL expression that turns a timestamp into microseconds since 1970, exactly. */
export const microsSql = (expression: string): string =>
  `(extract(epoch from ${expression}) * 1000000)::bigint::float8`;
