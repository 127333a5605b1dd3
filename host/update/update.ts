import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type pg from 'pg';
import { peerPlans } from '../engine/peers.ts';
import { type ErrorCode, errorTable } from '../errors.ts';
import { describeHolder, type LockOptions } from '../store/locks.ts';
import { migrate } from '../store/migrate.ts';
import { monthMicros } from '../store/month.ts';
import { errorCode, inUserTerms, statementError } from '../store/postgresErrors.ts';
import { recordRun } from '../store/runLog.ts';
import { nothingFor } from './batch.ts';
import { planWork } from './batches.ts';
import { choose } from './choice.ts';
import { findDue } from './due.ts';
import { keptSince } from './kept.ts';
import { finishKey } from './key.ts';
import { type Lanes, ownLane, threadLanes, timedOut } from './lanes.ts';
import { type Due, prepare, type UpdateOrder } from './order.ts';
import { readProgress } from './progress.ts';
import { ensureRowTable, type RowTable, rowTableExists } from './table.ts';
import type { SymbolReport, UpdateOptions, UpdateReport } from './types.ts';
import { becomeWriter, lockLost } from './writer.ts';

/** So few symbols with some new bars each are done before a thread has started. */
const fewSymbols = 256;

/** What batches are run with. */
type Run = {
  readonly lanes: Lanes;
  readonly order: UpdateOrder;
  readonly table: RowTable;
  readonly signal: AbortSignal;
  readonly add: (one: SymbolReport) => void;
  /** Symbols that have failed, with none done between them, from causes that may be those of all. */
  failed: number;
};

/** So many of them say that trying each of the others leads nowhere. */
const manyFailed = 8;
const isHopeless = ({ failed }: Run): boolean => failed >= manyFailed;

/** Whether a cause may be that of all symbols: a server that is gone, a full disk, a table that somebody has locked. */
const isCommon = (code: string): boolean =>
  code === 'WR_TASK_TIMEOUT' || errorTable[code as ErrorCode]?.exit === 3;

/** What a batch failed from, in the user's terms. */
function causeOf(dues: readonly Due[], order: UpdateOrder, error: unknown): { code: string; cause: string } {
  // 57014: the server stopped the statement at its limit
  const told = ['57014', 'WR_TASK_TIMEOUT'].includes(errorCode(error))
    ? timedOut(dues, order.symbolTimeoutMs, error)
    : statementError(error, order.connection.where);
  return {
    code: errorCode(told) || 'WR_INTERNAL',
    cause: told instanceof Error ? told.message : String(told),
  };
}

/**
 * Runs a batch and tells of its symbols. Where it fails it is run in parts, so that in the end a symbol fails alone; but
 * where all fail from a cause that is none of theirs, those that are left are tried once more together.
 */
async function runAlone(run: Run, dues: readonly Due[]): Promise<void> {
  const { lanes, order, signal, add } = run;
  const start = performance.now();
  let reports: readonly SymbolReport[];
  try {
    signal.throwIfAborted();
    reports = await lanes.run(dues, signal);
    run.failed = 0;
  } catch (error) {
    if (signal.aborted) throw error;
    // what a thread says has lost its class
    if (errorCode(error) === 'WR_LOCK_LOST') throw lockLost(run.table);
    const { code, cause } = causeOf(dues, order, error);
    const common = isCommon(code);
    if (dues.length > 1 && !(common && isHopeless(run))) {
      const half = dues.length >> 1;
      // each part with what is slow in it waits up to the limit
      const parts =
        code === 'WR_TASK_TIMEOUT' ? dues.map(due => [due]) : [dues.slice(0, half), dues.slice(half)];
      while (parts.length > 0) {
        const together = common && isHopeless(run);
        await runAlone(run, together ? parts.splice(0).flat() : parts.shift()!);
      }
      return;
    }
    if (common) run.failed += dues.length;
    const tookMs = performance.now() - start;
    reports = dues.map(({ symbol }) => ({ ...nothingFor(symbol, tookMs), status: 'failed', code, cause }));
  }
  for (const one of reports) add(one);
}

/** Runs batches side by side until all are done, or somebody wants no more. */
async function runBatches(options: Omit<Run, 'failed'>, batches: readonly (readonly Due[])[]): Promise<void> {
  const queue = [...batches];
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const run: Run = { ...options, signal, failed: 0 };
  const work = async (): Promise<void> => {
    for (let batch = queue.shift(); batch && !signal.aborted; batch = queue.shift())
      await runAlone(run, batch);
  };
  await Promise.all(Array.from({ length: run.lanes.width }, work)).catch(error => {
    broken.abort();
    if (!options.signal.aborted) throw error;
  });
}

/**
 * Brings the rows of a set up to date after bars were added or corrected: computes the rows that they touch and writes
 * them, symbols by the batch, each batch whole or not at all. What is up to date is left alone, so that the same call
 * again changes nothing. A symbol that fails is named in the report with its cause; the others go on.
 */
