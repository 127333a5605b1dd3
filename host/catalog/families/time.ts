import { rate } from '../domains.ts';
import type { Expr } from '../expr.ts';
import { type Family, type Feature, feature } from '../family.ts';
import { tradingSessions } from '../sessions.ts';
import {
  add,
  clock,
  cos,
  daysToHoliday,
  gt,
  maxOf,
  mul,
  select,
  sessionTercile,
  sin,
  sub,
  within,
} from '../vocabulary.ts';

const hour = clock('hour');
const minute = clock('minute_of_day');
const dow = clock('dow');
const friday = 4;
const holidayCap = 30;

const active = tradingSessions.map(({ name, open, close }) => ({
  name,
  close,
  flag: within(minute, open, close),
}));
const clockText = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Minutes to the close of the first active session in order of closes, 0 when none is active. */
const minutesToClose = active
  .toSorted((a, b) => a.close - b.close)
  .reduceRight<Expr>(
    (otherwise, { flag, close }) => select(flag, sub(close, minute), otherwise),
    mul(0, minute),
  );

const cycle = (name: string, phase: Expr, per: number, of: string): Feature[] => [
  feature(`time_sin_${name}`, sin(mul((2 * Math.PI) / per, phase)), 'none', `Sine of the ${of} as an angle.`),
  feature(
    `time_cos_${name}`,
    cos(mul((2 * Math.PI) / per, phase)),
    'none',
    `Cosine of the ${of} as an angle.`,
  ),
];

/** Clock, calendar and session features of the bar's UTC time. */
export const timeFeatures = (): Family => ({
  name: 'time_features',
  title: 'Time and calendar',
  features: [
    ...tradingSessions.map(({ name, open, close }) =>
      feature(
        `session_${name}`,
        within(minute, open, close),
        'flag',
        `1 from ${clockText(open)} to ${clockText(close)} UTC.`,
      ),
    ),
    feature(
      'session_overlap_ldn_ny',
      within(minute, 780, 960),
      'flag',
      '1 from 13:00 to 16:00 UTC, when London and New York are both active.',
    ),
    feature(
      'session_vol_regime',
      sessionTercile(rate.returns),
      '0,1,2',
      'Tercile of the sd of returns since the session open among the same minute of the 20 sessions before; 1 until 20 exist.',
    ),
    feature('session_hour', hour, 'h', 'Hour of the UTC day.'),
    feature(
      'session_is_open',
      maxOf(maxOf(active[0]!.flag, active[1]!.flag), active[2]!.flag),
      'flag',
      '1 while any of the three sessions is active.',
    ),
    feature(
      'session_minutes_to_close',
      minutesToClose,
      'min',
      'Minutes to the earliest close of an active session; 0 when none is active.',
    ),
    ...cycle('hour', hour, 24, 'hour of the day'),
    ...cycle('minute', minute, 1440, 'minute of the day'),
    ...cycle('dow', dow, 7, 'day of the week'),
    feature('dow', dow, 'ordinal', 'Day of the week, Monday = 0.'),
    feature(
      'is_month_end',
      within(clock('days_to_month_end'), 0, 3),
      'flag',
      '1 on the last 3 calendar days of a month.',
    ),
    feature(
      'is_week_roll',
      gt(add(mul(24, dow), hour), 24 * friday + 16.5),
      'flag',
      '1 from Friday 17:00 UTC to the end of Sunday.',
    ),
    feature(
      'days_to_holiday_us',
      daysToHoliday('us', holidayCap),
      'days',
      `Whole days to the next federal holiday of the United States, at most ${holidayCap}.`,
    ),
    feature(
      'days_to_holiday_uk',
      daysToHoliday('uk', holidayCap),
      'days',
      `Whole days to the next bank holiday of England and Wales, at most ${holidayCap}.`,
    ),
    feature(
      'days_to_holiday_jp',
      daysToHoliday('jp', holidayCap),
      'days',
      `Whole days to the next national holiday of Japan, at most ${holidayCap}.`,
    ),
  ],
});
