import type pg from 'pg';
import { type BarColumn, barColumns } from '../catalog/bars.ts';
import { setByName } from '../catalog/catalog.ts';
import { fx } from '../catalog/sets/fx.ts';
import { WindrowError } from '../errors.ts';
import { type BarsRequest, copyManySql } from './copyMany.ts';
import {
  type Changed,
  changesSince,
  importedBars,
  importedColumns,
  importedMonths,
  lastRevision,
  lastRevisions,
  type MonthOfBars,
} from './importedBars.ts';
import { type Month, microsSql, sqlTime } from './month.ts';
import { findSymbolBars, type SourceSpec, type SymbolBars } from './sourceTables.ts';
import { type BarsPlace, importOrigin } from './tables.ts';

export type { BarsRequest, Changed, MonthOfBars };

/** What imported bars are called where their changes are logged. Only of these they are. */
export const importedSource = (schema: string, bars: BarsPlace = fx.bars, origin = importOrigin): string => {
  const table = schema === 'public' ? bars.table : `${schema}.${bars.table}`;
  return origin === importOrigin ? table : `${table} of ${origin}`;
};

/** The bars of a time range, for comparing with what a ledger row has noted. Times in microseconds since 1970. */
export type Fingerprint = {
  readonly rows: number;
  readonly first: number | null;
  readonly last: number | null;
};

export type BarSource = {
  /** What the ledger calls the source. */
  readonly id: string;
  /** What the column `source` of rows made of its bars says. */
  readonly origin: string;
  /** Whether changes of its bars are logged with revisions. */
  readonly tracksChanges: boolean;
  /** Minutes from one bar to the next, as the set has them. */
  readonly intervalMinutes: number;
  /** In ascending order. */
  readonly symbols: readonly string[];
  /** Symbols that a table is named for which cannot be read, with what is wrong with it. */
  readonly refused: ReadonlyMap<string, WindrowError>;
  /** Where the bars of a symbol are; undefined where it has none. */
  bars(symbol: string): SymbolBars | undefined;
  /** Which columns can hold a value for a symbol. */
  columns(client: pg.Client, symbol: string): Promise<BarColumn[]>;
  /** Which months have bars, by symbol. */
  months(client: pg.Client, symbols?: readonly string[]): Promise<Map<string, MonthOfBars[]>>;
  /**
   * COPY of time and columns in ascending time, from the first instant (undefined: from the beginning) up to, not
   * including, the last. A column that the source lacks is NULL.
   */
  copyOutSql(symbol: string, columns: readonly BarColumn[], from: number | undefined, to: number): string;
  /**
   * COPY of time, ordinal of the request (from 0, float8) and columns: of each request, in their order, the bars between
   * its instants and before them its history, in ascending time. A column that the source lacks is NULL. At least one
   * request; a session that reads many has the `readingSettings`.
   */
  copyManySql(requests: readonly BarsRequest[], columns: readonly BarColumn[]): string;
  /** The first of the last `rows` bars before a time, and how many there are. */
  lookbackStart(client: pg.Client, symbol: string, before: number, rows: number): Promise<Lookback>;
  /** The first bar with a close above 0 at or after a time; with -Infinity, the very first. */
  firstCloseAtOrAfter(client: pg.Client, symbol: string, time: number): Promise<FirstClose | undefined>;
  /** Number of the symbol's last change. To be read before the bars are; null where changes are not logged. */
  revision(client: pg.Client, symbol: string): Promise<bigint | null>;
  /** The same of many symbols, with one query. */
  revisions(client: pg.Client, symbols: readonly string[]): Promise<ReadonlyMap<string, bigint> | null>;
  /**
   * What changed of each symbol after a revision of it (null: ever), without those of which nothing did; null where
   * changes are not logged. To be read before the bars are.
   */
  changesSince(
    client: pg.Client,
    revisions: ReadonlyMap<string, bigint | null>,
  ): Promise<ReadonlyMap<string, Changed> | null>;
  /** Counts the bars of many ranges of a symbol in one query. */
  fingerprints(client: pg.Client, symbol: string, ranges: readonly TimeRange[]): Promise<Fingerprint[]>;
};

export type Lookback = { readonly first: number | undefined; readonly rows: number };
export type FirstClose = { readonly time: number; readonly close: number };
export type TimeRange = { readonly from: number | undefined; readonly to: number };

/**
 * Settings of a session that reads rows in the order of an index. Without statistics, which a new table lacks, the
 * planner takes a month for a few hundred rows: it sorts what the index has sorted already, on disk, and of many symbols
 * it reads the whole table once for each (128 of 1,281 symbols of a year of days: 4 s instead of 0.03 s). Where there is no
 * index to read along it still sorts, and the penalty must then not look like work that is worth compiling for.
 */
export const readingSettings = 'set enable_sort = off; set enable_material = off; set jit = off';

const conditions = (parts: readonly string[]): string => {
  const kept = parts.filter(part => part !== '');
  return kept.length > 0 ? `where ${kept.join(' and ')}` : '';
};

const sinceOf = (bars: SymbolBars, from: number | undefined): string =>
  from === undefined ? '' : `${bars.time} >= ${bars.at(sqlTime(from))}`;

/**
 * Jumps from month to month along the time's index: one probe per month, however many bars there are. An infinite time
 * has no month, and none comes after it.
 */