export async function update(options: UpdateOptions): Promise<UpdateReport> {
  const client = await options.database.connect();
  const held: Held = { lanes: undefined };
  return inUserTerms(client, () => updateOver(client, options, held)).finally(async () => {
    const lanes = await held.lanes?.catch(() => undefined);
    await lanes?.close();
    await client.end();
  });
}

/** What is closed when an update ends, however it ends. */
type Held = { lanes: Promise<Lanes> | undefined };

async function updateOver(client: pg.Client, options: UpdateOptions, held: Held): Promise<UpdateReport> {
  const start = performance.now();
  const startedAt = new Date();
  const runId = randomUUID();
  const { schema = 'public', onEvent = () => {}, dryRun = false, force = false } = options;
  const signal = options.signal ?? new AbortController().signal;
  const reports: SymbolReport[] = [];
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    onEvent({ kind: 'note', text });
  };
  if (!dryRun) await migrate(client);
  const { set, families, source, symbols, table, order: chosen } = await choose(client, options);
  const waiting: LockOptions = {
    signal,
    onWait: holder => note(`waits for others at ${table.name}: ${describeHolder(holder)}`),
  };
  if (options.symbols === undefined)
    for (const { message } of source.refused.values()) note(`left out: ${message}`);
  const order = dryRun ? chosen : { ...chosen, writer: await becomeWriter(client, table, waiting) };
  // a first load that was killed
  if (!dryRun && (await rowTableExists(client, table)))
    await finishKey(client, table, order.connection, waiting);
  const place = { set: set.name, schema };
  const progress = await readProgress(client, place);
  const since = await keptSince(client, place);
  const prepared = prepare(order, set);
  const { versions } = prepared;
  const { plan } = prepared.rowPlan;
  const { lookback } = plan;
  const peers = new Map([...peerPlans(plan)].map(([peer, own]) => [peer, own.lookback]));
  const kept = since === undefined ? Number.NEGATIVE_INFINITY : monthMicros(since);
  const selection = { table, symbols, families, progress, lookback, peers, keptSince: kept, force };
  const lanesFor = (few: boolean): Promise<Lanes> => {
    const workers = options.workers ?? (few ? 0 : Math.min(availableParallelism(), 8));
    held.lanes ??=
      workers === 0
        ? Promise.resolve(ownLane(order, prepared))
        : threadLanes(order, { workers, workerFile: options.workerFile });
    return held.lanes;
  };
  // symbols without rows are much to do: threads start while it is found out what
  const known = new Set(progress.map(({ symbol }) => symbol));
  if (!dryRun && symbols.some(symbol => !known.has(symbol))) lanesFor(false).catch(() => {});
  const dues = await findDue(client, source, selection);
  const due = new Set(dues.map(({ symbol }) => symbol));
  const asked = new Set(symbols);
  const older = new Set(
    progress
      .filter(({ family, version }) => versions.has(family) && versions.get(family) !== version)
      .flatMap(({ symbol }) => (asked.has(symbol) ? [symbol] : [])),
  );
  if (older.size > 0 && !force)
    note(`rows of ${older.size} symbols were computed by older definitions; --force computes them again`);
  if (dues.some(({ from }) => from === kept))
    note(`rows before ${since} are not kept, as "windrow retention" was told`);
  onEvent({ kind: 'plan', symbols: symbols.length, due: dues.length });
  const add = (one: SymbolReport): void => {
    reports.push(one);
    onEvent({ kind: 'symbol', ...one });
  };
  if (!dryRun && dues.length > 0) {
    const few = dues.length <= fewSymbols && dues.every(({ whole }) => !whole);
    const lanes = await lanesFor(few);
    const size = { width: lanes.width, intervalMinutes: set.bars.intervalMinutes, lookback };
    const { months, batches } = await planWork(client, source, dues, size);
    await ensureRowTable(client, table, months, { ...waiting, keyLater: dues.length > fewSymbols });
    await runBatches({ lanes, order, table, signal, add }, batches);
    await finishKey(client, table, order.connection, waiting).catch(error => {
      if (!signal.aborted) throw error;
    });
  }
  for (const symbol of symbols) {
    if (!due.has(symbol)) add(nothingFor(symbol, 0));
    else if (dryRun) add({ ...nothingFor(symbol, 0), status: 'due' });
  }
  const total = (of: (one: SymbolReport) => number): number => reports.reduce((sum, one) => sum + of(one), 0);
  const count = (status: SymbolReport['status']): number => total(one => (one.status === status ? 1 : 0));
  const report: UpdateReport = {
    runId,
    set: set.name,
    featureVersion: prepared.version,
    dryRun,
    startedAt: startedAt.toISOString(),
    tookMs: performance.now() - start,
    symbols: reports,
    done: count('done'),
    unchanged: count('unchanged'),
    failed: count('failed'),
    rows: total(({ rows }) => rows),
    cells: total(({ cells }) => cells),
    nulls: total(({ nulls }) => nulls),
    clipped: total(({ clipped }) => clipped),
    interrupted: signal.aborted,
    notes,
  };
  if (!dryRun) await recordRun(client, { command: 'update', schema, ...report });
  return report;
}
