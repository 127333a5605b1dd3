import { type Expr, named, peer } from '../../expr.ts';
import { type Family, type Feature, feature } from '../../family.ts';
import { strength } from '../../ranges.ts';
import type { Reference } from '../../references.ts';
import {
  add,
  clip,
  clock,
  div,
  drift,
  emaOver,
  gt,
  lag,
  mean,
  mul,
  partialBeta,
  pstd,
  ratio,
  ratioOr,
  select,
  std,
  sub,
  wilderOver,
  within,
} from '../../vocabulary.ts';
import { close, gain, loss, returns, trueRange, volume } from './series.ts';

/** What the set of daily stocks can be told. */
export type DailyOptions = {
  /** Symbol of the market index. */
  readonly index: string;
  /** Limits values to five deviations of their own past; false leaves the formulas as they are. */
  readonly clip: boolean;
};

/** Returns in the window: a year of trading days, which 253 closes make. */
const year = 252;
const annual = Math.sqrt(year);
/** Returns that own and index must share before a beta is more than chance. */
const commonRows = year / 2;
const deviations = 5;
/** Values of the past that limits are taken from: a quarter, so that a limit does not cost more than its feature. */
const quarter = 64;

const smoothing = 14;
const bandWindow = 20;

/** A value with the default that may be served while its history is too short. */
type Declared = Feature & { readonly fallback: number };

const declared = (
  name: string,
  expr: Expr,
  unit: string,
  fallback: number,
  description: string,
  ...sources: readonly Reference[]
): Declared => ({ ...feature(name, expr, unit, description, ...sources), fallback });

/** Limits a feature to five deviations about the mean of its own last quarter, the current value left out. */
const limited = (feature: Declared): Feature => {
  const raw = named(`raw_${feature.name}`, feature.expr);
  const middle = named(`mean_${feature.name}`, lag(add(raw, drift(raw, quarter)), 1));
  const sd = named(`sd_${feature.name}`, lag(std(raw, quarter), 1));
  // a past without deviations says nothing of what is usual
  const width = named(`reach_${feature.name}`, select(gt(sd, 0), mul(deviations, sd), Number.NaN));
  return {
    ...feature,
    expr: clip(raw, sub(middle, width), add(middle, width)),
    limited: { raw, mean: middle, sd },
  };
};

const over = (days: readonly number[], declare: (n: number) => Declared): Declared[] => days.map(declare);

const returnsVolatility = (limit: (feature: Declared) => Feature): Family => ({
  name: 'returns_volatility',
  title: 'Returns, volatility and volume',
  features: [
    ...over([1, 5, 20, 60, 120, 252], n =>
      declared(
        `return_${n}d`,
        sub(div(close, lag(close, n)), 1),
        'ratio',
        0,
        `Close relative to the close of ${n} ${n === 1 ? 'day' : 'days'} ago, minus 1.`,
      ),
    ),
    ...over([5, 20, 60], n =>
      declared(
        `volatility_${n}d`,
        mul(pstd(returns, n), annual),
        'ratio/year',
        0,
        `Population sd of the last ${n} returns, as of a year.`,
      ),
    ),
    ...over([5, 20], n =>
      declared(
        `volume_ratio_${n}d`,
        ratio(volume, mean(volume, n)),
        'ratio',
        1,
        `Volume relative to its mean over ${n} days.`,
      ),
    ),
    declared('dollar_volume', mul(close, volume), 'price*shares', 0, 'Close times volume.'),
  ].map(limit),
});

const market = (index: string, limit: (feature: Declared) => Feature): Family => {
  const indexReturns = peer(index, returns);
  // the bars of a whole window are there, however many of them the index shares
  const whole = within(lag(clock('dow'), year), 0, 7);
  return {
    name: 'market',
    title: 'The market',
    features: [
      declared(
        'market_beta',
        select(whole, partialBeta(returns, indexReturns, year, commonRows), Number.NaN),
        'ratio',
        1,
        `Slope of the returns on those of the index over their common days among ${year}.`,
      ),
      declared('market_return', indexReturns, 'ratio', 0, 'Return of the index.'),
      declared(
        'market_volatility',
        peer(index, mul(pstd(returns, year), annual)),
        'ratio/year',
        0.2,
        `Population sd of the index's last ${year} returns, as of a year.`,
      ),
    ].map(limit),
  };
};

const indicators = (limit: (feature: Declared) => Feature): Family => {
  const middle = named('bb_middle', mean(close, bandWindow));
  return {
    name: 'indicators',
    title: 'Indicators',
    features: [
      declared(
        'rsi_14',
        strength(wilderOver(gain, smoothing, year), wilderOver(loss, smoothing, year)),
        '0..100',
        50,
        `Relative strength index with Wilder's means over ${year} changes; 100 without losses, 50 where nothing moved.`,
        'Wilder 1978',
      ),
      limit(
        declared(
          'macd',
          sub(emaOver(close, 12, year), emaOver(close, 26, year)),
          'price',
          0,
          `Exponential mean of the close over 12 minus that over 26 days, of ${year} rows.`,
          'Appel 1979',
        ),
      ),
      declared(
        'sma_50_200_cross',
        gt(mean(close, 50), mean(close, 200)),
        'flag',
        0,
        '1 where the mean close of 50 days is above that of 200.',
      ),
      // (close - lower) / (upper - lower), written so that the bands' rounding cannot cancel
      declared(
        'bollinger_position',
        clip(add(0.5, ratioOr(sub(close, middle), mul(4, pstd(close, bandWindow)), 0)), 0, 1),
        '0..1',
        0.5,
        `Place of the close between bands of 2 population sd over ${bandWindow} days; 0.5 where they meet.`,
        'Bollinger 2001',
      ),
      limit(
        declared(
          'atr',
          wilderOver(trueRange('window'), smoothing, year),
          'price',
          0,
          `Wilder's mean of the true range, alpha 1/${smoothing}, over ${year} rows.`,
          'Wilder 1978',
        ),
      ),
    ],
  };
};

/** The families of the daily set. */
export const dailyFamilies = ({ index, clip }: DailyOptions): Family[] => {
  const limit = clip ? limited : (feature: Declared): Feature => feature;
  return [returnsVolatility(limit), market(index, limit), indicators(limit)];
};
