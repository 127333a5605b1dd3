import { type Expr, named } from '../../expr.ts';
import { type Family, feature } from '../../family.ts';
import { strength } from '../../ranges.ts';
import {
  add,
  clip,
  clock,
  div,
  ema,
  gt,
  known,
  lag,
  log,
  lt,
  mean,
  mul,
  partialEma,
  ratio,
  select,
  sub,
  sum,
  within,
} from '../../vocabulary.ts';
import type { Hourly } from './hourly.ts';
import { close, formulaOf, gain, high, loss, low, returns, volume } from './series.ts';

const smoothLength = 14;
const volumeWindow = 120;
const trendWindow = 480;
const trendMeanWindow = 24;
const flowWindow = 14;
const openHour = 9;
const closeHour = 16;
const sessionHours = 7;

export const volumeRatio = named('volume_ratio', ratio(volume, mean(volume, volumeWindow)));

/**
 * What the first change of a series weighs in an exponential mean that is a recursion from it on, relative to what it
 * weighs where weights are normalised: 1 / alpha. In the strength of means it may stand on both sides.
 */
const seed = named('seed', select(known(lag(clock('dow'), 2)), 1, (smoothLength + 1) / 2));

/** Relative strength, volume, and the hours of the session. */
export const rsiVolume = ({ options, hour }: Hourly): Family => {
  const { rsi, minPeriods } = options;
  const periods = [
    ['1d', rsi.d1],
    ['3d', rsi.d3],
    ['1w', rsi.w1],
    ['2w', rsi.w2],
  ] as const;
  const smooth = (a: Expr): Expr =>
    minPeriods === 1 ? partialEma(mul(a, seed), smoothLength, smoothLength) : ema(a, smoothLength);
  const vpt = named('vpt', sum(mul(volume, returns), trendWindow));
  const vptMean = named('vpt_ma', mean(vpt, trendMeanWindow));
  // moves are those of the sum, whose ties a division by 3 would turn into moves by rounding
  const prices = named('price_sum', add(add(high, low), close));
  const flow = named('money_flow', mul(div(prices, 3), volume));
  const inflow = sum(mul(flow, gt(prices, lag(prices, 1))), flowWindow);
  const outflow = sum(mul(flow, lt(prices, lag(prices, 1))), flowWindow);
  return {
    name: 'rsi_volume',
    title: 'Relative strength, volume and session',
    phase: 3,
    features: [
      ...periods.map(([name, window]) =>
        feature(
          `rsi_${name}`,
          strength(mean(gain, window), mean(loss, window)),
          '0..100',
          `Relative strength index with simple means over ${window} changes; 100 without losses, 50 where nothing moved.`,
          'Wilder 1978',
        ),
      ),
      feature(
        'rsi_ema',
        strength(smooth(gain), smooth(loss)),
        '0..100',
        `Relative strength index with exponential means, alpha 2/${smoothLength + 1}; 100 without losses, 50 where nothing moved.`,
        'Wilder 1978',
      ),
      feature('volume_ma', mean(volume, volumeWindow), 'shares', `Mean volume over ${volumeWindow} rows.`),
      feature(
        'volume_ratio',
        formulaOf(volumeRatio),
        'ratio',
        `Volume relative to its mean over ${volumeWindow} rows.`,
      ),
      feature('log_volume', log(add(volume, 1)), 'log', 'Logarithm of volume plus 1.'),
      feature(
        'vpt',
        formulaOf(vpt),
        'shares',
        `Volume-price trend: volume times return, summed over ${trendWindow} rows.`,
      ),
      feature('vpt_ma', formulaOf(vptMean), 'shares', `Mean of vpt over ${trendMeanWindow} rows.`),
      feature(
        'vpt_normalized',
        ratio(vpt, vptMean),
        'ratio',
        `VPT relative to its mean over ${trendMeanWindow} rows.`,
      ),
      feature(
        'mfi',
        strength(inflow, outflow),
        '0..100',
        `Money flow index over ${flowWindow} rows; 100 without outflow, 50 without flow.`,
        'Quong and Soudack 1989',
      ),
      feature('is_morning', within(hour, 9, 13), 'flag', '1 in the local hours 9 to 12, both included.'),
      feature('is_afternoon', within(hour, 13, 17), 'flag', '1 in the local hours 13 to 16, both included.'),
      feature(
        'hours_since_open',
        clip(sub(hour, openHour), 0, sessionHours),
        'h',
        `Local hours since ${openHour}, from 0 to ${sessionHours}.`,
      ),
      feature(
        'hours_to_close',
        clip(sub(closeHour, hour), 0, sessionHours),
        'h',
        `Local hours to ${closeHour}, from 0 to ${sessionHours}.`,
      ),
    ],
  };
};
