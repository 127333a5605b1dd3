import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { CopyDecoder, checksumPlanes } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import type { ColumnAddresses } from '../engine/session.ts';
import { WindrowError } from '../errors.ts';
import { type Month, monthMicros, nextMonth, sqlTime } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { type BarSource, readingSettings } from '../store/sources.ts';

/** Minutes of 31 days. */
const longestMonth = 44_640;

/** Bars of a symbol in an arena: a month, and before it as many rows of history as were asked for and exist. */
export type LoadedBars = {
  readonly columns: ColumnAddresses;
  readonly rows: number;
  /** First row of the month; rows before it are history. */
  readonly firstRow: number;
  /** Columns that are NULL in every row. */
  readonly missing: readonly BarColumn[];
  readonly zeroVolume: boolean;
  /** Number of the symbol's last change when the bars were read; null where changes are not logged. */
  readonly revision: bigint | null;
  time(row: number): number;
};

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A window counts bars: one that is there twice, in a table without a key, would count twice in silence. */
function checkUnique(time: Float64Array, symbol: string, source: string): void {
  for (let row = 1; row < time.length; row++)
    if (time[row] === time[row - 1])
      throw new WindrowError('WR_BARS_TWICE', { source, symbol, time: sqlTime(time[row]!) });
}

/** Reads a month of bars with `history` rows before it by COPY, decoded in the arena. */
export async function readBars(
  client: pg.Client,
  arena: Arena,
  source: BarSource,
  request: {
    readonly symbol: string;
    readonly month: Month;
    readonly history: number;
    readonly columns: readonly BarColumn[];
    readonly expectedRows?: number;
  },
): Promise<LoadedBars> {
  const { symbol, month, history, columns } = request;
  const begin = monthMicros(month);
  // before the bars: a change that comes between the two makes the partition stale, never silently old
  const revision = await source.revision(client, symbol);
  const lookback =
    history > 0 ? await source.lookbackStart(client, symbol, begin, history) : { first: undefined, rows: 0 };
  const sql = source.copyOutSql(symbol, columns, lookback.first ?? begin, monthMicros(nextMonth(month)));
  const capacity = lookback.rows + Math.max(request.expectedRows ?? 0, longestMonth) + 1;
  const decoder = new CopyDecoder(arena, { columns: columns.length, capacity });
  await client.query(readingSettings);
  await receiveCopy(client, sql, decoder);
  const { rows, nulls } = decoder.finish();
  const addresses = decoder.columnAddresses;
  const volume = columns.indexOf('volume');
  const time = decoder.time();
  checkUnique(time, symbol, source.id);
  return {
    columns: {
      time: decoder.timeAddress,
      ...Object.fromEntries(columns.map((name, i) => [name, addresses[i]!])),
    },
    rows,
    firstRow: lowerBound(time, begin),
    missing: columns.filter((_, i) => rows > 0 && nulls[i] === rows),
    zeroVolume: volume >= 0 && rows > 0 && decoder.column(volume).every(value => value === 0),
    revision,
    time: row => arena.f64(decoder.timeAddress, rows)[row]!,
  };
}

/** Checksum of some columns of loaded bars from a row on: the same scheme as that of a partition. */
export function barsChecksum(
  arena: Arena,
  bars: LoadedBars,
  columns: readonly BarColumn[],
  fromRow: number,
): bigint {
  const planes = { time: bars.columns.time!, columns: columns.map(name => bars.columns[name]!) };
  return checksumPlanes(arena, planes, fromRow, bars.rows - fromRow);
}
