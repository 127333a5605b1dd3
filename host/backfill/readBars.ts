import type { BarColumn } from '../catalog/bars.ts';
import { checksumPlanes } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import type { PeerBars } from '../engine/peers.ts';
import type { ColumnAddresses } from '../engine/session.ts';
import { barSteps } from '../store/barSteps.ts';
import type { PeerRead } from '../store/ledger.ts';
import { type Month, monthMicros, monthOf, nextMonth } from '../store/month.ts';
import type { BarsOfMonth } from './barReader.ts';
import type { Lane } from './lane.ts';

/** Where bars come from, and where they are laid. */
export type BarLane = Pick<Lane, 'arena' | 'bars'>;

/** What is needed of a symbol's bars: columns, and how many bars of each before the range. */
export type Needs = ReadonlyMap<BarColumn, number>;

/** From the first instant, included, to the end of a month. */
export type Range = { readonly from: number; readonly month: Month };

export type RangeBars = PeerBars & { readonly read: PeerRead };

/** Bars of a symbol in an arena: a month, and before it the history that was asked for, as far as it exists. */
export type LoadedBars = {
  readonly columns: ColumnAddresses;
  readonly rows: number;
  /** First row of the month; rows before it are history. */
  readonly firstRow: number;
  /** Columns that are NULL in every row. */
  readonly missing: readonly BarColumn[];
  readonly zeroVolume: boolean;
  /** Microseconds between one bar and the next; undefined where they are too few or too scattered to say. */
  readonly interval: number | undefined;
  /** Which bars these are. */
  readonly read: PeerRead;
  time(row: number): number;
};

const minute = 60_000_000;
const day = 1440 * minute;

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

/** Days that a month is cut at where its end alone is needed: those who need a little more or less ask for the same. */
const piece = 8 * day;

/** An instant before which so many bars should lie, reckoned back from another: two days of a week may have none. */
function reckonBack(edge: number, start: number, bars: number, intervalMinutes: number): number {
  const guess = edge - bars * intervalMinutes * minute * 1.4 - 2.5 * day;
  return Math.max(start, start + Math.floor((guess - start) / piece) * piece);
}

/** Bars before an instant that all of these columns have. */
function rowsBefore({ time, columns }: BarsOfMonth, names: readonly BarColumn[], from: number): number {
  const behind = time.length - lowerBound(time, from);
  return Math.min(time.length, ...names.map(name => columns.get(name)!.length)) - behind;
}

/** A month's bars, or of one that is history only those at its end, where there are enough of them. */
async function monthWith(
  { bars }: BarLane,
  symbol: string,
  month: Month,
  { columns, from, before }: { columns: readonly BarColumn[]; from: number; before: number },
): Promise<BarsOfMonth> {
  const start = monthMicros(month);
  // bars whose changes are not logged are counted by whole months
  if (from > start && bars.source.tracksChanges) {
    const edge = Math.min(from, monthMicros(nextMonth(month)));
    const since = reckonBack(edge, start, before, bars.source.intervalMinutes);
    const end = await bars.month(symbol, month, columns, since);
    if (rowsBefore(end, columns, from) >= before) return end;
  }
  return bars.month(symbol, month, columns);
}

/** A column of which less than this part of the deepest one's bars is needed is read by itself, as far back as it is needed. */
const shallow = 0.25;

/**
 * A month of history with the columns that are needed of it, by how many bars before an instant: what one column looks back on
 * for a month, others look back on for days.
 */
async function historyWith(
  lane: BarLane,
  symbol: string,
  month: Month,
  { needs, from }: { readonly needs: ReadonlyMap<BarColumn, number>; readonly from: number },
): Promise<BarsOfMonth> {
  const most = Math.max(0, ...needs.values());
  const isShallow = ([, before]: [BarColumn, number]): boolean =>
    lane.bars.source.tracksChanges && before < most * shallow;
  const ask = (some: readonly [BarColumn, number][]): Promise<BarsOfMonth> => {
    const before = Math.max(0, ...some.map(([, bars]) => bars));
    return monthWith(lane, symbol, month, { columns: some.map(([name]) => name), from, before });
  };
  const groups = Map.groupBy([...needs], isShallow);
  const deep = await ask(groups.get(false) ?? []);
  const rest = groups.get(true);
  if (!rest) return deep;
  const both = await ask(rest);
  // what was read first may have made room for another symbol's bars meanwhile: then all columns at once
  const isWhole = [...needs.keys()].every(name => both.columns.has(name));
  return isWhole ? both : ask([...needs]);
}

type Collected = {
  readonly months: readonly BarsOfMonth[];
  readonly within: number;
  readonly before: number;
};

