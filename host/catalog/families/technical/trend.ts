import { type Expr, named } from '../../expr.ts';
import { type Feature, feature } from '../../family.ts';
import { abs, add, ema, lag, mul, ratio, ratioOr, sub, sum, wilder } from '../../vocabulary.ts';
import type { Indicated } from './indicated.ts';

const directionLength = 14;
const vortexWindow = 14;
const massLength = 9;
const massWindow = 25;

/** Direction and strength of a trend, and what announces its end. */
export function trend({ domain, ...of }: Indicated): Feature[] {
  const { noun, bar } = domain;
  const smooth = (a: Expr): Expr => wilder(a, directionLength);
  const plus = named('plus_mean', smooth(of.plus));
  const minus = named('minus_mean', smooth(of.minus));
  const both = add(plus, minus);
  // the mean true range in parts that are not negative: no rounding takes an index over 100
  const range = of.rest ? add(both, smooth(of.rest)) : both;
  const index = (part: Expr): Expr => mul(100, ratioOr(part, range, 0));
  const [up, down] = [index(plus), index(minus)];
  const [plusIndex, minusIndex] = [named('plus_di', up), named('minus_di', down)];
  const strength = mul(100, ratioOr(abs(sub(plusIndex, minusIndex)), add(plusIndex, minusIndex), 0));
  const travelled = sum(of.barTrueRange, vortexWindow);
  const vortex = (from: Expr, to: Expr): Expr =>
    ratio(sum(abs(sub(from, lag(to, 1))), vortexWindow), travelled);
  const rangeMean = named('range_mean', ema(of.barRange, massLength));
  const kind = domain.name === 'rate' ? 'bar' : 'bar of five rows';
  return [
    feature(
      `w${directionLength}_adx`,
      smooth(strength),
      '0..100',
      `Average directional index of the ${noun}: Wilder's mean of ${directionLength} of the distance of both indicators relative to their sum.`,
      'Wilder 1978',
    ),
    feature(
      `w${directionLength}_plus_di`,
      up,
      '0..100',
      `Upward movement of the ${noun} relative to the true range, Wilder's means of ${directionLength}; 0 where nothing moved.`,
      'Wilder 1978',
    ),
    feature(
      `w${directionLength}_minus_di`,
      down,
      '0..100',
      `Downward movement of the ${noun} relative to the true range, Wilder's means of ${directionLength}; 0 where nothing moved.`,
      'Wilder 1978',
    ),
    feature(
      `w${vortexWindow}_vortex_plus`,
      vortex(bar.high, bar.low),
      'ratio',
      `Distance from each low to the next high of the ${noun} relative to the true range over ${vortexWindow} rows, by the ${kind}.`,
      'Botes and Siepman 2010',
    ),
    feature(
      `w${vortexWindow}_vortex_minus`,
      vortex(bar.low, bar.high),
      'ratio',
      `Distance from each high to the next low of the ${noun} relative to the true range over ${vortexWindow} rows, by the ${kind}.`,
      'Botes and Siepman 2010',
    ),
    feature(
      `w${massWindow}_mass_index`,
      sum(ratio(rangeMean, ema(rangeMean, massLength)), massWindow),
      'none',
      `Mass index of the ${noun}: the exponential mean over ${massLength} of the range of the ${kind} relative to its own, summed over ${massWindow} rows.`,
      'Dorsey 1992',
    ),
  ];
}
