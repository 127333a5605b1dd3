import { named } from '../../expr.ts';
import { type Feature, feature } from '../../family.ts';
import { abs, add, diff, div, ema, lag, mean, mul, ratio, sub } from '../../vocabulary.ts';
import type { Indicated } from './indicated.ts';

const fast = 12;
const slow = 26;
const signalLength = 9;
const rocLag = 12;
const tripleLength = 15;
const [shortMean, longMean] = [5, 34];

/** Differences over time and of means of different lengths. */
export function momentum({ domain, ...of }: Indicated): Feature[] {
  const { level, unit, noun } = domain;
  const isRate = domain.name === 'rate';
  const line = sub(ema(level, fast), ema(level, slow));
  const macd = named('macd', line);
  const signal = ema(macd, signalLength);
  const past = lag(level, rocLag);
  const once = ema(level, tripleLength);
  const triple = named('triple_ema', ema(ema(once, tripleLength), tripleLength));
  const middle = isRate ? div(add(of.reach.high, of.reach.low), 2) : level;
  return [
    feature(
      `w${slow}_macd_line`,
      line,
      unit,
      `Exponential mean of the ${noun} over ${fast} minus that over ${slow}.`,
      'Appel 1979',
    ),
    feature(
      `w${slow}_macd_signal`,
      signal,
      unit,
      `Exponential mean of the line of the moving average convergence divergence over ${signalLength}.`,
      'Appel 1979',
    ),
    feature(
      `w${slow}_macd_histogram`,
      sub(macd, signal),
      unit,
      'Line of the moving average convergence divergence minus its signal.',
      'Appel 1979',
    ),
    feature(
      `w${rocLag}_roc`,
      mul(100, ratio(diff(level, rocLag), isRate ? past : abs(past))),
      '%',
      `Change of the ${noun} over ${rocLag} rows in percent of its${isRate ? '' : ' size'} then.`,
      'Achelis 1995',
    ),
    ...[10, 20].map(n =>
      feature(`w${n}_momentum`, diff(level, n), unit, `Change of the ${noun} over ${n} rows.`),
    ),
    // the momentum crosses zero, so its change stays absolute
    isRate
      ? feature(
          `w${tripleLength}_trix`,
          mul(100, ratio(diff(triple, 1), lag(triple, 1))),
          '%',
          `Change of the threefold exponential mean of the ${noun} over ${tripleLength}, in percent.`,
          'Hutson 1983',
        )
      : feature(
          `w${tripleLength}_trix`,
          diff(triple, 1),
          unit,
          `Change of the threefold exponential mean of the ${noun} over ${tripleLength}.`,
          'Hutson 1983',
        ),
    feature(
      `w${longMean}_awesome_oscillator`,
      sub(mean(middle, shortMean), mean(middle, longMean)),
      unit,
      `Mean of the ${isRate ? 'middle of the bar' : noun} over ${shortMean} rows minus that over ${longMean}.`,
      'Williams 1998',
    ),
  ];
}