async function probeMonths(client: pg.Client, bars: SymbolBars): Promise<MonthOfBars[]> {
  const { from, time, utc, filter } = bars;
  const next = bars.withZone("(m.month + interval '1 month')");
  const first = `select date_trunc('month', ${utc}) as month from ${from}`;
  const { rows } = await client.query<{ month: Month }>(
    `with recursive m as (
       (${first} ${conditions([filter, `isfinite(${time})`])} order by ${time} limit 1)
       union all
       select n.month from m cross join lateral (
         ${first} ${conditions([filter, `${time} >= ${next}`, `isfinite(${time})`])} order by ${time} limit 1) n)
     select to_char(month, 'YYYY-MM') as month from m`,
  );
  return rows;
}

async function lookbackStart(
  client: pg.Client,
  bars: SymbolBars,
  before: number,
  rows: number,
): Promise<Lookback> {
  if (rows === 0) return { first: undefined, rows: 0 };
  const earlier = conditions([bars.filter, `${bars.time} < ${bars.at(sqlTime(before))}`]);
  const { rows: found } = await client.query<{ first: number | null; rows: number }>(
    `select ${microsSql('min(t)')} as first, count(*)::int as rows
     from (select ${bars.utc} as t from ${bars.from} ${earlier} order by ${bars.time} desc limit $1) s`,
    [rows],
  );
  return { first: found[0]!.first ?? undefined, rows: found[0]!.rows };
}

async function firstClose(
  client: pg.Client,
  bars: SymbolBars,
  time: number,
): Promise<FirstClose | undefined> {
  const since = time === Number.NEGATIVE_INFINITY ? '' : sinceOf(bars, time);
  const close = `${bars.columns.close!}::float8`;
  // a NaN is above every number to Postgres; an index cannot begin at it, at infinity or at nothing
  const usable = `${close} > 0 and ${close} < 'infinity' and isfinite(${bars.time})`;
  const { rows } = await client.query<FirstClose>(
    `select ${microsSql(bars.utc)} as time, ${close} as close
     from ${bars.from} ${conditions([bars.filter, since, usable])} order by ${bars.time} limit 1`,
  );
  return rows[0];
}

async function fingerprints(
  client: pg.Client,
  bars: SymbolBars,
  ranges: readonly TimeRange[],
): Promise<Fingerprint[]> {
  const { rows } = await client.query<Fingerprint>(
    `select f.rows::float8 as rows, ${microsSql('f.first')} as first, ${microsSql('f.last')} as last
     from unnest($1::timestamp[], $2::timestamp[]) with ordinality as r (since, until, place)
     cross join lateral (
       select count(*) as rows, min(${bars.utc}) as first, max(${bars.utc}) as last from ${bars.from}
       ${conditions([
         bars.filter,
         `${bars.time} >= ${bars.withZone("coalesce(r.since, timestamp '-infinity')")}`,
         `${bars.time} < ${bars.withZone('r.until')}`,
       ])}) f
     order by r.place`,
    [
      ranges.map(({ from }) => (from === undefined ? null : sqlTime(from))),
      ranges.map(({ to }) => sqlTime(to)),
    ],
  );
  return rows;
}

/**
 * Opens the bars that a specification names; without a table, the imported bars of a set. A source knows the symbols
 * that exist when it is opened.
 */
export async function openSource(client: pg.Client, spec: SourceSpec = {}): Promise<BarSource> {
  const imported = spec.table === undefined;
  const { schema = 'public', origin = importOrigin } = spec;
  const place = { bars: spec.set === undefined ? fx.bars : setByName(spec.set).bars, schema, origin };
  const id = imported ? importedSource(schema, place.bars, origin) : `table ${spec.table}`;
  const { bars, refused } = imported
    ? { bars: await importedBars(client, id, place), refused: new Map<string, WindrowError>() }
    : await findSymbolBars(client, spec);
  const symbols = [...bars.keys()].sort();
  const of = (symbol: string): SymbolBars => {
    const found = bars.get(symbol);
    if (found) return found;
    throw refused.get(symbol) ?? new WindrowError('WR_SYMBOL_UNKNOWN', { symbol, source: id });
  };
  return {
    id,
    origin,
    tracksChanges: imported,
    intervalMinutes: place.bars.intervalMinutes,
    symbols,
    refused,
    bars: symbol => bars.get(symbol),
    async columns(client, symbol) {
      const mapped = barColumns.filter(column => of(symbol).columns[column]);
      if (!imported) return mapped;
      const populated = await importedColumns(client, id, symbol);
      return mapped.filter(column => populated.has(column));
    },
    async months(client, wanted = symbols) {
      if (imported) return importedMonths(client, id, wanted);
      const result = new Map<string, MonthOfBars[]>();
      for (const symbol of wanted.filter(symbol => bars.has(symbol))) {
        result.set(symbol, await probeMonths(client, of(symbol)));
      }
      return result;
    },
    copyOutSql(symbol, columns, from, to) {
      const table = of(symbol);
      const list = columns.map(column => `${table.columns[column] ?? 'null'}::float8`);
      const where = conditions([
        table.filter,
        sinceOf(table, from),
        `${table.time} < ${table.at(sqlTime(to))}`,
      ]);
      const select = `select ${[table.utc, ...list].join(', ')} from ${table.from} ${where} order by ${table.time}`;
      return `copy (${select}) to stdout (format binary)`;
    },
    copyManySql: (requests, columns) => copyManySql(of, columns, requests),
    lookbackStart: (client, symbol, before, rows) => lookbackStart(client, of(symbol), before, rows),
    firstCloseAtOrAfter: (client, symbol, time) => firstClose(client, of(symbol), time),
    revision: async (client, symbol) => (imported ? lastRevision(client, id, symbol) : null),
    revisions: async (client, wanted) => (imported ? lastRevisions(client, id, wanted) : null),
    changesSince: async (client, revisions) => (imported ? changesSince(client, id, revisions) : null),
    fingerprints: (client, symbol, ranges) => fingerprints(client, of(symbol), ranges),
  };
}
