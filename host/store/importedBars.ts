import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { literal, qualify, quote } from './identifiers.ts';
import { ownSchema } from './migrate.ts';
import { type Month, microsSql } from './month.ts';
import { forSymbol, type SymbolBars } from './sourceTables.ts';
import { type BarsPlace, barsTable, originColumn, symbolTable } from './tables.ts';

/** A month that has bars. Counts are known for imported bars only; times in microseconds since 1970. */
export type MonthOfBars = {
  readonly month: Month;
  readonly rows?: number;
  readonly first?: number;
  readonly last?: number;
};

/** The times of the first and the last bar that changed, in microseconds since 1970, and the last change's number. */
export type Changed = { readonly first: number; readonly last: number; readonly revision: bigint | null };

/** Where the imported bars of every symbol are. `source` is what the log of changes calls them. */
export async function importedBars(
  client: pg.Client,
  source: string,
  place: { readonly bars: BarsPlace; readonly schema: string; readonly origin: string },
): Promise<Map<string, SymbolBars>> {
  const { bars, schema, origin } = place;
  const { rows } = await client.query<{ symbol: string }>(
    `select distinct symbol from ${qualify(ownSchema, 'bar_months')} where source = $1`,
    [source],
  );
  const time = quote(bars.timeColumn);
  const common = {
    ...{ time, utc: time, mayBeInfinite: false },
    at: (timestamp: string) => `timestamp ${literal(timestamp)}`,
    withZone: (expression: string) => expression,
    columns: Object.fromEntries(bars.columns.map(column => [column, quote(column)])),
  };
  if (bars.partition === 'month') {
    const only = `${quote(originColumn)} = ${literal(origin)}`;
    const table = { ...common, from: qualify(schema, bars.table), only };
    const column = quote(bars.symbolColumn);
    return new Map(
      rows.map(({ symbol }) => [symbol, forSymbol(table, { column, type: 'text', stored: symbol })]),
    );
  }
  // each symbol is read from its own level, which spares planning over the others' partitions
  const table = barsTable(schema, bars);
  return new Map(
    rows.map(({ symbol }) => {
      const from = qualify(schema, symbolTable(table, symbol));
      return [symbol, { ...common, from, only: '', filter: '' }];
    }),
  );
}

/** Which columns have a value anywhere. */
export async function importedColumns(
  client: pg.Client,
  source: string,
  symbol: string,
): Promise<Set<BarColumn>> {
  const { rows } = await client.query<{ column: BarColumn }>(
    `select distinct unnest(columns) as column from ${qualify(ownSchema, 'bar_months')}
     where source = $1 and symbol = $2`,
    [source, symbol],
  );
  return new Set(rows.map(row => row.column));
}

export async function importedMonths(
  client: pg.Client,
  source: string,
  symbols: readonly string[],
): Promise<Map<string, MonthOfBars[]>> {
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

/** Number of a symbol's last change; 0 where there is none. */
export async function lastRevision(client: pg.Client, source: string, symbol: string): Promise<bigint> {
  const { rows } = await client.query<{ revision: string }>(
    `select coalesce(max(revision), 0) as revision from ${qualify(ownSchema, 'bar_changes')}
     where source = $1 and symbol = $2`,
    [source, symbol],
  );
  return BigInt(rows[0]!.revision);
}

/** The same of many symbols; those that never changed have 0. */
export async function lastRevisions(
  client: pg.Client,
  source: string,
  symbols: readonly string[],
): Promise<Map<string, bigint>> {
  const { rows } = await client.query<{ symbol: string; revision: string }>(
    `select s.symbol, (select coalesce(max(revision), 0) from ${qualify(ownSchema, 'bar_changes')}
        where source = $1 and symbol = s.symbol) as revision
     from unnest($2::text[]) as s (symbol)`,
    [source, symbols],
  );
  return new Map(rows.map(({ symbol, revision }) => [symbol, BigInt(revision)]));
}

/** What changed of each symbol after a revision of it, null being before the first. */
export async function changesSince(
  client: pg.Client,
  source: string,
  revisions: ReadonlyMap<string, bigint | null>,
): Promise<Map<string, Changed>> {
  const { rows } = await client.query<{ symbol: string; first: number; last: number; revision: string }>(
    `select s.symbol, ${microsSql('c.first')} as first, ${microsSql('c.last')} as last, c.revision
     from unnest($2::text[], $3::bigint[]) as s (symbol, seen)
     cross join lateral (
       select min(first_ts) as first, max(last_ts) as last, max(revision) as revision
       from ${qualify(ownSchema, 'bar_changes')}
       where source = $1 and symbol = s.symbol and revision > coalesce(s.seen, 0)) c
     where c.revision is not null`,
    [source, [...revisions.keys()], [...revisions.values()].map(seen => seen?.toString() ?? null)],
  );
  return new Map(
    rows.map(({ symbol, first, last, revision }) => [symbol, { first, last, revision: BigInt(revision) }]),
  );
}
