import type pg from 'pg';
import { type Advice, type Finding, finding, note, problem, sizeText, warning } from './finding.ts';

/** What the settings are judged by. */
export type Load = {
  readonly workers: number;
  /** Tables and partitions of the largest family, when the plan is done, and of the whole database. */
  readonly largestFamily: number;
  readonly tables: number;
  /** Connections that others have open now. */
  readonly otherConnections: number;
  /** Whether somebody replicates or archives: then the log must have all. */
  readonly replicated: boolean;
};

/** A setting's value: bytes, milliseconds or a plain number as a number, all else as text. */
type Value = number | string;
type Values = Readonly<Record<string, Value>>;
type Judge = (values: Values, load: Load) => Advice | undefined;

const MB = 2 ** 20;
const GB = 2 ** 30;
const minute = 60_000;

const is = (values: Values, name: string, value: Value): boolean => values[name] === value;
const below = (values: Values, name: string, least: number): boolean => Number(values[name]) < least;
const change = (name: string, value: string, restart = false): string =>
  `alter system set ${name} = '${value}', then ${restart ? 'restart the server' : '"select pg_reload_conf()"'}`;

/** Locks that all transactions together can hold. */
const lockSlots = (values: Values): number =>
  Number(values.max_locks_per_transaction) *
  (Number(values.max_connections) + Number(values.max_prepared_transactions));

/** The settings that make a difference here, what is wrong with a value, and what to do about it. */
const judges: Readonly<Record<string, Judge>> = {
  shared_buffers: values => {
    const more = change('shared_buffers', '1GB', true);
    if (below(values, 'shared_buffers', 128 * MB))
      return warning(`small for tables that are loaded: ${more}`);
    return below(values, 'shared_buffers', 256 * MB)
      ? note(`with 256MB or more a load takes a twentieth less processor time: ${more}`)
      : undefined;
  },
  max_wal_size: values =>
    below(values, 'max_wal_size', 2 * GB)
      ? warning(`a load forces checkpoints all the time: ${change('max_wal_size', '4GB')}`)
      : undefined,
  checkpoint_timeout: values =>
    below(values, 'checkpoint_timeout', 5 * minute)
      ? note(`longer spaces write less: ${change('checkpoint_timeout', '15min')}`)
      : undefined,
  wal_level: values =>
    is(values, 'wal_level', 'minimal')
      ? note(
          `pages of a partition are logged or synced when it is published, and the worker waits: ${change('wal_level', 'replica', true)}, which takes a tenth less time and allows base backups`,
        )
      : undefined,
  wal_skip_threshold: values =>
    is(values, 'wal_level', 'minimal') && below(values, 'wal_skip_threshold', 256 * MB)
      ? note(
          `partitions above it are synced when they are published; logging them is faster: ${change('wal_skip_threshold', '1GB')}, or better wal_level = replica`,
        )
      : undefined,
  wal_compression: (values, { replicated }) => {
    if (is(values, 'wal_compression', 'pglz') || is(values, 'wal_compression', 'on'))
      return note(`pglz costs a load a sixth more: ${change('wal_compression', replicated ? 'lz4' : 'off')}`);
    return is(values, 'wal_compression', 'off') && replicated
      ? note(
          `keys of loaded tables go into the log as whole pages; lz4 makes them smaller: ${change('wal_compression', 'lz4')}`,
        )
      : undefined;
  },
  synchronous_commit: values =>
    is(values, 'synchronous_commit', 'off')
      ? note(
          'imports of bars rely on it: a crash of the server may lose the last half second of them; a publication switches it off for itself, and is computed again then',
        )
      : undefined,
  fsync: values =>
    is(values, 'fsync', 'off')
      ? problem(`a crash of the machine may destroy the whole database: ${change('fsync', 'on')}`)
      : undefined,
  full_page_writes: values =>
    is(values, 'full_page_writes', 'off')
      ? warning(`a power cut may leave torn pages: ${change('full_page_writes', 'on')}`)
      : undefined,
  data_checksums: values =>
    is(values, 'data_checksums', 'off')
      ? note(
          'a page that the disk has spoiled is not noticed by the server (windrow verify notices rows): stop it and run "pg_checksums --enable"',
        )
      : undefined,
  max_locks_per_transaction: (values, { largestFamily, tables }) => {
    const slots = lockSlots(values);
    const each = Number(values.max_connections) + Number(values.max_prepared_transactions);
    // a statement over a family locks the table and the key of each partition
    const needed = 2 * largestFamily;
    const enough = (locks: number): string => String(2 ** Math.ceil(Math.log2(Math.max(64, locks / each))));
    if (slots < needed) {
      const advice = `there is room for ${slots} locks, a statement over the largest family takes ${needed}: `;
      return warning(advice + change('max_locks_per_transaction', enough(needed), true));
    }
    if (slots >= tables) return undefined;
    const advice = `there is room for ${slots} locks; a pg_dump of all ${tables} tables, or a drop of a schema, takes more: `;
    return note(advice + change('max_locks_per_transaction', enough(tables), true));
  },
  max_connections: (values, { workers, otherConnections }) => {
    const free =
      Number(values.max_connections) - Number(values.superuser_reserved_connections) - otherConnections;
    // one for each worker, one that plans and reports
    const needed = workers + 1;
    if (free >= needed + 2) return undefined;
    const advice = `${otherConnections} are in use and ${workers} workers take ${needed}: use fewer (--workers), or ${change('max_connections', '100', true)}`;
    return free < needed ? problem(advice) : warning(advice);
  },
  maintenance_work_mem: values =>
    below(values, 'maintenance_work_mem', 64 * MB)
      ? note(`keys of partitions are sorted in it: ${change('maintenance_work_mem', '128MB')}`)
      : undefined,
  jit: values =>
    is(values, 'jit', 'on')
      ? note(
          `queries over many partitions are compiled for longer than they run: ${change('jit', 'off')}, or set it for the role`,
        )
      : undefined,
  autovacuum: values =>
    is(values, 'autovacuum', 'off')
      ? warning(
          `tables of bars and the ledger are never cleaned; partitions of features do without: ${change('autovacuum', 'on')}`,
        )
      : undefined,
  idle_session_timeout: values =>
    Number(values.idle_session_timeout) > 0
      ? warning(
          'connections that wait for work are cut off: "alter role ... set idle_session_timeout = 0" for the role that Windrow uses',
        )
      : undefined,
};

