import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { qualify, quote } from '../store/identifiers.ts';
import { microsSql, sqlTime } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';
import type { Due } from './order.ts';
import { leastSeen, peerChanges } from './peers.ts';
import type { Progress } from './progress.ts';
import { barsSql, type Span, timeAfter } from './span.ts';
import { type RowTable, rowTableExists, sourceColumn } from './table.ts';

export type Selection = {
  readonly table: RowTable;
  readonly symbols: readonly string[];
  readonly families: readonly string[];
  readonly progress: readonly Progress[];
  /** Bars that a row depends on, its own included. */
  readonly lookback: number;
  /** Other symbols whose series the rows read: symbol to the bars that those look back on. */
  readonly peers: ReadonlyMap<string, number>;
  /** The first instant of which rows are kept; -Infinity where all are. */
  readonly keptSince: number;
  readonly force: boolean;
};

/** What the rows of a symbol have seen: of its own bars, and of those of other symbols. */
type Seen = {
  readonly revision: bigint | null;
  readonly peers: ReadonlyMap<string, string | undefined>;
  /** The newest row of any family, and up to where every family has seen the bars that the rows show. */
  readonly last: number;
  readonly complete: number;
};

/** What all families have seen; undefined where one of them has no rows yet, or rows from another source. */
function seenBy(
  source: BarSource,
  progress: readonly Progress[],
  { families, peers }: Selection,
): Seen | undefined {
  const all = progress.filter(row => row.source === source.id);
  const own = all.filter(row => families.includes(row.family));
  if (own.length < families.length) return undefined;
  const oldest = (values: readonly (bigint | null)[]): bigint | null =>
    values.reduce((least, one) => (least === null || one === null ? null : one < least ? one : least));
  const times = (rows: readonly Progress[]) => rows.map(({ last }) => last ?? Number.NEGATIVE_INFINITY);
  return {
    revision: oldest(own.map(({ revision }) => revision)),
    peers: new Map(
      [...peers.keys()].map(peer => [
        peer,
        leastSeen(
          source,
          own.map(row => row.peers[peer]),
        ),
      ]),
    ),
    last: Math.max(...times(all)),
    complete: Math.min(...times(own)),
  };
}

/** A bar's value as a row holds it: what is no number, or none of the type, is NULL there. */
export function storedSql(value: string, type: RowTable['type']): string {
  if (type === 'double precision') return `case when abs(${value}) < 'infinity' then ${value} end`;
  // from halfway to the first number beyond the largest on; up to half of the smallest is 0
  return `case when abs(${value}) <= 7.006492321624085e-46 then 0
    when abs(${value}) < 3.4028235677973366e38 then ${value}::real end`;
}

/**
 * For bars whose changes nobody logs: the times of the first and the last bar of each symbol that has no row, or another
 * one than the row says. One query for all symbols that share a table.
 */
async function differing(
  client: pg.Client,
  source: BarSource,
  { table, keptSince }: Selection,
  symbols: readonly string[],
): Promise<Map<string, Span>> {
  const known = symbols.flatMap(symbol => {
    const bars = source.bars(symbol);
    return bars ? [{ symbol, bars }] : [];
  });
  const found = new Map<string, Span>();
  for (const group of Map.groupBy(known, ({ bars }) => bars.from).values()) {
    const { key, ...shared } = group[0]!.bars;
    const columns = (table.bars as readonly BarColumn[]).filter(name => shared.columns[name]);
    const theirs = columns.map(
      name => `${storedSql(`${shared.columns[name]}::float8`, table.type)} as ${quote(name)}`,
    );
    const pairs = (prefix: string): string => columns.map(name => `${prefix}.${quote(name)}`).join(', ');
    const bars = `select ${[`${shared.utc} as at`, `${key?.column ?? 'null'} as symbol`, ...theirs].join(', ')}
      ${barsSql({ ...shared, filter: shared.only })}`;
    const { rows } = await client.query<Span & { symbol: string }>(
      `select r.symbol, ${microsSql('min(b.at)')} as first, ${microsSql('max(b.at)')} as last
       from unnest($1::text[], $2::text[]::${key?.type ?? 'text'}[]) as r (symbol, stored)
         join (${bars}) b on ${key ? 'b.symbol = r.stored' : 'true'}
         left join ${qualify(table.schema, table.name)} t on t.${quote(table.symbolColumn)} = r.symbol
           and t.${quote(table.timeColumn)} = b.at and t.${quote(sourceColumn)} = $3
       where b.at >= $4::timestamp
         and (t.${quote(table.symbolColumn)} is null or row(${pairs('b')}) is distinct from row(${pairs('t')}))
       group by r.symbol`,
      [
        ...[group.map(({ symbol }) => symbol), group.map(({ bars }) => bars.key?.stored ?? null)],
        ...[source.origin, Number.isFinite(keptSince) ? sqlTime(keptSince) : '-infinity'],
      ],
    );
    for (const { symbol, ...span } of rows) found.set(symbol, span);
  }
  return found;
}

