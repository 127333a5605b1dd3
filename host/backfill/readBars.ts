import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { CopyDecoder, checksumPlanes } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import type { ColumnAddresses } from '../engine/session.ts';
import { WindrowError } from '../errors.ts';
import { barSteps } from '../store/barSteps.ts';
import { type Month, monthMicros, nextMonth, sqlTime } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { type BarSource, type Lookback, readingSettings } from '../store/sources.ts';

/** Minutes of 31 days. */
const longestMonth = 44_640;

/** Bars of a symbol in an arena: a month, and before it the history that was asked for, as far as it exists. */
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
  /** Microseconds between one bar and the next; undefined where they are too few or too scattered to say. */
  readonly interval: number | undefined;
  time(row: number): number;
};

/** How many of ascending values are below a value. */
export function lowerBound(sorted: Float64Array, value: number): number {
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
export function checkUnique(time: Float64Array, symbol: string, source: string): void {
  for (let row = 1; row < time.length; row++)
    if (time[row] === time[row - 1])
      throw new WindrowError('WR_BARS_TWICE', { source, symbol, time: sqlTime(time[row]!) });
}

/**
 * A column that is needed further back than this is read apart, so that the others need not be: more than what windows of
 * rows ask for, less than series of coarser bars and of sessions.
 */
const deepHistory = 8_192;

type Request = {
  readonly symbol: string;
  readonly month: Month;
  /** Rows before the month that are needed of each column. */
  readonly needs: ReadonlyMap<BarColumn, number>;
  readonly expectedRows?: number;
};

/**
 * Reads a month of bars by COPY, decoded in the arena, with the history that is asked for. Where some columns are needed
 * much further back than others, rows count from the oldest bar of the former; those of the latter must not be read
 * before their own history begins.
 */
export async function readBars(
  client: pg.Client,
  arena: Arena,
  source: BarSource,
  { symbol, month, needs, expectedRows = 0 }: Request,
): Promise<LoadedBars> {
  const begin = monthMicros(month);
  const end = monthMicros(nextMonth(month));
  const columns = [...needs.keys()];
  const deep = columns.filter(name => needs.get(name)! > deepHistory);
  const near = Math.max(0, ...columns.filter(name => !deep.includes(name)).map(name => needs.get(name)!));
  // before the bars: a change that comes between the two makes the partition stale, never silently old
  const revision = await source.revision(client, symbol);
  await client.query(readingSettings);
  const startOf = async (rows: number): Promise<Lookback> =>
    rows > 0 ? source.lookbackStart(client, symbol, begin, rows) : { first: undefined, rows: 0 };
  const read = async (names: readonly BarColumn[], from: number, to: number, capacity: number) => {
    const decoder = new CopyDecoder(arena, { columns: names.length, capacity });
    await receiveCopy(client, source.copyOutSql(symbol, names, from, to), decoder);
    return { decoder, ...decoder.finish() };
  };
  const oldest = await startOf(Math.max(0, ...needs.values()));
  const apart = deep.length > 0 && deep.length < columns.length;
  const nearest = apart ? await startOf(near) : oldest;
  const split = nearest.first ?? begin;
  const older =
    oldest.rows > nearest.rows
      ? await read(deep, oldest.first!, split, oldest.rows - nearest.rows + 1)
      : undefined;
  const capacity = nearest.rows + Math.max(expectedRows, longestMonth) + 1;
  const { decoder, nulls, rows: nearRows } = await read(columns, split, end, capacity);
  const before = older?.rows ?? 0;
  const rows = before + nearRows;
  const join = (old: number, recent: number): number => {
    const address = arena.allocate(rows * 8);
    arena.f64(address, before).set(arena.f64(old, before));
    arena.f64(address + before * 8, nearRows).set(arena.f64(recent, nearRows));
    return address;
  };
  const addressOf = (name: BarColumn, i: number): number => {
    const recent = decoder.columnAddresses[i]!;
    const place = deep.indexOf(name);
    return older && place >= 0 ? join(older.decoder.columnAddresses[place]!, recent) : recent - before * 8;
  };
  const timeAddress = older ? join(older.decoder.timeAddress, decoder.timeAddress) : decoder.timeAddress;
  const addresses = columns.map((name, i) => [name, addressOf(name, i)] as const);
  checkUnique(arena.f64(timeAddress, rows), symbol, source.id);
  const volume = columns.indexOf('volume');
  return {
    ...placesOf(arena, { time: timeAddress, ...Object.fromEntries(addresses) }, rows, month),
    missing: columns.filter((_, i) => nearRows > 0 && nulls[i] === nearRows),
    zeroVolume: volume >= 0 && nearRows > 0 && decoder.column(volume).every(value => value === 0),
    revision,
  };
}

/** Where bars lie in an arena, and which of them are of the month. */
export function placesOf(
  arena: Arena,
  columns: ColumnAddresses & { readonly time: number },
  rows: number,
  month: Month,
): Pick<LoadedBars, 'columns' | 'rows' | 'firstRow' | 'interval' | 'time'> {
  const time = arena.f64(columns.time, rows);
  const firstRow = lowerBound(time, monthMicros(month));
  const steps = barSteps(time.subarray(firstRow));
  const interval = steps?.regular ? steps.usual : undefined;
  return { columns, rows, firstRow, interval, time: row => arena.f64(columns.time, rows)[row]! };
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
