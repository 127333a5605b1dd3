/** Time zones of stock exchanges by their IANA names. */
export const zones = [
  'UTC',
  'Africa/Cairo',
  'Africa/Johannesburg',
  'Africa/Lagos',
  'Africa/Nairobi',
  'America/Argentina/Buenos_Aires',
  'America/Bogota',
  'America/Chicago',
  'America/Lima',
  'America/Mexico_City',
  'America/New_York',
  'America/Santiago',
  'America/Sao_Paulo',
  'America/Toronto',
  'Asia/Bangkok',
  'Asia/Dhaka',
  'Asia/Dubai',
  'Asia/Ho_Chi_Minh',
  'Asia/Hong_Kong',
  'Asia/Jakarta',
  'Asia/Jerusalem',
  'Asia/Karachi',
  'Asia/Kolkata',
  'Asia/Kuala_Lumpur',
  'Asia/Manila',
  'Asia/Qatar',
  'Asia/Riyadh',
  'Asia/Seoul',
  'Asia/Shanghai',
  'Asia/Singapore',
  'Asia/Taipei',
  'Asia/Tokyo',
  'Australia/Sydney',
  'Europe/Amsterdam',
  'Europe/Athens',
  'Europe/Berlin',
  'Europe/Brussels',
  'Europe/Bucharest',
  'Europe/Budapest',
  'Europe/Copenhagen',
  'Europe/Dublin',
  'Europe/Helsinki',
  'Europe/Istanbul',
  'Europe/Lisbon',
  'Europe/London',
  'Europe/Madrid',
  'Europe/Moscow',
  'Europe/Oslo',
  'Europe/Paris',
  'Europe/Prague',
  'Europe/Rome',
  'Europe/Stockholm',
  'Europe/Vienna',
  'Europe/Warsaw',
  'Europe/Zurich',
  'Pacific/Auckland',
] as const;

export type Zone = (typeof zones)[number];

const quarterMs = 900_000;
/** No zone of the list has changed its offset twice within so long: 21 days, Cairo's in September 2010, are the least. */
const stepMs = 14 * 86_400_000;
const firstMs = Date.UTC(1970, 0, 1);
/** The clocks of later years are not known; the database of zones itself only repeats the rules of today. */
const endMs = Date.UTC(2041, 0, 1);

/** Milliseconds east of UTC from a name such as GMT, GMT-05:00 or GMT+00:19:32. */
function offsetOf(name: string): number {
  const [, sign, hours, minutes, seconds] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name) ?? [];
  const size = 1000 * (3600 * Number(hours ?? 0) + 60 * Number(minutes ?? 0) + Number(seconds ?? 0));
  return sign === '-' ? -size : size;
}

/** Offset of a zone's clock, in milliseconds east of UTC, at an instant in milliseconds. */
function offsetReader(zone: Zone): (at: number) => number {
  // with the year beside it, which is the least that takes no longer, and few names, which are read once
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    timeZoneName: 'longOffset',
    year: 'numeric',
  });
  const read = new Map<string, number>();
  return at => {
    const text = format.format(at);
    const name = text.slice(text.indexOf('GMT'));
    const offset = read.get(name) ?? offsetOf(name);
    read.set(name, offset);
    return offset;
  };
}

/** The first instant in (before, after] of which `isLate` holds, which holds from there on; in steps of so many milliseconds. */
function firstLate(before: number, after: number, ms: number, isLate: (at: number) => boolean): number {
  let [early, late] = [before / ms, after / ms];
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (isLate(middle * ms)) late = middle;
    else early = middle;
  }
  return late * ms;
}

/** Asking the host takes a microsecond and more, so that it is asked as rarely as will do. */
function readOffsets(zone: Zone): Float64Array {
  const offsetAt = offsetReader(zone);
  const instants = [firstMs];
  const offsets = [offsetAt(firstMs)];
  for (let before = firstMs; before < endMs; before += stepMs) {
    const offset = offsets.at(-1);
    const after = Math.min(before + stepMs, endMs);
    if (offsetAt(after) === offset) continue;
    const isLate = (at: number): boolean => offsetAt(at) !== offset;
    const quarter = firstLate(before, after, quarterMs, isLate);
    // clocks change at quarters of an hour, as a rule
    const change = isLate(quarter - 1) ? firstLate(quarter - quarterMs, quarter, 1, isLate) : quarter;
    instants.push(change);
    offsets.push(offsetAt(change));
  }
  return Float64Array.of(...[...instants, endMs, ...offsets, Number.NaN].map(ms => ms * 1000));
}

const known = new Map<Zone, Float64Array>();

/**
 * What the kernel `localTime` reads: the instants of 1970 to 2040 at which a zone's offset from UTC changes and the end of
 * 2040, in microseconds since the Unix epoch, ascending; then the offset from each on, in microseconds east of UTC. From
 * the zone database of the host, so that what follows from a zone takes the table into its version.
 */
export function zoneOffsets(zone: Zone): Float64Array {
  const table = known.get(zone) ?? readOffsets(zone);
  known.set(zone, table);
  return table;
}
