import { availableParallelism } from 'node:os';
import type pg from 'pg';
import type { Database } from '../store/database.ts';
import { ensureTable } from '../store/ddl.ts';
import { recordFailure } from '../store/ledger.ts';
import { migrate } from '../store/migrate.ts';
import { nextRunId } from '../store/runId.ts';
import { recordRun } from '../store/runLog.ts';
import { partitionName } from '../store/tables.ts';
import { reportNotes } from './notes.ts';
import { type TaskOrder, tableOf } from './order.ts';
import { type PoolOptions, TaskPool } from './pool.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';
import type { Retry } from './retry.ts';
import { runRecord } from './runRecord.ts';
import { type RunResult, runTasks } from './runTasks.ts';
import { shareOut } from './tasks.ts';
import type { BackfillEvent, BackfillPlan, BackfillReport, Failure, Task } from './types.ts';

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
  workers: workersOf(options),
  taskTimeoutMs: options.taskTimeoutMs ?? defaultTimeoutMs,
  taskMemoryMb: options.taskMemoryMb ?? defaultMemoryMb,
  workerFile: options.workerFile,
});

/** The parents of what the tasks will publish. */
async function makeTables(client: pg.Client, { set, schema, type, plan }: Prepared): Promise<void> {
  for (const family of new Set(plan.tasks.flatMap(task => task.families))) {
    const symbols = plan.tasks.filter(task => task.families.includes(family)).map(task => task.symbol);
    await ensureTable(client, tableOf(set, family, { schema, type }), [...new Set(symbols)]);
  }
}

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
  // events of threads arrive in a listener, where an error would end the process
  const emit = (event: BackfillEvent): void => {
    if (thrown) return;
    try {
      options.onEvent?.(event);
    } catch (error) {
      thrown = { error };
      stop.abort();
    }
  };
  const client = await database.connect();
  let runId: string;
  let prepared: Prepared;
  let shared: readonly Task[];
  let pool: Promise<TaskPool> | undefined;
  try {
    // a thread takes as long to start as it takes to find out what there is to do
    pool = TaskPool.create(poolOptions(options));
    pool.catch(() => {});
    // before the plan: what others publish from here on is theirs to have done later
    await migrate(client);
    runId = await nextRunId(client);
    prepared = await prepare(client, options, { write: true });
    shared = shareOut(prepared.set, prepared.plan.tasks, workersOf(options));
    await makeTables(client, prepared);
  } catch (error) {
    await pool?.then(started => started.close()).catch(() => {});
    throw error;
  } finally {
    await client.end();
  }
  const { plan, notes } = prepared;
  const { tasks, partitions, rows, cells, bytes } = plan;
  const threads = await pool;
  try {
    emit({ kind: 'plan', runId, tasks: tasks.length, partitions, rows, cells, bytes });
    const workers = Math.min(workersOf(options), Math.max(shared.length, 1));
    const orderOf = prepared.orderOf(database.connection, runId);
    const onGivenUp = (order: TaskOrder, failures: readonly Failure[], rest: readonly string[]) =>
      noteFailures(database, prepared, order, failures, rest).catch(() => {});
    const result = await runTasks(threads, shared, {
      orderOf,
      workers,
      retry: options,
      signal,
      emit,
      onGivenUp,
    });
    if (thrown) throw thrown.error;
    const interrupted = signal.aborted;
    const tookMs = performance.now() - start;
    await noteRun(database, prepared, result, { runId, startedAt, tookMs, interrupted }).catch(() => {});
    const total = (of: (done: (typeof result.partitions)[number]) => number) =>
      result.partitions.reduce((sum, done) => sum + of(done), 0);
    const published = result.partitions.filter(({ skipped }) => !skipped).length;
    const failed = result.failures.reduce(
      (sum, { family, partitions: count }) => sum + (family ? 1 : count),
      0,
    );
    return {
      runId,
      done: published,
      skipped: plan.upToDate + result.partitions.length - published,
      failed: result.failures.map(({ partitions: _, ...failure }) => failure),
      notStarted: partitions - result.partitions.length - failed,
      interrupted,
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
    await threads.close();
  }
}
