import type pg from 'pg';
import { qualify } from './identifiers.ts';
import { ownSchema } from './migrate.ts';
import { type Month, microsSql, monthMicros, monthStart, nextMonth } from './month.ts';
import type { BarSource, Fingerprint, TimeRange } from './sources.ts';

/** A family and its current version, which may depend on the symbol through the symbol's parameters. */
export type FamilyVersion = {
  readonly family: string;
  readonly version: string | ((symbol: string) => string);
};

export type StatusQuery = {
  readonly set: string;
  readonly schema?: string | undefined;
  readonly source: BarSource;
  readonly families: readonly FamilyVersion[];
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
  exists: boolean;
  rows: number;
  barsRows: number;
  barsFirst: number | null;
  barsLast: number | null;
  lookbackMissing: number;
  error: string | null;
  changed: string | null;
};

// A change touches a partition when it lies between the first bar that was read and the month's end. Where the
// lookback was short, the read began at the very first bar, and any earlier one would have been read too.
const entries = `
  select l.symbol, to_char(l.month, 'YYYY-MM') as month, l.family, l.status, l.version, l.source, l.error,
    c.oid is not null as exists, coalesce(l.rows, 0)::float8 as rows, coalesce(l.bars_rows, 0)::float8 as "barsRows",
    ${microsSql('l.bars_first')} as "barsFirst", ${microsSql('l.bars_last')} as "barsLast",
    greatest(0, coalesce(l.lookback_asked - l.lookback_found, 0)) as "lookbackMissing",
    (select case when g.replaced > 0 then 'corrected' else 'added' end || ' between ' ||
            to_char(g.first_ts, 'YYYY-MM-DD HH24:MI') || ' and ' || to_char(g.last_ts, 'YYYY-MM-DD HH24:MI')
     from ${qualify(ownSchema, 'bar_changes')} g
     where g.source = l.source and g.symbol = l.symbol and g.revision > l.bars_revision
       and g.first_ts < l.month + interval '1 month'
       and (l.lookback_found < l.lookback_asked or g.last_ts >= least(l.bars_first, l.month))
     order by g.revision limit 1) as changed
  from ${qualify(ownSchema, 'ledger')} l
    left join pg_namespace n on n.nspname = l.schema_name
    left join pg_class c on c.relnamespace = n.oid and c.relname = l.table_name
  where l.set_name = $1 and l.schema_name = $2 and l.family = any($3) and l.symbol = any($4) and l.month = any($5)`;

const rangeOf = ({ barsFirst, lookbackMissing, month }: Entry): TimeRange => ({
  from: lookbackMissing > 0 ? undefined : Math.min(barsFirst ?? Number.POSITIVE_INFINITY, monthMicros(month)),
  to: monthMicros(nextMonth(month)),
});

const rangeKey = (entry: Entry): string => {
  const { from, to } = rangeOf(entry);
  return `${entry.symbol} ${from ?? ''} ${to}`;
};

/** Counts the bars of every distinct range that the ledger's rows were computed from, with one query per symbol. */
async function countRanges(
  client: pg.Client,
  source: BarSource,
  found: readonly Entry[],
): Promise<Map<string, Fingerprint>> {
  const counted = new Map<string, Fingerprint>();
  const distinct = new Map(found.map(entry => [rangeKey(entry), entry]));
  for (const symbol of new Set(found.map(entry => entry.symbol))) {
    if (!source.symbols.includes(symbol)) continue;
    const mine = [...distinct].filter(([, entry]) => entry.symbol === symbol);
    const prints = await source.fingerprints(
      client,
      symbol,
      mine.map(([, entry]) => rangeOf(entry)),
    );
    for (const [index, [key]] of mine.entries()) counted.set(key, prints[index]!);
  }
  return counted;
}

function barsDiffer(entry: Entry, now: Fingerprint | undefined): string | undefined {
  if (!now) return 'its bars are gone';
  if (now.rows !== entry.barsRows) return `${entry.barsRows} bars were read, now there are ${now.rows}`;
  if (now.first !== entry.barsFirst || now.last !== entry.barsLast) return 'bars were moved in time';
  return undefined;
}

