import { isWeekend, microsPerMinute, monthStart } from './calendar.ts';
import { createRandom, exp } from './random.ts';
import { currencies } from './symbol.ts';

export const ticksPerBar = 4;

/** One month of one currency (or other asset) of the synthetic market. */
export type CurrencyMonth = {
  /** Open minutes, counted from the start of the month. */
  readonly minutes: Int32Array;
  /** Logarithm of the value over `level`, `ticksPerBar` values per open minute. */
  readonly path: Float64Array;
  /** Volatility of each minute relative to the average over days and hours. */
  readonly activity: Float64Array;
  /** Long-run value in US dollars. */
  readonly level: number;
};

// Relative volatility by hour of the day, UTC: quiet in Asia, high at the London opening, highest while London and
// New York overlap, lowest at the roll. The shape, not the numbers, is that of Andersen and Bollerslev 1997, fig. 2b.
const hourly = [
  0.7, 0.8, 0.75, 0.6, 0.55, 0.6, 0.85, 1.3, 1.4, 1.2, 1.05, 1, 1.35, 1.6, 1.7, 1.55, 1.25, 0.95, 0.8, 0.75,
  0.7, 0.5, 0.45, 0.6,
];

// Minutes of the day at which figures are released more often than not.
const releases = new Set([420, 750, 810, 840, 1080]);

const minuteVolatility = 8e-5; // 5 % a year over 252 days of 1,440 minutes; a pair has two of them
const monthVolatility = 0.012;
const monthPersistence = 0.98;
const volatilityPersistence = 0.99; // half-life 69 minutes
const volatilitySpread = 0.45;

const volatilityShape = (minute: number): number => {
  const hour = Math.floor(minute / 60);
  const next = hourly[(hour + 1) % 24] as number;
  const here = hourly[hour] as number;
  return here + ((next - here) * (minute % 60)) / 60;
};

/** Paths of currencies by name and month, the last few kept: each is needed by several pairs. */
export const createCurrencyMonths = (seed: number): ((name: string, month: number) => CurrencyMonth) => {
  const kept = new Map<string, CurrencyMonth>();
  return (name, month) => {
    const key = `${name}/${month}`;
    const known = kept.get(key);
    if (known) return known;
    for (const other of kept.keys()) if (!other.endsWith(`/${month}`)) kept.delete(other);
    const made = currencyMonth(seed, name, month);
    kept.set(key, made);
    return made;
  };
};

/**
 * Logarithms of the value at the starts of a month and of the next: a walk by month that returns to zero. It begins
 * in January 1970, so that every month has one value whichever is asked for.
 */
const anchors = (seed: number, name: string, month: number): [number, number] => {
  const random = createRandom(seed, `${name}/months`);
  let here = 0;
  let next = 0;
  for (let i = 0; i <= month; i++) {
    here = next;
    next = monthPersistence * here + monthVolatility * random.normal();
  }
  return [here, next];
};

const openMinutes = (month: number): Int32Array => {
  const start = monthStart(month);
  const count = (monthStart(month + 1) - start) / microsPerMinute;
  return Int32Array.from({ length: count }, (_, i) => i).filter(i => !isWeekend(start + i * microsPerMinute));
};

/**
 * A diffusion whose volatility is the product of the hour's shape and a persistent lognormal factor; jumps, mostly
 * at release times and at the opening after a weekend, which also raise the factor; and a bridge, in proportion to
 * the variance passed, that ends the path at the next month's anchor.
 */
const currencyMonth = (seed: number, name: string, month: number): CurrencyMonth => {
  const random = createRandom(seed, `${name}/${month}`);
  const [from, to] = anchors(seed, name, month);
  const minutes = openMinutes(month);
  const path = new Float64Array(minutes.length * ticksPerBar);
  const passed = new Float64Array(path.length);
  const activity = new Float64Array(minutes.length);

  let value = 0;
  let variance = 0;
  let factor = volatilitySpread * random.normal();
  const innovation = volatilitySpread * Math.sqrt(1 - volatilityPersistence * volatilityPersistence);
  let previous = -1;
  for (let i = 0; i < minutes.length; i++) {
    const minute = minutes[i] as number;
    const ofDay = minute % 1440;
    factor = Math.min(1.8, volatilityPersistence * factor + innovation * random.normal());
    const reopened = minute - previous > 1;
    previous = minute;
    if (random.uniform() < (releases.has(ofDay) ? 0.04 : 1 / 8000)) {
      value += 10 * minuteVolatility * random.normal();
      factor += 0.8;
    } else if (reopened) value += 12 * minuteVolatility * random.normal();
    // The mean of exp(factor) over its stationary law is exp(spread^2 / 2).
    const relative = volatilityShape(ofDay) * exp(factor - (volatilitySpread * volatilitySpread) / 2);
    const deviation = (minuteVolatility * relative) / Math.sqrt(ticksPerBar);
    activity[i] = relative;
    for (let tick = 0; tick < ticksPerBar; tick++) {
      value += deviation * random.normal();
      variance += deviation * deviation;
      path[i * ticksPerBar + tick] = value;
      passed[i * ticksPerBar + tick] = variance;
    }
  }
  const missed = to - from - value;
  for (let i = 0; i < path.length; i++) {
    path[i] = from + (path[i] as number) + missed * ((passed[i] as number) / variance);
  }
  const level = currencies[name] ?? 20 + 400 * createRandom(seed, `${name}/level`).uniform();
  return { minutes, path, activity, level };
};
