import { type Entry, fileErrors } from './fileErrors.ts';

/**
 * Every error that Windrow raises, in one table: code, exit code, message, hint. Messages say what was asked,
 * what was found and the limit; hints say the next thing to do. Codes are never reused.
 *
 * Exit codes: 0 done, 1 some partitions failed, 2 wrong use or bad input, 3 environment (database, disk, rights).
 */
const table = {
  WR_INTERNAL: {
    exit: 1,
    message: 'internal error: {what}',
    hint: 'this is a defect in Windrow; please report it with the command and the line above',
  },
  WR_FEATURE_UNKNOWN: {
    exit: 2,
    message: 'unknown feature "{feature}"',
    hint: '{suggestion}"windrow features --all --set {set}" lists those of set {set}',
  },
  WR_SET_UNKNOWN: {
    exit: 2,
    message: 'unknown set "{set}"',
    hint: '{suggestion}the sets are: {known}',
  },
  WR_SET_OPTION: {
    exit: 2,
    message: 'set {set}, option "{option}": {what}',
    hint: '"windrow sets {set}" shows the options of the set; they stand under `sets.{set}.options` in windrow.config.yaml',
  },
  WR_SET_LAYOUT: {
    exit: 2,
    message: 'the set {set} is kept {kept}, which {command} does not do',
    hint: 'use {instead}',
  },
  WR_ROWS_MISSING: {
    exit: 2,
    message: 'the table "{table}" of set {set} does not exist',
    hint: '"windrow update --set {set}" makes it',
  },
  WR_ROWS_NONE: {
    exit: 2,
    message: 'table "{table}" has no rows of "{symbol}"{where}',
    hint: '"windrow status --set {set}" shows what there is, "windrow {command} --set {set}" computes it',
  },
  WR_FAMILY_UNKNOWN: {
    exit: 2,
    message: 'unknown family "{family}"',
    hint: '{suggestion}"windrow features --set {set}" lists those of set {set}',
  },
  WR_MODEL_UNKNOWN: {
    exit: 2,
    message: 'unknown model "{model}"',
    hint: '{suggestion}those of set {set}: {known}',
  },
  WR_EXPRESSION: {
    exit: 2,
    message: 'operator "{operator}": {what}',
    hint: "see the operator's ranges in docs/vocabulary.md",
  },
  WR_FORMULA: {
    exit: 2,
    message: '{place}: {what}\n{excerpt}',
    hint: '{suggestion}docs/custom-features.md has the grammar, docs/vocabulary.md the words',
  },
  WR_CUSTOM: {
    exit: 2,
    message: '{place}: {what}',
    hint: '{suggestion}docs/custom-features.md shows families of your own',
  },
  WR_PLAN_SIZE: {
    exit: 2,
    message: 'feature "{feature}" {what}, the limit is {limit}',
    hint: 'take shorter windows, or fewer of them inside one another',
  },
  WR_COLUMN_MISSING: {
    exit: 2,
    message: 'bars column "{column}" has {found} rows, expected {expected}',
    hint: 'pass columns of equal length; leave a column out when there is no data for it',
  },
  WR_TIME_ORDER: {
    exit: 2,
    message: 'bar {row} is not later than the bar before it',
    hint: 'sort the bars by time and keep one bar per time',
  },
  WR_FIRST_ROW: {
    exit: 2,
    message: 'first row is {firstRow}, there are {rows} bars',
    hint: 'pass a whole number from 0 to the number of bars',
  },
  WR_STREAM_ORDER: {
    exit: 2,
    message: 'bar at {time} is not later than the last one at {last}',
    hint: 'push bars in ascending time; after a correction open a new stream and push the last bars again',
  },
  WR_STREAM_PEER: {
    exit: 2,
    message: 'the features of this stream do not read "{symbol}"',
    hint: 'push bars of {known}',
  },
  WR_STREAM_PEER_LATE: {
    exit: 2,
    message: 'bar of "{symbol}" at {time} comes after the row of {last} is computed',
    hint: 'push the bars of other symbols first: each before the bar of the same time',
  },
  WR_PARAMETER_MISSING: {
    exit: 2,
    message: 'the features need the parameter "{parameter}"{of}, which has no value',
    hint: 'pass it in `parameters`; a backfill takes it from the bars or from windrow.config.yaml',
  },
  WR_MONTH_FORM: {
    exit: 2,
    message: 'month "{text}" is not of the form YYYY-MM',
    hint: 'write for example 2024-07',
  },
  WR_USAGE: {
    exit: 2,
    message: '{what}',
    hint: '{suggestion}"{command} --help" shows what it takes',
  },
  WR_CONFIG_UNREADABLE: {
    exit: 2,
    message: 'configuration file "{file}" cannot be read: {cause}',
    hint: 'give its name with --config, or leave the flag out to go without',
  },
  WR_CONFIG_SYNTAX: {
    exit: 2,
    message: '{file}:{line}: {what}',
    hint: 'the file is YAML; indent with spaces and quote values that hold ": " or "#"',
  },
  WR_CONFIG_INVALID: {
    exit: 2,
    message: '{file}:{line}: {what}',
    hint: '{suggestion}docs/configuration.md lists the keys; "windrow config" prints what is in force',
  },
  WR_SETTING_INVALID: {
    exit: 2,
    message: '{setting} expected {expects}, found {found}',
    hint: 'docs/configuration.md lists every setting; "windrow config" prints what is in force',
  },
  WR_SYMBOL_UNKNOWN: {
    exit: 2,
    message: 'unknown symbol "{symbol}": {source} has no bars of it',
    hint: '{suggestion}"windrow status{of}" shows what is there, "windrow import{of} FILES" brings bars in',
  },
  WR_BARS_TWICE: {
    exit: 1,
    message: 'source "{source}" has two bars of "{symbol}" at {time}',
    hint: 'keep one bar per symbol and time; a unique index on them shows where there are more, and speeds up reading',
  },
  WR_NO_BARS: {
    exit: 2,
    message: '{source} has no bars',
    hint: '"windrow import{of} FILES" brings bars in{made}',
  },
  WR_RANGE: {
    exit: 2,
    message: 'months from "{from}" to "{to}" are none',
    hint: 'both ends are included; the first must not be later than the last',
  },
  WR_OCCUPIED: {
    exit: 2,
    message: '{source} already has bars of "{symbol}" for {month} that are not the generated ones',
    hint: 'choose other months or pairs, or another place with --schema or --data-dir; "windrow generate --force" replaces them',
  },
  WR_INTERVAL_MIXED: {
    exit: 2,
    message:
      '{source} has bars of "{symbol}" for {month} that are {stored} apart; those to be loaded are {loaded} apart',
    hint: 'load bars of another interval into another schema with --schema, or drop those that are there first',
  },
  WR_INTERVAL_SET: {
    exit: 2,
    message:
      '{source} takes bars that are {stored} apart; those of "{symbol}" for {month} are {loaded} apart',
    hint: 'name the set that these bars belong to with --set',
  },
  WR_PROGRAM_MISSING: {
    exit: 3,
    message: 'program "{program}" is not installed',
    hint: '{instead}',
  },
  WR_EMBEDDED_MISSING: {
    exit: 3,
    message: 'there is no embedded Postgres for {platform} in this installation',
    hint: 'install with optional dependencies, or use your own server with --database-url',
  },
  WR_EMBEDDED_ACCOUNT: {
    exit: 3,
    message: 'Postgres does not run as root, and there is no account "postgres" or "nobody" to run it as',
    hint: 'run windrow as another user, or use your own server with --database-url',
  },
  WR_EMBEDDED_START: {
    exit: 3,
    message: 'the embedded Postgres does not start: {what}',
    hint: 'choose another folder with --data-dir, or use your own server with --database-url',
  },
  WR_DATA_DIR: {
    exit: 3,
    message: 'data folder "{dir}" {what}',
    hint: 'choose another folder with --data-dir, or use your own server with --database-url',
  },
  WR_DATA_DIR_NONE: {
    exit: 3,
    message: 'there is no database in "{dir}"',
    hint: '"windrow db start" makes one there, as the first import does; --data-dir names another folder, --database-url a server',
  },
  WR_DATA_DIR_BUSY: {
    exit: 3,
    message: '"{path}" is held by process {pid} for more than {seconds} s',
    hint: 'look at what process {pid} does; when it hangs, end it and run this command again',
  },
  WR_DATABASE_UNREACHABLE: {
    exit: 3,
    message: 'no database answers at "{url}": {what}',
    hint: 'check --database-url or PGHOST and PGPORT, or leave them out to use the embedded database',
  },
  WR_DATABASE_PASSWORD: {
    exit: 3,
    message: 'the database at "{url}" does not let user "{user}" in: {what}',
    hint: 'check user and password in --database-url, PGUSER and PGPASSWORD',
  },
  WR_DATABASE_MISSING: {
    exit: 3,
    message: 'there is no database "{database}" at "{url}"',
    hint: 'create it with "createdb {database}", or name another in --database-url',
  },
  WR_DATABASE_FULL: {
    exit: 3,
    message: 'the database at "{url}" takes no more connections: {what}',
    hint: 'use fewer workers (--workers), or raise max_connections on the server',
  },
  WR_DATABASE_VERSION: {
    exit: 3,
    message: 'the database at "{url}" is Postgres {found}; 15 or later is needed',
    hint: 'upgrade the server, or leave --database-url out to use the embedded database',
  },
  WR_DATABASE_LOST: {
    exit: 3,
    message: 'the connection to the database was lost: {what}',
    hint: 'nothing is half done; run the same command again when the database is back',
  },
  WR_DATABASE_PROTOCOL: {
    exit: 3,
    message: 'what the database at "{url}" sends is no answer of Postgres: {what}',
    hint: 'see what answers there, or stands between (a proxy, a pooler); nothing is half done, the same command continues',
  },
  WR_DATABASE_RIGHTS: {
    exit: 3,
    message: 'user "{user}" may not do this in the database: {what}',
    hint: '{remedy}',
  },
  WR_DISK_FULL: {
    exit: 3,
    message: 'the disk is full: {where}',
    hint: 'free some space and run the same command again; what is done stays done',
  },
  WR_SCHEMA_NEWER: {
    exit: 3,
    message: 'schema "{schema}" has migration {applied}, this version of Windrow knows up to {latest}',
    hint: 'a newer Windrow has worked here; upgrade this one',
  },
  WR_NAME: {
    exit: 2,
    message: 'table name "{name}" has {found} bytes, the limit is 1 to {limit}',
    hint: 'shorten the name of the family or of the symbol',
  },
  WR_TABLE_FOREIGN: {
    exit: 3,
    message: 'table "{table}" exists and was not made by Windrow',
    hint: 'rename or drop that table, or let Windrow write to another schema',
  },
  WR_TABLE_SHAPE: {
    exit: 3,
    message: 'table "{table}" {what}',
    hint: 'drop the table to build it anew, or ask for the shape it has',
  },
  WR_TABLE_USED: {
    exit: 3,
    message: 'a partition cannot be dropped: {what}',
    hint: 'drop what depends on it first; partitions dropped before it are gone, with their rows in the ledger',
  },
  WR_TABLE_WIDE: {
    exit: 2,
    message:
      'family "{family}" has {columns} columns of {type}: a row takes up to {found} bytes, the limit is {limit}',
    hint: 'split the family, or store it with --type real',
  },
  WR_LOCK_HELD: {
    exit: 3,
    message: 'table "{table}" was locked by others for more than {seconds} s: {holder}',
    hint: 'end what holds it, then run the same command again',
  },
  WR_LOCK_LOST: {
    exit: 3,
    message:
      'the connection that held the lock of table "{table}" broke off; another run may write its rows by now',
    hint: 'what is written stays, nothing is half done; the same command, begun anew, does what is still due',
  },
  WR_PARTITION_LATER: {
    exit: 1,
    message:
      'partition "{table}" was published at {at} by run {run}, which began after this one and knew other bars or another definition',
    hint: 'it was left as it is; "windrow status" says whether it is up to date, and the same command computes it where it is not',
  },
  WR_SOURCE: {
    exit: 2,
    message: 'source "{table}" {what}',
    hint: 'check the source against the database; a table in another schema is named with it, as public.bars',
  },
  ...fileErrors,
  WR_EMBEDDED_IN_USE: {
    exit: 3,
    message: 'the server in "{dir}" is in use by process {users}',
    hint: 'wait until it is done, or stop it all the same with "windrow db stop --force"',
  },
  WR_FEATURE_AMBIGUOUS: {
    exit: 2,
    message: 'feature "{feature}" is in several families of set {set}',
    hint: 'name one of {known}',
  },
  WR_COPY_TIME: {
    exit: 1,
    message: 'time of row {row} is {found}, expected whole microseconds between 1684-07 and 2255-06',
    hint: 'check the times of the bars that were passed',
  },
  WR_COPY_MALFORMED: {
    exit: 3,
    message: 'COPY stream after {row} rows: {what}',
    hint: 'the query must return a timestamp and then columns of the type that was asked for',
  },
  WR_COPY_TRUNCATED: {
    exit: 3,
    message: 'COPY stream ends after {rows} rows without its trailer',
    hint: 'the connection was cut; the same command continues',
  },
  WR_TASK_TIMEOUT: {
    exit: 1,
    message: 'task {task} took longer than its limit of {seconds} s and was stopped',
    hint: 'the same command tries it again; --task-timeout (of an update --symbol-timeout) raises the limit',
  },
  WR_COPY_STUCK: {
    exit: 3,
    message: 'the COPY of {what} has stood still for {seconds} s',
    hint: 'look at the server and the network between: a disk that hangs, a process that is stopped, a firewall that drops what is idle; the same command continues',
  },
  WR_THREAD_LOST: {
    exit: 1,
    message: 'the thread of task {task} ended',
    hint: 'the same command tries it again; where it happens again, the log of the system may say what ended it',
  },
  WR_TASK_MEMORY: {
    exit: 1,
    message: 'task {task} exceeded the memory limit of its thread, {limit} MB',
    hint: 'the same command tries it again; --workers 1 leaves more memory to each task',
  },
  WR_BENCH_FAILED: {
    exit: 1,
    message: 'the backfill that was to be measured failed: {cause}',
    hint: 'the cause says what to do; nothing of the measurement was left in the database',
  },
  WR_MONTH_EMPTY: {
    exit: 2,
    message: 'no bars of {symbols} in {months}',
    hint: 'there are bars from {first} to {last}',
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof table;

export const errorTable: Readonly<Record<ErrorCode, Entry>> = table;

const fill = (template: string, values: Readonly<Record<string, unknown>>): string =>
  template.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ''));

/** An error with a stable code, a hint for the reader and the process exit code it calls for. */
export class WindrowError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: 1 | 2 | 3;
  readonly values: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    values: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    const entry = table[code];
    super(fill(entry.message, values), options);
    this.name = 'WindrowError';
    this.code = code;
    this.hint = fill(entry.hint, values);
    this.exitCode = entry.exit;
    this.values = values;
  }
}
