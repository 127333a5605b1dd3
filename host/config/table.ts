import { availableParallelism } from 'node:os';
import * as v from 'valibot';
import { barColumns } from '../catalog/bars.ts';
import { customFamilyEntries } from '../catalog/customSchema.ts';
import { defaultSet, type SetConfig } from '../catalog/set.ts';
import { byName, positive, strict, text, whole } from '../shape.ts';

/**
 * Every setting, once: where it stands in the file, which variable and flag override it, what it accepts and what
 * holds when nobody says anything. The file's schema, its error messages, `windrow config` and
 * docs/configuration.md are made from this table.
 */
type Setting<T> = {
  /** Place in windrow.config.yaml, with dots between levels. */
  readonly key: string;
  readonly schema: v.GenericSchema<unknown, T>;
  /** Completes "expected ...". */
  readonly expects: string;
  readonly summary: string;
  readonly env?: string;
  readonly flag?: string;
  /** Makes a value of the variable's text; text itself when absent. */
  readonly fromText?: (text: string) => unknown;
  /** What holds by default, for the documentation, where the value depends on the machine. */
  readonly otherwise?: string;
  readonly secret?: boolean;
};

type SettingWithDefault<T> = Setting<T> & { readonly fallback: () => T };

const setting = <T>(entry: Setting<T>): Setting<T> => entry;
const settingWithDefault = <T>(entry: SettingWithDefault<T>): SettingWithDefault<T> => entry;

export const symbolPattern = /^[a-z0-9][a-z0-9._-]{0,30}$/;
const identifier = v.pipe(text, v.maxLength(63));
const symbol = v.pipe(
  v.string(),
  v.transform(written => written.toLowerCase().replace('/', '')),
  v.regex(symbolPattern),
);

const knownZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
};

const clock = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/));
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const weekMoment = v.pipe(v.string(), v.regex(/^(sun|mon|tue|wed|thu|fri|sat) ([01]\d|2[0-3]):[0-5]\d$/));
const zone = v.pipe(v.string(), v.check(knownZone));

const weekHours = strict({ zone: v.optional(zone, 'UTC'), week: v.strictTuple([weekMoment, weekMoment]) });
const dayHours = strict({
  zone: v.optional(zone, 'UTC'),
  days: v.optional(v.pipe(v.array(v.picklist(days)), v.minLength(1)), ['mon', 'tue', 'wed', 'thu', 'fri']),
  open: clock,
  close: clock,
});

/** Not a union, which could not say what is wrong in the one that is meant. */
export const sessionSchema = v.lazy((hours): typeof weekHours | typeof dayHours =>
  typeof hours === 'object' && hours !== null && 'week' in hours ? weekHours : dayHours,
);

export type SessionHours = v.InferOutput<typeof sessionSchema>;

const customSchema = byName(v.string(), strict({ ...customFamilyEntries, set: v.optional(text) }));

