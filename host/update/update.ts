import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type pg from 'pg';
import { versionOf } from '../catalog/catalog.ts';
import { describeHolder, type LockOptions, takeLock } from '../store/locks.ts';
import { migrate } from '../store/migrate.ts';
import { type Month, monthOf, monthsFrom } from '../store/month.ts';
import { errorCode, statementError } from '../store/postgresErrors.ts';
import { recordRun } from '../store/runLog.ts';
import type { BarSource } from '../store/sources.ts';
import { nothingFor } from './batch.ts';
import { choose } from './choice.ts';
import { peerPlans } from './compute.ts';
import { findDue } from './due.ts';
import { type Lanes, ownLane, threadLanes, timedOut } from './lanes.ts';
import { type Due, featureVersion, planRows, type UpdateOrder } from './order.ts';
import { readProgress } from './progress.ts';
import { ensureRowTable, writerLock } from './table.ts';
import type { SymbolReport, UpdateOptions, UpdateReport } from './types.ts';

/** Symbols whose rows are written in one transaction. */
const batchSymbols = 128;
/** So few symbols with some new bars each are done before a thread has started. */
const fewSymbols = 256;

/** The months of the rows that will be written. */
async function monthsOf(client: pg.Client, source: BarSource, dues: readonly Due[]): Promise<Month[]> {
  const open = dues.filter(({ from, to }) => from === undefined || to === undefined);
  const known =
    open.length > 0
      ? await source.months(
          client,
          open.map(({ symbol }) => symbol),
        )
      : new Map();
  const months = new Set<Month>();
  for (const { symbol, from, to } of dues) {
    const first = from === undefined ? undefined : monthOf(from);
    if (first !== undefined && to !== undefined)
      for (const month of monthsFrom(first, monthOf(to))) months.add(month);
    for (const { month } of known.get(symbol) ?? [])
      if (first === undefined || month >= first) months.add(month);
  }
  return [...months].sort();
}

const failure = (symbol: string, code: string, cause: string, tookMs: number): SymbolReport => ({
  ...nothingFor(symbol, tookMs),
  status: 'failed',
  code,
  cause,
});

/** Symbols that have failed one after the other from the same cause, while none was done. */
type Streak = { code: string; symbols: number };
/** So many symbols that fail alone, and nothing but they, say that it is not the symbols. */
const longStreak = 8;

function failuresOf(
  dues: readonly Due[],
  order: UpdateOrder,
  error: unknown,
  tookMs: number,
): SymbolReport[] {
  // 57014: the server stopped the statement at its limit
  const told =
    errorCode(error) === '57014'
      ? timedOut(dues, order.symbolTimeoutMs, error)
      : statementError(error, order.connection.where);
  const message = told instanceof Error ? told.message : String(told);
  return dues.map(({ symbol }) => failure(symbol, errorCode(told) || 'WR_INTERNAL', message, tookMs));
}

/**
 * Runs a batch; where it fails, its halves, so that in the end a symbol fails alone. Where everything fails from one
 * cause, as with a server that is gone, the rest is given up with it rather than tried symbol by symbol.
 */
