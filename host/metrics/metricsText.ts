import type pg from 'pg';
import type { Registry } from 'prom-client';
import { sets } from '../catalog/catalog.ts';
import type { Database } from '../store/database.ts';
import { qualify } from '../store/identifiers.ts';
import { ownSchema } from '../store/migrate.ts';
import { lastOfSymbols, lastRuns, totalRuns } from '../store/runLog.ts';
import { openSource } from '../store/sources.ts';
import type { SourceSpec } from '../store/sourceTables.ts';
import { completeUntil, newerBars } from './rowStatus.ts';

export type MetricsOptions = {
  /** Default: every set that has run. */
  readonly set?: string | undefined;
  /** The user's own tables of bars, where runs read them; else those that `import` fills. */
  readonly source?: SourceSpec | undefined;
};

/** For so long a symbol is told of after the last run that did something for it. */
const symbolDays = 7;

const seconds = (ms: number): number => ms / 1000;
const place = ['set', 'schema'] as const;
const ofRun = [...place, 'command'] as const;
const ofSymbol = [...place, 'command', 'symbol'] as const;

/** Declares metrics in a registry of their own: nothing of the process that asks gets in. */
function declare({ Counter, Gauge }: typeof import('prom-client'), registry: Registry) {
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `windrow_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge<L>({ name: `windrow_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  return {
    runs: counter('runs_total', 'Runs, by how they ended.', [...ofRun, 'status'] as const),
    runSeconds: counter('run_seconds_total', 'Time that runs took.', ofRun),
    rows: counter('rows_written_total', 'Feature rows written.', ofRun),
    cells: counter('cells_computed_total', 'Values computed, NULLs among them.', ofRun),
    nulls: counter('cells_null_total', 'Values computed that are NULL.', ofRun),
    clipped: counter('values_clipped_total', 'Values limited to five deviations.', ofRun),

    lastStart: gauge('last_run_timestamp_seconds', 'When the last run began.', ofRun),
    lastSuccess: gauge(
      'last_success_timestamp_seconds',
      'When the last run ended that neither failed for a symbol nor was stopped.',
      ofRun,
    ),
    lastSeconds: gauge('last_run_duration_seconds', 'Time that the last run took.', ofRun),
    lastRows: gauge('last_run_rows', 'Feature rows that the last run wrote.', ofRun),
    lastNulls: gauge('last_run_null_ratio', 'NULLs among the values of the last run.', ofRun),
    lastSymbols: gauge('last_run_symbols', 'Symbols of the last run, by what became of them.', [
      ...ofRun,
      'status',
    ] as const),
    featureNulls: gauge('last_run_feature_null_ratio', 'NULLs of a feature among the rows of the last run.', [
      ...ofRun,
      'feature',
    ] as const),

    symbolFailed: gauge('symbol_failed', 'Whether the last run that was about the symbol failed.', ofSymbol),
    symbolStart: gauge('symbol_last_run_timestamp_seconds', 'When that run began.', ofSymbol),
    symbolSuccess: gauge(
      'symbol_last_success_timestamp_seconds',
      'When the last run began that wrote rows of the symbol.',
      ofSymbol,
    ),
    symbolSeconds: gauge('symbol_last_run_duration_seconds', 'Time that it took for the symbol.', ofSymbol),
    symbolRows: gauge('symbol_last_run_rows', 'Feature rows that it wrote.', ofSymbol),
    symbolNulls: gauge('symbol_last_run_null_ratio', 'NULLs among its values.', ofSymbol),
    behind: gauge('symbol_bars_behind', 'Bars newer than the newest complete feature row.', [
      ...place,
      'symbol',
    ] as const),
    newest: gauge('symbol_newest_row_timestamp_seconds', 'Time of the newest complete feature row.', [
      ...place,
      'symbol',
    ] as const),
  };
}

type Metrics = ReturnType<typeof declare>;

