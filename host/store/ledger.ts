import type pg from 'pg';
import { qualify } from './identifiers.ts';
import { ownSchema } from './migrate.ts';
import { type Month, monthStart } from './month.ts';

/** Which bars a partition was computed from, lookback included. Times in microseconds since 1970. */
export type BarsRead = {
  readonly source: string;
  /** The source's revision, read before the bars; null for a source that keeps no log of changes. */
  readonly revision: bigint | null;
  readonly rows: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly checksum?: bigint | undefined;
  readonly lookbackAsked: number;
  readonly lookbackFound: number;
};

/** Which partition, by which definition, in which run. */
export type LedgerKey = {
  readonly set: string;
  readonly family: string;
  readonly symbol: string;
  readonly month: Month;
  readonly version: string;
  readonly runId?: string | undefined;
  /** Counts from 1; the attempts of one run at one partition. */
  readonly attempt?: number | undefined;
};

/** What the encoder counted of a partition; `nulls` and `infinities` by column, in the order of the columns. */
export type CopyStats = {
  readonly rows: number;
  readonly nulls: ArrayLike<number>;
  readonly infinities: ArrayLike<number>;
  readonly checksum: bigint;
};

export type Done = LedgerKey & {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly bars: BarsRead;
  readonly stats: CopyStats;
  readonly bytes: number;
  readonly tookMs: number;
  readonly copyMs: number;
};

const ledger = qualify(ownSchema, 'ledger');

/** A checksum as the ledger keeps it. */
export const hex = (checksum: bigint): string => BigInt.asUintN(64, checksum).toString(16).padStart(16, '0');

const counts = (columns: readonly string[], numbers: ArrayLike<number>): string => {
  const entries = columns.map((column, index) => [column, numbers[index] ?? 0] as const);
  return JSON.stringify(Object.fromEntries(entries.filter(([, count]) => count > 0)));
};

const asTimestamp = (parameter: string) =>
  `(timestamp 'epoch' + ${parameter}::float8::bigint * interval '1 microsecond')`;

/** Notes a published partition. Belongs into the transaction that publishes it. */
export async function recordDone(client: pg.Client, done: Done): Promise<void> {
  const { bars, stats } = done;
  await client.query({
    name: 'windrow ledger done',
    text: `insert into ${ledger} (set_name, family, symbol, month, status, version, schema_name, table_name, source,
        bars_revision, bars_rows, bars_first, bars_last, bars_checksum, lookback_asked, lookback_found, rows, columns,
        nulls, infinities, checksum, bytes, took_ms, copy_ms, attempt, run_id)
      values ($1, $2, $3, $4, 'done', $5, $6, $7, $8, $9, $10, ${asTimestamp('$11')}, ${asTimestamp('$12')}, $13, $14,
        $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
      on conflict (set_name, family, symbol, month) do update set (status, version, schema_name, table_name, source,
        bars_revision, bars_rows, bars_first, bars_last, bars_checksum, lookback_asked, lookback_found, rows, columns,
        nulls, infinities, checksum, bytes, took_ms, copy_ms, attempt, run_id, error_code, error, finished_at)
      = (excluded.status, excluded.version, excluded.schema_name, excluded.table_name, excluded.source,
        excluded.bars_revision, excluded.bars_rows, excluded.bars_first, excluded.bars_last, excluded.bars_checksum,
        excluded.lookback_asked, excluded.lookback_found, excluded.rows, excluded.columns, excluded.nulls,
        excluded.infinities, excluded.checksum, excluded.bytes, excluded.took_ms, excluded.copy_ms, excluded.attempt,
        excluded.run_id, null, null, clock_timestamp())`,
    values: [
      ...[done.set, done.family, done.symbol, monthStart(done.month), done.version, done.schema, done.table],
      ...[bars.source, bars.revision?.toString() ?? null, bars.rows, bars.first, bars.last],
      ...[bars.checksum === undefined ? null : hex(bars.checksum), bars.lookbackAsked, bars.lookbackFound],
      ...[
        stats.rows,
        done.columns.length,
        counts(done.columns, stats.nulls),
        counts(done.columns, stats.infinities),
      ],
      ...[hex(stats.checksum), done.bytes, done.tookMs, done.copyMs, done.attempt ?? 1, done.runId ?? null],
    ],
  });
}

