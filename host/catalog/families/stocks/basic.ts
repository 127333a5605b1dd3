import { named } from '../../expr.ts';
import { type Family, feature } from '../../family.ts';
import { add, diff, div, lag, mean, mul, ratio, std, sub } from '../../vocabulary.ts';
import type { Hourly } from './hourly.ts';
import { change, close, formulaOf, logReturns, returns, volume } from './series.ts';
import { intraday } from './volatilityIntraday.ts';

const averages = [5, 10, 20, 50];
const exponential = [12, 26];
const rateWindow = 10;
const momenta = [5, 10];
const volatilityDays = [5, 20];
const volumeWindow = 20;

/** Indicators that charts have had for long. */
export const basic = ({ options, rolling, day }: Hourly): Family => {
  const { barsPerDay, barsPerYear } = options;
  const volumeMean = mean(volume, volumeWindow);
  const { top, bottom } = intraday(day);
  const yesterday = {
    high: named('previous_high', day.lastOfPrevious(top)),
    low: named('previous_low', day.lastOfPrevious(bottom)),
    close: named('previous_close', day.lastOfPrevious(close)),
  };
  const pivot = named('pivot', div(add(add(yesterday.high, yesterday.low), yesterday.close), 3));
  return {
    name: 'basic',
    title: 'Basic indicators',
    features: [
      ...averages.map(w =>
        feature(`sma_${w}`, rolling.mean(close, w), 'price', `Mean of the close over ${w} rows.`),
      ),
      ...exponential.map(n =>
        feature(
          `ema_${n}`,
          rolling.ema(close, n),
          'price',
          `Exponential mean of the close, alpha 2/${n + 1}, finite horizon.`,
        ),
      ),
      feature(
        `roc_${rateWindow}`,
        mul(100, sub(ratio(close, lag(close, rateWindow)), 1)),
        '%',
        `Change of the close in percent of the close of ${rateWindow} rows ago.`,
        'Achelis 1995',
      ),
      ...momenta.map(w =>
        feature(`momentum_${w}`, diff(close, w), 'price', `Change of the close over ${w} rows.`),
      ),
      ...volatilityDays.map(days =>
        feature(
          `hist_vol_${days}d`,
          mul(std(logReturns, days * barsPerDay), Math.sqrt(barsPerYear)),
          'log/year',
          `Sample sd of log returns over ${days} days of ${barsPerDay} rows, as of a year of ${barsPerYear}.`,
        ),
      ),
      feature(`volume_ma_${volumeWindow}`, volumeMean, 'shares', `Mean volume over ${volumeWindow} rows.`),
      feature(
        `volume_ratio_${volumeWindow}`,
        ratio(volume, volumeMean),
        'ratio',
        `Volume relative to its mean over ${volumeWindow} rows.`,
      ),
      feature('price_change', change, 'price', 'Close minus the close before.'),
      feature(
        'price_change_pct',
        formulaOf(returns),
        'ratio',
        'Close relative to the close before, minus 1.',
      ),
      feature(
        'pivot_support',
        sub(mul(2, pivot), yesterday.high),
        'price',
        'First support S1 of the floor pivots of the local day before.',
      ),
      feature(
        'pivot_resistance',
        sub(mul(2, pivot), yesterday.low),
        'price',
        'First resistance R1 of the floor pivots of the local day before.',
      ),
    ],
  };
};
