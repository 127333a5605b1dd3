import { errorTable } from '../errors.ts';

export type Retry = {
  /** How often a task is tried in all. By default 6 times where what failed may pass by itself, else 2. */
  readonly attempts?: number | undefined;
};

/** Of the database, that another moment may mend. */
const passing = new Set([
  'WR_DATABASE_LOST',
  'WR_DATABASE_UNREACHABLE',
  'WR_DATABASE_FULL',
  'WR_LOCK_HELD',
  'WR_COPY_TRUNCATED',
  '55P03', // lock not available
  '57P01', // the administrator ended the connection
  '57P02', // the server crashed
  '57P03', // it starts
]);

/** Classes of SQLSTATE: connection, transaction rolled back (deadlock, serialisation), resources. */
const passingClasses = new Set(['08', '40', '53']);

/** What is so until somebody changes it. Of errors of ours also those that are wrong use or bad input. */
const lasting = new Set([
  'WR_DISK_FULL',
  'WR_DATABASE_RIGHTS',
  'WR_DATABASE_PASSWORD',
  'WR_DATABASE_MISSING',
  'WR_DATABASE_VERSION',
  'WR_SCHEMA_NEWER',
  'WR_TABLE_FOREIGN',
  'WR_TABLE_SHAPE',
  'WR_BARS_TWICE',
  'WR_PARTITION_LATER',
  'WR_COPY_TIME',
  'WR_COPY_MALFORMED',
  '53100', // disk full
]);

/** Feature not supported, data exception, constraint, authorisation, syntax or access, program limit. */
const lastingClasses = new Set(['0A', '22', '23', '28', '42', '54']);

const isState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code);

/** Whether a failure may pass by itself, lasts until somebody does something, or nobody can tell. */
export function outlookOf(code: string): 'passing' | 'lasting' | 'unknown' {
  if (lasting.has(code)) return 'lasting';
  if (passing.has(code)) return 'passing';
  if (Object.hasOwn(errorTable, code))
    return errorTable[code as keyof typeof errorTable].exit === 2 ? 'lasting' : 'unknown';
  if (!isState(code)) return 'unknown';
  const group = code.slice(0, 2);
  return passingClasses.has(group) ? 'passing' : lastingClasses.has(group) ? 'lasting' : 'unknown';
}

/** What is wrong with one table, and with no other. */
const ofOneTable = new Set(['WR_TABLE_FOREIGN', 'WR_TABLE_SHAPE', 'WR_LOCK_HELD', 'WR_COPY_MALFORMED']);
/** Classes of SQLSTATE: connection, resources, the server's end, the system under it. */
const classesOfAll = new Set(['08', '53', '57', '58']);

/** Whether a failure would befall every task: the server is gone, the disk is full, a right is missing. */
export function isOfAll(code: string): boolean {
  if (Object.hasOwn(errorTable, code))
    return errorTable[code as keyof typeof errorTable].exit === 3 && !ofOneTable.has(code);
  return isState(code) && classesOfAll.has(code.slice(0, 2));
}

const passingAttempts = 6;
const otherAttempts = 2;

/** Whether a task is tried again after an attempt, counted from 1, that failed for these reasons. */
export function triesAgain(codes: readonly string[], attempt: number, { attempts }: Retry): boolean {
  const outlooks = codes.map(outlookOf);
  if (outlooks.every(outlook => outlook === 'lasting')) return false;
  const usual = outlooks.includes('passing') ? passingAttempts : otherAttempts;
  return attempt < (attempts ?? usual);
}

const firstRestMs = 250;
const longestRestMs = 15_000;

/**
 * How long to wait after an attempt: twice as long each time, up to a limit, half of it at random, so that workers which lost
 * the same server do not all come back at once.
 */
export function restMs(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(longestRestMs, firstRestMs * 2 ** (attempt - 1));
  return Math.round(whole * (0.5 + random() / 2));
}
