import { type BarColumn, barColumns } from '../catalog/bars.ts';

/** What a field of a file can hold: a bar column, a part of the time, or a quote that still has to be interpreted. */
export type FieldRole = BarColumn | 'time' | 'date' | 'clock' | 'bid' | 'ask' | 'spread' | 'symbol';

/** Names of the instant of a bar, best first: a file may have several. */
const timeNames = [
  'ts_utc',
  'time_utc',
  'utc',
  'utc_time',
  'timestamp_utc',
  'gmt_time',
  'open_time',
  'opentime',
  'unix',
  'unix_timestamp',
  'timestamp',
  'datetime',
  'date_time',
  'local_time',
  'time',
  'ts',
];

const dateNames = ['date', 'dtyyyymmdd', 'day'];

/** Names in exports, beside the names of bar columns themselves. Of two fields with one role the first counts. */
const aliases: Readonly<Record<string, FieldRole>> = {
  o: 'open',
  h: 'high',
  l: 'low',
  c: 'close',
  last: 'close',
  tickvol: 'volume',
  tick_volume: 'volume',
  tickvolume: 'volume',
  vol: 'volume',
  v: 'volume',
  bid: 'bid',
  ask: 'ask',
  spread: 'spread',
  symbol: 'symbol',
  ticker: 'symbol',
  instrument: 'symbol',
  open_bid: 'bid_open',
  high_bid: 'bid_high',
  low_bid: 'bid_low',
  close_bid: 'bid_close',
  open_ask: 'ask_open',
  high_ask: 'ask_high',
  low_ask: 'ask_low',
  close_ask: 'ask_close',
  bidopen: 'bid_open',
  bidhigh: 'bid_high',
  bidlow: 'bid_low',
  bidclose: 'bid_close',
  askopen: 'ask_open',
  askhigh: 'ask_high',
  asklow: 'ask_low',
  askclose: 'ask_close',
};

const known = new Set<string>(barColumns);

/** A header's name in the form in which it is looked up: "<TICKVOL>" is "tickvol", "Gmt time" is "gmt_time". */
export const plainName = (name: string): string =>
  name
    .replace(/^\uFEFF/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');

/** Zone that a header states, as Dukascopy's "Time (EET)" does. */
export const zoneOfName = (name: string): string | undefined => {
  if (/(^|_)(utc|gmt)(_|$)/.test(plainName(name))) return 'UTC';
  return /^time \((\w+)\)$/i.exec(name.trim())?.[1]?.toUpperCase();
};

const columnRole = (plain: string): FieldRole | undefined =>
  known.has(plain) ? (plain as BarColumn) : Object.hasOwn(aliases, plain) ? aliases[plain] : undefined;

/**
 * Roles of the fields under a header; undefined where it has no time or no complete bar, so that the line may be
 * data. `clockSample` is the first line's field of the same index, which tells a time of day from a date and time.
 */
export const headerRoles = (
  names: readonly string[],
  sample: readonly string[],
): (FieldRole | undefined)[] | undefined => {
  const plain = names.map(name =>
    zoneOfName(name) && /^time/i.test(name.trim()) ? 'time' : plainName(name),
  );
  const roles: (FieldRole | undefined)[] = names.map(() => undefined);
  const taken = new Set<FieldRole>();
  // tick volume before real volume, which foreign exchange does not have
  const order = plain.map((name, i) => ({ name, i })).sort((a, b) => volumeRank(a.name) - volumeRank(b.name));
  for (const { name, i } of order) {
    const role = columnRole(name);
    if (!role || taken.has(role)) continue;
    taken.add(role);
    roles[i] = role;
  }
  const date = plain.findIndex(name => dateNames.includes(name));
  const clock = plain.indexOf('time');
  if (date >= 0 && clock >= 0 && isClock(sample[clock])) {
    roles[date] = 'date';
    roles[clock] = 'clock';
  } else {
    const name = timeNames.find(candidate => plain.includes(candidate));
    const at = name ? plain.indexOf(name) : date;
    if (at < 0) return undefined;
    roles[at] = 'time';
  }
  const hasBar = (prefix: string) =>
    ['open', 'high', 'low', 'close'].every(part => taken.has(`${prefix}${part}` as BarColumn));
  return hasBar('') || hasBar('bid_') ? roles : undefined;
};

const isClock = (text = ''): boolean => /^"?(\d{1,2}:\d\d|\d{4}(\d\d)?"?$)/.test(text);

const volumeRank = (name: string): number => (name === 'vol' || name === 'v' ? 1 : 0);
