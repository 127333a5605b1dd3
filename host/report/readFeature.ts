import type pg from 'pg';
import type { CatalogFeature } from '../catalog/catalog.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { WindrowError } from '../errors.ts';
import { literal, qualify, quote } from '../store/identifiers.ts';
import { type Month, microsSql, monthEnd, monthStart, sqlTime } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';

/** Which values of a feature are looked at. */
export type FeatureQuery = {
  readonly set: FeatureSet;
  readonly feature: CatalogFeature;
  readonly symbol: string;
  readonly schema: string;
  /** Where the bars are that the rows were made from. */
  readonly source: BarSource;
  /** First and last month, both included; default: all there are. */
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
};

export const quantileShares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;

/** How often values occur: each by itself where they are few, else by intervals of equal width. */
export type Distribution =
  | {
      readonly kind: 'values';
      readonly values: readonly { readonly value: number; readonly count: number }[];
    }
  | {
      readonly kind: 'intervals';
      readonly low: number;
      readonly high: number;
      readonly counts: readonly number[];
      /** Values below `low` and above `high`. */
      readonly below: number;
      readonly above: number;
    };

export type Moment = { readonly time: number; readonly value: number | null; readonly price: number | null };

/** What is drawn of a feature. Times in microseconds since 1970. */
export type FeatureReport = {
  readonly rows: number;
  readonly nulls: number;
  readonly first: number;
  readonly last: number;
  /** Absent where all values are NULL. */
  readonly values?: {
    readonly mean: number;
    readonly sd: number | null;
    readonly min: number;
    readonly max: number;
    /** Of the shares in `quantileShares`. */
    readonly quantiles: readonly number[];
    readonly distribution: Distribution;
  };
  /** Days that have rows. */
  readonly days: readonly { readonly time: number; readonly rows: number; readonly nulls: number }[];
  /** The last seven days, thinned out to a number that can be drawn. */
  readonly week: readonly Moment[];
};

/** So many different values are shown one by one. */
const fewValues = 40;
const mostIntervals = 48;
/** So many moments of the week are drawn. */
const mostMoments = 1000;
const weekMicros = 7 * 86_400_000_000;

/** The rows looked at, as a query with the columns `t`, `v` and, where the table has it, `p`. */
function rowsSql({ set, feature, symbol, schema, source, from, to }: FeatureQuery): string {
  const { layout } = set;
  const rows = layout.kind === 'rows';
  const time = quote(layout.timeColumn);
  const where = [
    `${quote(layout.symbolColumn)} = ${literal(symbol)}`,
    ...(rows ? [`source = ${literal(source.origin)}`] : []),
    ...(from ? [`${time} >= timestamp ${literal(monthStart(from))}`] : []),
    ...(to ? [`${time} < timestamp ${literal(monthEnd(to))}`] : []),
  ];
  const columns = [
    `${time} as t`,
    `${quote(feature.name)}::float8 as v`,
    ...(rows ? ['close::float8 as p'] : []),
  ];
  return `select ${columns.join(', ')} from ${tableOf(set, feature, schema)} where ${where.join(' and ')}`;
}

const tableOf = ({ layout }: FeatureSet, { family }: CatalogFeature, schema: string): string =>
  qualify(schema, layout.table ?? family);

type Facts = {
  rows: number;
  nulls: number;
  first: number | null;
  last: number | null;
  mean: number | null;
  sd: number | null;
  min: number | null;
  max: number | null;
  quantiles: number[] | null;
};

async function readFacts(client: pg.Client, rows: string): Promise<Facts> {
  const { rows: facts } = await client.query<Facts>(
    `select count(*)::float8 as rows, count(*) filter (where v is null)::float8 as nulls,
       ${microsSql('min(t)')} as first, ${microsSql('max(t)')} as last,
       avg(v) as mean, stddev_samp(v) as sd, min(v) as min, max(v) as max,
       percentile_cont($1::float8[]) within group (order by v) as quantiles
     from (${rows}) r`,
    [quantileShares],
  );
  return facts[0]!;
}

/** Each value with its number, where there are few; undefined where there are many. */
async function readValues(client: pg.Client, rows: string): Promise<Distribution | undefined> {
  const { rows: values } = await client.query<{ value: number; count: number }>(
    `select v as value, count(*)::float8 as count from (${rows}) r
     where v is not null and (select count(*) from (select distinct v from (${rows}) d where v is not null limit $1) few) < $1
     group by v order by v`,
    [fewValues + 1],
  );
  return values.length > 0 ? { kind: 'values', values } : undefined;
}