export type Failure = LedgerKey & {
  readonly schema: string;
  readonly table: string;
  readonly source: string;
  readonly code: string;
  readonly error: string;
};

/**
 * Notes that an attempt failed. What an earlier run has published stays noted as it is, with the error beside it,
 * so that it is still known what the table holds.
 */
export async function recordFailure(client: pg.Client, failure: Failure): Promise<void> {
  await client.query(
    `insert into ${ledger} as l (set_name, family, symbol, month, status, version, schema_name, table_name, source,
       error_code, error, attempt, run_id)
     values ($1, $2, $3, $4, 'failed', $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (set_name, family, symbol, month) do update set
       error_code = excluded.error_code, error = excluded.error, attempt = excluded.attempt, run_id = excluded.run_id,
       finished_at = clock_timestamp(),
       version = case l.status when 'done' then l.version else excluded.version end`,
    [
      ...[failure.set, failure.family, failure.symbol, monthStart(failure.month), failure.version],
      ...[failure.schema, failure.table, failure.source, failure.code, failure.error.slice(0, 2000)],
      ...[failure.attempt ?? 1, failure.runId ?? null],
    ],
  );
}

export type LedgerRow = {
  readonly set: string;
  readonly family: string;
  readonly symbol: string;
  readonly month: Month;
  readonly status: 'done' | 'failed';
  readonly version: string;
  readonly schema: string;
  readonly table: string;
  readonly source: string;
  readonly rows: number;
  readonly columns: number;
  readonly nulls: Readonly<Record<string, number>>;
  readonly infinities: Readonly<Record<string, number>>;
  readonly checksum: string;
  readonly bytes: number;
  readonly tookMs: number;
  readonly copyMs: number;
  readonly lookbackAsked: number;
  readonly lookbackFound: number;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly attempt: number;
  readonly runId: string | null;
  readonly finishedAt: Date;
};

export type LedgerFilter = {
  readonly set?: string | undefined;
  readonly families?: readonly string[] | undefined;
  readonly symbols?: readonly string[] | undefined;
  readonly months?: readonly Month[] | undefined;
  readonly runId?: string | undefined;
};

/** The rows of the ledger that a filter leaves, by family, symbol and month. */
export async function readLedger(client: pg.Client, filter: LedgerFilter = {}): Promise<LedgerRow[]> {
  const { rows } = await client.query<LedgerRow>(
    `select set_name as set, family, symbol, to_char(month, 'YYYY-MM') as month, status, version,
       schema_name as schema, table_name as table, source, coalesce(rows, 0)::float8 as rows,
       coalesce(columns, 0) as columns, coalesce(nulls, '{}') as nulls, coalesce(infinities, '{}') as infinities,
       coalesce(checksum, '') as checksum, coalesce(bytes, 0)::float8 as bytes, coalesce(took_ms, 0) as "tookMs",
       coalesce(copy_ms, 0) as "copyMs", coalesce(lookback_asked, 0) as "lookbackAsked",
       coalesce(lookback_found, 0) as "lookbackFound", error_code as "errorCode", error, attempt,
       run_id as "runId", finished_at as "finishedAt"
     from ${ledger}
     where ($1::text is null or set_name = $1) and ($2::text[] is null or family = any($2))
       and ($3::text[] is null or symbol = any($3)) and ($4::date[] is null or month = any($4))
       and ($5::text is null or run_id = $5)
     order by family, symbol, month`,
    [
      ...[filter.set ?? null, filter.families ?? null, filter.symbols ?? null],
      ...[filter.months?.map(monthStart) ?? null, filter.runId ?? null],
    ],
  );
  return rows;
}
