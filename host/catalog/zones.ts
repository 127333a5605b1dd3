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

const weekMs = 7 * 86_400_000;
const firstMs = Date.UTC(1970, 0, 1);
/** The clocks of later years are not known; the database of zones itself only repeats the rules of today. */
const endMs = Date.UTC(2041, 0, 1);

/** Offset of a zone's clock, in milliseconds east of UTC, at an instant in milliseconds. */
function offsetReader(zone: Zone): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return at => {
    const [, sign, hours, minutes, seconds] =
      /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(at)) ?? [];
    const size = 1000 * (3600 * Number(hours ?? 0) + 60 * Number(minutes ?? 0) + Number(seconds ?? 0));
    return sign === '-' ? -size : size;
  };
}

function readOffsets(zone: Zone): Float64Array {
  const offsetAt = offsetReader(zone);
  const instants = [firstMs];
  const offsets = [offsetAt(firstMs)];
  // no zone of the list has changed its offset twice within a week
  for (let week = firstMs; week < endMs; week += weekMs) {
    if (offsetAt(week + weekMs) === offsets.at(-1)) continue;
    let [before, after] = [week, week + weekMs];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === offsets.at(-1)) before = middle;
      else after = middle;
    }
    instants.push(after);
    offsets.push(offsetAt(after));
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
