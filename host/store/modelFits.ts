import type pg from 'pg';
import { qualify } from './identifiers.ts';
import type { LedgerKey } from './ledger.ts';
import { ownSchema } from './migrate.ts';
import { type Month, type MonthRange, monthEnd, monthStart } from './month.ts';

const table = qualify(ownSchema, 'model_fits');

/** A fit as it is stored: how it went, and its parameters. */
export type ModelFit = {
  readonly model: string;
  /** First instant of the month or hour, in microseconds since the Unix epoch, UTC. */
  readonly anchor: number;
  readonly converged: boolean;
  readonly observations: number | null;
  readonly logLikelihood: number | null;
  readonly iterations: number | null;
  readonly parameters: Readonly<Record<string, number | null>>;
};

/** Puts the fits of a family's month in place of those that are there. Belongs into the transaction that publishes it. */
export async function replaceFits(
  client: pg.Client,
  key: LedgerKey & { readonly schema: string },
  fits: readonly ModelFit[],
): Promise<void> {
  const { set, schema, family, symbol, month, version, runId } = key;
  await client.query(
    `delete from ${table}
     where set_name = $1 and schema_name = $2 and family = $3 and symbol = $4
       and anchor >= $5::timestamp and anchor < $6::timestamp`,
    [set, schema, family, symbol, monthStart(month), monthEnd(month)],
  );
  await client.query(
    `insert into ${table} (set_name, schema_name, family, symbol, model, anchor, converged, observations, log_likelihood,
       iterations, parameters, version, run_id)
     select $1, $2, $3, $4, model, timestamp 'epoch' + anchor * interval '1 microsecond', converged, observations,
       "logLikelihood", iterations, parameters, $5, $6
     from jsonb_to_recordset($7::jsonb) as fit(model text, anchor float8, converged boolean, observations integer,
       "logLikelihood" float8, iterations integer, parameters jsonb)`,
    [set, schema, family, symbol, version, runId ?? null, JSON.stringify(fits)],
  );
}

export type StoredFit = Omit<ModelFit, 'anchor'> & {
  readonly family: string;
  readonly symbol: string;
  /** UTC, as text: 2024-07-01 00:00:00. */
  readonly anchor: string;
  readonly version: string;
  readonly runId: string | null;
};

export type FitFilter = MonthRange & {
  readonly set: string;
  readonly schema: string;
  readonly symbols?: readonly string[] | undefined;
  readonly families?: readonly string[] | undefined;
  readonly model?: string | undefined;
};

/** Stored fits, by symbol, model and anchor; none where nothing was ever stored. */
export async function readFits(client: pg.Client, filter: FitFilter): Promise<StoredFit[]> {
  const begin = (month: Month | undefined): string | null => (month === undefined ? null : monthStart(month));
  const { rows: there } = await client.query(
    'select from pg_tables where schemaname = $1 and tablename = $2',
    [ownSchema, 'model_fits'],
  );
  if (there.length === 0) return [];
  const { rows } = await client.query<StoredFit>(
    `select family, symbol, model, to_char(anchor, 'YYYY-MM-DD HH24:MI:SS') as anchor, converged, observations,
       log_likelihood as "logLikelihood", iterations, parameters, version, run_id as "runId"
     from ${table}
     where set_name = $1 and schema_name = $2 and ($3::text[] is null or symbol = any($3))
       and ($4::text[] is null or family = any($4)) and ($5::text is null or model = $5)
       and ($6::timestamp is null or anchor >= $6) and ($7::timestamp is null or anchor < $7)
     order by symbol, model, anchor`,
    [
      ...[filter.set, filter.schema, filter.symbols ?? null, filter.families ?? null, filter.model ?? null],
      ...[begin(filter.from), filter.to === undefined ? null : monthEnd(filter.to)],
    ],
  );
  return rows;
}
