import type pg from 'pg';
import { allSymbols, symbolText } from './allSymbols.ts';
import { literal, qualify } from './identifiers.ts';
import { ownSchema } from './migrate.ts';

/** What a run did for one symbol. */
export type SymbolRun = {
  /** `allSymbols` for what it did for all of them together. */
  readonly symbol: string;
  /** A symbol that is `due` was left as it is. */
  readonly status: 'done' | 'unchanged' | 'failed' | 'due';
  readonly code?: string | undefined;
  readonly cause?: string | undefined;
  readonly rows: number;
  readonly cells: number;
  readonly nulls: number;
  readonly clipped: number;
  readonly barsRead: number;
  /** Feature to number of NULLs, for those that have any. */
  readonly nullFeatures: Readonly<Record<string, number>>;
  readonly tookMs: number;
};

/** A run as it is noted: an update's report, or what a backfill's partitions add up to. */
export type RunRecord = {
  readonly runId: string;
  readonly command: 'update' | 'backfill';
  readonly set: string;
  readonly schema: string;
  /** As 2025-03-10T15:00:00.000Z. */
  readonly startedAt: string;
  readonly tookMs: number;
  readonly interrupted: boolean;
  readonly symbols: readonly SymbolRun[];
};

const table = qualify(ownSchema, 'run_log');

/** How long the rows of symbols are kept. Those of runs as a whole stay, so that what they add up to only grows. */
const symbolDays = 90;

/** The run as a whole, summed over its symbols. */
function wholeRun({ symbols, tookMs, interrupted }: RunRecord): Omit<SymbolRun, 'symbol'> {
  const total = (of: (one: SymbolRun) => number): number => symbols.reduce((sum, one) => sum + of(one), 0);
  const failed = symbols.filter(({ status }) => status === 'failed');
  const nullFeatures: Record<string, number> = {};
  for (const one of symbols)
    for (const [feature, nulls] of Object.entries(one.nullFeatures))
      nullFeatures[feature] = (nullFeatures[feature] ?? 0) + nulls;
  const causes = [
    ...(interrupted ? ['interrupted'] : []),
    ...(failed[0]
      ? [`${failed.length} of ${symbols.length} symbols failed, first ${symbolText(failed[0].symbol)}`]
      : []),
  ];
  return {
    status:
      causes.length > 0 ? 'failed' : symbols.some(({ status }) => status === 'done') ? 'done' : 'unchanged',
    code: failed[0]?.code,
    cause: causes.length > 0 ? causes.join('; ') : undefined,
    rows: total(({ rows }) => rows),
    cells: total(({ cells }) => cells),
    nulls: total(({ nulls }) => nulls),
    clipped: total(({ clipped }) => clipped),
    barsRead: total(({ barsRead }) => barsRead),
    nullFeatures,
    tookMs,
  };
}

/**
 * Notes a run: a row for the whole, whose symbol is NULL, and one for each symbol for which something was done or
 * failed. Symbols without a change leave no row. One statement, whatever the number of symbols.
 */
export async function recordRun(client: pg.Client, run: RunRecord): Promise<void> {
  const told = run.symbols.filter(({ status }) => status === 'done' || status === 'failed');
  const rows = [{ symbol: null, ...wholeRun(run) }, ...told];
  await client.query(
    `with old as (
       delete from ${table} where set_name = $3 and symbol is not null and started_at < now() - $6 * interval '1 day')
     insert into ${table} (run_id, command, set_name, schema_name, started_at, symbol, status, code, cause, rows, cells,
       nulls, clipped, bars_read, null_features, took_ms)
     select $1, $2, $3, $4, $5::timestamptz, symbol, status, code, cause, rows, cells, nulls, clipped, bars_read,
       null_features::jsonb, took_ms
     from unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[],
       $14::bigint[], $15::bigint[], $16::text[], $17::float8[])
       as r (symbol, status, code, cause, rows, cells, nulls, clipped, bars_read, null_features, took_ms)`,
    [
      ...[run.runId, run.command, run.set, run.schema, run.startedAt, symbolDays],
      ...[rows.map(row => row.symbol), rows.map(row => row.status), rows.map(row => row.code ?? null)],
      ...[rows.map(row => row.cause?.slice(0, 2000) ?? null), rows.map(row => row.rows)],
      ...[rows.map(row => row.cells), rows.map(row => row.nulls), rows.map(row => row.clipped)],
      ...[rows.map(row => row.barsRead), rows.map(row => JSON.stringify(row.nullFeatures))],
      rows.map(row => row.tookMs),
    ],
  );
}

/**
 * A run as it was noted, with how many of its symbols were done and how many failed; what was done for all of them together is
 * no symbol, what failed for all of them is one.
 */
