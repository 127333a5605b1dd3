import { type BarColumn, type Bars, barColumns } from '../catalog/bars.ts';
import { monthIndex, monthName, monthStart } from './calendar.ts';
import { type Layout, pointsSlot, slotOf } from './layout.ts';

/** A line that lost against a later one of the same time. */
export type Superseded = {
  readonly line: number;
  readonly by: number;
  readonly time: number;
  readonly values: number[];
};

export type Collected = {
  readonly month: string;
  readonly bars: Bars;
  readonly equalDuplicates: number;
  readonly superseded: readonly Superseded[];
};

type Open = {
  readonly month: number;
  readonly start: number;
  readonly end: number;
  time: Float64Array;
  line: Float64Array;
  planes: Float64Array[];
  rows: number;
  isAscending: boolean;
};

export const maxBatchRows = 65_536;

// Two months: lines out of order around the turn of a month still make one batch each, and memory stays bounded.
const openLimit = 2;

export type Collector = {
  /** Takes a bar; its values are copied from `row`. Batches that became complete are in `ready`. */
  add(time: number, row: Float64Array, line: number): void;
  /** Completes every open month, earliest first. */
  finish(): void;
  readonly ready: Collected[];
};

/** Gathers bars by month, sorts what is unsorted, settles duplicates, and derives the columns that follow from others. */
export const createCollector = (layout: Layout, pointSize: number | undefined): Collector => {
  const { filled } = layout;
  const ready: Collected[] = [];
  const open: Open[] = [];
  let current: Open | undefined;

  const close = (month: Open): void => {
    open.splice(open.indexOf(month), 1);
    if (current === month) current = undefined;
    ready.push(complete(month, layout, pointSize));
  };

  const enter = (time: number): Open => {
    const index = monthIndex(time);
    const known = open.find(month => month.month === index);
    if (known) return known;
    if (open.length === openLimit) close(open[0] as Open);
    const rows = 64;
    const made: Open = {
      month: index,
      start: monthStart(index),
      end: monthStart(index + 1),
      time: new Float64Array(rows),
      line: new Float64Array(rows),
      planes: filled.map(() => new Float64Array(rows)),
      rows: 0,
      isAscending: true,
    };
    open.push(made);
    return made;
  };

  const add = (time: number, row: Float64Array, line: number): void => {
    if (!current || time < current.start || time >= current.end) current = enter(time);
    const month = current;
    const at = month.rows;
    if (at === month.time.length) grow(month);
    if (at > 0 && !(time > (month.time[at - 1] as number))) month.isAscending = false;
    month.time[at] = time;
    month.line[at] = line;
    const { planes } = month;
    for (let i = 0; i < filled.length; i++) {
      (planes[i] as Float64Array)[at] = row[filled[i] as number] as number;
    }
    month.rows = at + 1;
    if (month.rows === maxBatchRows) close(month);
  };

  const finish = (): void => {
    for (const month of open.toSorted((a, b) => a.month - b.month)) close(month);
  };

  return { add, finish, ready };
};

const grow = (month: Open): void => {
  const larger = (plane: Float64Array): Float64Array => {
    const copy = new Float64Array(plane.length * 4);
    copy.set(plane);
    return copy;
  };
  month.time = larger(month.time);
  month.line = larger(month.line);
  month.planes = month.planes.map(larger);
};

const complete = (month: Open, layout: Layout, pointSize: number | undefined): Collected => {
  const superseded: Superseded[] = [];
  let equalDuplicates = 0;
  let { time, planes } = month;
  let { rows } = month;
  if (!month.isAscending) {
    const { line } = month;
    const order = Uint32Array.from({ length: rows }, (_, i) => i).sort(
      (a, b) => (time[a] as number) - (time[b] as number) || (line[a] as number) - (line[b] as number),
    );
    const same = (a: number, b: number): boolean => planes.every(plane => Object.is(plane[a], plane[b]));
    let kept = 0;
    for (const row of order) {
      const last = order[kept - 1] as number;
      if (kept === 0 || time[row] !== time[last]) order[kept++] = row;
      else if (same(row, last)) equalDuplicates++;
      else {
        const values = planes.map(plane => plane[last] as number);
        superseded.push({
          line: line[last] as number,
          by: line[row] as number,
          time: time[row] as number,
          values,
        });
        order[kept - 1] = row;
      }
    }
    rows = kept;
    const gather = (plane: Float64Array): Float64Array =>
      Float64Array.from({ length: rows }, (_, i) => plane[order[i] as number] as number);
    time = gather(time);
    planes = planes.map(gather);
  }
  const bySlot = new Map(
    layout.filled.map((slot, i) => [slot, (planes[i] as Float64Array).subarray(0, rows)]),
  );
  const bars = { time: time.subarray(0, rows), columns: derive(bySlot, layout, pointSize) };
  return { month: monthName(month.month), bars, equalDuplicates, superseded };
};

const parts = ['open', 'high', 'low', 'close'] as const;

/** Columns of a batch: those read, those that follow from them, without those that have no value at all. */
const derive = (
  bySlot: ReadonlyMap<number, Float64Array>,
  layout: Layout,
  pointSize: number | undefined,
): Partial<Record<BarColumn, Float64Array>> => {
  const columns: Partial<Record<BarColumn, Float64Array>> = {};
  for (const name of barColumns) {
    const plane = bySlot.get(slotOf(name));
    if (plane && !plane.every(Number.isNaN)) columns[name] = plane;
  }
  for (const part of parts) {
    const [bar, bid] = [columns[part], columns[`bid_${part}`]];
    if (layout.bidFromBar && bar) columns[`bid_${part}`] = bar.slice();
    if (layout.barFromBid && bid) columns[part] = bid.slice();
  }
  const points = bySlot.get(pointsSlot);
  if (points && pointSize && !points.every(Number.isNaN)) {
    const pointsPerUnit = Math.round(1 / pointSize);
    columns.spread_close = points.map(value => (pointSize < 1 ? value / pointsPerUnit : value * pointSize));
  }
  deriveSpreads(columns);
  return columns;
};

const deriveSpreads = (columns: Partial<Record<BarColumn, Float64Array>>): void => {
  const spreads = parts.map(part => {
    const [bid, ask] = [columns[`bid_${part}`], columns[`ask_${part}`]];
    return bid && ask ? bid.map((value, row) => difference(ask[row] as number, value)) : undefined;
  });
  const [open, high, low, close] = spreads;
  if (open) columns.spread_open ??= open;
  if (close) columns.spread_close ??= close;
  if (!open || !high || !low || !close) return;
  // Quotes of a bar do not say how wide the spread was at its widest: the extremes of the four differences stand in.
  const four = (row: number) => [open[row], high[row], low[row], close[row]] as number[];
  columns.spread_high ??= open.map((_, row) => Math.max(...four(row)));
  columns.spread_low ??= open.map((_, row) => Math.min(...four(row)));
};

/** 1.10012 - 1.10005 as the double nearest to 0.00007: differences of decimals keep at most ten decimals. */
const difference = (ask: number, bid: number): number => {
  const raw = ask - bid;
  return Math.abs(ask) < 0.001 || Math.abs(raw) > 100_000 ? raw : Math.round(raw * 1e10) / 1e10;
};
