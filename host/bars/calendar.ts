import { WindrowError } from '../errors.ts';

export const microsPerMinute = 60_000_000;
export const microsPerDay = 86_400_000_000;

/** Days since 1970-01-01 of a proleptic Gregorian date (Hinnant's days_from_civil); the date is not checked. */
export const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
};

export const daysInMonth = (year: number, month: number): number =>
  daysFromCivil(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) -
  daysFromCivil(year, month, 1);

/** Start of a month, in microseconds since the Unix epoch. Months are counted from January 1970 = 0. */
export const monthStart = (index: number): number =>
  daysFromCivil(1970 + Math.floor(index / 12), (((index % 12) + 12) % 12) + 1, 1) * microsPerDay;

/** The month that holds a time in microseconds, counted from January 1970 = 0. */
export const monthIndex = (time: number): number => {
  const date = new Date(Math.floor(time / 1000));
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
};

/** "2024-07" of a month index. */
export const monthName = (index: number): string => {
  const year = 1970 + Math.floor(index / 12);
  return `${String(year).padStart(4, '0')}-${String((((index % 12) + 12) % 12) + 1).padStart(2, '0')}`;
};

/** Month index of "2024-07"; anything else is an error that shows the form. */
export const parseMonth = (text: string): number => {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text);
  if (!match) throw new WindrowError('WR_MONTH_FORM', { text });
  return (Number(match[1]) - 1970) * 12 + Number(match[2]) - 1;
};

/** "2024-07-01 00:05:00" of a time in microseconds; a fraction is written only where there is one. */
export const formatTime = (time: number): string => {
  const millis = Math.floor(time / 1000);
  const text = new Date(millis).toISOString();
  const micros = time - Math.floor(millis / 1000) * 1_000_000;
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction}`;
};

/** Whether the foreign exchange market is closed at a time in microseconds: Friday 22:00 to Sunday 22:00 UTC. */
export const isWeekend = (time: number): boolean => {
  const day = (Math.floor(time / microsPerDay) + 4) % 7; // 1970-01-01 was a Thursday; 0 is Sunday
  const minute = Math.floor(time / microsPerMinute) % 1440;
  return day === 6 || (day === 5 && minute >= 1320) || (day === 0 && minute < 1320);
};
