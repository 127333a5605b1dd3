import type pg from 'pg';
import { literal, qualify, valueSql } from './identifiers.ts';
import { ownSchema } from './migrate.ts';
import { type Month, monthStart, sqlTime } from './month.ts';
import { orderSql } from './runId.ts';
import type { Fingerprint } from './sources.ts';

/** Which bars a partition was computed from, lookback included. Times in microseconds since 1970. */
export type BarsRead = {
  readonly source: string;
  /** The source's revision, read before the bars; null for a source that keeps no log of changes, and of all symbols. */
  readonly revision: bigint | null;
  readonly rows: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly checksum?: bigint | undefined;
  readonly lookbackAsked: number;
  readonly lookbackFound: number;
  /** Which bars of other symbols, by symbol; those that have none are among them. Of a partition of all symbols: of any. */
  readonly peers?: Readonly<Record<string, PeerRead>> | undefined;
  /** The symbols that a partition of all symbols was made for: those that have bars in its month. */
  readonly members?: readonly string[] | undefined;
};

/** Which bars of another symbol a partition was computed from. */
export type PeerRead = {
  /** 0 where it had none, null for a source that keeps no log of changes. */
  readonly revision: bigint | null;
  /** The first bar that was read; null where fewer bars were there than were looked for. */
  readonly first: number | null;
  /** For a source without a log: the bars from an instant on, or from the very first, up to the partition's end. */
  readonly print: Fingerprint & { readonly from: number | null };
};

/** The same as the ledger keeps it: what is needed to tell whether they have changed. */
export type NotedPeer =
  | { readonly revision: string; readonly first: string | null }
  | (Fingerprint & { readonly from: number | null });

const noted = ({ revision, first, print }: PeerRead): NotedPeer =>
  revision === null
    ? print
    : { revision: revision.toString(), first: first === null ? null : sqlTime(first) };

const peersText = (peers: Readonly<Record<string, PeerRead>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(peers).map(([symbol, read]) => [symbol, noted(read)])));