async function runAlone(
  lanes: Lanes,
  dues: readonly Due[],
  order: UpdateOrder,
  signal: AbortSignal,
  streak: Streak,
): Promise<SymbolReport[]> {
  const start = performance.now();
  try {
    const reports = await lanes.run(dues, signal);
    streak.symbols = 0;
    streak.code = 'none';
    return reports;
  } catch (error) {
    if (signal.aborted) throw error;
    const code = errorCode(error);
    const hopeless = streak.symbols >= longStreak && streak.code === code;
    if (dues.length === 1 || hopeless) {
      if (streak.code === '' || streak.code === code) {
        streak.code = code;
        streak.symbols += dues.length;
      }
      return failuresOf(dues, order, error, performance.now() - start);
    }
    const half = dues.length >> 1;
    return [
      ...(await runAlone(lanes, dues.slice(0, half), order, signal, streak)),
      ...(await runAlone(lanes, dues.slice(half), order, signal, streak)),
    ];
  }
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

/**
 * Brings the rows of a set up to date after bars were added or corrected: computes the rows that they touch and writes
 * them, symbols by the batch, each batch whole or not at all. What is up to date is left alone, so that the same call
 * again changes nothing. A symbol that fails is named in the report with its cause; the others go on.
 */
export async function update(options: UpdateOptions): Promise<UpdateReport> {
  const start = performance.now();
  const startedAt = new Date();
  const runId = randomUUID();
  const { database, schema = 'public', type = 'double', onEvent = () => {}, dryRun = false } = options;
  const signal = options.signal ?? new AbortController().signal;
  const reports: SymbolReport[] = [];
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    onEvent({ kind: 'note', text });
  };
  const client = await database.connect();
  let lanes: Lanes | undefined;
  try {
    await migrate(client);
    const { set, families, source, symbols, table, order } = await choose(client, options);
    const waiting: LockOptions = {
      signal,
      onWait: holder => note(`waits for others at ${table.name}: ${describeHolder(holder)}`),
    };
    if (!dryRun) {
      await takeLock(client, writerLock(table), 'session', waiting);
    }
    const progress = await readProgress(client, { set: set.name, schema });
    const rows = planRows(set, families);
    const dues = await findDue(client, source, {
      table,
      symbols,
      families,
      progress,
      lookback: rows.plan.lookback,
      peers: new Map(
        [...peerPlans(rows.plan, set.horizonBits)].map(([peer, { lookback }]) => [peer, lookback]),
      ),
      force: options.force ?? false,
    });
    const versions = new Map(
      set.families
        .filter(({ name }) => families.includes(name))
        .map(family => [family.name, versionOf(set, family, { type, parameters: {} })]),
    );
    const older = new Set(
      progress
        .filter(({ family, version }) => versions.has(family) && versions.get(family) !== version)
        .map(({ symbol }) => symbol),
    );
    if (older.size > 0 && !options.force)
      note(`rows of ${older.size} symbols were computed by older definitions; --force computes them again`);
    onEvent({ kind: 'plan', symbols: symbols.length, due: dues.length });
    const due = new Set(dues.map(({ symbol }) => symbol));
    const add = (one: SymbolReport): void => {
      reports.push(one);
      onEvent({ kind: 'symbol', ...one });
    };
    if (!dryRun && dues.length > 0) {
      await ensureRowTable(client, table, await monthsOf(client, source, dues), waiting);
      const few = dues.length <= fewSymbols && dues.every(({ from }) => from !== undefined);
      const workers = options.workers ?? (few ? 0 : Math.min(availableParallelism(), 8));
      lanes =
        workers === 0
          ? ownLane(order)
          : await threadLanes(order, { workers, workerFile: options.workerFile });
      const size = Math.min(batchSymbols, Math.ceil(dues.length / lanes.width));
      const queue = chunks(dues, size);
      const streak: Streak = { code: '', symbols: 0 };
      const work = async (): Promise<void> => {
        for (let batch = queue.shift(); batch && !signal.aborted; batch = queue.shift())
          for (const one of await runAlone(lanes!, batch, order, signal, streak)) add(one);
      };
      await Promise.all(Array.from({ length: lanes.width }, work)).catch(error => {
        if (!signal.aborted) throw error;
      });
    }
    for (const symbol of symbols) {
      if (!due.has(symbol)) add(nothingFor(symbol, 0));
      else if (dryRun) add({ ...nothingFor(symbol, 0), status: 'due' });
    }
    const total = (of: (one: SymbolReport) => number): number =>
      reports.reduce((sum, one) => sum + of(one), 0);
    const count = (status: SymbolReport['status']): number => total(one => (one.status === status ? 1 : 0));
    const report: UpdateReport = {
      runId,
      set: set.name,
      featureVersion: featureVersion(set, type),
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
  } finally {
    await lanes?.close();
    await client.end();
  }
}
