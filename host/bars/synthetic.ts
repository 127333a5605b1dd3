import type { Bars } from '../catalog/bars.ts';
import { microsPerMinute, monthName, monthStart, parseMonth } from './calendar.ts';
import { type CurrencyMonth, createCurrencyMonths, ticksPerBar } from './currencyPath.ts';
import { createRandom, exp } from './random.ts';
import { normaliseSymbol, pointSize, splitPair } from './symbol.ts';

/**
 * A made-up market, the same on every machine for the same seed. Its model, in the order in which it is applied
 * (docs/formats.md has it in prose):
 *
 * - every currency has a value path of its own (see `currencyPath.ts`), and a pair is the quotient of two, so
 *   eurgbp moves as eurusd over gbpusd does;
 * - a bar has four ticks; the bid is the mid less half the spread, rounded to a point; the ask is the bid plus the
 *   spread; open, high, low and close are those of the ticks, `open` to `close` being the bid bar;
 * - the spread grows with volatility, and widens up to sixfold around the roll, 21:00 to 23:00 UTC;
 * - tick volume is proportional to volatility, with noise;
 * - a minute is missing with a probability that falls with the expected tick volume (0.1 % in busy hours).
 *
 * Closed from Friday 22:00 to Sunday 22:00 UTC. A month depends on seed, pair and month only, not on what else was
 * asked for; the first tick of a month continues the last one of the month before.
 */
export type GenerateOptions = {
  readonly seed: number;
  /** Symbols; six letters of two known currencies are a pair, anything else is priced in dollars. */
  readonly pairs: readonly string[];
  /** First month, "2024-07". */
  readonly from: string;
  /** Last month, inclusive. */
  readonly to: string;
};

export type SyntheticMonth = { readonly symbol: string; readonly month: string; readonly bars: Bars };

// Spread in points in a calm hour, after typical retail quotes; others are set from the price below.
const calmSpread: Readonly<Record<string, number>> = {
  eurusd: 7,
  usdjpy: 9,
  gbpusd: 11,
  audusd: 9,
  usdchf: 12,
  usdcad: 13,
  nzdusd: 14,
  eurgbp: 12,
  eurjpy: 14,
};

/** How much wider than at calm the spread is at a minute of the day: 1, up to 6 at 22:00 UTC, back to 1 at 23:00. */
const rollFactor = (minute: number): number => {
  if (minute < 1260 || minute >= 1380) return 1;
  return minute < 1320 ? 1 + (5 * (minute - 1259)) / 60 : 6 - (5 * (minute - 1320)) / 60;
};

/** Bars of each month and pair asked for, month by month. */
export function* generateBars(options: GenerateOptions): Generator<SyntheticMonth, void, undefined> {
  const { seed, pairs } = options;
  const last = parseMonth(options.to);
  const currencyMonths = createCurrencyMonths(seed);
  for (let month = parseMonth(options.from); month <= last; month++) {
    for (const pair of pairs) {
      const symbol = normaliseSymbol(pair);
      const { base, quote } = splitPair(symbol) ?? { base: symbol, quote: 'usd' };
      const bars = pairMonth(seed, symbol, month, currencyMonths(base, month), currencyMonths(quote, month));
      yield { symbol, month: monthName(month), bars };
    }
  }
}

const pairMonth = (
  seed: number,
  symbol: string,
  month: number,
  base: CurrencyMonth,
  quote: CurrencyMonth,
): Bars => {
  const pointsPerUnit = Math.round(1 / (pointSize(symbol) ?? 0.01));
  const parity = base.level / quote.level;
  const calm = calmSpread[symbol] ?? Math.max(1, Math.round(parity * pointsPerUnit * 0.00016));
  const random = createRandom(seed, `${symbol}/${month}`);
  const start = monthStart(month);
  const { minutes } = base;

  const column = () => new Float64Array(minutes.length);
  const time = column();
  const volume = column();
  const bid = { open: column(), high: column(), low: column(), close: column() };
  const ask = { open: column(), high: column(), low: column(), close: column() };
  const spread = { open: column(), high: column(), low: column(), close: column() };

  let rows = 0;
  for (let i = 0; i < minutes.length; i++) {
    const minute = minutes[i] as number;
    const activity = Math.sqrt((base.activity[i] as number) ** 2 + (quote.activity[i] as number) ** 2);
    const wide = calm * (0.65 + 0.25 * activity) * rollFactor(minute % 1440);
    const firstSpread = Math.max(1, Math.round(wide * (0.8 + 0.4 * random.uniform())));
    const lastSpread = Math.max(1, Math.round(wide * (0.8 + 0.4 * random.uniform())));
    const ticks = 45 * activity;
    const noise = 0.3 + 0.7 * (random.uniform() + random.uniform());
    const missing = random.uniform() < 0.05 / (1 + ticks);
    if (missing) continue;

    let [bidHigh, bidLow, askHigh, askLow] = [0, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY];
    for (let tick = 0; tick < ticksPerBar; tick++) {
      const at = i * ticksPerBar + tick;
      const mid = parity * exp((base.path[at] as number) - (quote.path[at] as number)) * pointsPerUnit;
      const width = firstSpread + Math.round(((lastSpread - firstSpread) * tick) / (ticksPerBar - 1));
      const bidTick = Math.max(1, Math.round(mid - width / 2));
      const askTick = bidTick + width;
      if (tick === 0) {
        bid.open[rows] = bidTick;
        ask.open[rows] = askTick;
      }
      bid.close[rows] = bidTick;
      ask.close[rows] = askTick;
      bidHigh = Math.max(bidHigh, bidTick);
      bidLow = Math.min(bidLow, bidTick);
      askHigh = Math.max(askHigh, askTick);
      askLow = Math.min(askLow, askTick);
    }
    time[rows] = start + minute * microsPerMinute;
    bid.high[rows] = bidHigh;
    bid.low[rows] = bidLow;
    ask.high[rows] = askHigh;
    ask.low[rows] = askLow;
    spread.open[rows] = firstSpread;
    spread.close[rows] = lastSpread;
    // As the importer derives them from quotes: the extremes of the four differences, not of the ticks.
    spread.high[rows] = Math.max(firstSpread, lastSpread, askHigh - bidHigh, askLow - bidLow);
    spread.low[rows] = Math.min(firstSpread, lastSpread, askHigh - bidHigh, askLow - bidLow);
    volume[rows] = 1 + Math.floor(ticks * noise);
    rows++;
  }

  // An integer number of points over a power of ten is the double nearest to the decimal, as a parser reads it.
  const price = (points: Float64Array) => points.slice(0, rows).map(value => value / pointsPerUnit);
  return {
    time: time.slice(0, rows),
    columns: {
      open: price(bid.open),
      high: price(bid.high),
      low: price(bid.low),
      close: price(bid.close),
      volume: volume.slice(0, rows),
      bid_open: price(bid.open),
      bid_high: price(bid.high),
      bid_low: price(bid.low),
      bid_close: price(bid.close),
      ask_open: price(ask.open),
      ask_high: price(ask.high),
      ask_low: price(ask.low),
      ask_close: price(ask.close),
      spread_open: price(spread.open),
      spread_high: price(spread.high),
      spread_low: price(spread.low),
      spread_close: price(spread.close),
    },
  };
};
