import type pg from 'pg';
import { allSymbols } from './allSymbols.ts';
import { qualify } from './identifiers.ts';
import type { NotedPeer } from './ledger.ts';
import { ownSchema } from './migrate.ts';
import { type Month, microsSql, monthMicros, monthStart, nextMonth } from './month.ts';
import type { BarSource, Fingerprint, TimeRange } from './sources.ts';

/** A family and its current version, which may depend on the symbol through the symbol's parameters. */
export type FamilyVersion = {
  readonly family: string;
  readonly version: string | ((symbol: string, month: Month) => string);
  /** Of a family whose partitions hold all symbols: those that have bars in a month. */
  readonly members?: (month: Month) => readonly string[];
};

export type StatusQuery = {
  readonly set: string;
  readonly schema?: string | undefined;
  readonly source: BarSource;
  readonly families: readonly FamilyVersion[];
  /** `allSymbols` is one, for families whose partitions hold all symbols. */
  readonly symbols: readonly string[];
  readonly months: readonly Month[];
};

/** What has become of a partition; `why` is a phrase, absent where nothing needs saying. */
export type PartitionState = {
  readonly symbol: string;
  readonly month: Month;
  readonly family: string;
  readonly state: 'done' | 'stale' | 'missing' | 'failed';
  readonly why?: string;
  readonly rows?: number;
  /** Bars that the lookback asked for and did not find. */
  readonly lookbackMissing?: number;
};

type Entry = {
  symbol: string;
  month: Month;
  family: string;
  status: 'done' | 'failed';
  version: string;
  source: string;
  /** What has become of its table, where that is no part of its family. */
  lost: 'gone' | 'detached' | null;
  rows: number;
  barsRows: number;
  barsFirst: number | null;
  barsLast: number | null;
  lookbackMissing: number;
  error: string | null;
  changed: string | null;
  /** Where changes are not logged. */
  peers: Readonly<Record<string, NotedPeer>> | null;
  peerChanged: string | null;
  members: readonly string[] | null;
};

// A change touches a partition when it lies between the first bar that was read and the month's end. Where the
// lookback was short, the read began at the very first bar, and any earlier one would have been read too.
// The same holds of other symbols whose bars were read; those that have not changed since are left out first.
const span = `case when g.replaced > 0 then 'corrected' else 'added' end || ' between ' ||
            to_char(g.first_ts, 'YYYY-MM-DD HH24:MI') || ' and ' || to_char(g.last_ts, 'YYYY-MM-DD HH24:MI')`;
const changes = qualify(ownSchema, 'bar_changes');
const entries = `
  with latest as materialized (
    select s.source, s.symbol, (select max(revision) from ${changes} g where (g.source, g.symbol) = (s.source, s.symbol)) as revision
    from (select distinct source, symbol from ${qualify(ownSchema, 'bar_months')}) s)
  select l.symbol, to_char(l.month, 'YYYY-MM') as month, l.family, l.status, l.version, l.source, l.error,
    case when c.oid is null then 'gone' when not c.relispartition then 'detached' end as lost, coalesce(l.rows, 0)::float8 as rows, coalesce(l.bars_rows, 0)::float8 as "barsRows",
    ${microsSql('l.bars_first')} as "barsFirst", ${microsSql('l.bars_last')} as "barsLast",
    greatest(0, coalesce(l.lookback_asked - l.lookback_found, 0)) as "lookbackMissing",
    (select ${span}
     from ${changes} g
     where g.source = l.source and g.symbol = l.symbol and g.revision > l.bars_revision
       and g.first_ts < l.month + interval '1 month'
       and (l.lookback_found < l.lookback_asked or g.last_ts >= least(l.bars_first, l.month))
     order by g.revision limit 1) as changed,
    case when l.bars_revision is null then l.peers end as peers, l.members,
    (select 'bars of ' || p.key || ' were ' || c.span
     from jsonb_each(l.peers) p
       join latest n on n.source = l.source and n.symbol = p.key and n.revision > (p.value ->> 'revision')::bigint
       cross join lateral (
         select ${span} as span from ${changes} g
         where g.source = l.source and g.symbol = p.key and g.revision > (p.value ->> 'revision')::bigint
           and g.first_ts < l.month + interval '1 month'
           and (p.value ->> 'first' is null or g.last_ts >= (p.value ->> 'first')::timestamp)
         order by g.revision limit 1) c
     order by p.key limit 1) as "peerChanged"
  from ${qualify(ownSchema, 'ledger')} l
    left join pg_namespace n on n.nspname = l.schema_name
    left join pg_class c on c.relnamespace = n.oid and c.relname = l.table_name
  where l.set_name = $1 and l.schema_name = $2 and l.family = any($3) and l.symbol = any($4) and l.month = any($5)`;

const rangeOf = ({ barsFirst, lookbackMissing, month }: Entry): TimeRange => ({
  from: lookbackMissing > 0 ? undefined : Math.min(barsFirst ?? Number.POSITIVE_INFINITY, monthMicros(month)),
  to: monthMicros(nextMonth(month)),
});

/** The bars of a symbol in a range, as they were when a partition was computed from them. */
type Seen = { readonly symbol: string; readonly range: TimeRange; readonly print: Fingerprint };

/** The bars of the partition's own symbol; one of all symbols has none of its own. */
const seenOwn = (entry: Entry): Seen[] => {
  const print = { rows: entry.barsRows, first: entry.barsFirst, last: entry.barsLast };
  return entry.symbol === allSymbols ? [] : [{ symbol: entry.symbol, range: rangeOf(entry), print }];
};

