import { availableParallelism } from 'node:os';
import type pg from 'pg';
import { setByName } from '../catalog/catalog.ts';
import { defaultSet } from '../catalog/set.ts';
import type { Database } from '../store/database.ts';
import { ensureTables } from '../store/ddl.ts';
import { readLedger, recordFailure } from '../store/ledger.ts';
import { migrate } from '../store/migrate.ts';
import { nextRunId } from '../store/runId.ts';
import { recordRun } from '../store/runLog.ts';
import { partitionName } from '../store/tables.ts';
import { reportNotes } from './notes.ts';
import { notStarted } from './notStarted.ts';
import { type TaskOrder, tableOf } from './order.ts';
import { type PoolOptions, TaskPool } from './pool.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';
import type { Retry } from './retry.ts';
import { runRecord } from './runRecord.ts';
import { type RunResult, runTasks } from './runTasks.ts';
import { shareOut } from './tasks.ts';
import type {
  BackfillEvent,
  BackfillPlan,
  BackfillReport,
  Failure,
  PartitionDone,
  PartitionPlace,
} from './types.ts';

export type BackfillOptions = PrepareOptions &
  Retry & {
    readonly database: Database;
    /** Tasks at a time, each with a connection; two share a thread. Default: one per core, at most 8. */
    readonly workers?: number | undefined;
    readonly taskTimeoutMs?: number | undefined;
    readonly taskMemoryMb?: number | undefined;
    /** Stops the run: running tasks are rolled back, what is published stays. */
    readonly signal?: AbortSignal | undefined;
    /** Where it throws, the run stops as with `signal` and rejects with what was thrown. */
    readonly onEvent?: ((event: BackfillEvent) => void) | undefined;
    /** Another entry for the worker threads, for tests of what happens when a thread fails. */
    readonly workerFile?: URL | undefined;
  };

const defaultTimeoutMs = 600_000;
const defaultMemoryMb = 512;

/** What a backfill would do, without doing it: nothing is written, no parameter is fixed. */
export async function planBackfill(
  options: PrepareOptions & { readonly database: Database },
): Promise<BackfillPlan> {
  const client = await options.database.connect();
  try {
    return (await prepare(client, options, { write: false })).plan;
  } finally {
    await client.end();
  }
}

const workersOf = ({ workers }: BackfillOptions): number => workers ?? Math.min(availableParallelism(), 8);

const poolOptions = (options: BackfillOptions): PoolOptions => ({
  connection: options.database.connection,
  set: options.set ?? defaultSet,
  workers: workersOf(options),
  taskTimeoutMs: options.taskTimeoutMs ?? defaultTimeoutMs,
  taskMemoryMb: options.taskMemoryMb ?? defaultMemoryMb,
  workerFile: options.workerFile,
});

/** The parents of what the tasks will publish. */
const makeTables = (client: pg.Client, { set, schema, type, plan }: Prepared): Promise<void> =>
  ensureTables(
    client,
    [...new Set(plan.tasks.flatMap(task => task.families))].map(family => ({
      table: tableOf(set, family, { schema, type }),
      symbols: [...new Set(plan.tasks.filter(task => task.families.includes(family)).map(one => one.symbol))],
    })),
  );

/** Notes in the ledger what was given up. Where the database cannot be reached, the report alone has it. */
async function noteFailures(
  database: Database,
  { set, source, schema, type }: Prepared,
  { task, versions, runId, attempt }: TaskOrder,
  failures: readonly Failure[],
  rest: readonly string[],
): Promise<void> {
  const { symbol, month } = task;
  const client = await database.connect();
  try {
    for (const { family: one, code, cause } of failures) {
      for (const family of one ? [one] : rest) {
        const table = partitionName(tableOf(set, family, { schema, type }), symbol, month);
        const key = { set: set.name, family, symbol, month, version: versions[family]!, runId, attempt };
        await recordFailure(client, { ...key, schema, table, source: source.id, code, error: cause });
      }
    }
  } finally {
    await client.end();
  }
}

/** Notes the run in the log of runs. Where the database cannot be reached, the report alone has it. */
async function noteRun(
  database: Database,
  { set, schema }: Prepared,
  { partitions, failures }: RunResult,
  run: { runId: string; startedAt: string; tookMs: number; interrupted: boolean },
): Promise<void> {
  const client = await database.connect();
  const record = runRecord({ ...run, set: set.name, schema }, partitions, failures);
  await recordRun(client, record).finally(() => client.end());
}

