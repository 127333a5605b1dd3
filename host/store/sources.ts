import type pg from 'pg';
import { type BarColumn, barColumns } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { literal, qualify, quote } from './identifiers.ts';
import { ownSchema } from './migrate.ts';
import { type Month, microsSql, sqlTime } from './month.ts';
import { findSymbolBars, type SourceSpec, type SymbolBars } from './sourceTables.ts';
import { barsTable, symbolTable } from './tables.ts';

/** What the bars that `import` and `generate` write are called: the only source whose changes are logged. */
export const importedSource = (schema: string): string => {
  const { name } = barsTable(schema);
  return schema === 'public' ? name : `${schema}.${name}`;
};

/** A month that has bars. Counts are known for imported bars only; times in microseconds since 1970. */
export type MonthOfBars = {
  readonly month: Month;
  readonly rows?: number;
  readonly first?: number;
  readonly last?: number;
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
  /** Whether changes of its bars are logged with revisions. */
  readonly tracksChanges: boolean;
  /** In ascending order. */
  readonly symbols: readonly string[];
  /** Symbols that a table is named for which cannot be read, with what is wrong with it. */
  readonly refused: ReadonlyMap<string, WindrowError>;
  /** Which columns can hold a value for a symbol. */
  columns(client: pg.Client, symbol: string): Promise<BarColumn[]>;
  /** Which months have bars, by symbol. */
  months(client: pg.Client, symbols?: readonly string[]): Promise<Map<string, MonthOfBars[]>>;
  /**
   * COPY of time and columns in ascending time, from the first instant (undefined: from the beginning) up to, not
   * including, the last. A column that the source lacks is NULL.
   */
  copyOutSql(symbol: string, columns: readonly BarColumn[], from: number | undefined, to: number): string;
  /** The first of the last `rows` bars before a time, and how many there are. */
  lookbackStart(client: pg.Client, symbol: string, before: number, rows: number): Promise<Lookback>;
  /** The first bar with a close above 0 at or after a time; with -Infinity, the very first. */
  firstCloseAtOrAfter(client: pg.Client, symbol: string, time: number): Promise<FirstClose | undefined>;
  /** Number of the symbol's last change. To be read before the bars are; null where changes are not logged. */
  revision(client: pg.Client, symbol: string): Promise<bigint | null>;
  /** Counts the bars of many ranges of a symbol in one query. */
  fingerprints(client: pg.Client, symbol: string, ranges: readonly TimeRange[]): Promise<Fingerprint[]>;
};

export type Lookback = { readonly first: number | undefined; readonly rows: number };
export type FirstClose = { readonly time: number; readonly close: number };
export type TimeRange = { readonly from: number | undefined; readonly to: number };

/**
 * Settings of a session that reads rows in the order of an index. Without statistics, which a new table lacks, the
 * planner takes a month for a few hundred rows and sorts what the index has sorted already, on disk. Where there is no
 * index to read along it still sorts, and the penalty must then not look like work that is worth compiling for.
 */
export const readingSettings = 'set enable_sort = off; set jit = off';

const conditions = (parts: readonly string[]): string => {
  const kept = parts.filter(part => part !== '');
  return kept.length > 0 ? `where ${kept.join(' and ')}` : '';
};

const sinceOf = (bars: SymbolBars, from: number | undefined): string =>
  from === undefined ? '' : `${bars.time} >= ${bars.at(sqlTime(from))}`;

async function importedMonths(client: pg.Client, source: string, symbols: readonly string[]) {
  const { rows } = await client.query<{
    symbol: string;
    month: Month;
    rows: number;
    first: number;
    last: number;
  }>(
    `select symbol, to_char(month, 'YYYY-MM') as month, rows::float8 as rows,
       ${microsSql('first_ts')} as first, ${microsSql('last_ts')} as last
     from ${qualify(ownSchema, 'bar_months')} where source = $1 and symbol = any($2) order by symbol, month`,
    [source, symbols],
  );
  const result = new Map<string, MonthOfBars[]>();
  for (const { symbol, ...month } of rows) {
    const months = result.get(symbol);
    if (months) months.push(month);
    else result.set(symbol, [month]);
  }
  return result;
}

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

/** The imported bars, each symbol read from its own level, which spares planning over the others' partitions. */
async function importedBars(client: pg.Client, schema: string): Promise<Map<string, SymbolBars>> {
  const table = barsTable(schema);
  const { rows } = await client.query<{ symbol: string }>(
    `select distinct symbol from ${qualify(ownSchema, 'bar_months')} where source = $1`,
    [importedSource(schema)],
  );
  const columns = Object.fromEntries(barColumns.map(column => [column, quote(column)]));
  const time = quote(table.timeColumn);
  return new Map(
    rows.map(({ symbol }) => {
      const from = qualify(table.schema, symbolTable(table, symbol));
      const at = (timestamp: string) => `timestamp ${literal(timestamp)}`;
      return [symbol, { from, time, utc: time, at, withZone: expression => expression, filter: '', columns }];
    }),
  );
}

/**
 * Opens the bars that a specification names; without one, the imported bars. A source knows the symbols that exist
 * when it is opened.
 */
export async function openSource(client: pg.Client, spec: SourceSpec = {}): Promise<BarSource> {
  const imported = spec.table === undefined;
  const schema = spec.schema ?? 'public';
  const { bars, refused } = imported
    ? { bars: await importedBars(client, schema), refused: new Map<string, WindrowError>() }
    : await findSymbolBars(client, spec);
  const id = imported ? importedSource(schema) : `table ${spec.table}`;
  const symbols = [...bars.keys()].sort();
  const of = (symbol: string): SymbolBars => {
    const found = bars.get(symbol);
    if (found) return found;
    const known = symbols.join(', ') || 'nothing';
    throw refused.get(symbol) ?? new WindrowError('WR_SYMBOL_UNKNOWN', { symbol, source: id, known });
  };
  return {
    id,
    tracksChanges: imported,
    symbols,
    refused,
    async columns(client, symbol) {
      const mapped = barColumns.filter(column => of(symbol).columns[column]);
      if (!imported) return mapped;
      const { rows } = await client.query<{ column: BarColumn }>(
        `select distinct unnest(columns) as column from ${qualify(ownSchema, 'bar_months')}
         where source = $1 and symbol = $2`,
        [id, symbol],
      );
      const populated = new Set(rows.map(row => row.column));
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
    lookbackStart: (client, symbol, before, rows) => lookbackStart(client, of(symbol), before, rows),
    firstCloseAtOrAfter: (client, symbol, time) => firstClose(client, of(symbol), time),
    async revision(client, symbol) {
      if (!imported) return null;
      const { rows } = await client.query<{ revision: string }>(
        `select coalesce(max(revision), 0) as revision from ${qualify(ownSchema, 'bar_changes')}
         where source = $1 and symbol = $2`,
        [id, symbol],
      );
      return BigInt(rows[0]!.revision);
    },
    fingerprints: (client, symbol, ranges) => fingerprints(client, of(symbol), ranges),
  };
}