export const settingTable = {
  databaseUrl: setting({
    key: 'database.url',
    schema: v.pipe(v.string(), v.regex(/^postgres(ql)?:\/\//)),
    expects: 'a URL that begins with postgresql://',
    summary: 'Your own Postgres server (15 to 18). Without it the embedded server is used.',
    env: 'DATABASE_URL',
    flag: '--database-url',
    otherwise: 'the embedded server',
    secret: true,
  }),
  dataDir: setting({
    key: 'database.dataDir',
    schema: text,
    expects: 'a folder name',
    summary: 'Folder of the embedded server. A relative name counts from the file that it stands in.',
    env: 'WINDROW_DATA_DIR',
    flag: '--data-dir',
    otherwise: '`windrow/` in the data folder of the user (XDG_DATA_HOME, else ~/.local/share)',
  }),
  schema: settingWithDefault({
    key: 'database.schema',
    schema: identifier,
    expects: 'a schema name of at most 63 bytes',
    summary: 'Schema that holds bars and features; created when missing.',
    env: 'WINDROW_SCHEMA',
    flag: '--schema',
    fallback: () => 'public',
  }),
  set: settingWithDefault({
    key: 'set',
    schema: text,
    expects: 'the name of a set',
    summary: 'Which set of features to compute.',
    flag: '--set',
    fallback: () => defaultSet,
  }),
  sets: settingWithDefault<Record<string, SetConfig>>({
    key: 'sets',
    schema: byName(
      text,
      strict({ options: v.optional(byName(v.string(), v.unknown())), off: v.optional(v.array(text)) }),
    ),
    expects: 'sets with `options` and `off`, such as stocks-hourly: { options: { basic: true } }',
    summary:
      'What each set is told: its `options`, which `windrow sets NAME` shows, and features to switch `off`.',
    otherwise: 'the defaults of each set',
    fallback: () => ({}),
  }),
  custom: settingWithDefault<v.InferOutput<typeof customSchema>>({
    key: 'custom',
    schema: customSchema,
    expects:
      'families with `features`, such as mine: { features: { gap: close - mean(close, 20) } }, and if need be `define`, `title` and `set`',
    summary: 'Families of features of your own, as formulas ([custom features](custom-features.md)).',
    otherwise: 'none',
    fallback: () => ({}),
  }),
  pairs: setting({
    key: 'pairs',
    schema: v.pipe(v.array(symbol), v.minLength(1)),
    expects: 'a list of symbols such as [eurusd, gbpusd]',
    summary: 'Symbols that commands work on.',
    flag: '--symbols',
    otherwise: 'every symbol that has bars',
  }),
  families: setting({
    key: 'families',
    schema: v.pipe(v.array(text), v.minLength(1)),
    expects: 'a list of family names',
    summary: 'Families that commands work on.',
    flag: '--families',
    otherwise: 'every family of the set',
  }),
  baselines: settingWithDefault<Record<string, number>>({
    key: 'baselines',
    schema: byName(symbol, positive),
    expects: 'symbols with positive prices, such as eurusd: 1.0737',
    summary:
      'Price at which `rate_index` is 100, by symbol. Counts when a symbol is first backfilled; it is stored then and stays.',
    otherwise: 'close of the first bar at or after 2024-07-01 00:00 UTC, else of the first bar',
    fallback: () => ({}),
  }),
  horizonBits: setting({
    key: 'horizonBits',
    schema: whole(8, 200),
    expects: 'a whole number from 8 to 200',
    summary: 'Exponential means drop weights that sum to less than 2^-horizonBits of the total.',
    otherwise: 'what the set says (53)',
  }),
  type: settingWithDefault({
    key: 'type',
    schema: v.picklist(['double', 'real']),
    expects: '"double" or "real"',
    summary: 'Type of feature columns: `double precision`, or `real` at half the storage.',
    flag: '--type',
    fallback: () => 'double' as const,
  }),
  workers: settingWithDefault({
    key: 'workers',
    schema: whole(1, 256),
    expects: 'a whole number from 1 to 256',
    summary: 'Partitions at a time, each by a thread and a connection of its own.',
    env: 'WINDROW_WORKERS',
    flag: '--workers',
    fromText: Number,
    otherwise: 'the number of processors',
    fallback: () => availableParallelism(),
  }),
  source: setting({
    key: 'source',
    schema: strict({
      table: text,
      symbolColumn: v.optional(identifier),
      timeColumn: v.optional(identifier),
      columns: v.optional(byName(v.picklist(barColumns), identifier)),
    }),
    expects: '`table`, and if need be `symbolColumn`, `timeColumn` and `columns`',
    summary: 'Tables of yours that hold the bars; nothing is copied then.',
    otherwise: '`market_data`, which `windrow import` fills',
    flag: '--source',
  }),
  session: setting({
    key: 'session',
    schema: sessionSchema,
    expects: '`zone` and `week`, or `zone`, `days`, `open` and `close`',
    summary: 'Hours in which the market is open; `windrow import` leaves out bars outside them.',
    otherwise: 'every bar counts',
  }),
  zone: setting({
    key: 'import.zone',
    schema: zone,
    expects: 'a time zone of the IANA database such as Europe/London',
    summary: 'Zone of the times in files, where the format does not fix it.',
    flag: '--zone',
    otherwise: 'the zone of the recognised format, else UTC',
  }),
  label: setting({
    key: 'import.label',
    schema: v.picklist(['start', 'end']),
    expects: '"start" or "end"',
    summary: "Whether a bar's time is its start or its end.",
    flag: '--label',
    otherwise: 'start',
  }),
  rejects: setting({
    key: 'import.rejects',
    schema: text,
    expects: 'a folder name',
    summary: 'Folder for rejected lines.',
    flag: '--rejects',
    otherwise: 'beside the file that was read',
  }),
} as const;

export type SettingName = keyof typeof settingTable;
type Table = typeof settingTable;
type ValueOf<E> = E extends { readonly schema: v.GenericSchema<unknown, infer T> } ? T : never;

/** Values in force. A setting without a default is undefined when nobody sets it. */
export type Settings = {
  readonly [K in SettingName]: Table[K] extends { readonly fallback: unknown }
    ? ValueOf<Table[K]>
    : ValueOf<Table[K]> | undefined;
};

export const settingNames = Object.keys(settingTable) as SettingName[];

/** The table's entry without its type, for code that walks over all settings. */
export const settingOf = (name: SettingName): Setting<unknown> & { readonly fallback?: () => unknown } =>
  settingTable[name] as Setting<unknown> & { readonly fallback?: () => unknown };
