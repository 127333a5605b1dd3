/**
 * Every error that Windrow raises, in one table: code, exit code, message, hint. Messages say what was asked,
 * what was found and the limit; hints say the next thing to do. Codes are never reused.
 *
 * Exit codes: 0 done, 1 some partitions failed, 2 wrong use or bad input, 3 environment (database, disk, rights).
 */
type Entry = { readonly exit: 1 | 2 | 3; readonly message: string; readonly hint: string };

const table = {
  WR_INTERNAL: {
    exit: 1,
    message: 'internal error: {what}',
    hint: 'this is a defect in Windrow; please report it with the command and the line above',
  },
  WR_FEATURE_UNKNOWN: {
    exit: 2,
    message: 'unknown feature "{feature}"',
    hint: '{suggestion}"windrow features" lists them',
  },
  WR_FAMILY_UNKNOWN: {
    exit: 2,
    message: 'unknown family "{family}"',
    hint: '{suggestion}"windrow features" lists them',
  },
  WR_EXPRESSION: {
    exit: 2,
    message: 'operator "{operator}": {what}',
    hint: "see the operator's ranges in docs/features.md",
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
  WR_PARAMETER_MISSING: {
    exit: 2,
    message: 'set "{set}" needs the parameter "{parameter}" of symbol "{symbol}"',
    hint: 'pass it in parameters, or set it in windrow.config.yaml',
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
    message: 'unknown pair "{symbol}": {source} has bars of {known}',
    hint: '{suggestion}"windrow import FILES" brings bars in, "windrow status" shows what is there',
  },
  WR_NO_BARS: {
    exit: 2,
    message: '{source} has no bars{where}',
    hint: '"windrow import FILES" brings bars in, "windrow generate" makes some',
  },
  WR_RANGE: {
    exit: 2,
    message: 'months from "{from}" to "{to}" are none',
    hint: 'both ends are included; the first must not be later than the last',
  },
  WR_OCCUPIED: {
    exit: 2,
    message: '{source} already has bars of "{symbol}" for {month} that are not the generated ones',
    hint: 'choose other months or pairs, or another place with --schema or --data-dir',
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
  WR_DATABASE_RIGHTS: {
    exit: 3,
    message: 'user "{user}" may not do this in the database: {what}',
    hint: 'grant it: "GRANT CREATE ON DATABASE {database} TO {user}; GRANT CREATE ON SCHEMA {schema} TO {user}"',
  },
  WR_DISK_FULL: {
    exit: 3,
    message: 'the disk is full: {where}',
    hint: 'free some space and run the same command again; what is done stays done',
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