const seenPeers = ({ peers, month }: Entry): Seen[] =>
  Object.entries(peers ?? {}).flatMap(([symbol, peer]) => {
    if ('revision' in peer) return [];
    const range = { from: peer.from ?? undefined, to: monthMicros(nextMonth(month)) };
    return [{ symbol, range, print: peer }];
  });

const keyOf = ({ symbol, range: { from, to } }: Seen): string => `${symbol} ${from ?? ''} ${to}`;

/** Counts the bars of every distinct range that the ledger's rows were computed from, with one query per symbol. */
async function countRanges(
  client: pg.Client,
  source: BarSource,
  found: readonly Entry[],
): Promise<Map<string, Fingerprint>> {
  const counted = new Map<string, Fingerprint>();
  const all = found.flatMap(entry => [...seenOwn(entry), ...seenPeers(entry)]);
  const distinct = [...new Map(all.map(seen => [keyOf(seen), seen])).values()];
  for (const [symbol, own] of Map.groupBy(distinct, seen => seen.symbol)) {
    if (!source.symbols.includes(symbol)) continue;
    const prints = await source.fingerprints(
      client,
      symbol,
      own.map(({ range }) => range),
    );
    own.forEach((seen, index) => {
      counted.set(keyOf(seen), prints[index]!);
    });
  }
  return counted;
}

function barsDiffer({ print }: Seen, now: Fingerprint | undefined): string | undefined {
  if (!now) return print.rows === 0 ? undefined : 'its bars are gone';
  if (now.rows !== print.rows) return `${print.rows} bars were read, now there are ${now.rows}`;
  if (now.first !== print.first || now.last !== print.last) return 'bars were moved in time';
  return undefined;
}

/** What differs of the bars that an entry was computed from, in a source that logs no changes. */
function differenceOf(entry: Entry, counted: ReadonlyMap<string, Fingerprint>): string | undefined {
  for (const seen of seenOwn(entry)) {
    const own = barsDiffer(seen, counted.get(keyOf(seen)));
    if (own !== undefined) return own;
  }
  for (const seen of seenPeers(entry)) {
    const theirs = barsDiffer(seen, counted.get(keyOf(seen)));
    if (theirs !== undefined) return `of ${seen.symbol}, ${theirs}`;
  }
  return undefined;
}

/** Why a partition of all symbols does not hold those that have bars in its month. */
function membersDiffer(noted: readonly string[], present: readonly string[] | undefined): string | undefined {
  if (present === undefined) return undefined;
  const added = present.filter(symbol => !noted.includes(symbol));
  if (added.length > 0) return `it has no rows of ${added.join(', ')}, where there are bars now`;
  const gone = noted.filter(symbol => !present.includes(symbol));
  return gone.length > 0 ? `the bars of ${gone.join(', ')} are gone` : undefined;
}

/**
 * Says of each family, symbol and month what has become of it. One query over the ledger, whatever the number of
 * partitions; for bars of the user's own tables, whose changes are not logged, one more per symbol to count them.
 */
export async function partitionStates(client: pg.Client, query: StatusQuery): Promise<PartitionState[]> {
  const { set, schema = 'public', source, families, symbols, months } = query;
  if (families.length === 0) return [];
  const names = families.map(({ family }) => family);
  const { rows } = await client.query<Entry>(entries, [set, schema, names, symbols, months.map(monthStart)]);
  const counted = source.tracksChanges ? undefined : await countRanges(client, source, rows);
  const found = new Map(rows.map(entry => [`${entry.family} ${entry.symbol} ${entry.month}`, entry]));

  const judge = (
    entry: Entry | undefined,
    version: string,
    members: readonly string[] | undefined,
  ): Omit<PartitionState, 'symbol' | 'month' | 'family'> => {
    if (!entry) return { state: 'missing' };
    if (entry.error !== null) return { state: 'failed', why: entry.error };
    const { lookbackMissing, rows } = entry;
    if (entry.lost !== null) return { state: 'missing', why: `its table is ${entry.lost}` };
    const facts = { rows, ...(lookbackMissing > 0 ? { lookbackMissing } : {}) };
    const stale = (why: string) => ({ state: 'stale' as const, why, ...facts });
    // before the definition: a pair that appears brings parameters with it
    const other = membersDiffer(entry.members ?? [], members);
    if (other !== undefined) return stale(other);
    if (entry.peerChanged !== null) return stale(entry.peerChanged);
    if (entry.version !== version) return stale('its definition changed');
    if (entry.source !== source.id) return stale(`its bars came from ${entry.source}`);
    if (entry.changed !== null) return stale(`bars were ${entry.changed}`);
    const differ = counted && differenceOf(entry, counted);
    return differ ? stale(differ) : { state: 'done', ...facts };
  };

  const states: PartitionState[] = [];
  for (const symbol of symbols) {
    for (const month of months) {
      for (const { family, version, members } of families) {
        const entry = found.get(`${family} ${symbol} ${month}`);
        const present = typeof version === 'string' ? version : version(symbol, month);
        states.push({ symbol, month, family, ...judge(entry, present, members?.(month)) });
      }
    }
  }
  return states;
}

/** Bytes of the whole database on disk. */
export async function databaseBytes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    'select pg_database_size(current_database())::float8 as bytes',
  );
  return rows[0]!.bytes;
}
