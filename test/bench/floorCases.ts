import type { EncodedPartition } from '../../host/bench/encoded.ts';
import type { FloorJob } from '../../host/bench/floor.ts';
import type { Connection } from '../../host/store/database.ts';
import type { PartitionedTable } from '../../host/store/tables.ts';

/** What differs from the floor as it is: settings of the server, client, statements or bytes. */
export type FloorCase = {
  readonly settings?: Readonly<Record<string, string>>;
  readonly connections?: number;
  /** Bytes in a message of COPY. */
  readonly pieces?: number;
  readonly connection?: (own: Connection) => Connection;
  readonly table?: Partial<PartitionedTable>;
  readonly bytes?: (bytes: Uint8Array) => Uint8Array;
  readonly jobs?: (jobs: readonly FloorJob[], partitions: readonly EncodedPartition[]) => FloorJob[];
};

type Group = Readonly<Record<string, FloorCase>>;

const asIs: FloorCase = {};
const settings = (some: Readonly<Record<string, string>>): FloorCase => ({ settings: some });

/** Tables of the same transaction are not logged as they are loaded. */
const minimal = (some: Readonly<Record<string, string>> = {}): FloorCase =>
  settings({ wal_level: 'minimal', wal_skip_threshold: '1GB', ...some });

/** The statements of each partition changed by replacing text, which must be there. */
const replaced =
  (...changes: readonly (readonly [string | RegExp, string])[]) =>
  (jobs: readonly FloorJob[]): FloorJob[] =>
    jobs.map(job => {
      const change = (sql: string): string =>
        changes.reduce((text, [from, to]) => text.replace(from, to), sql);
      const next = { ...job, before: change(job.before), copy: change(job.copy), after: change(job.after) };
      if (next.before + next.copy + next.after === job.before + job.copy + job.after)
        throw new Error('a case of the floor changes nothing');
      return next;
    });

const keyStatement = /alter table \S+ add primary key \([^)]*\);/;
const withKey = (jobs: readonly FloorJob[], change: (job: FloorJob, key: string) => Partial<FloorJob>) =>
  jobs.map(job => ({ ...job, ...change(job, keyStatement.exec(job.after)![0]) }));

/** Rewrites the rows of a binary COPY: `change` gets the fields of a row, time first and symbol last. */
export function rewritten(change: (fields: Uint8Array[]) => Uint8Array[]) {
  return (bytes: Uint8Array): Uint8Array => {
    const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const out = Buffer.alloc(from.length + 1024);
    let at = 19 + from.readInt32BE(15);
    let to = from.copy(out, 0, 0, at);
    for (let count = from.readInt16BE(at); count >= 0; count = from.readInt16BE(at)) {
      at += 2;
      const fields: Uint8Array[] = [];
      for (let i = 0; i < count; i++) {
        const length = from.readInt32BE(at);
        const end = at + 4 + Math.max(0, length);
        fields.push(from.subarray(at, end));
        at = end;
      }
      const next = change(fields);
      to = out.writeInt16BE(next.length, to);
      for (const field of next) {
        out.set(field, to);
        to += field.length;
      }
    }
    to = out.writeInt16BE(-1, to);
    const shared = new Uint8Array(new SharedArrayBuffer(to));
    shared.set(out.subarray(0, to));
    return shared;
  };
}

const toReal = (field: Uint8Array): Uint8Array => {
  const from = Buffer.from(field.buffer, field.byteOffset, field.byteLength);
  if (from.readInt32BE(0) !== 8) return field;
  const real = Buffer.alloc(8);
  real.writeInt32BE(4, 0);
  real.writeFloatBE(from.readDoubleBE(4), 4);
  return real;
};

const byTcp = (own: Connection): Connection => ({
  ...own,
  config: { ...own.config, host: '127.0.0.1', port: 5432 },
});

/** Several partitions in one transaction: the commit of all but the last of each few is left out. */
const together = (count: number) => (jobs: readonly FloorJob[]) => {
  const merged: FloorJob[] = [];
  for (const [i, job] of jobs.entries()) {
    const first = i % count === 0;
    const last = i % count === count - 1 || i === jobs.length - 1;
    merged.push({
      ...job,
      before: first ? job.before : job.before.replace('begin;', ''),
      after: last ? job.after : job.after.replace('commit;', ''),
    });
  }
  return merged;
};

const sizes = [16, 32, 64, 128, 256, 512, 1024];