/** Which partition, by which definition, in which run. */
export type LedgerKey = {
  readonly set: string;
  readonly family: string;
  /** `allSymbols` where the partition holds those of all symbols. */
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

const key = ['set_name', 'schema_name', 'family', 'symbol', 'month'];

/** Notes a published partition, in place of what was noted of it. Belongs into the transaction that publishes it. */
export function doneSql(done: Done): string {
  const { bars, stats } = done;
  const instant = (micros: number | null): string =>
    `timestamp 'epoch' + ${valueSql(micros)}::float8 * interval '1 microsecond'`;
  const row: Readonly<Record<string, string>> = {
    set_name: valueSql(done.set),
    schema_name: valueSql(done.schema),
    family: valueSql(done.family),
    symbol: valueSql(done.symbol),
    month: valueSql(monthStart(done.month)),
    status: valueSql('done'),
    version: valueSql(done.version),
    table_name: valueSql(done.table),
    source: valueSql(bars.source),
    bars_revision: valueSql(bars.revision?.toString() ?? null),
    bars_rows: valueSql(bars.rows),
    bars_first: instant(bars.first),
    bars_last: instant(bars.last),
    bars_checksum: valueSql(bars.checksum === undefined ? null : hex(bars.checksum)),
    lookback_asked: valueSql(bars.lookbackAsked),
    lookback_found: valueSql(bars.lookbackFound),
    peers: valueSql(bars.peers === undefined ? null : peersText(bars.peers)),
    members: valueSql(bars.members ?? null),
    rows: valueSql(stats.rows),
    columns: valueSql(done.columns.length),
    nulls: valueSql(counts(done.columns, stats.nulls)),
    infinities: valueSql(counts(done.columns, stats.infinities)),
    checksum: valueSql(hex(stats.checksum)),
    bytes: valueSql(done.bytes),
    took_ms: valueSql(done.tookMs),
    copy_ms: valueSql(done.copyMs),
    attempt: valueSql(done.attempt ?? 1),
    run_id: valueSql(done.runId ?? null),
  };
  const names = Object.keys(row);
  const values = names.filter(name => !key.includes(name));
  return `insert into ${ledger} (${names.join(', ')}) values (${Object.values(row).join(', ')})
    on conflict (${key.join(', ')}) do update set
      ${values.map(name => `${name} = excluded.${name}`).join(', ')},
      error_code = null, error = null, finished_at = excluded.finished_at`;
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
 * so that it is still known what the table holds. Of what a later run has noted, an earlier one's failure says nothing.
 */
export async function recordFailure(client: pg.Client, failure: Failure): Promise<void> {
  await client.query(
    `insert into ${ledger} as l (set_name, family, symbol, month, status, version, schema_name, table_name, source,
       error_code, error, attempt, run_id)
     values ($1, $2, $3, $4, 'failed', $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (set_name, schema_name, family, symbol, month) do update set
       error_code = excluded.error_code, error = excluded.error, attempt = excluded.attempt, run_id = excluded.run_id,
       finished_at = clock_timestamp(),
       version = case l.status when 'done' then l.version else excluded.version end
     where ${orderSql('l.run_id')} <= ${orderSql('excluded.run_id')}`,
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
  /** The source's revision when the bars were read, as a whole number in text; null where changes are not logged. */
  readonly barsRevision: string | null;
  readonly barsChecksum: string | null;
  readonly peers: Readonly<Record<string, NotedPeer>> | null;
  readonly members: readonly string[] | null;
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
  readonly schema?: string | undefined;
};

const rowColumns = `set_name as set, family, symbol, to_char(month, 'YYYY-MM') as month, status, version,
       schema_name as schema, table_name as table, source, bars_revision::text as "barsRevision",
       bars_checksum as "barsChecksum", peers, members, coalesce(rows, 0)::float8 as rows,
       coalesce(columns, 0) as columns, coalesce(nulls, '{}') as nulls, coalesce(infinities, '{}') as infinities,
       coalesce(checksum, '') as checksum, coalesce(bytes, 0)::float8 as bytes, coalesce(took_ms, 0) as "tookMs",
       coalesce(copy_ms, 0) as "copyMs", coalesce(lookback_asked, 0) as "lookbackAsked",
       coalesce(lookback_found, 0) as "lookbackFound", error_code as "errorCode", error, attempt,
       run_id as "runId", finished_at as "finishedAt"`;

/** The rows of the ledger that a filter leaves, by family, symbol and month. */
export async function readLedger(client: pg.Client, filter: LedgerFilter = {}): Promise<LedgerRow[]> {
  const { rows } = await client.query<LedgerRow>(
    `select ${rowColumns}
     from ${ledger}
     where ($1::text is null or set_name = $1) and ($2::text[] is null or family = any($2))
       and ($3::text[] is null or symbol = any($3)) and ($4::date[] is null or month = any($4))
       and ($5::text is null or run_id = $5) and ($6::text is null or schema_name = $6)
     order by family, symbol, month`,
    [
      ...[filter.set ?? null, filter.families ?? null, filter.symbols ?? null],
      ...[filter.months?.map(monthStart) ?? null, filter.runId ?? null, filter.schema ?? null],
    ],
  );
  return rows;
}

/** What the ledger has of one partition: a row, or none. */
export const notedSql = ({
  set,
  schema,
  family,
  symbol,
  month,
}: Pick<LedgerRow, 'set' | 'schema' | 'family' | 'symbol' | 'month'>): string =>
  // By its whole key and in no order: a worker's session has sorting switched off, and would walk along the key instead.
  `select ${rowColumns} from ${ledger}
   where (${key.join(', ')}) =
     (${[set, schema, family, symbol].map(literal).join(', ')}, ${literal(monthStart(month))}::date)`;
