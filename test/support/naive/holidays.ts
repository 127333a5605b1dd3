/**
 * Public holidays by rule, for years from 2007 on: US federal holidays (5 U.S.C. 6103), bank and common-law holidays
 * of England and Wales (gov.uk/bank-holidays) and Japanese national holidays (Act on National Holidays, Cabinet
 * Office). A holiday that falls on a weekend counts on its own date and on the weekday kept in its place.
 */
export type Country = 'us' | 'uk' | 'jp';

const dayMs = 86_400_000;

/** Days since the epoch; the month counts from 1. */
const date = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / dayMs;

/** 0 is Sunday. */
const weekday = (days: number): number => (((days + 4) % 7) + 7) % 7;

const nth = (count: number, day: number, year: number, month: number): number => {
  const first = date(year, month, 1);
  return first + ((day - weekday(first) + 7) % 7) + 7 * (count - 1);
};

const last = (day: number, year: number, month: number): number => {
  const end = date(year, month + 1, 0);
  return end - ((weekday(end) - day + 7) % 7);
};

/** Gauss's Easter for the Gregorian calendar, in the form of Meeus, Jones and Butcher. */
const easter = (year: number): number => {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  return date(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
};

const us = (year: number): number[] => {
  const fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)];
  // Juneteenth became law in June 2021. The next New Year's Day may be kept on 31 December.
  if (year >= 2021) fixed.push(date(year, 6, 19));
  const kept = [...fixed, date(year + 1, 1, 1)].map(day => {
    if (weekday(day) === 6) return day - 1;
    return weekday(day) === 0 ? day + 1 : day;
  });
  const mondays = [nth(3, 1, year, 1), nth(3, 1, year, 2), last(1, year, 5), nth(1, 1, year, 9)];
  return [...fixed, ...kept, ...mondays, nth(2, 1, year, 10), nth(4, 4, year, 11)];
};

/** Days moved or added by proclamation. */
const ukMoved: Record<number, { early?: number; spring?: number; added?: number[] }> = {
  2011: { added: [date(2011, 4, 29)] },
  2012: { spring: date(2012, 6, 4), added: [date(2012, 6, 5)] },
  2020: { early: date(2020, 5, 8) },
  2022: { spring: date(2022, 6, 2), added: [date(2022, 6, 3), date(2022, 9, 19)] },
  2023: { added: [date(2023, 5, 8)] },
};

const uk = (year: number): number[] => {
  const moved = ukMoved[year];
  const movable = [moved?.early ?? nth(1, 1, year, 5), moved?.spring ?? last(1, year, 5), last(1, year, 8)];
  const days = [easter(year) - 2, easter(year) + 1, ...movable, ...(moved?.added ?? [])];
  const taken = new Set([date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)]);
  for (const day of [...taken]) {
    if (weekday(day) !== 0 && weekday(day) !== 6) continue;
    // The next weekday that is not a holiday itself takes its place.
    let kept = day + 1;
    while (weekday(kept) === 0 || weekday(kept) === 6 || taken.has(kept)) kept++;
    taken.add(kept);
  }
  return [...days, ...taken];
};

/** Day of an equinox in Japan, by the formula in use for 1980 to 2099. */
const equinox = (base: number, year: number): number =>
  Math.floor(base + 0.242194 * (year - 1980) - Math.floor((year - 1980) / 4));

/** Marine Day, Mountain Day and Sports Day, which the Olympic years moved. */
const jpSummer = (year: number): number[] => {
  if (year === 2020) return [date(2020, 7, 23), date(2020, 8, 10), date(2020, 7, 24)];
  if (year === 2021) return [date(2021, 7, 22), date(2021, 8, 8), date(2021, 7, 23)];
  const mountain = year >= 2016 ? [date(year, 8, 11)] : [];
  return [nth(3, 1, year, 7), ...mountain, nth(2, 1, year, 10)];
};

/** The birthday of the emperor who reigned on the day; none in 2019, when the throne changed in May. */
const jpEmperor = (year: number): number[] => {
  if (year === 2019) return [date(2019, 5, 1), date(2019, 10, 22)];
  return [year < 2019 ? date(year, 12, 23) : date(year, 2, 23)];
};

const jp = (year: number): number[] => {
  const fixed = [
    date(year, 1, 1),
    date(year, 2, 11),
    date(year, 4, 29),
    date(year, 11, 3),
    date(year, 11, 23),
  ];
  const may = [3, 4, 5].map(day => date(year, 5, day));
  const equinoxes = [date(year, 3, equinox(20.8431, year)), date(year, 9, equinox(23.2488, year))];
  const mondays = [nth(2, 1, year, 1), nth(3, 1, year, 9)];
  const national = new Set([
    ...fixed,
    ...may,
    ...equinoxes,
    ...mondays,
    ...jpSummer(year),
    ...jpEmperor(year),
  ]);
  const days = [...national];
  for (const day of national) {
    // Between two national holidays is a holiday; for one on a Sunday the next day that is not one is kept.
    if (national.has(day + 2) && !national.has(day + 1)) days.push(day + 1);
    let kept = day;
    while (national.has(kept)) kept++;
    if (weekday(day) === 0) days.push(kept);
  }
  return days;
};

const rules: Record<Country, (year: number) => number[]> = { us, uk, jp };
const known = new Map<string, Set<number>>();

export const holidaysOf = (country: Country, year: number): Set<number> => {
  const key = `${country} ${year}`;
  const days = known.get(key) ?? new Set(rules[country](year));
  known.set(key, days);
  return days;
};

export const isHoliday = (country: Country, at: Date): boolean =>
  holidaysOf(country, at.getUTCFullYear()).has(Math.floor(at.getTime() / dayMs));
