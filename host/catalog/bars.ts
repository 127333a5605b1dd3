/** Columns that a bar can have beside its time. Prices in quote currency, volume in ticks or shares. */
export const barColumns = [
  'open',
  'high',
  'low',
  'close',
  'volume',
  'bid_open',
  'bid_high',
  'bid_low',
  'bid_close',
  'ask_open',
  'ask_high',
  'ask_low',
  'ask_close',
  'spread_open',
  'spread_high',
  'spread_low',
  'spread_close',
] as const;

export type BarColumn = (typeof barColumns)[number];

/**
 * Bars of one symbol as columns of equal length, ascending in time without duplicates. `time` is in microseconds
 * since the Unix epoch (UTC, the bar's start); NaN stands for NULL; an absent column is NULL throughout.
 */
export type Bars = {
  readonly time: Float64Array;
  readonly columns: Readonly<Partial<Record<BarColumn, Float64Array>>>;
};