export type LoggedRun = {
  readonly runId: string;
  readonly command: string;
  readonly set: string;
  readonly schema: string;
  readonly status: 'done' | 'unchanged' | 'failed';
  readonly code: string | null;
  readonly cause: string | null;
  readonly symbolsDone: number;
  readonly symbolsFailed: number;
  readonly rows: number;
  readonly cells: number;
  readonly nulls: number;
  readonly clipped: number;
  readonly barsRead: number;
  readonly nullFeatures: Readonly<Record<string, number>>;
  readonly startedAt: Date;
  readonly tookMs: number;
};

/** The runs that `chosen` selects from the log by their id, newest first. */
const wholeRuns = (chosen: string): string => `
  select r.run_id as "runId", r.command, r.set_name as set, r.schema_name as schema, r.status, r.code, r.cause,
    n.done as "symbolsDone", n.failed as "symbolsFailed", r.rows::float8 as rows, r.cells::float8 as cells,
    r.nulls::float8 as nulls, r.clipped::float8 as clipped, r.bars_read::float8 as "barsRead",
    r.null_features as "nullFeatures", r.started_at as "startedAt", r.took_ms as "tookMs"
  from (${chosen}) c join ${table} r on r.run_id = c.run_id and r.symbol is null
  cross join lateral (
    select count(*) filter (where status = 'done' and s.symbol <> ${literal(allSymbols)})::int as done, count(*) filter (where status = 'failed')::int as failed
    from ${table} s where s.run_id = r.run_id and s.symbol is not null) n
  order by r.started_at desc`;

/** The last runs of a set, or of all sets, newest first. */
export async function readRuns(
  client: pg.Client,
  { set, last }: { readonly set?: string | undefined; readonly last: number },
): Promise<LoggedRun[]> {
  const { rows } = await client.query<LoggedRun>(
    wholeRuns(
      `select run_id from ${table} where symbol is null and ($1::text is null or set_name = $1)
       order by started_at desc limit $2`,
    ),
    [set ?? null, last],
  );
  return rows;
}

/** What all runs of a set in a schema by one command add up to, by how they ended. */
export type RunTotals = {
  readonly set: string;
  readonly schema: string;
  readonly command: string;
  readonly status: 'done' | 'unchanged' | 'failed';
  readonly runs: number;
  readonly rows: number;
  readonly cells: number;
  readonly nulls: number;
  readonly clipped: number;
  readonly tookMs: number;
  readonly lastEnd: Date;
};

export async function totalRuns(client: pg.Client, set?: string): Promise<RunTotals[]> {
  const { rows } = await client.query<RunTotals>(
    `select set_name as set, schema_name as schema, command, status, count(*)::float8 as runs,
       sum(rows)::float8 as rows, sum(cells)::float8 as cells, sum(nulls)::float8 as nulls,
       sum(clipped)::float8 as clipped, sum(took_ms) as "tookMs",
       max(started_at + took_ms * interval '1 millisecond') as "lastEnd"
     from ${table} where symbol is null and ($1::text is null or set_name = $1)
     group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    [set ?? null],
  );
  return rows;
}

/** The last run of each set in each schema by each command. */
export async function lastRuns(client: pg.Client, set?: string): Promise<LoggedRun[]> {
  const { rows } = await client.query<LoggedRun>(
    wholeRuns(
      `select distinct on (set_name, schema_name, command) run_id from ${table}
       where symbol is null and ($1::text is null or set_name = $1)
       order by set_name, schema_name, command, started_at desc`,
    ),
    [set ?? null],
  );
  return rows;
}

/** What a run did last for a symbol. */
export type LastOfSymbol = Pick<SymbolRun, 'symbol' | 'rows' | 'cells' | 'nulls' | 'tookMs'> & {
  readonly set: string;
  readonly schema: string;
  readonly command: string;
  readonly status: 'done' | 'failed';
  readonly startedAt: Date;
  /** When the last run since then began that wrote rows of the symbol. */
  readonly lastSuccess: Date | null;
};

/** The last that runs since a time did for each symbol. */
export async function lastOfSymbols(
  client: pg.Client,
  { set, since }: { readonly set?: string | undefined; readonly since: Date },
): Promise<LastOfSymbol[]> {
  const key = 'set_name, schema_name, command, symbol';
  const { rows } = await client.query<LastOfSymbol>(
    `with told as (
       select ${key}, status, rows, cells, nulls, took_ms, started_at from ${table}
       where symbol is not null and started_at >= $2 and ($1::text is null or set_name = $1)),
     latest as (
       select ${key}, max(started_at) as started_at, max(started_at) filter (where status = 'done') as last_success
       from told group by ${key})
     select distinct on (${key}) set_name as set, schema_name as schema, command, symbol, status, rows::float8 as rows,
       cells::float8 as cells, nulls::float8 as nulls, took_ms as "tookMs", started_at as "startedAt",
       last_success as "lastSuccess"
     from told join latest using (${key}, started_at) order by ${key}`,
    [set ?? null, since],
  );
  return rows;
}