/**
 * Says of each family, symbol and month what has become of it. One query over the ledger, whatever the number of
 * partitions; for bars of the user's own tables, whose changes are not logged, one more per symbol to count them.
 */
export async function partitionStates(client: pg.Client, query: StatusQuery): Promise<PartitionState[]> {
  const { set, schema = 'public', source, families, symbols, months } = query;
  const names = families.map(({ family }) => family);
  const { rows } = await client.query<Entry>(entries, [set, schema, names, symbols, months.map(monthStart)]);
  const counted = source.tracksChanges ? undefined : await countRanges(client, source, rows);
  const found = new Map(rows.map(entry => [`${entry.family} ${entry.symbol} ${entry.month}`, entry]));

  const judge = (
    entry: Entry | undefined,
    version: string,
  ): Omit<PartitionState, 'symbol' | 'month' | 'family'> => {
    if (!entry) return { state: 'missing' };
    if (entry.error !== null) return { state: 'failed', why: entry.error };
    const { lookbackMissing, rows } = entry;
    if (!entry.exists) return { state: 'missing', why: 'its table is gone' };
    const facts = { rows, ...(lookbackMissing > 0 ? { lookbackMissing } : {}) };
    const stale = (why: string) => ({ state: 'stale' as const, why, ...facts });
    if (entry.version !== version) return stale('its definition changed');
    if (entry.source !== source.id) return stale(`its bars came from ${entry.source}`);
    if (entry.changed !== null) return stale(`bars were ${entry.changed}`);
    const differ = counted && barsDiffer(entry, counted.get(rangeKey(entry)));
    return differ ? stale(differ) : { state: 'done', ...facts };
  };

  const states: PartitionState[] = [];
  for (const symbol of symbols) {
    const versions = families.map(({ version }) => (typeof version === 'string' ? version : version(symbol)));
    for (const month of months) {
      for (const [index, family] of names.entries()) {
        const entry = found.get(`${family} ${symbol} ${month}`);
        states.push({ symbol, month, family, ...judge(entry, versions[index]!) });
      }
    }
  }
  return states;
}

/** What a family's published partitions hold together. */
export type FamilyTotals = {
  readonly family: string;
  readonly partitions: number;
  readonly rows: number;
  readonly columns: number;
  /** Columns that are NULL in every row of every partition. */
  readonly empty: readonly string[];
  readonly nulls: number;
  readonly bytes: number;
};

/** Sums the ledger up by family: rows, NULLs, and which columns have a value anywhere. One query. */
export async function familyTotals(
  client: pg.Client,
  set: string,
  schema = 'public',
): Promise<FamilyTotals[]> {
  const { rows } = await client.query<FamilyTotals>(
    `with done as (
       select * from ${qualify(ownSchema, 'ledger')} where set_name = $1 and schema_name = $2 and status = 'done'),
     nulls as (
       select family, n.key as name, sum(n.value::bigint) as nulls
       from done cross join lateral jsonb_each_text(done.nulls) n group by family, n.key),
     totals as (
       select family, count(*)::int as partitions, sum(rows) as rows, max(columns) as columns, sum(bytes) as bytes
       from done group by family)
     select t.family, t.partitions, t.rows::float8 as rows, t.columns, t.bytes::float8 as bytes,
       coalesce(sum(n.nulls), 0)::float8 as nulls,
       coalesce(array_agg(n.name order by n.name) filter (where n.nulls = t.rows and t.rows > 0), '{}') as empty
     from totals t left join nulls n using (family)
     group by t.family, t.partitions, t.rows, t.columns, t.bytes order by t.family`,
    [set, schema],
  );
  return rows;
}

/** Bytes of the whole database on disk. */
export async function databaseBytes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    'select pg_database_size(current_database())::float8 as bytes',
  );
  return rows[0]!.bytes;
}
