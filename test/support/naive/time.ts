import { type Bounded, exact, unit } from './bounded.ts';
import type { Naive } from './context.ts';
import { type Country, isHoliday } from './holidays.ts';
import { witness } from './series.ts';
import { sessionVolRegime } from './sessionRegime.ts';

/** Everything is UTC and read from the calendar of the standard library, to the minute (rounded down). */
const ofTime = (cell: (at: Date, minute: number) => Bounded): Naive => {
  return ({ rows, time }) =>
    witness(rows, row => {
      const date = new Date(Math.floor(time[row]! / 1000));
      return cell(date, date.getUTCHours() * 60 + date.getUTCMinutes());
    });
};

const flag = (isSet: (at: Date, minute: number) => boolean): Naive =>
  ofTime((at, minute) => exact(isSet(at, minute) ? 1 : 0));

const within = (fromHour: number, toHour: number) => (_: Date, minute: number) =>
  minute >= fromHour * 60 && minute < toHour * 60;

const tokyo = within(0, 8);
const london = within(8, 16);
const ny = within(13, 21);

/** Monday is 0. */
const dow = (at: Date): number => (at.getUTCDay() + 6) % 7;

/** Minutes to the earliest close of the sessions in progress; 0 when there is none (21:00 to 24:00). */
const minutesToClose = (at: Date, minute: number): number => {
  if (tokyo(at, minute)) return 8 * 60 - minute;
  if (london(at, minute)) return 16 * 60 - minute;
  if (ny(at, minute)) return 21 * 60 - minute;
  return 0;
};

/** Circle functions: an angle of up to 2 pi is rounded twice, by up to four units each, here and elsewhere. */
const circle = (turn: (angle: number) => number, part: (at: Date, minute: number) => number): Naive =>
  ofTime((at, minute) => ({ value: turn(2 * Math.PI * part(at, minute)), slack: 16 * unit }));

const dayMs = 86_400_000;

/** Whole days from the UTC date to the next public holiday: 0 on the day, 30 where the next is 30 days off or more. */
const daysTo = (country: Country): Naive => {
  const known = new Map<number, number>();
  const count = (midnight: number): number => {
    for (let days = 0; days < 30; days++)
      if (isHoliday(country, new Date(midnight + days * dayMs))) return days;
    return 30;
  };
  return ofTime(at => {
    const midnight = Math.floor(at.getTime() / dayMs) * dayMs;
    const days = known.get(midnight) ?? count(midnight);
    known.set(midnight, days);
    return exact(days);
  });
};

/** time_features (20). */
export const timeFeatures: Record<string, Naive> = {
  session_tokyo: flag(tokyo),
  session_london: flag(london),
  session_ny: flag(ny),
  session_overlap_ldn_ny: flag((at, minute) => london(at, minute) && ny(at, minute)),
  session_vol_regime: sessionVolRegime,
  session_hour: ofTime(at => exact(at.getUTCHours())),
  session_is_open: flag((at, minute) => tokyo(at, minute) || london(at, minute) || ny(at, minute)),
  session_minutes_to_close: ofTime((at, minute) => exact(minutesToClose(at, minute))),
  time_sin_hour: circle(Math.sin, at => at.getUTCHours() / 24),
  time_cos_hour: circle(Math.cos, at => at.getUTCHours() / 24),
  time_sin_minute: circle(Math.sin, (_, minute) => minute / 1440),
  time_cos_minute: circle(Math.cos, (_, minute) => minute / 1440),
  time_sin_dow: circle(Math.sin, at => dow(at) / 7),
  time_cos_dow: circle(Math.cos, at => dow(at) / 7),
  dow: ofTime(at => exact(dow(at))),
  // The 28th or later of a month of 30, for example: the date three days on lies in the next month.
  is_month_end: flag(at => new Date(at.getTime() + 3 * dayMs).getUTCMonth() !== at.getUTCMonth()),
  is_week_roll: flag((at, minute) => dow(at) > 4 || (dow(at) === 4 && minute >= 17 * 60)),
  days_to_holiday_us: daysTo('us'),
  days_to_holiday_uk: daysTo('uk'),
  days_to_holiday_jp: daysTo('jp'),
};
