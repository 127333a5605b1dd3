import { type BarColumn, barColumns } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import type { FieldRole } from './header.ts';
import type { ReadOptions } from './types.ts';

/** Slot of a row that holds a spread given in points; the others are those of `barColumns`, in their order. */
export const pointsSlot = barColumns.length;
export const slotCount = barColumns.length + 1;

export const slotOf = (column: BarColumn): number => barColumns.indexOf(column);

const parts = ['open', 'high', 'low', 'close'] as const;

/** Where the fields of a line go, and what else follows from which fields there are. */
export type Layout = {
  /** Fields of a line. */
  readonly fields: number;
  /** Field of the time, or of the date; the field of the clock or -1. */
  readonly time: number;
  readonly clock: number;
  /** Field of the symbol, or -1: one file holds one symbol. */
  readonly symbol: number;
  /** Slot of each field, -1 for none. */
  readonly slots: Int8Array;
  /** Slots that lines fill. */
  readonly filled: readonly number[];
  /** Slots of pairs of quotes of which the first must not exceed the second. */
  readonly quotes: readonly (readonly [bid: number, ask: number])[];
  /** Whether open to close are also the bid bar; whether they have to be copied from it. */
  readonly bidFromBar: boolean;
  readonly barFromBid: boolean;
};

export const planLayout = (
  file: string,
  roles: readonly (FieldRole | undefined)[],
  spreadInPoints: boolean,
  quotes: ReadOptions['quotes'],
): Layout => {
  const has = (role: FieldRole): boolean => roles.includes(role);
  const hasAskBar = parts.every(part => has(`ask_${part}`));
  const hasBidBar = parts.every(part => has(`bid_${part}`));
  const hasBar = parts.every(part => has(part));
  if (quotes === 'bid-ask' && !hasAskBar && !has('ask')) {
    throw new WindrowError('WR_FILE_COLUMNS', {
      file,
      what: 'has no ask columns, which quotes "bid-ask" need',
    });
  }
  const bidFromBar = quotes !== 'none' && hasAskBar && !hasBidBar;
  const barFromBid = !hasBar;

  const slotOfRole = (role: FieldRole | undefined): number => {
    if (!role || role === 'time' || role === 'date' || role === 'clock' || role === 'symbol') return -1;
    const isQuote = /^(bid|ask|spread)/.test(role);
    if (isQuote && quotes === 'none' && !(barFromBid && role.startsWith('bid_'))) return -1;
    // Closing quotes on their own are taken only where there is no bar of quotes.
    if (role === 'bid') return hasAskBar || hasBidBar || has('bid_close') ? -1 : slotOf('bid_close');
    if (role === 'ask') return hasAskBar || has('ask_close') ? -1 : slotOf('ask_close');
    if (role === 'spread') return spreadInPoints ? pointsSlot : slotOf('spread_close');
    return slotOf(role);
  };
  const slots = Int8Array.from(roles, slotOfRole);
  const filled = [...slots].filter(slot => slot >= 0).sort((a, b) => a - b);
  const comparable = parts
    .map((part): [number, number] => [slotOf(bidFromBar ? part : `bid_${part}`), slotOf(`ask_${part}`)])
    .filter(([bid, ask]) => filled.includes(bid) && filled.includes(ask));
  const time = roles.indexOf('time');
  return {
    fields: roles.length,
    time: time >= 0 ? time : roles.indexOf('date'),
    clock: time >= 0 ? -1 : roles.indexOf('clock'),
    symbol: roles.indexOf('symbol'),
    slots,
    filled,
    quotes: comparable,
    bidFromBar,
    barFromBid,
  };
};
