import type pg from 'pg';
import { qualify, quote } from '../store/identifiers.ts';
import { type Month, microsSql, monthEnd, monthMicros, monthStart, sqlTime } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';
import { keptSince } from '../update/kept.ts';
import { readProgress } from '../update/progress.ts';
import { type RowTable, rowTableExists, versionColumn } from '../update/table.ts';

/**
 * Up to where the rows of each symbol are complete, in microseconds since 1970: as far as its slowest family has come. Rows that
 * are no longer kept lack to none.
 */
export async function completeUntil(
  client: pg.Client,
  place: { readonly set: string; readonly schema: string },
): Promise<Map<string, number | null>> {
  const since = await keptSince(client, place);
  const least = since === undefined ? null : monthMicros(since) - 1;
  const until = new Map<string, number | null>();
  for (const { symbol, last } of await readProgress(client, place)) {
    const known = until.get(symbol);
    until.set(symbol, last === null || known === null ? null : Math.min(known ?? last, last));
  }
  if (least !== null) for (const [symbol, last] of until) until.set(symbol, Math.max(last ?? least, least));
  return until;
}

/**
 * How many bars of each symbol are newer than a time (null: all of them). Symbols that share a table are counted in one
 * query; a symbol without bars has none.
 */
export async function newerBars(
  client: pg.Client,
  source: BarSource,
  times: ReadonlyMap<string, number | null>,
): Promise<Map<string, number>> {
  const counts = new Map([...times.keys()].map(symbol => [symbol, 0]));
  const known = [...times].flatMap(([symbol, time]) => {
    const bars = source.bars(symbol);
    return bars === undefined ? [] : [{ symbol, time, bars }];
  });
  for (const group of Map.groupBy(known, ({ bars }) => bars.from).values()) {
    const [{ bars: shared }] = group as [(typeof group)[number]];
    const { from, time, only, withZone } = shared;
    const own = shared.key === undefined ? '' : `${shared.key.column} = r.stored`;
    const where = [own, only, `${time} > ${withZone('r.since')}`].filter(part => part !== '').join(' and ');
    const type = shared.key?.type ?? 'text';
    const { rows } = await client.query<{ symbol: string; count: number }>(
      `select r.symbol, n.count from unnest($1::text[], $2::text[]::${type}[], $3::timestamp[]) as r (symbol, stored, since)
       cross join lateral (select count(*)::float8 as count from ${from} where ${where}) n`,
      [
        group.map(({ symbol }) => symbol),
        group.map(({ bars }) => bars.key?.stored ?? null),
        group.map(({ time }) => (time === null ? '-infinity' : sqlTime(time))),
      ],
    );
    for (const { symbol, count } of rows) counts.set(symbol, count);
  }
  return counts;
}

/** What there is of a symbol in a table that is kept row by row. Times in microseconds since 1970. */
export type RowStatus = {
  readonly symbol: string;
  readonly rows: number;
  readonly first: number | null;
  readonly last: number | null;
  /** Bars newer than the newest row that all families have computed. */
  readonly behind: number;
  /** Versions of the definitions that rows were computed by, with the number of their rows, most rows first. */
  readonly versions: readonly { readonly version: string; readonly rows: number }[];
};

export type RowStatusQuery = {
  readonly table: RowTable;
  readonly source: BarSource;
  readonly symbols: readonly string[];
  /** Limits which rows are looked at. */
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
};

type Group = { symbol: string; version: string; rows: number; first: number; last: number };

/** The state of each symbol, in their order; one pass over the table. */
export async function rowStatus(client: pg.Client, query: RowStatusQuery): Promise<RowStatus[]> {
  const { table, source, symbols, from, to } = query;
  const [time, symbol, version] = [table.timeColumn, table.symbolColumn, versionColumn].map(quote);
  const { rows: groups } = (await rowTableExists(client, table))
    ? await client.query<Group>(
        `select ${symbol} as symbol, ${version} as version, count(*)::float8 as rows,
           ${microsSql(`min(${time})`)} as first, ${microsSql(`max(${time})`)} as last
         from ${qualify(table.schema, table.name)}
         where ${symbol} = any($1) and ${time} >= $2::timestamp and ${time} < $3::timestamp group by 1, 2`,
        [symbols, from ? monthStart(from) : '-infinity', to ? monthEnd(to) : 'infinity'],
      )
    : { rows: [] };
  const stored = Map.groupBy(groups, group => group.symbol);
  const until = await completeUntil(client, { set: table.set, schema: table.schema });
  const behind = await newerBars(
    client,
    source,
    new Map(symbols.map(name => [name, until.get(name) ?? null])),
  );
  return symbols.map(name => {
    const own = stored.get(name) ?? [];
    return {
      symbol: name,
      rows: own.reduce((sum, { rows }) => sum + rows, 0),
      first: own.length > 0 ? Math.min(...own.map(({ first }) => first)) : null,
      last: own.length > 0 ? Math.max(...own.map(({ last }) => last)) : null,
      behind: behind.get(name) ?? 0,
      versions: own.toSorted((a, b) => b.rows - a.rows).map(({ version, rows }) => ({ version, rows })),
    };
  });
}
