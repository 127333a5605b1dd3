import type { BarColumn, Bars } from '../../host/catalog/bars.ts';
import { featuresOf } from '../../host/catalog/catalog.ts';
import { besideOf } from '../../host/catalog/roles.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { peerPrograms } from '../../host/engine/peers.ts';
import type { Plan } from '../../host/engine/plan.ts';
import { draws } from './draws.ts';

// Bars of the other pairs, whatever the bars of the pair at hand are: a pair has the same bar at a minute whoever asks for
// it, and the minutes that it lacks are its own.

/** The pair at hand: it is in no panel, so that its own bars are nobody's. */
export const ownPair = 'gbpnzd';

/** Of one pair there is nothing, one begins on the first day of most markets here, one lacks whole hours. */
const missing = 'eurcad';
const late = { symbol: 'audchf', from: Date.UTC(2024, 5, 27, 7) * 1000 };
const rare = 'eurnzd';
/** Read together over a day of all of them. */
const steady = /^((eur|gbp|aud|nzd)usd|usd(jpy|chf|cad)|eur(aud|gbp))$/;

const minute = 60_000_000;
const minutesOfDay = 1_440;
const columns: readonly BarColumn[] = ['close', 'bid_close', 'ask_close', 'spread_close'];

const days = new Map<string, Bars>();

/** A day of a pair, from midnight: it walks through it, and sometimes some minutes are missing. */
function dayOf(symbol: string, day: number): Bars {
  const key = `${symbol} ${day}`;
  const known = days.get(key);
  if (known) return known;
  const place = fx.symbols.indexOf(symbol);
  const { uniform, normal } = draws(100_003 * (place + 1) + day);
  const time: number[] = [];
  const values: number[][] = columns.map(() => []);
  // the others now and then some minutes: windows of a day over seven pairs have to be whole somewhere
  const lack = symbol === rare ? 0.01 : steady.test(symbol) ? 0.00003 : 0.0001;
  let price = (0.8 + place / 10) * (1 + 0.002 * normal());
  let gap = 0;
  for (let at = 0; at < minutesOfDay; at++) {
    price *= 1 + 1.5e-4 * normal() * (at % 400 > 320 ? 3 : 1);
    if (gap === 0 && uniform() < lack) gap = 2 + Math.floor(28 * uniform() ** 2);
    if (gap > 0 ? gap-- > 0 : uniform() < 0.03) continue;
    const now = (day * minutesOfDay + at) * minute;
    if (symbol === late.symbol && now < late.from) continue;
    const spread = price * 1e-4 * (1 + uniform());
    time.push(now);
    for (const [i, value] of [price, price - spread / 2, price + spread / 2, spread].entries())
      values[i]!.push(value);
  }
  const bars = {
    time: Float64Array.from(time),
    columns: Object.fromEntries(columns.map((name, i) => [name, Float64Array.from(values[i]!)])),
  };
  days.set(key, bars);
  return bars;
}

/** The bars of a pair that rows at these times read: no more before them than is looked back, and none after. */
function barsFor(symbol: string, lookback: number, { time }: Bars): Bars {
  const [from, until] = [time[0]!, time.at(-1)!];
  const dayAt = (at: number): number => Math.floor(at / minute / minutesOfDay);
  const all: Bars[] = [];
  for (let day = dayAt(from); day <= dayAt(until); day++) all.push(dayOf(symbol, day));
  const before = (): number => all.reduce((sum, one) => sum + one.time.filter(at => at <= from).length, 0);
  for (let day = dayAt(from) - 1; before() < lookback && day > dayAt(from) - 30; day--)
    all.unshift(dayOf(symbol, day));
  const first = Math.max(0, before() - lookback);
  const end = all.reduce((sum, one) => sum + one.time.filter(at => at <= until).length, 0);
  const cut = (of: (bars: Bars) => Float64Array): Float64Array => {
    const whole = new Float64Array(all.reduce((sum, one) => sum + of(one).length, 0));
    let at = 0;
    for (const one of all) {
      whole.set(of(one), at);
      at += of(one).length;
    }
    return whole.slice(first, end);
  };
  return {
    time: cut(one => one.time),
    columns: Object.fromEntries(columns.map(name => [name, cut(one => one.columns[name]!)])),
  };
}

/** Which pairs a plan reads for the pair at hand, and how many of their bars before a row. */
export function readPairs(plan: Plan): ReadonlyMap<string, number> {
  const programs = peerPrograms(plan, besideOf(fx, ownPair));
  return new Map(
    [...Map.groupBy(programs, ({ symbol }) => symbol)].map(([symbol, all]) => [
      symbol,
      Math.max(...all.map(program => program.plan.lookback)),
    ]),
  );
}

/** Those bars of other pairs that a plan reads over bars of the pair at hand. */
export const peersOf = (plan: Plan, bars: Bars): Readonly<Record<string, Bars>> =>
  Object.fromEntries(
    bars.time.length === 0
      ? []
      : [...readPairs(plan)].flatMap(([symbol, lookback]) =>
          symbol === missing ? [] : [[symbol, barsFor(symbol, lookback, bars)]],
        ),
  );

export const peerParameters = Object.fromEntries(
  fx.symbols.map((symbol, i) => [symbol, { baseline: 0.79 + i / 10, pip: 0.0001 }]),
);

let everything: Plan | undefined;

/** What a computation of any features of the pair at hand is given of the others. */
export function besides(bars: Bars) {
  everything ??= planFeatures(fx, featuresOf(fx));
  return { symbol: ownPair, peers: peersOf(everything, bars), peerParameters };
}