/** Settings that others are judged by. */
const beside = ['max_prepared_transactions', 'superuser_reserved_connections'];

const byteUnits: Readonly<Record<string, number>> = { B: 1, kB: 1024, '8kB': 8192, MB, GB };
const timeUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: minute };

type Row = { name: string; setting: string; unit: string | null; pending: boolean };

function settingValue({ setting, unit }: Row): Value {
  const factor = byteUnits[unit ?? ''] ?? timeUnits[unit ?? ''] ?? 1;
  return /^-?\d+(\.\d+)?$/.test(setting) ? Number(setting) * factor : setting;
}

function textOf({ setting, unit }: Row): string {
  if (byteUnits[unit ?? '']) return sizeText(Number(setting) * byteUnits[unit!]!);
  const ms = Number(setting) * (timeUnits[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(ms)) return setting;
  return ms >= minute && ms % minute === 0 ? `${ms / minute}min` : `${ms / 1000}s`;
}

/** Holds the server's settings against what is to be done. */
export async function settingFindings(client: pg.Client, load: Load): Promise<Finding[]> {
  const { rows } = await client.query<Row>(
    `select name, reset_val as setting, unit, pending_restart as pending from pg_settings where name = any($1)`,
    [[...Object.keys(judges), ...beside]],
  );
  const values = Object.fromEntries(rows.map(row => [row.name, settingValue(row)]));
  return Object.entries(judges).flatMap(([name, judge]) => {
    const row = rows.find(one => one.name === name);
    if (row === undefined) return [];
    const pending = row.pending ? '; it was changed, and counts from the next start on' : '';
    return [finding('settings', name, `${textOf(row)}${pending}`, judge(values, load))];
  });
}
