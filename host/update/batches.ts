import type pg from 'pg';
import { type Month, monthMicros, monthOf, nextMonth } from '../store/month.ts';
import type { BarSource, MonthOfBars } from '../store/sources.ts';
import type { Due } from './order.ts';

/** What a batch is limited to: it is written in one transaction, and its bars are in memory at a time. */
const batchSymbols = 128;
const batchBars = 100_000;
/** Towards the end of what is shared out batches are smaller, so that nobody waits long for the last one, but no smaller. */
const leastSymbols = 16;

/** The months of the rows that will be written, and the symbols in batches. */
export type Work = { readonly months: readonly Month[]; readonly batches: readonly (readonly Due[])[] };

export type WorkOptions = {
  /** How many batches can run side by side. */
  readonly width: number;
  readonly intervalMinutes: number;
  /** Bars that a row depends on, its own included. */
  readonly lookback: number;
};

/** The months in which a symbol has rows to be computed. */
function monthsOf(
  { symbol, from, to }: Due,
  known: ReadonlyMap<string, readonly MonthOfBars[]>,
): readonly MonthOfBars[] {
  const first = from === undefined ? '' : monthOf(from);
  const last = to === undefined ? undefined : monthOf(to);
  if (first === last) return [{ month: first }];
  return (known.get(symbol) ?? []).filter(
    ({ month }) => month >= first && (last === undefined || month <= last),
  );
}

/** Puts symbols into batches, in their order, none with more bars than are wanted at a time but where one alone has. */
export async function planWork(
  client: pg.Client,
  source: BarSource,
  dues: readonly Due[],
  { width, intervalMinutes, lookback }: WorkOptions,
): Promise<Work> {
  const within = ({ from, to }: Due): boolean =>
    from !== undefined && to !== undefined && monthOf(from) === monthOf(to);
  const spread = dues.filter(due => !within(due)).map(({ symbol }) => symbol);
  const known = spread.length > 0 ? await source.months(client, spread) : new Map<string, MonthOfBars[]>();
  const months = new Set<Month>();
  const batches: Due[][] = [];
  let room = 0;
  const least = Math.min(leastSymbols, Math.ceil(dues.length / width));
  const mostOf = (left: number): number =>
    Math.min(batchSymbols, width === 1 ? left : Math.max(least, Math.ceil(left / (2 * width))));
  let most = 0;
  const monthBars = (31 * 1440) / intervalMinutes;
  for (const [done, due] of dues.entries()) {
    const own = monthsOf(due, known);
    for (const { month } of own) months.add(month);
    const { from, to } = due;
    const history = from === undefined ? 0 : lookback;
    const between =
      from === undefined || to === undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(0, (to - from) / (intervalMinutes * 60_000_000)) + 1;
    const bars =
      history +
      Math.min(
        between,
        own.reduce((sum, { rows }) => sum + (rows ?? monthBars), 0),
      );
    const last = batches.at(-1);
    // bars of a month that came in after this look would have no partition
    const end = own.at(-1);
    const bounded = to === undefined && end ? { ...due, to: monthMicros(nextMonth(end.month)) - 1 } : due;
    if (last === undefined || last.length === most || bars > room) {
      batches.push([bounded]);
      most = mostOf(dues.length - done);
      room = batchBars - bars;
    } else {
      last.push(bounded);
      room -= bars;
    }
  }
  return { months: [...months].sort(), batches };
}
