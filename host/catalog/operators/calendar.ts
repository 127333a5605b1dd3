import { holidayDates } from '../holidayDates.ts';
import { type HolidayTable, holidayDays } from '../holidays.ts';
import { sessionOpens } from '../sessions.ts';
import { type Zone, zoneOffsets, zones } from '../zones.ts';
import type { Operator } from './types.ts';

/** Fields of the UTC clock and calendar, in the order that the kernel numbers them. */
export const calendarFields = [
  'hour',
  'minute',
  'minute_of_day',
  'dow',
  'day',
  'month',
  'days_to_month_end',
  'day_number',
] as const;

/** Rows in 21 days of minutes: what the comparison with 20 earlier sessions looks back at most. */
const seasonRows = 30_240;
/** Rows in a day of minutes: the longest session. */
const maxSessionRows = 1440;
const minSessionRows = 10;
const seasons = 20;
const sessionBasis = (): string =>
  `opens ${sessionOpens.join(' ')}, ${minSessionRows} to ${maxSessionRows} rows`;

/** Clock and calendar functions of a bar's time (UTC), and statistics anchored to the trading sessions. */
export const calendar: readonly Operator[] = [
  {
    name: 'clock',
    args: [],
    params: [{ name: 'field', oneOf: calendarFields }],
    summary:
      "a field of the bar's UTC time; dow counts from Monday = 0, day_number from 1970-01-01, minutes are whole",
    lower: (b, _, [field]) => b.kernel('calendar', [b.time()], [calendarFields.indexOf(field as never)]),
  },
  {
    name: 'local_clock',
    args: [],
    params: [
      { name: 'field', oneOf: calendarFields },
      { name: 'zone', oneOf: zones },
    ],
    summary: "a field, as of clock, of the bar's time on the clock of a time zone",
    nulls: 'the time lies outside the years 1970 to 2040',
    basis: ([, zone]) => zoneOffsets(zone as Zone).join(' '),
    lower: (b, _, [field, zone]) => {
      const time = b.kernel('localTime', [b.time()], [], zoneOffsets(zone as Zone));
      return b.kernel('calendar', [time], [calendarFields.indexOf(field as never)]);
    },
  },
  {
    name: 'days_to_holiday',
    args: [],
    params: [
      { name: 'country', oneOf: Object.keys(holidayDates) },
      { name: 'cap', min: 1, max: 366, integer: true },
    ],
    summary: "whole UTC days to the country's next public holiday, 0 on the day, at most `cap`",
    nulls: 'the date lies outside the shipped table',
    basis: ([country]) => JSON.stringify(holidayDates[country as HolidayTable]),
    lower: (b, _, [country, cap]) =>
      b.kernel('daysUntil', [b.time()], [Number(cap)], holidayDays(country as HolidayTable)),
  },
  {
    name: 'session_std',
    args: ['a'],
    summary: `sample standard deviation of a over the rows since the latest session open of the day, from ${minSessionRows} rows on`,
    nulls: `fewer than ${minSessionRows} rows since the open`,
    basis: sessionBasis,
    lower: (b, [x]) => b.kernel('sessionStd', [b.time(), x!], [minSessionRows, maxSessionRows], sessionOpens),
  },
  {
    name: 'session_tercile',
    args: ['a'],
    summary:
      `tercile (0, 1, 2) of session_std among its values at the same minute of the ${seasons} sessions before it that ` +
      `lie within ${seasonRows} rows; 1 while there are fewer, or fewer than ${minSessionRows} rows since the open`,
    nulls: `only where session_std is NULL after ${minSessionRows} rows since the open`,
    forgiving: true,
    basis: () => `${sessionBasis()}, ${seasons} seasons in ${seasonRows} rows`,
    lower: (b, [x]) => {
      const std = b.kernel('sessionStd', [b.time(), x!], [minSessionRows, maxSessionRows], sessionOpens);
      const rows = b.kernel('sessionRows', [b.time()], [maxSessionRows], sessionOpens);
      return b.kernel('seasonalTercile', [b.time(), std, rows], [seasons, seasonRows, minSessionRows]);
    },
  },
];
