import type pg from 'pg';
import { qualify, quote } from '../store/identifiers.ts';
import { microsSql, sqlTime } from '../store/month.ts';
import type { BarSource, Changed } from '../store/sources.ts';
import type { Due } from './order.ts';
import type { Progress } from './progress.ts';
import { type RowTable, rowTableExists, sourceColumn } from './table.ts';

export type Selection = {
  readonly table: RowTable;
  readonly symbols: readonly string[];
  readonly families: readonly string[];
  readonly progress: readonly Progress[];
  /** Bars that a row depends on, its own included. */
  readonly lookback: number;
  /** Other symbols whose series the rows read. */
  readonly peers: readonly string[];
  readonly force: boolean;
};

/** What the rows of a symbol have seen: of its own bars, and of those of other symbols. */
type Seen = {
  readonly revision: bigint | null;
  readonly peers: ReadonlyMap<string, bigint>;
  readonly last: number;
};

/** What all families have seen; undefined where one of them has no rows yet, or rows from another source. */
function seenBy(
  progress: readonly Progress[],
  families: readonly string[],
  source: string,
): Seen | undefined {
  const own = progress.filter(row => families.includes(row.family) && row.source === source);
  if (own.length < families.length) return undefined;
  const oldest = (values: readonly (bigint | null)[]): bigint | null =>
    values.reduce((least, one) => (least === null || one === null ? null : one < least ? one : least));
  const peers = new Map<string, bigint>();
  for (const row of own)
    for (const [symbol, text] of Object.entries(row.peers)) {
      const known = peers.get(symbol);
      if (known === undefined || BigInt(text) < known) peers.set(symbol, BigInt(text));
    }
  return {
    revision: oldest(own.map(({ revision }) => revision)),
    peers,
    last: Math.max(...own.map(({ last }) => last ?? Number.NEGATIVE_INFINITY)),
  };
}

/** The time of the row that is `rows` bars after a time, by symbol; absent where there are fewer bars after it. */
async function timesAfter(
  client: pg.Client,
  source: BarSource,
  asked: ReadonlyMap<string, number>,
  rows: number,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const [symbol, after] of asked) {
    const bars = source.bars(symbol);
    if (!bars) continue;
    const filter = [bars.filter, `${bars.time} > ${bars.at(sqlTime(after))}`].filter(Boolean).join(' and ');
    const { rows: answer } = await client.query<{ time: number }>(
      `select ${microsSql(bars.utc)} as time from ${bars.from} where ${filter}
       order by ${bars.time} offset ${rows - 1} limit 1`,
    );
    if (answer[0]) found.set(symbol, answer[0].time);
  }
  return found;
}

/**
 * For bars whose changes nobody logs: the times of the first and the last bar that has no row, or another one than the
 * row says.
 */
async function differing(
  client: pg.Client,
  source: BarSource,
  table: RowTable,
  symbol: string,
): Promise<Changed | undefined> {
  const bars = source.bars(symbol);
  if (!bars) return undefined;
  const columns = table.bars.filter(name => bars.columns[name as 'close']);
  const theirs = columns.map(
    name => `${bars.columns[name as 'close']}::float8::${table.type} as ${quote(name)}`,
  );
  const pairs = (prefix: string): string => columns.map(name => `${prefix}.${quote(name)}`).join(', ');
  const { rows } = await client.query<{ first: number | null; last: number | null }>(
    `select ${microsSql('min(b.at)')} as first, ${microsSql('max(b.at)')} as last
     from (select ${bars.utc} as at, ${theirs.join(', ')} from ${bars.from} ${bars.filter ? `where ${bars.filter}` : ''}) b
       left join ${qualify(table.schema, table.name)} t on t.${quote(table.symbolColumn)} = $1
         and t.${quote(table.timeColumn)} = b.at and t.${quote(sourceColumn)} = $2
     where t.${quote(table.symbolColumn)} is null or row(${pairs('b')}) is distinct from row(${pairs('t')})`,
    [symbol, source.origin],
  );
  const { first, last } = rows[0]!;
  return first === null || last === null ? undefined : { first, last, revision: null };
}

/** What has changed of some symbols since they were seen; without a log of changes, by comparing bars and rows. */
async function changesOf(
  client: pg.Client,
  source: BarSource,
  table: RowTable,
  seen: ReadonlyMap<string, bigint | null>,
): Promise<ReadonlyMap<string, Changed>> {
  const logged = await source.changesSince(client, seen);
  if (logged) return logged;
  const exists = await rowTableExists(client, table);
  const found = new Map<string, Changed>();
  for (const symbol of seen.keys()) {
    const everything = { first: Number.NEGATIVE_INFINITY, last: Number.POSITIVE_INFINITY, revision: null };
    const changed = exists ? await differing(client, source, table, symbol) : everything;
    if (changed) found.set(symbol, changed);
  }
  return found;
}

/**
 * Which rows are to be computed: all of a symbol that has none, else those that new and corrected bars touch, its own
 * and those of the symbols that it reads. A bar touches its own row and those of the lookback after it.
 */
export async function findDue(client: pg.Client, source: BarSource, selection: Selection): Promise<Due[]> {
  const { table, symbols, families, progress, lookback, peers, force } = selection;
  const bySymbol = Map.groupBy(progress, ({ symbol }) => symbol);
  const seen = new Map(
    symbols.map(symbol => [
      symbol,
      force ? undefined : seenBy(bySymbol.get(symbol) ?? [], families, source.id),
    ]),
  );
  const own = await changesOf(
    client,
    source,
    table,
    new Map([...seen].map(([symbol, one]) => [symbol, one?.revision ?? null])),
  );
  // of the other symbols, everything: which part of it a symbol has seen differs from symbol to symbol
  const theirs = new Map<string, Map<bigint | null, Changed | undefined>>();
  const peerChange = async (peer: string, since: bigint | null): Promise<Changed | undefined> => {
    const known = theirs.get(peer) ?? new Map<bigint | null, Changed | undefined>();
    theirs.set(peer, known);
    if (!known.has(since))
      known.set(since, (await source.changesSince(client, new Map([[peer, since]])))?.get(peer));
    return known.get(since);
  };
  const dues: Due[] = [];
  const bounded = new Map<string, number>();
  for (const symbol of symbols) {
    const before = seen.get(symbol);
    const revisions: Record<string, string> = {};
    const changes = [own.get(symbol)];
    for (const peer of peers) {
      const known = before?.peers.get(peer) ?? null;
      const changed = await peerChange(peer, known);
      const revision = changed?.revision ?? known;
      if (revision !== null) revisions[peer] = revision.toString();
      if (peer !== symbol) changes.push(changed);
    }
    const changed = changes.filter(one => one !== undefined);
    if (changed.length === 0) continue;
    const revision = own.get(symbol)?.revision ?? before?.revision ?? null;
    const first = Math.min(...changed.map(one => one.first));
    const last = Math.max(...changed.map(one => one.last));
    if (!before) {
      dues.push({ symbol, from: undefined, to: undefined, revision, peers: revisions });
      continue;
    }
    if (last < before.last) bounded.set(symbol, last);
    const from = Number.isFinite(first) ? first : undefined;
    dues.push({ symbol, from, to: undefined, revision, peers: revisions });
  }
  if (bounded.size === 0) return dues;
  const ends = await timesAfter(client, source, bounded, lookback - 1);
  return dues.map(due => {
    const to = ends.get(due.symbol);
    return to === undefined ? due : { ...due, to };
  });
}
