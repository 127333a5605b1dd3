import { named } from '../../expr.ts';
import { type Feature, feature } from '../../family.ts';
import { strength } from '../../ranges.ts';
import {
  add,
  div,
  mad,
  max,
  mean,
  min,
  minOf,
  mul,
  ratioOr,
  select,
  sub,
  sum,
  wilder,
} from '../../vocabulary.ts';
import type { Indicated } from './indicated.ts';

const reachWindow = 14;
const smoothWindow = 3;
const channelWindow = 20;
/** Lambert's constant: most values of an index of random moves lie within -100..100. */
const channelScale = 0.015;
const pressureWindows = [7, 14, 28] as const;

/** Indicators with bounds, and the commodity channel index. */
export function oscillators({ domain, ...of }: Indicated): Feature[] {
  const { noun } = domain;
  const { high, low, close } = of.reach;
  const top = max(high, reachWindow);
  const bottom = min(low, reachWindow);
  const range = sub(top, bottom);
  const place = mul(100, ratioOr(sub(close, bottom), range, 0.5));
  const [short, medium, long] = pressureWindows.map(w => ({
    buying: sum(of.buying, w),
    range: sum(of.trueRange, w),
  }));
  const pressure = (over: typeof short) => div(over!.buying, over!.range);
  const rows = `over ${reachWindow} rows`;
  return [
    ...[14, 21].map(n =>
      feature(
        `w${n}_rsi`,
        strength(wilder(of.rise, n), wilder(of.fall, n)),
        '0..100',
        `Relative strength index of the ${noun}, Wilder's means of ${n}; 100 without losses, 50 where nothing moved.`,
        'Wilder 1978',
      ),
    ),
    feature(
      `w${reachWindow}_stoch_k`,
      place,
      '0..100',
      `Stochastic %K: place of the ${noun} between lowest low and highest high ${rows}; 50 where they are equal.`,
      'Lane 1984',
    ),
    feature(
      `w${reachWindow}_stoch_d`,
      mean(named('stoch_k', place), smoothWindow),
      '0..100',
      `Mean of the stochastic %K over ${smoothWindow} rows.`,
      'Lane 1984',
    ),
    feature(
      `w${channelWindow}_cci`,
      ratioOr(
        sub(of.typical, mean(of.typical, channelWindow)),
        mul(channelScale, mad(of.typical, channelWindow)),
        0,
      ),
      'none',
      `Commodity channel index of the ${noun} over ${channelWindow} rows; 0 where nothing moved.`,
      'Lambert 1980',
    ),
    feature(
      `w${reachWindow}_williams_r`,
      mul(100, ratioOr(sub(close, top), range, -0.5)),
      '-100..0',
      `Distance of the ${noun} below the highest high in percent of the range ${rows}; -50 without a range.`,
      'Williams 1973',
    ),
    // each share is at most 1, and so is their mean; a market with a NULL in the longest window is not known to be flat
    feature(
      'w28_ultimate_oscillator',
      select(
        minOf(short!.range, add(long!.buying, long!.range)),
        mul(100, div(add(add(mul(4, pressure(short)), mul(2, pressure(medium))), pressure(long)), 7)),
        50,
      ),
      '0..100',
      `Buying pressure on the ${noun} relative to the true range over ${pressureWindows.join(', ')} rows, weighted 4, 2, 1; 50 where nothing moved for ${pressureWindows[0]}.`,
      'Williams 1985',
    ),
  ];
}
