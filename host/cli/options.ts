import { InvalidArgumentError } from 'commander';
import type { SettingName } from '../config/table.ts';

/**
 * Every option of every command, once. An option that carries the name of a setting overrides that setting.
 * Commands pick from this table by name; help and docs/cli.md are made from it.
 */
export type Option<T> = {
  readonly flags: string;
  readonly summary: string;
  readonly group: Group;
  readonly choices?: readonly string[];
  readonly parse?: (text: string, previous: T | undefined) => T;
};

export type Group = 'Selection:' | 'Files:' | 'Run:' | 'Output:' | 'Database:' | 'General:';

const text = (flags: string, summary: string, group: Group): Option<string> => ({ flags, summary, group });
const flag = (flags: string, summary: string, group: Group): Option<boolean> => ({ flags, summary, group });
const list = (flags: string, summary: string, group: Group): Option<string[]> => ({
  flags,
  summary,
  group,
  parse: (value, previous) => [
    ...(previous ?? []),
    ...value
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== ''),
  ],
});
const choice = <const C extends string>(
  flags: string,
  summary: string,
  group: Group,
  choices: readonly C[],
): Option<C> => ({ flags, summary, group, choices });
const whole = (flags: string, summary: string, group: Group, least = 0): Option<number> => ({
  flags,
  summary,
  group,
  parse: value => {
    if (/^\d{1,15}$/.test(value) && Number(value) >= least) return Number(value);
    throw new InvalidArgumentError(`Expected a whole number from ${least} on.`);
  },
});
const wholes = (flags: string, summary: string, group: Group): Option<number[]> => ({
  flags,
  summary,
  group,
  parse: (value, previous) => {
    const items = value.split(',').map(item => item.trim());
    if (items.every(item => /^\d{1,3}$/.test(item))) return [...(previous ?? []), ...items.map(Number)];
    throw new InvalidArgumentError('Expected whole numbers with commas between.');
  },
});
const positive = (flags: string, summary: string, group: Group): Option<number> => ({
  flags,
  summary,
  group,
  parse: value => {
    if (value.trim() !== '' && Number.isFinite(Number(value)) && Number(value) > 0) return Number(value);
    throw new InvalidArgumentError('Expected a positive number.');
  },
});

const minutes = (flags: string, summary: string, group: Group): Option<number> => ({
  flags,
  summary,
  group,
  parse: value => {
    const found = /^(\d{1,4})(m|h|d)?$/.exec(value);
    const minutesEach = { m: 1, h: 60, d: 1440 }[(found?.[2] ?? 'm') as 'm' | 'h' | 'd'];
    if (found !== null && Number(found[1]) > 0) return Number(found[1]) * minutesEach;
    throw new InvalidArgumentError('Expected a length such as 1m, 5m, 1h or 1d.');
  },
});

