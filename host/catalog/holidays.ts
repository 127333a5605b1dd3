import { holidayDates } from './holidayDates.ts';

/** Name of a shipped holiday table. */
export type HolidayTable = keyof typeof holidayDates;

/** UTC days since 1970-01-01 of a table's holidays, ascending: what the kernel `daysUntil` reads. */
export function holidayDays(table: HolidayTable): Float64Array {
  const days = Object.entries(holidayDates[table]).flatMap(([year, dates]) =>
    dates.split(' ').map(date => Date.parse(`${year}-${date}`) / 86_400_000),
  );
  return Float64Array.from(days);
}
