import type { BarColumn } from '../catalog/bars.ts';
import { literal } from './identifiers.ts';
import { sqlTime } from './month.ts';
import type { SymbolBars } from './sourceTables.ts';

/** Bars of one symbol among those of many, in times of microseconds since 1970. */
export type BarsRequest = {
  readonly symbol: string;
  /** The first instant; undefined: from the very first bar. */
  readonly from: number | undefined;
  /** The last instant, included; undefined: up to the newest bar. */
  readonly to: number | undefined;
  /** How many bars before the first instant are read too, as far as they exist. */
  readonly history: number;
};

/** A request as SQL: what its times are compared with, and a bound that is undefined where there is none. */
type Bounds = {
  readonly symbol: string;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly history: string;
};

const all = (parts: readonly (string | undefined)[]): string => {
  const kept = parts.filter(part => part);
  return kept.length > 0 ? `where ${kept.join(' and ')}` : '';
};

/** Query of the bars of one request: `at`, then the columns, named c0, c1, and so on. */
function requestSql(bars: SymbolBars, columns: readonly BarColumn[], bounds: Bounds): string {
  const { from, time, utc, key, only, mayBeInfinite } = bars;
  const { symbol, since, until, history } = bounds;
  const cells = columns.map((column, i) => `${bars.columns[column] ?? 'null'}::float8 as c${i}`);
  const select = `select ${[`${utc} as at`, ...cells].join(', ')} from ${from}`;
  const own = [key && `${key.column} = ${symbol}`, only, mayBeInfinite ? `isfinite(${time})` : ''];
  const wanted = `${select} ${all([...own, since && `${time} >= ${since}`, until && `${time} <= ${until}`])}`;
  if (since === undefined) return wanted;
  const earlier = `${select} ${all([...own, `${time} < ${since}`])} order by ${time} desc limit ${history}`;
  return `${wanted} union all (${earlier})`;
}

/**
 * Requests to one table: a row each, joined to its bars. The rows have an ordinal, so the server knows their order and
 * sorts the bars of one request at a time. Of all bars of each it sorts none: `offset 0` keeps each request a query of its
 * own, which reads along the index, and such queries run one behind the other in the order of the requests.
 */
function sharedSql(
  bars: SymbolBars,
  columns: readonly BarColumn[],
  requests: readonly BarsRequest[],
  keyOf: (symbol: string) => string,
): string {
  const list = (values: readonly string[], type: string): string => `array[${values.join(', ')}]::${type}[]`;
  const times = (values: readonly (number | undefined)[], otherwise: string): string =>
    list(
      values.map(micros => literal(micros === undefined ? otherwise : sqlTime(micros))),
      'timestamp',
    );
  const arrays = [
    list(
      requests.map(({ symbol }) => literal(keyOf(symbol))),
      bars.key!.type,
    ),
    times(
      requests.map(({ from }) => from),
      '-infinity',
    ),
    times(
      requests.map(({ to }) => to),
      'infinity',
    ),
    list(
      requests.map(({ history }) => String(history)),
      'bigint',
    ),
  ];
  // of all from the very first bar on, there are none before
  const whole = requests.every(({ from }) => from === undefined);
  const bounds = {
    symbol: 'r.symbol',
    since: whole ? undefined : bars.withZone('r.since'),
    until: bars.withZone('r.until'),
    history: 'r.history',
  };
  const query = requestSql(bars, columns, bounds);
  const cells = columns.map((_, i) => `b.c${i}`);
  return `select ${['b.at', '(r.place - 1)::float8', ...cells].join(', ')}
    from unnest(${arrays.join(', ')}) with ordinality as r (symbol, since, until, history, place)
    cross join lateral (${whole ? `${query} order by ${bars.time} offset 0` : query}) b
    ${whole ? '' : 'order by r.place, b.at'}`;
}

/** Requests to tables of their own: one query each, put together. */
function separateSql(
  bars: (symbol: string) => SymbolBars,
  columns: readonly BarColumn[],
  requests: readonly BarsRequest[],
): string {
  const cells = columns.map((_, i) => `b.c${i}`);
  const parts = requests.map(({ symbol, from, to, history }, place) => {
    const own = bars(symbol);
    const bounds = {
      symbol: literal(own.key?.stored ?? ''),
      since: from === undefined ? undefined : own.at(sqlTime(from)),
      until: to === undefined ? undefined : own.at(sqlTime(to)),
      history: String(history),
    };
    const select = ['b.at', `${place}::float8 as place`, ...cells].join(', ');
    return `select ${select} from (${requestSql(own, columns, bounds)}) b`;
  });
  return `select * from (${parts.join('\nunion all ')}) requests order by place, at`;
}

/** COPY of the bars of many requests, at least one. See `BarSource.copyManySql`. */
export function copyManySql(
  bars: (symbol: string) => SymbolBars,
  columns: readonly BarColumn[],
  requests: readonly BarsRequest[],
): string {
  const places = requests.map(({ symbol }) => bars(symbol));
  const [first] = places;
  const shared = first?.key !== undefined && places.every(({ from }) => from === first.from);
  const query = shared
    ? sharedSql(first, columns, requests, symbol => bars(symbol).key!.stored)
    : separateSql(bars, columns, requests);
  return `copy (${query}) to stdout (format binary)`;
}