/** The range in which a distribution is shown: that of nearly all values, since a few far ones would hide its shape. */
export function shownRange(
  min: number,
  max: number,
  quantiles: readonly number[],
): readonly [low: number, high: number] {
  const low = quantiles[0]!;
  const high = quantiles.at(-1)!;
  if (!(high > low)) return [min, max];
  const margin = (high - low) * 0.15;
  return [Math.max(min, low - margin), Math.min(max, high + margin)];
}

async function readIntervals(
  client: pg.Client,
  rows: string,
  [low, high]: readonly [number, number],
  count: number,
): Promise<Distribution> {
  const { rows: found } = await client.query<{ interval: number; count: number }>(
    `select case when v < $1 then 0 when v > $2 then $3 + 1 else least(width_bucket(v, $1, $2, $3), $3) end as interval,
       count(*)::float8 as count
     from (${rows}) r where v is not null group by 1`,
    [low, high, count],
  );
  const counts = new Map(found.map(({ interval, count }) => [interval, count]));
  return {
    kind: 'intervals',
    low,
    high,
    counts: Array.from({ length: count }, (_, i) => counts.get(i + 1) ?? 0),
    below: counts.get(0) ?? 0,
    above: counts.get(count + 1) ?? 0,
  };
}

async function readDays(client: pg.Client, rows: string): Promise<FeatureReport['days']> {
  const { rows: days } = await client.query<FeatureReport['days'][number]>(
    `select ${microsSql("date_trunc('day', t)")} as time, count(*)::float8 as rows,
       count(*) filter (where v is null)::float8 as nulls
     from (${rows}) r group by date_trunc('day', t) order by 1`,
  );
  return days;
}

/** Of every so many rows the last one, so that nothing drawn is a mean that never was. */
async function readWeek(
  client: pg.Client,
  { set, symbol, source }: FeatureQuery,
  rows: string,
  last: number,
): Promise<Moment[]> {
  const after = `timestamp ${literal(sqlTime(last - weekMicros))}`;
  const bars = source.bars(symbol);
  const price = set.layout.kind === 'rows' ? 'p' : 'null::float8';
  const { rows: found } = await client.query<Moment>(
    `select ${microsSql('t')} as time, v as value, p as price
     from (
       select t, v, ${price} as p, row_number() over (order by t desc) - 1 as place, count(*) over () as total
       from (${rows}) r where t > ${after}) w
     where place % ceil(total / ${mostMoments}::float8)::bigint = 0 order by t`,
  );
  if (set.layout.kind === 'rows' || bars?.columns.close === undefined) return found;
  const since = bars.at(sqlTime(last - weekMicros));
  const where = [bars.filter, `${bars.time} > ${since}`, `${bars.time} <= ${bars.at(sqlTime(last))}`];
  const { rows: prices } = await client.query<{ time: number; price: number | null }>(
    `select ${microsSql(bars.utc)} as time, ${bars.columns.close}::float8 as price from ${bars.from}
     where ${where.filter(part => part !== '').join(' and ')}
       and ${bars.utc} = any(select timestamp 'epoch' + m * interval '1 microsecond' from unnest($1::float8[]) m)`,
    [found.map(({ time }) => time)],
  );
  const known = new Map(prices.map(({ time, price }) => [time, price]));
  return found.map(moment => ({ ...moment, price: known.get(moment.time) ?? null }));
}

/**
 * Reads what is drawn of a feature: aggregates that the database makes, and the last week. Throws WR_ROWS_NONE where
 * there is no row of the symbol in the range.
 */
export async function readFeature(client: pg.Client, query: FeatureQuery): Promise<FeatureReport> {
  const { set, feature, symbol, schema, from, to } = query;
  const none = (): WindrowError => {
    const where = [...(from ? [` from ${from}`] : []), ...(to ? [` to ${to}`] : [])].join('');
    const command = set.layout.kind === 'rows' ? 'update' : 'backfill';
    const table = `${schema}.${set.layout.table ?? feature.family}`;
    return new WindrowError('WR_ROWS_NONE', { table, symbol, where, command, set: set.name });
  };
  const table = tableOf(set, feature, schema);
  const { rows: there } = await client.query('select to_regclass($1) as oid', [table]);
  if (there[0].oid === null) throw none();
  const rows = rowsSql(query);
  const { first, last, mean, sd, min, max, quantiles, ...counts } = await readFacts(client, rows);
  if (first === null || last === null) throw none();
  const week = await readWeek(client, query, rows, last);
  const base = { ...counts, first, last, days: await readDays(client, rows), week };
  if (mean === null || min === null || max === null || quantiles === null) return base;
  const intervals = Math.min(mostIntervals, Math.max(20, Math.round(2 * Math.cbrt(counts.rows))));
  const distribution =
    (await readValues(client, rows)) ??
    (await readIntervals(client, rows, shownRange(min, max, quantiles), intervals));
  return { ...base, values: { mean, sd, min, max, quantiles, distribution } };
}
