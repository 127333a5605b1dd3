// Days of the UTC calendar from f64 microseconds since 1970-01-01. Times are whole numbers below 2^53 in magnitude
// (the years 1684 to 2255), so they are exact in an f64, and so is every product and difference made from them here.

export const dayMicros: f64 = 86_400_000_000;
export const minuteMicros: f64 = 60_000_000;

/**
 * Days since 1970-01-01, rounded down. The quotient is below 2^17, where rounding moves it by at most 2^-37: less than
 * the 2^-36.3 by which a time one microsecond before midnight misses the next whole day, so the floor is right.
 */
// @ts-ignore: decorator
@inline
export function dayOf(time: f64): f64 {
  return floor<f64>(time / dayMicros);
}

/** Minute of the UTC day, 0 to 1439, of a time `within` microseconds after midnight. */
// @ts-ignore: decorator
@inline
export function minuteOf(within: f64): f64 {
  return floor<f64>(within / minuteMicros);
}

/** Monday is 0. 1970-01-01 was a Thursday. */
export function weekdayOf(day: i32): i32 {
  return ((day % 7) + 10) % 7;
}

// The proleptic Gregorian calendar by years that begin in March, so that the leap day comes last.
// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days.

const eraDays: i32 = 146_097; // 400 years
const marchZero: i32 = 719_468; // days from 0000-03-01 to 1970-01-01

/** Year of the era, 0 to 399, beginning in March. */
function yearOfEra(dayOfEra: i32): i32 {
  return (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
}

/** Days since the first of March. */
function dayOfYear(dayOfEra: i32, year: i32): i32 {
  return dayOfEra - (365 * year + year / 4 - year / 100);
}

/** Months since March, 0 to 11. */
function monthIndex(dayOfYear: i32): i32 {
  return (5 * dayOfYear + 2) / 153;
}

/** First day of a month, counted from the first of March. */
function monthStart(index: i32): i32 {
  return (153 * index + 2) / 5;
}

/** 1 to 12. */
export function monthOf(day: i32): i32 {
  const dayOfEra = (day + marchZero) % eraDays;
  const index = monthIndex(dayOfYear(dayOfEra, yearOfEra(dayOfEra)));
  return index < 10 ? index + 3 : index - 9;
}

/** 1 to 31. */
export function dayOfMonth(day: i32): i32 {
  const dayOfEra = (day + marchZero) % eraDays;
  const inYear = dayOfYear(dayOfEra, yearOfEra(dayOfEra));
  return inYear - monthStart(monthIndex(inYear)) + 1;
}

/** Days from `day` to the last day of its month, 0 on that day. */
export function daysToMonthEnd(day: i32): i32 {
  const dayOfEra = (day + marchZero) % eraDays;
  const year = yearOfEra(dayOfEra);
  const inYear = dayOfYear(dayOfEra, year);
  const index = monthIndex(inYear);
  if (index < 11) return monthStart(index + 1) - inYear - 1;
  // February: the year that began in March has its leap day in the next calendar year
  const civil = year + 1;
  const leap = civil % 4 == 0 && (civil % 100 != 0 || civil % 400 == 0);
  return (leap ? 365 : 364) - inYear;
}
