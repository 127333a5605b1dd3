import type pg from 'pg';
import { DatabaseError } from 'pg';
import { WindrowError } from '../errors.ts';

/** What an error is told about the connection it came from. Nothing secret. */
export type Where = { readonly url: string; readonly user: string; readonly database: string };

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const lost = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
]);
const lostText = /connection terminated|connection ended|not queryable|client was closed|timeout expired/i;

/** SQLSTATE of a server's error, the system's code of a socket's error, or ''. */
export const errorCode = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
};

// A socket that tried several addresses fails with an AggregateError, whose own message is empty.
const messageOf = (error: unknown): string => {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  return inner instanceof Error ? inner.message : String(inner);
};

const plainName = /^[a-z_][a-z0-9_$]*$/;
const identifier = (name: string): string =>
  plainName.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

/** What to do about a right that the server says is lacking. */
function remedyFor(what: string, user: string, database: string, right = 'CREATE'): string {
  const to = `TO ${identifier(user)}`;
  const schema = /permission denied for schema (.+)/.exec(what)?.[1];
  if (schema) return `grant it: "GRANT USAGE, CREATE ON SCHEMA ${identifier(schema)} ${to}"`;
  if (/permission denied for database/.test(what)) {
    return `grant it: "GRANT ${right} ON DATABASE ${identifier(database)} ${to}"; docs/database.md lists what a role needs`;
  }
  if (/read-only/.test(what)) return 'the server or the role is read-only: use one that may write';
  return `connect as the role that made the table, or make it a role of this user: "GRANT that_role ${to}"`;
}

/** An error of connecting, in the user's terms. */
export function connectError(cause: unknown, where: Where): unknown {
  if (cause instanceof WindrowError) return cause;
  const code = errorCode(cause);
  const what = messageOf(cause);
  const raise = (name: ConstructorParameters<typeof WindrowError>[0]) =>
    new WindrowError(name, { ...where, what }, { cause });
  if (code === '28P01' || code === '28000' || /password must be a string|SASL|SCRAM/.test(what)) {
    const missing = /password must be a string|empty string/.test(what);
    const told = missing ? 'no password was given' : what;
    return new WindrowError('WR_DATABASE_PASSWORD', { ...where, what: told }, { cause });
  }
  if (code === '3D000') return raise('WR_DATABASE_MISSING');
  if (code === '53300') return raise('WR_DATABASE_FULL');
  if (code === '42501') {
    const remedy = remedyFor(what, where.user, where.database, 'CONNECT');
    return new WindrowError('WR_DATABASE_RIGHTS', { ...where, what, remedy }, { cause });
  }
  return raise('WR_DATABASE_UNREACHABLE');
}

/** An error of a statement, in the user's terms where there are any, else as it is. */
export function statementError(cause: unknown, where: Partial<Where> = {}): unknown {
  if (cause instanceof WindrowError) return cause;
  const code = errorCode(cause);
  const what = messageOf(cause);
  if (code === '53100' || /no space left on device/i.test(what)) {
    return new WindrowError('WR_DISK_FULL', { where: what }, { cause });
  }
  const taken = code === '42P07' && /"(.*)"/.exec(what)?.[1];
  if (taken) return new WindrowError('WR_TABLE_FOREIGN', { table: taken }, { cause });
  // 25006: a standby, or a role that is read-only by default.
  if (code === '42501' || code === '25006') {
    const { user = 'windrow', database = 'windrow' } = where;
    const remedy = remedyFor(what, user, database);
    return new WindrowError('WR_DATABASE_RIGHTS', { user, what, remedy }, { cause });
  }
  if (lost.has(code) || unreachable.has(code) || (!(cause instanceof DatabaseError) && lostText.test(what))) {
    return new WindrowError('WR_DATABASE_LOST', { what }, { cause });
  }
  return cause;
}

/** An error of a connection, with what was done over it when it broke. */
export function atPlace(error: unknown, place: string): unknown {
  if (!(error instanceof WindrowError) || !/^WR_DATABASE_(LOST|PROTOCOL)$/.test(error.code)) return error;
  const values = { ...error.values, what: `${error.values.what} (${place})` };
  return new WindrowError(error.code, values, { cause: error });
}

/** Runs `body` and passes its errors on in the user's terms. */
export async function inUserTerms<T>(client: pg.Client, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw statementError(error, { user: client.user ?? '', database: client.database ?? '' });
  }
}
