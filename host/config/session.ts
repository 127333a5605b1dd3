import type { Bars } from '../catalog/bars.ts';
import type { SessionHours } from './table.ts';

const weekDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const microsPerMinute = 60_000_000;
const minutesPerDay = 1440;
const minutesPerWeek = 7 * minutesPerDay;
// 1970-01-01 was a Thursday.
const epochMinuteOfWeek = 4 * minutesPerDay;

const clockMinutes = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
};

const weekMinutes = (moment: string): number => {
  const [day = '', clock = ''] = moment.split(' ');
  return weekDays.indexOf(day) * minutesPerDay + clockMinutes(clock);
};

/** Half-open spans of minutes of the week, Sunday 00:00 local time being 0. A span may run over the week's end. */
function openSpans(session: SessionHours): (readonly [from: number, to: number])[] {
  if ('week' in session) return [[weekMinutes(session.week[0]), weekMinutes(session.week[1])]];
  const open = clockMinutes(session.open);
  const close = clockMinutes(session.close);
  return session.days.map(day => {
    const start = weekDays.indexOf(day) * minutesPerDay;
    return [start + open, start + close + (close <= open ? minutesPerDay : 0)] as const;
  });
}

/** Minutes that a zone's clock is ahead of UTC, looked up once per quarter of an hour that occurs. */
function zoneOffsets(zone: string): (minute: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  });
  const known = new Map<number, number>();
  return minute => {
    const quarter = Math.floor(minute / 15);
    const found = known.get(quarter);
    if (found !== undefined) return found;
    const at = quarter * 15 * 60_000;
    const parts = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 0, day = 0, hour = 0, minute: clock = 0 } = parts;
    const offset = (Date.UTC(year, month - 1, day, hour, clock) - at) / 60_000;
    known.set(quarter, offset);
    return offset;
  };
}

/** Whether a bar that starts at a time (microseconds since 1970, UTC) lies inside the session. */
export function sessionTest(session: SessionHours): (time: number) => boolean {
  const spans = openSpans(session);
  const offsetAt = zoneOffsets(session.zone);
  const open = new Uint8Array(minutesPerWeek);
  for (const [from, to] of spans) {
    const end = to <= from ? to + minutesPerWeek : to;
    for (let minute = from; minute < end; minute++) open[minute % minutesPerWeek] = 1;
  }
  return time => {
    const minute = Math.floor(time / microsPerMinute);
    const local = (minute + offsetAt(minute) + epochMinuteOfWeek) % minutesPerWeek;
    return open[local < 0 ? local + minutesPerWeek : local] === 1;
  };
}

/** The bars of a session; the same object when all of them are. */
export function insideSession(bars: Bars, isOpen: (time: number) => boolean): Bars {
  const rows: number[] = [];
  bars.time.forEach((time, row) => {
    if (isOpen(time)) rows.push(row);
  });
  if (rows.length === bars.time.length) return bars;
  const pick = (plane: Float64Array): Float64Array => Float64Array.from(rows, row => plane[row] as number);
  const columns = Object.fromEntries(
    Object.entries(bars.columns).map(([name, plane]) => [name, pick(plane)]),
  );
  return { time: pick(bars.time), columns };
}