/** By the name that is asked for; the first case of each is what others are held against. */
export const floorGroups: Readonly<Record<string, Group>> = {
  pieces: Object.fromEntries(
    [256, ...sizes.filter(size => size !== 256)].map(size => [`${size} kB`, { pieces: size * 1024 }]),
  ),
  wal: {
    'replica, as it is': asIs,
    'minimal, pages logged (wal_skip_threshold 1GB)': minimal(),
    'minimal, pages logged, wal_buffers 64MB': minimal({ wal_buffers: '64MB' }),
    'minimal, pages above 64 MB synced': minimal({ wal_skip_threshold: '64MB' }),
    'minimal, pages above 2 MB synced': minimal({ wal_skip_threshold: '2MB' }),
    'minimal, pages synced': minimal({ wal_skip_threshold: '0' }),
  },
  log: {
    'as it is': asIs,
    'wal_buffers 64MB': settings({ wal_buffers: '64MB' }),
    'wal_compression pglz': settings({ wal_compression: 'pglz' }),
    'wal_init_zero off': settings({ wal_init_zero: 'off' }),
    'min_wal_size 1GB': settings({ min_wal_size: '1GB' }),
    'wal_writer_flush_after 64MB': settings({ wal_writer_flush_after: '64MB' }),
    'full_page_writes off': settings({ full_page_writes: 'off' }),
  },
  connections: {
    two: asIs,
    one: { connections: 1 },
    three: { connections: 3 },
    four: { connections: 4 },
    six: { connections: 6 },
  },
  memory: {
    'as it is': asIs,
    'shared_buffers 128MB': settings({ shared_buffers: '128MB' }),
    'shared_buffers 256MB': settings({ shared_buffers: '256MB' }),
    'shared_buffers 4GB': settings({ shared_buffers: '4GB' }),
    'maintenance_work_mem 16MB': settings({ maintenance_work_mem: '16MB' }),
    'maintenance_work_mem 1GB': settings({ maintenance_work_mem: '1GB' }),
  },
  background: {
    'as it is': asIs,
    'io_method sync': settings({ io_method: 'sync' }),
    'bgwriter off': settings({ bgwriter_lru_maxpages: '0' }),
    'bgwriter_delay 10ms': settings({ bgwriter_delay: '10ms' }),
    'backend_flush_after 2MB': settings({ backend_flush_after: '2MB' }),
    'checkpoint_timeout 1min, max_wal_size 256MB': settings({
      checkpoint_timeout: '1min',
      max_wal_size: '256MB',
    }),
    'track_* off': settings({
      track_activities: 'off',
      track_counts: 'off',
      update_process_title: 'off',
      autovacuum: 'off',
    }),
  },
  statements: {
    'as it is': asIs,
    'without FREEZE': { jobs: replaced([', freeze)', ')']) },
    'key before the rows': {
      jobs: jobs =>
        withKey(jobs, (job, key) => ({
          before: job.before + key,
          after: job.after.replace(keyStatement, ''),
        })),
    },
    'no key': { jobs: jobs => withKey(jobs, job => ({ after: job.after.replace(keyStatement, '') })) },
    'key pages full': {
      jobs: jobs =>
        withKey(jobs, (job, key) => ({
          after: job.after.replace(keyStatement, key.replace(';', ' with (fillfactor = 100);')),
        })),
    },
    'pages 90 % full': {
      jobs: replaced(['autovacuum_enabled = off', 'autovacuum_enabled = off, fillfactor = 90']),
    },
    'unlogged (lost in a crash)': { jobs: replaced(['create table', 'create unlogged table']) },
    'no check, no attach': {
      jobs: jobs =>
        jobs.map(job => ({
          ...job,
          before: job.before.replace(/alter table \S+ add constraint bounds .*;/, ''),
          after: `${keyStatement.exec(job.after)![0]} commit;`,
        })),
    },
    'synchronous_commit on': { jobs: replaced(['set local synchronous_commit = off;', '']) },
  },
  batches: {
    'a transaction a partition': { connections: 1 },
    'two partitions': { connections: 1, jobs: together(2) },
    'three partitions': { connections: 1, jobs: together(3) },
    'nine partitions': { connections: 1, jobs: together(9) },
  },
  rows: {
    'as it is': asIs,
    real: {
      table: { type: 'real' },
      bytes: rewritten(fields => fields.map((f, i) => (i === 0 ? f : toReal(f)))),
    },
    'symbol first': {
      bytes: rewritten(fields => [fields.at(-1)!, ...fields.slice(0, -1)]),
      jobs: (jobs, partitions) =>
        jobs.map((job, i) => {
          const { table } = partitions[i]!;
          const list = [...table.columns].map(name => `"${name}" double precision`).join(', ');
          const columns = `"pair" text not null, "ts_utc" timestamp not null, ${list}`;
          return {
            ...job,
            before: job.before.replace(/\(like \S+ including storage\)/, `(${columns})`),
            copy: job.copy.replace(/\("ts_utc"/, '("pair", "ts_utc"').replace(', "pair")', ')'),
          };
        }),
    },
  },
  socket: {
    'Unix socket': settings({ listen_addresses: '127.0.0.1' }),
    'loopback TCP': { ...settings({ listen_addresses: '127.0.0.1' }), connection: byTcp },
  },
};