/** The months that hold a range and the bars before it that are needed, the oldest first, and how many these are. */
async function collect(
  lane: BarLane,
  symbol: string,
  needs: Needs,
  { from, month }: Range,
): Promise<Collected> {
  const most = Math.max(0, ...needs.values());
  const months: BarsOfMonth[] = [];
  let within = 0;
  let before = 0;
  for (const one of lane.bars.months(symbol).toReversed()) {
    if (one > month) continue;
    const isHistory = monthMicros(nextMonth(one)) <= from;
    // what is before the range matters to what is in it alone
    if (isHistory && (within === 0 || before >= most)) break;
    const left = new Map([...needs].map(([name, bars]) => [name, bars - before] as const));
    const bars = isHistory
      ? await historyWith(lane, symbol, one, { needs: new Map([...left].filter(([, n]) => n > 0)), from })
      : await monthWith(lane, symbol, one, { columns: [...needs.keys()], from, before: most - before });
    const first = lowerBound(bars.time, from);
    within += bars.time.length - first;
    before += first;
    months.unshift(bars);
  }
  return { months, within, before };
}

/** Puts the last values of months one behind the other into an arena; returns the address of the first. */
function join(
  arena: Arena,
  months: readonly BarsOfMonth[],
  count: number,
  valuesOf: (bars: BarsOfMonth) => Float64Array,
): number {
  const address = arena.allocate(count * 8);
  let end = count;
  for (const bars of months.toReversed()) {
    if (end === 0) break;
    const values = valuesOf(bars);
    const some = values.subarray(Math.max(0, values.length - end));
    end -= some.length;
    arena.f64(address + end * 8, some.length).set(some);
  }
  return address;
}

/** Bars of a symbol in a range, and which of them are needed, not laid anywhere yet. */
export type CollectedBars = {
  readonly symbol: string;
  readonly needs: Needs;
  readonly range: Range;
  /** None where the source has no such symbol. */
  readonly collected: Collected | undefined;
};

/** Finds the bars of a symbol in a range. Of several symbols at once, all are asked for together. */
export async function collectRange(
  lane: BarLane,
  symbol: string,
  needs: Needs,
  range: Range,
): Promise<CollectedBars> {
  const { bars } = lane;
  // one that appears while a run goes on has bars that the run does not see
  if (!bars.source.symbols.includes(symbol)) return { symbol, needs, range, collected: undefined };
  await bars.look([symbol]);
  return { symbol, needs, range, collected: await collect(lane, symbol, needs, range) };
}

/**
 * Lays bars into the arena: those in the range, and before them those that are needed, as far as they exist. Rows count from
 * the oldest bar that any column is needed of; a column must not be read before its own history begins.
 */
export function layRange(
  { arena, bars }: BarLane,
  { symbol, needs, range, collected }: CollectedBars,
): RangeBars {
  const none = { rows: 0, first: null, last: null };
  if (collected === undefined) {
    const revision = bars.source.tracksChanges ? 0n : null;
    return { columns: {}, rows: 0, read: { revision, first: null, print: { ...none, from: null } } };
  }
  const { months, within, before } = collected;
  const most = Math.max(0, ...needs.values());
  const isShort = within > 0 && before < most;
  const times = months.map(({ time }) => time).filter(time => time.length > 0);
  const oldest = [monthOf(range.from), ...months.map(({ month }) => month)].sort()[0]!;
  const print = {
    rows: within + before,
    first: times[0]?.[0] ?? null,
    last: times.at(-1)?.at(-1) ?? null,
    from: isShort ? null : monthMicros(oldest),
  };
  const revision = bars.revision(symbol);
  if (within === 0) return { columns: {}, rows: 0, read: { revision, first: range.from, print } };
  const rows = within + Math.min(most, before);
  const time = join(arena, months, rows, one => one.time);
  const columns = [...needs].map(([name, history]) => {
    const count = within + Math.min(history, before);
    const address = join(arena, months, count, one => one.columns.get(name)!);
    return [name, address - (rows - count) * 8] as const;
  });
  return {
    columns: { time, ...Object.fromEntries(columns) },
    rows,
    // a bar that comes in between the instant that was looked from and the first that was found would have been read
    read: { revision, first: isShort ? null : Math.min(arena.f64(time, 1)[0]!, range.from), print },
  };
}

/** The bars of a symbol in a month, with the history that is needed. */
export async function readBars(
  lane: BarLane,
  symbol: string,
  month: Month,
  needs: Needs,
): Promise<LoadedBars> {
  const { arena } = lane;
  const from = monthMicros(month);
  const { columns, rows, read } = layRange(lane, await collectRange(lane, symbol, needs, { from, month }));
  const time = columns.time ?? arena.allocate(0);
  const timesAt = () => arena.f64(time, rows);
  const firstRow = lowerBound(timesAt(), from);
  const steps = barSteps(timesAt().subarray(firstRow));
  const ofMonth = (name: BarColumn) => arena.f64(columns[name]! + firstRow * 8, rows - firstRow);
  const isEvery = (name: BarColumn, holds: (value: number) => boolean): boolean =>
    rows > firstRow && needs.has(name) && ofMonth(name).every(holds);
  return {
    columns: { ...columns, time },
    ...{ rows, firstRow, read },
    missing: [...needs.keys()].filter(name => isEvery(name, Number.isNaN)),
    zeroVolume: isEvery('volume', value => value === 0),
    interval: steps?.regular ? steps.usual : undefined,
    time: row => timesAt()[row]!,
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
