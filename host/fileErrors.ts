/** Of an error: the exit code that it calls for, what it says, and what to do next; `{name}` stands for a value. */
export type Entry = { readonly exit: 1 | 2 | 3; readonly message: string; readonly hint: string };

/** Errors about files of bars: a part of the table in errors.ts. */
export const fileErrors = {
  WR_FILE_MISSING: {
    exit: 2,
    message: 'file "{file}" {what}',
    hint: 'check the path; a pattern that matches nothing is passed on by the shell as it stands',
  },
  WR_FILE_NOT_CSV: {
    exit: 2,
    message: 'file "{file}" is not CSV: {what}',
    hint: '{hint}',
  },
  WR_FILE_FORM: {
    exit: 2,
    message: 'file "{file}" has no known form; its first line is "{line}"',
    hint: 'name its columns with --columns time,open,high,low,close,volume ("-" skips one); docs/formats.md lists the forms',
  },
  WR_FILE_COLUMNS: {
    exit: 2,
    message: 'file "{file}" {what}',
    hint: 'docs/formats.md lists the columns; --columns names them by position',
  },
  WR_FILE_EMPTY: {
    exit: 2,
    message: 'file "{file}" has no bars',
    hint: 'check that the export finished',
  },
  WR_GZIP_BROKEN: {
    exit: 2,
    message: 'gzip file "{file}" {what} after line {line}; the {rows} bars before that were read',
    hint: 'get the file again and repeat the import: bars that are there already do not change',
  },
  WR_BAR_LINE: {
    exit: 2,
    message: 'file "{file}", line {line}: {detail}',
    hint: 'correct the line, or leave --strict out: bad lines then go to a rejects file',
  },
  WR_FILES_BROKEN: {
    exit: 2,
    message: '{broken} of {files} files could not be read in full; the first: {first}',
    hint: 'the other files are complete; correct these and repeat the import for them',
  },
  WR_REJECTS_WRITE: {
    exit: 3,
    message: 'rejects file "{path}" cannot be written: {reason}',
    hint: 'name another folder with --rejects DIR',
  },
  WR_ZONE_UNKNOWN: {
    exit: 2,
    message: '{where}unknown time zone "{zone}"',
    hint: 'use an IANA name such as "Europe/London", an offset such as "+02:00", or both: "Europe/London-05:00"',
  },
  WR_LABEL_INTERVAL: {
    exit: 2,
    message: 'file "{file}" labels bars by their end, and its first lines do not show how long a bar is',
    hint: 'pass --interval with the minutes of a bar',
  },
  WR_SYMBOL_UNNAMED: {
    exit: 2,
    message: 'the name of file "{file}" does not say which symbol it holds: {why}',
    hint: 'pass --symbol{meant}, or --symbol-pattern with a regular expression whose first group is the symbol, as "^([A-Z]+)"',
  },
  WR_SYMBOL_FORM: {
    exit: 2,
    message: 'symbol "{symbol}" is not made of letters, digits, ".", "_" and "-", at most 40 of them',
    hint: 'pass --symbol or --symbol-pattern',
  },
} as const satisfies Record<string, Entry>;