/** What changed of a symbol's own bars, with the number of the last change where changes are logged. */
type OwnChange = Span & { readonly revision: bigint | null };

/** What changed of symbols since they were seen; without a log of changes, by comparing bars and rows. */
async function changesOf(
  client: pg.Client,
  source: BarSource,
  selection: Selection,
  seen: ReadonlyMap<string, Seen | undefined>,
): Promise<ReadonlyMap<string, OwnChange>> {
  const revisions = new Map([...seen].map(([symbol, one]) => [symbol, one?.revision ?? null]));
  const logged = await source.changesSince(client, revisions);
  if (logged) return logged;
  const found = new Map<string, OwnChange>();
  // a symbol of which nothing is known is computed whole, whatever its bars
  const known = [...seen].flatMap(([symbol, before]) => (before ? [{ symbol, before }] : []));
  const differences = await differing(
    client,
    source,
    selection,
    known.map(({ symbol }) => symbol),
  );
  for (const { symbol, before } of known) {
    const changed = differences.get(symbol);
    // rows that other families have written since show bars that these have not seen
    const open = before.complete < before.last ? [{ first: before.complete + 1, last: before.last }] : [];
    const spans = [...(changed ? [changed] : []), ...open];
    if (spans.length > 0) found.set(symbol, { ...around(spans), revision: null });
  }
  return found;
}

const around = (spans: readonly Span[]): Span => ({
  first: Math.min(...spans.map(({ first }) => first)),
  last: Math.max(...spans.map(({ last }) => last)),
});

const finite = (time: number): number | undefined => (Number.isFinite(time) ? time : undefined);

/**
 * Of the rows that are to be computed those that are kept. Where none of them is, what the symbol has seen is noted all the same,
 * so that it is not found again.
 */
function withinKept(due: Due, { keptSince }: Selection): Due {
  if (!Number.isFinite(keptSince) || (due.from !== undefined && due.from >= keptSince)) return due;
  return { ...due, from: keptSince, to: due.to === undefined ? undefined : Math.max(due.to, keptSince) };
}

/**
 * Which rows are to be computed: all of a symbol that has none, else those that new and corrected bars touch, its own
 * and those of the symbols that it reads. A bar touches its own row and those of the lookback after it.
 */
export async function findDue(client: pg.Client, source: BarSource, selection: Selection): Promise<Due[]> {
  const { table, symbols, progress, lookback, peers, force } = selection;
  // without its table, what was noted of rows is of no rows
  const anew = force || !(await rowTableExists(client, table));
  const bySymbol = Map.groupBy(progress, ({ symbol }) => symbol);
  const seen = new Map(
    symbols.map(symbol => [symbol, anew ? undefined : seenBy(source, bySymbol.get(symbol) ?? [], selection)]),
  );
  const own = await changesOf(client, source, selection, seen);
  const changeOf = peerChanges(client, source, peers);
  const dues: Due[] = [];
  const add = (due: Due): void => {
    dues.push(withinKept({ ...due, whole: due.from === undefined }, selection));
  };
  for (const [symbol, before] of seen) {
    const changed = own.get(symbol);
    const spans: Span[] = changed ? [changed] : [];
    const seenPeers: Record<string, string> = {};
    for (const peer of peers.keys()) {
      const theirs = await changeOf(peer, before?.peers.get(peer));
      if (theirs.seen !== undefined) seenPeers[peer] = theirs.seen;
      if (theirs.changed && peer !== symbol) spans.push(theirs.changed);
    }
    const revision = changed?.revision ?? before?.revision ?? null;
    if (!before) {
      add({ symbol, from: undefined, to: changed?.last, revision, peers: seenPeers });
      continue;
    }
    if (spans.length === 0) continue;
    const { first, last } = around(spans);
    // what comes in after this look is left for the next
    const newest = finite(Math.max(changed?.last ?? before.last, before.last));
    const to =
      last < before.last ? await timeAfter(client, source, { symbol, after: last }, lookback - 1) : undefined;
    add({ symbol, from: finite(first), to: to ?? newest, revision, peers: seenPeers });
  }
  return dues;
}
