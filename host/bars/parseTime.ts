import { daysFromCivil, daysInMonth, microsPerDay } from './calendar.ts';

export type DateOrder = 'dmy' | 'mdy' | undefined;

export type TimeParser = {
  /**
   * Microseconds since the epoch of the time in bytes [from, to), its clock read as UTC; NaN where it is no time.
   * Then `offsetMinutes` is the offset from UTC that the text itself states, or NaN; an epoch number states 0.
   */
  parse(bytes: Uint8Array, from: number, to: number): number;
  offsetMinutes: number;
  /** Whether the text was a date without a time of day. */
  dateOnly: boolean;
};

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

// Microseconds in the unit of an epoch number with so many digits: s, ms, us, ns between 2001 and 2286.
const epochScale: Readonly<Record<number, number>> = {
  9: 1e6,
  10: 1e6,
  12: 1e3,
  13: 1e3,
  15: 1,
  16: 1,
  19: 1e-3,
};

/**
 * Reads the ways in which exports write time: 2024-07-01, 2024.07.01, 2024/07/01, 20240701, 01.07.2024, 07/01/2024,
 * followed by nothing or HH:MM, HH:MM:SS, HHMM, HHMMSS, each with an optional fraction and an optional Z, GMT, UTC
 * or offset; and epoch numbers. Any single character may stand between date and clock, so a delimiter may too.
 */
export const createTimeParser = (order?: DateOrder): TimeParser => {
  let bytes: Uint8Array = new Uint8Array(0);
  let at = 0;
  let end = 0;
  let length = 0; // digits of the number that was read last
  let [knownYear, knownMonth, knownDay, knownDays] = [0, 0, 0, 0];

  const integer = (limit: number): number => {
    let value = 0;
    length = 0;
    while (at < end && length < limit) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      length++;
      at++;
    }
    return value;
  };

  const skip = (byte: number): boolean => {
    if (at >= end || bytes[at] !== byte) return false;
    at++;
    return true;
  };

  const days = (year: number, month: number, day: number): number => {
    if (day === knownDay && month === knownMonth && year === knownYear) return knownDays;
    if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return Number.NaN;
    [knownYear, knownMonth, knownDay, knownDays] = [year, month, day, daysFromCivil(year, month, day)];
    return knownDays;
  };

  /** Day number of the date at the cursor, or of an epoch number (then `at` is at the end and `epoch` is set). */
  let epoch = Number.NaN;
  const date = (): number => {
    const start = at;
    const first = integer(19);
    if (length >= 9) {
      const scale = epochScale[length];
      // Nanoseconds exceed 2^53: the digits beyond microseconds are dropped by reading fewer of them.
      if (length === 19) {
        at = start;
        epoch = integer(16);
        at = start + 19;
      } else epoch = scale ? first * scale : Number.NaN;
      return Number.NaN;
    }
    if (length === 8) return days(Math.floor(first / 10_000), Math.floor(first / 100) % 100, first % 100);
    const separator = bytes[at] as number;
    if (at >= end || (separator !== 0x2d && separator !== 0x2e && separator !== 0x2f)) return Number.NaN;
    const yearFirst = length === 4;
    at++;
    const second = integer(2);
    if (!skip(separator)) return Number.NaN;
    const third = integer(yearFirst ? 2 : 4);
    if (yearFirst) return days(first, second, third);
    if (length !== 4) return Number.NaN;
    const dayFirst = order ? order === 'dmy' : separator !== 0x2f;
    return dayFirst ? days(third, second, first) : days(third, first, second);
  };

  const fraction = (): number => {
    if (!skip(0x2e)) return 0;
    let micros = integer(6);
    if (length === 0) return Number.NaN;
    for (let i = length; i < 6; i++) micros *= 10;
    while (at < end && isDigit(bytes[at] as number)) at++;
    return micros;
  };

  /** Microseconds of the clock at the cursor. */
  const clock = (): number => {
    const first = integer(6);
    let [hour, minute, second] = [first, 0, 0];
    if (length === 6)
      [hour, minute, second] = [Math.floor(first / 10_000), Math.floor(first / 100) % 100, first % 100];
    else if (length === 4) [hour, minute] = [Math.floor(first / 100), first % 100];
    else if ((length === 1 || length === 2) && skip(0x3a)) {
      minute = integer(2);
      if (length !== 2) return Number.NaN;
      if (skip(0x3a)) {
        second = integer(2);
        if (length !== 2) return Number.NaN;
      }
    } else return Number.NaN;
    if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction();
  };

  /** Minutes of the offset at the cursor; NaN where there is none; Infinity where what is there is no offset. */
  const offset = (): number => {
    while (skip(0x20));
    if (at === end) return Number.NaN;
    let named = skip(0x5a); // Z
    if (!named && end - at >= 3) {
      const name = String.fromCharCode(...bytes.subarray(at, at + 3));
      if (name === 'GMT' || name === 'UTC') {
        named = true;
        at += 3;
      }
    }
    if (named && at === end) return 0;
    const sign = skip(0x2b) ? 1 : skip(0x2d) ? -1 : 0;
    if (sign === 0) return Number.POSITIVE_INFINITY;
    let value = integer(4);
    if (length === 4) value = Math.floor(value / 100) * 60 + (value % 100);
    else {
      value *= 60;
      if (skip(0x3a)) value += integer(2);
    }
    return length === 0 || at !== end ? Number.POSITIVE_INFINITY : sign * value;
  };

  const parser: TimeParser = {
    offsetMinutes: Number.NaN,
    dateOnly: false,
    parse(text, from, to) {
      [bytes, at, end, epoch] = [text, from, to, Number.NaN];
      parser.offsetMinutes = Number.NaN;
      parser.dateOnly = false;
      const day = date();
      if (!Number.isNaN(epoch)) {
        parser.offsetMinutes = 0;
        return at === end ? Math.floor(epoch) : Number.NaN;
      }
      if (at === end) {
        parser.dateOnly = true;
        return day * microsPerDay;
      }
      at++; // space, T, or the delimiter between a date and a clock column
      if (at === end) return Number.NaN;
      const time = day * microsPerDay + clock();
      if (at === end) return time;
      const stated = offset();
      if (stated === Number.POSITIVE_INFINITY) return Number.NaN;
      parser.offsetMinutes = stated;
      return time;
    },
  };
  return parser;
};