async function fillRuns(client: pg.Client, metrics: Metrics, set: string | undefined): Promise<void> {
  const totals = await totalRuns(client, set);
  for (const { set, schema, command, status, ...total } of totals) {
    const labels = { set, schema, command };
    metrics.runs.inc({ ...labels, status }, total.runs);
    metrics.runSeconds.inc(labels, seconds(total.tookMs));
    metrics.rows.inc(labels, total.rows);
    metrics.cells.inc(labels, total.cells);
    metrics.nulls.inc(labels, total.nulls);
    metrics.clipped.inc(labels, total.clipped);
  }
  const successes = totals.filter(({ status }) => status !== 'failed');
  // what ended last comes last
  for (const { set, schema, command, lastEnd } of successes.toSorted((a, b) => +a.lastEnd - +b.lastEnd))
    metrics.lastSuccess.set({ set, schema, command }, seconds(lastEnd.getTime()));
  for (const run of await lastRuns(client, set)) {
    const labels = { set: run.set, schema: run.schema, command: run.command };
    metrics.lastStart.set(labels, seconds(run.startedAt.getTime()));
    metrics.lastSeconds.set(labels, seconds(run.tookMs));
    metrics.lastRows.set(labels, run.rows);
    metrics.lastSymbols.set({ ...labels, status: 'done' }, run.symbolsDone);
    metrics.lastSymbols.set({ ...labels, status: 'failed' }, run.symbolsFailed);
    if (run.cells > 0) metrics.lastNulls.set(labels, run.nulls / run.cells);
    for (const [feature, nulls] of Object.entries(run.nullFeatures))
      if (run.rows > 0) metrics.featureNulls.set({ ...labels, feature }, nulls / run.rows);
  }
}

async function fillSymbols(client: pg.Client, metrics: Metrics, set: string | undefined): Promise<void> {
  const since = new Date(Date.now() - symbolDays * 86_400_000);
  for (const one of await lastOfSymbols(client, { set, since })) {
    const labels = { set: one.set, schema: one.schema, command: one.command, symbol: one.symbol };
    metrics.symbolFailed.set(labels, one.status === 'failed' ? 1 : 0);
    metrics.symbolStart.set(labels, seconds(one.startedAt.getTime()));
    if (one.lastSuccess) metrics.symbolSuccess.set(labels, seconds(one.lastSuccess.getTime()));
    metrics.symbolSeconds.set(labels, seconds(one.tookMs));
    metrics.symbolRows.set(labels, one.rows);
    if (one.cells > 0) metrics.symbolNulls.set(labels, one.nulls / one.cells);
  }
}

/** How far rows are behind their bars, of sets that are kept row by row. */
async function fillBehind(client: pg.Client, metrics: Metrics, options: MetricsOptions): Promise<void> {
  const { rows: places } = await client.query<{ set: string; schema: string; source: string }>(
    `select distinct set_name as set, schema_name as schema, source from ${qualify(ownSchema, 'set_progress')}
     where $1::text is null or set_name = $1 order by 1, 2, 3`,
    [options.set ?? null],
  );
  for (const { set, schema, source: id } of places) {
    if (!sets.some(({ name }) => name === set)) continue;
    const until = await completeUntil(client, { set, schema });
    for (const [symbol, time] of until)
      if (time !== null) metrics.newest.set({ set, schema, symbol }, time / 1_000_000);
    const source = await openSource(client, { set, schema, ...options.source });
    // rows of other bars than these say nothing about these
    if (source.id !== id) continue;
    for (const [symbol, behind] of await newerBars(client, source, until))
      metrics.behind.set({ set, schema, symbol }, behind);
  }
}

/**
 * What runs did, as text that Prometheus reads: what `windrow.run_log` adds up to, the last run of each set, the last
 * that was done for each symbol of the last seven days, and how many bars have no feature row yet. Counters are those of
 * the database, not of this process, so whoever asks gets the same.
 */
export async function metricsText(from: Database | pg.Client, options: MetricsOptions = {}): Promise<string> {
  if ('secretUrl' in from) {
    const client = await from.connect();
    return metricsText(client, options).finally(() => client.end());
  }
  const library = await import('prom-client');
  const registry = new library.Registry();
  const metrics = declare(library, registry);
  const { rows } = await from.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    qualify(ownSchema, 'run_log'),
  ]);
  if (rows[0]!.there) {
    await fillRuns(from, metrics, options.set);
    await fillSymbols(from, metrics, options.set);
    await fillBehind(from, metrics, options);
  }
  return registry.metrics();
}
