import { WindrowError } from '../errors.ts';
import { microsPerDay, microsPerMinute } from './calendar.ts';

/** A clock that files are written in. */
export type ZoneClock = {
  readonly name: string;
  /**
   * UTC of a local time, both in microseconds; NaN where the clock skips that time. A time that occurs twice, when
   * clocks go back, is its first occurrence, unless `previous` (UTC of the line before) has reached that: then it is
   * the second.
   */
  toUtc(local: number, previous: number): number;
};

const offsetForm = /^(.*?)([+-])(\d\d):(\d\d)$/;

/**
 * The clock of an IANA zone, of a fixed offset, or of a zone moved by an offset: "Europe/London-05:00" is always
 * five hours behind London.
 */
export const openZone = (name: string, where = ''): ZoneClock => {
  const match = offsetForm.exec(name);
  const shift = match
    ? (match[2] === '-' ? -1 : 1) * (Number(match[3]) * 60 + Number(match[4])) * microsPerMinute
    : 0;
  const zone = match ? match[1] : name;
  if (zone === '' || zone === 'UTC' || zone === 'GMT') {
    if (name === '') throw new WindrowError('WR_ZONE_UNKNOWN', { zone: name, where });
    return { name, toUtc: local => local - shift };
  }
  const offsetAt = zoneOffset(zone as string, name, where);
  const isConstant = memo(
    (day: number) => offsetAt((day - 1) * microsPerDay) === offsetAt((day + 2) * microsPerDay),
  );
  const dayOffset = memo((day: number) => offsetAt(day * microsPerDay));

  const toUtc = (local: number, previous: number): number => {
    const wall = local - shift;
    const day = Math.floor(wall / microsPerDay);
    if (isConstant(day)) return wall - dayOffset(day);
    // A transition is near: the offsets a day before and after are the two candidates.
    const before = offsetAt(wall - microsPerDay);
    const after = offsetAt(wall + microsPerDay);
    const candidates = [wall - before, wall - after].filter(
      (utc, i) => offsetAt(utc) === (i === 0 ? before : after),
    );
    const first = Math.min(...candidates);
    const second = Math.max(...candidates);
    if (candidates.length === 0) return Number.NaN;
    return first <= previous && second > previous ? second : first;
  };
  return { name, toUtc };
};

/** Offset of a zone from UTC at a time, in microseconds, as the host's time zone data has it. */
const zoneOffset = (zone: string, name: string, where: string): ((utc: number) => number) => {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch (cause) {
    throw new WindrowError('WR_ZONE_UNKNOWN', { zone: name, where }, { cause });
  }
  // Offsets change at full quarters of an hour only, in every zone and year since 1972.
  const quarter = 15 * microsPerMinute;
  const ofQuarter = memo((index: number) => {
    const parts = format.formatToParts(new Date((index * quarter) / 1000));
    const text = parts.find(part => part.type === 'timeZoneName')?.value ?? '';
    const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text);
    if (!match) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return (match[1] === '-' ? -seconds : seconds) * 1_000_000;
  });
  return utc => ofQuarter(Math.floor(utc / quarter));
};

// Daily files of fifty years ask for 18,000 days: the limit only stops an endless mix of times.
const memoLimit = 100_000;

const memo = <T>(compute: (key: number) => T): ((key: number) => T) => {
  const known = new Map<number, T>();
  return key => {
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= memoLimit) known.clear();
    const value = compute(key);
    known.set(key, value);
    return value;
  };
};