export const optionTable = {
  set: text('--set <name>', 'set of features (default: fx)', 'Selection:'),
  pairs: list(
    '--symbols, --pairs <list>',
    'symbols, with commas between (default: all that have bars)',
    'Selection:',
  ),
  phases: wholes('--phases <list>', 'phases, with commas between, as 1,2 (default: all)', 'Selection:'),
  families: list(
    '--family, --families <list>',
    'families, with commas between (default: all of the set)',
    'Selection:',
  ),
  from: text('--from <month>', 'first month, as 2024-07 (default: the first with bars)', 'Selection:'),
  to: text('--to <month>', 'last month, included (default: the last with bars)', 'Selection:'),
  months: list('--months <list>', 'months, with commas between; instead of --from and --to', 'Selection:'),
  source: text('--source <table>', 'read bars from a table of yours, as public.m1_{pair}', 'Selection:'),

  quotes: choice('--quotes <kind>', 'what open, high, low and close are when a file has quotes', 'Files:', [
    'none',
    'bid-ask',
  ]),
  zone: text('--zone <name>', 'time zone of the file, as Europe/London', 'Files:'),
  label: choice('--label <kind>', "whether a bar's time is its start or its end", 'Files:', ['start', 'end']),
  interval: minutes(
    '--interval <length>',
    'length of a bar, as 5m, 1h or 1d, for --label end (default: recognised)',
    'Files:',
  ),
  dateOrder: choice(
    '--date-order <order>',
    'order in dates such as 01/02/2024 (default: mdy; with dots dmy)',
    'Files:',
    ['dmy', 'mdy'],
  ),
  columns: list(
    '--columns <list>',
    'columns of the file in order, as time,open,high,low,close,-,volume',
    'Files:',
  ),
  delimiter: text('--delimiter <char>', 'what stands between fields (default: recognised)', 'Files:'),
  symbol: text('--pair, --symbol <name>', 'symbol of all files given', 'Files:'),
  symbolPattern: text(
    '--symbol-pattern <regex>',
    'regular expression that finds the symbol in a file name; its first group counts',
    'Files:',
  ),
  point: positive('--point <size>', 'size of a point, where a file gives the spread in points', 'Files:'),
  rejects: text('--rejects <folder>', 'folder for rejected lines (default: beside the file)', 'Files:'),
  strict: flag('--strict', 'stop at the first bad line', 'Files:'),
  csv: text('--csv <folder>', 'write gzipped CSV files instead of loading the database', 'Files:'),
  seed: whole('--seed <number>', 'seed of the generator (default: 1)', 'Run:'),

  type: choice('--type <type>', 'type of feature columns (default: double)', 'Run:', ['double', 'real']),
  workers: whole(
    '--workers <count>',
    'partitions at a time, each by a connection (default: the number of processors)',
    'Run:',
    1,
  ),
  taskTimeout: whole('--task-timeout <seconds>', 'a task that takes longer fails (default: 600)', 'Run:', 1),
  taskMemory: whole('--task-memory <MB>', 'a task that needs more memory fails (default: 512)', 'Run:', 64),
  symbolTimeout: whole(
    '--symbol-timeout <seconds>',
    'a symbol that takes longer fails (default: 30)',
    'Run:',
    1,
  ),
  serverTimeout: whole(
    '--server-timeout <seconds>',
    'a server that neither takes nor sends a byte for longer is given up (default: 300)',
    'Run:',
    1,
  ),
  attempts: whole(
    '--attempts <count>',
    'how often a task is tried (default: 6 where the cause may pass, else 2)',
    'Run:',
    1,
  ),
  force: flag('--force', 'compute again what is already done', 'Run:'),
  dryRun: flag('--dry-run', 'print what would be done and do nothing', 'Run:'),
  off: list('--off <features>', 'features to switch off, with commas between', 'Run:'),
  on: list('--on <features>', 'features to switch on again, with commas between', 'Run:'),
  sample: {
    flags: '--sample <part>',
    summary: 'so many partitions, or months of symbols, or such a share of them, as 200 or 5% (default: all)',
    group: 'Run:',
    parse: value => {
      const [, digits, percent] = /^(\d{1,9}|\d{1,3}\.\d{1,6}(?=%))(%?)$/.exec(value) ?? [];
      if (digits !== undefined && !percent) return { count: Number(digits) };
      if (digits !== undefined && Number(digits) > 0 && Number(digits) <= 100)
        return { share: Number(digits) / 100 };
      throw new InvalidArgumentError('Expected a whole number, or a share such as 5%.');
    },
  } as Option<{ count: number } | { share: number }>,
  keep: whole('--keep <months>', 'how many months to keep, the newest among them', 'Run:', 1),
  against: text('--against <file>', 'another configuration file, to hold the present one against', 'Run:'),
  stored: flag(
    '--stored',
    'compare with the checksums of the ledger, or rows with their bars, without computing',
    'Run:',
  ),
  cuts: whole('--cuts <count>', 'how many places of a month to cut at (default: 24)', 'Run:', 1),

  model: text('--model <name>', 'one model, as garch_rate (default: all of the set)', 'Selection:'),
  expr: text('--expr <formula>', 'explain a formula in place of a feature', 'Selection:'),

  familyCosts: list(
    '--families [list]',
    'what each family costs, or those named, with commas between',
    'Run:',
  ) as Option<string[] | true>,
  cost: flag('--cost', 'measure what the feature, or a family, costs per row', 'Run:'),

  nulls: {
    flags: '--nulls [percent]',
    summary: 'only features that are NULL in more than so many percent of their rows (default: 1)',
    group: 'Output:',
    parse: value => {
      if (value.trim() !== '' && Number(value) >= 0 && Number(value) <= 100) return Number(value);
      throw new InvalidArgumentError('Expected a number from 0 to 100.');
    },
  } as Option<number | true>,
  all: flag('--all', 'every feature, not only the families', 'Output:'),
  last: whole('--last <count>', 'how many runs (default: 20)', 'Output:', 1),
  out: text('--out <folder>', 'folder of the pictures (default: the present one)', 'Output:'),
  format: choice('--format <kind>', 'form of the pictures (default: svg)', 'Output:', ['svg', 'png']),
  log: text('--log <file>', 'append a line of JSON for each event to a file', 'Output:'),
  json: flag('--json', 'print JSON for programs', 'Output:'),

  databaseUrl: text(
    '--database-url <url>',
    'your own Postgres; also DATABASE_URL or PGHOST and its kin',
    'Database:',
  ),
  dataDir: text('--data-dir <folder>', 'folder of the embedded Postgres', 'Database:'),
  schema: text('--schema <name>', 'schema of bars and features (default: public)', 'Database:'),

  config: text('--config <file>', 'configuration file (default: windrow.config.yaml)', 'General:'),
  debug: flag('--debug', 'print the stack of an error', 'General:'),
} as const;

export type OptionName = keyof typeof optionTable;

type ValueOf<E> = E extends Option<infer T> ? T : never;
export type Flags = { readonly [K in OptionName]?: ValueOf<(typeof optionTable)[K]> };

export const optionOf = (name: OptionName): Option<unknown> => optionTable[name] as Option<unknown>;

export const databaseOptions = ['databaseUrl', 'dataDir', 'schema'] as const satisfies readonly SettingName[];
export const rangeOptions = ['pairs', 'families', 'from', 'to'] as const;
