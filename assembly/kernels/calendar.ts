// Fields of the UTC calendar, from a bar's time in microseconds since 1970-01-01. Exact for every year from 1900 to
// 2200. NaN where there is no bar. The day is taken apart once per day, so a row costs a comparison and, for the fields
// within a day, one division.
import { dayMicros, dayOf, dayOfMonth, daysToMonthEnd, minuteOf, monthOf, weekdayOf } from '../core/day';

// The numbers of the fields, as the host passes them.
const hour: i32 = 0; // 0 to 23
const minute: i32 = 1; // of the hour, 0 to 59
const minuteOfDay: i32 = 2; // 0 to 1439
const weekday: i32 = 3; // 0 Monday to 6 Sunday
const monthDay: i32 = 4; // 1 to 31
const month: i32 = 5; // 1 to 12
const monthDaysLeft: i32 = 6; // days to the last of the month, 0 on it
const dayNumber: i32 = 7; // days since 1970-01-01

export function calendar(out: usize, time: usize, rows: i32, field: f64): void {
  const which = <i32>field;
  let midnight: f64 = NaN;
  let ofDay: f64 = NaN; // the field, where it is the same all day
  for (let r = 0; r < rows; r++) {
    const t = load<f64>(time);
    const within = t - midnight;
    if (!(within >= 0 && within < dayMicros)) {
      const day = dayOf(t);
      midnight = day * dayMicros;
      ofDay = t == t && which >= weekday ? dayField(<i32>day, which) : NaN;
    }
    store<f64>(out, which >= weekday ? ofDay : minuteField(minuteOf(t - midnight), which));
    time += 8;
    out += 8;
  }
}

function minuteField(ofDay: f64, which: i32): f64 {
  if (which == minuteOfDay) return ofDay;
  const hours = floor<f64>(ofDay / 60);
  return which == hour ? hours : ofDay - hours * 60;
}

function dayField(day: i32, which: i32): f64 {
  if (which == weekday) return <f64>weekdayOf(day);
  if (which == monthDay) return <f64>dayOfMonth(day);
  if (which == month) return <f64>monthOf(day);
  if (which == dayNumber) return <f64>day;
  return <f64>daysToMonthEnd(day);
}