/** Partitions of a run that was stopped which were committed when their thread ended, before it could tell. */
async function unheard(database: Database, runId: string, heard: RunResult): Promise<PartitionDone[]> {
  const keyOf = ({ family, symbol, month }: PartitionPlace): string => `${family} ${symbol} ${month}`;
  const told = new Set(heard.partitions.map(keyOf));
  const client = await database.connect();
  const rows = await readLedger(client, { runId }).finally(() => client.end());
  return rows
    .filter(row => row.status === 'done' && !told.has(keyOf(row)))
    .map(({ family, symbol, month, rows, columns, nulls, bytes, tookMs, copyMs }) => ({
      ...{ family, symbol, month, rows, cells: rows * columns, bytes, tookMs, copyMs },
      nulls: Object.values(nulls).reduce((sum, count) => sum + count, 0),
      replaced: false,
      nullRows: 0,
    }));
}

/**
 * Computes what is missing, stale or failed of the selection and publishes it, partition by partition. What is up to
 * date is left alone. A task that fails is tried again and then named in the report; the others go on.
 */
export async function backfill(options: BackfillOptions): Promise<BackfillReport> {
  const start = performance.now();
  const startedAt = new Date().toISOString();
  const { database } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  let thrown: { readonly error: unknown } | undefined;
  const stopFor = (error: unknown): void => {
    thrown ??= { error };
    stop.abort();
  };
  // events of threads arrive in a listener, where an error would end the process
  const emit = (event: BackfillEvent): void => {
    if (thrown) return;
    try {
      options.onEvent?.(event);
    } catch (error) {
      stopFor(error);
    }
  };
  // a set that there is none of is told at once
  setByName(options.set ?? defaultSet, options.setConfig);
  const client = await database.connect();
  // a thread takes as long to start as it takes to find out what there is to do
  const pool = TaskPool.create(poolOptions(options));
  pool.catch(() => {});
  let closing: Promise<unknown> | undefined;
  const close = (): Promise<unknown> => {
    closing ??= Promise.allSettled([client.end(), pool.then(started => started.close())]);
    return closing;
  };
  try {
    // before the plan: what others publish from here on is theirs to have done later
    await migrate(client);
    const runId = await nextRunId(client);
    const prepared = await prepare(client, options, { write: true });
    const { plan, notes } = prepared;
    const shared = shareOut(prepared.set, plan.tasks, workersOf(options));
    const { tasks, partitions, rows, cells, bytes } = plan;
    const threads = await pool;
    emit({ kind: 'plan', runId, tasks: tasks.length, partitions, rows, cells, bytes });
    // made while tasks read their bars and compute
    const tables = makeTables(client, prepared)
      .then(() => threads.letPublish(), stopFor)
      .finally(() => client.end());
    const workers = Math.min(workersOf(options), Math.max(shared.length, 1));
    const orderOf = prepared.orderOf(database.connection, runId);
    const onGivenUp = (order: TaskOrder, failures: readonly Failure[], rest: readonly string[]) =>
      noteFailures(database, prepared, order, failures, rest).catch(() => {});
    const told = await runTasks(threads, shared, {
      orderOf,
      workers,
      retry: options,
      signal,
      emit,
      onGivenUp,
    });
    await tables;
    if (thrown) throw thrown.error;
    const interrupted = signal.aborted;
    const more = interrupted ? await unheard(database, runId, told).catch(() => []) : [];
    const result = { ...told, partitions: [...told.partitions, ...more] };
    const tookMs = performance.now() - start;
    await Promise.all([
      noteRun(database, prepared, result, { runId, startedAt, tookMs, interrupted }).catch(() => {}),
      close(),
    ]);
    const total = (of: (done: (typeof result.partitions)[number]) => number) =>
      result.partitions.reduce((sum, done) => sum + of(done), 0);
    const published = result.partitions.filter(({ skipped }) => !skipped).length;
    return {
      runId,
      done: published,
      skipped: plan.upToDate + result.partitions.length - published,
      failed: result.failures.map(({ left: _, ...failure }) => failure),
      notStarted: notStarted(tasks, result),
      interrupted,
      gaveUp: result.gaveUp,
      tasks: tasks.length,
      rows: total(done => done.rows),
      cells: total(done => done.cells),
      nulls: total(done => done.nulls),
      bytes: total(done => done.bytes),
      tookMs,
      copyShare: result.busyMs > 0 ? total(done => done.copyMs) / result.busyMs : 0,
      notes: [...notes, ...reportNotes(result.notes, result.partitions)],
      unfitted: result.partitions.flatMap(({ family, symbol, month, unfitted = [] }) =>
        unfitted.map(model => ({ family, symbol, month, ...model })),
      ),
    };
  } finally {
    await close();
  }
}
