import { named } from '../../expr.ts';
import { type Feature, feature } from '../../family.ts';
import {
  abs,
  add,
  diff,
  div,
  ema,
  lag,
  max,
  mean,
  min,
  mul,
  ratio,
  ratioOr,
  sqrt,
  std,
  sub,
  sum,
  wilder,
} from '../../vocabulary.ts';
import type { Indicated } from './indicated.ts';

const rangeLength = 14;
const returnWindow = 20;
const [spreadLength, spreadLag] = [10, 10];
const channelWindow = 20;
const channelWidth = 2;
const drawdownWindow = 14;

/** Ranges, channels and drawdown. */
export function volatility({ domain, ...of }: Indicated): Feature[] {
  const { level, returns, unit, returnUnit, noun } = domain;
  const isRate = domain.name === 'rate';
  const { high, low, close } = of.reach;
  const atr = isRate ? wilder(of.trueRange, rangeLength) : div(sum(of.trueRange, rangeLength), rangeLength);
  const spread = ema(of.barRange, spreadLength);
  const bottom = min(low, channelWindow);
  const channel = isRate ? wilder(of.trueRange, channelWindow) : mean(of.barRange, channelWindow);
  const peak = max(close, drawdownWindow);
  const below = sub(close, peak);
  const drawdown = named('drawdown', isRate ? mul(100, ratio(below, peak)) : below);
  const kind = isRate ? 'bar' : 'bar of five rows';
  return [
    feature(
      `w${rangeLength}_atr`,
      atr,
      unit,
      isRate
        ? `Wilder's mean of ${rangeLength} of the true range of the ${noun}.`
        : `Mean size of the change of the ${noun} over ${rangeLength} rows.`,
      'Wilder 1978',
    ),
    feature(
      `w${rangeLength}_atr_pct`,
      mul(100, ratio(named('atr', atr), isRate ? close : mean(abs(level), rangeLength))),
      '%',
      `Average true range in percent of the ${isRate ? noun : `mean size of the ${noun} over ${rangeLength} rows`}.`,
      'Wilder 1978',
    ),
    feature(
      `w${returnWindow}_historical_volatility`,
      std(returns, returnWindow),
      returnUnit,
      `Sample sd of returns of the ${noun} over ${returnWindow} rows, not annualised.`,
    ),
    feature(
      `w${spreadLag}_chaikin_volatility`,
      mul(100, ratio(diff(spread, spreadLag), lag(spread, spreadLag))),
      '%',
      `Change over ${spreadLag} rows of the exponential mean over ${spreadLength} of the range of the ${kind} of the ${noun}, in percent.`,
      'Achelis 1995',
    ),
    feature(
      `w${channelWindow}_donchian_position`,
      ratioOr(sub(close, bottom), sub(max(high, channelWindow), bottom), 0.5),
      '0..1',
      `Place of the ${noun} between lowest low and highest high over ${channelWindow} rows; 0.5 where they are equal.`,
      'Kirkpatrick and Dahlquist 2006',
    ),
    // (X - lower) / (upper - lower), written so that the bands' rounding cannot cancel
    feature(
      `w${channelWindow}_keltner_position`,
      add(0.5, ratioOr(sub(level, ema(level, channelWindow)), mul(2 * channelWidth, channel), 0)),
      'ratio',
      `Place of the ${noun} between the lower (0) and the upper (1) Keltner band, ${channelWidth} ${isRate ? "of Wilder's mean true ranges" : 'mean ranges of the bar of five rows'} beside the exponential mean over ${channelWindow}; 0.5 where they meet.`,
      'Keltner 1960',
    ),
    feature(
      `w${drawdownWindow}_ulcer_index`,
      sqrt(mean(mul(drawdown, drawdown), drawdownWindow)),
      isRate ? '%' : unit,
      `Root of the mean square of the distance of the ${noun} below its maximum over ${drawdownWindow} rows, over ${drawdownWindow} rows.`,
      'Martin and McCann 1989',
    ),
  ];
}
