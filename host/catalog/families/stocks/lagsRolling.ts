import type { Expr } from '../../expr.ts';
import { type Family, feature } from '../../family.ts';
import { add, kurt, lag, mean, mul, ratio, skew, std, sub } from '../../vocabulary.ts';
import type { Hourly } from './hourly.ts';
import { volumeRatio } from './rsiVolume.ts';
import { close, returns } from './series.ts';

const lags = [1, 2, 4, 8, 24];
const windows = [6, 12, 24];

/** G1 and G2: skewness and excess kurtosis corrected for the bias of the window, as in pandas. */
const correctedSkew = (a: Expr, n: number): Expr => mul(Math.sqrt(n * (n - 1)) / (n - 2), skew(a, n));
const correctedKurt = (a: Expr, n: number): Expr =>
  mul((n - 1) / ((n - 2) * (n - 3)), add(mul(n + 1, kurt(a, n)), 6));

const moments = [
  ['mean', mean, 'ratio', 'Mean'],
  ['std', std, 'ratio', 'Sample sd'],
  ['skew', correctedSkew, 'none', 'Skewness, corrected for bias,'],
  ['kurt', correctedKurt, 'none', 'Excess kurtosis, corrected for bias,'],
] as const;

/** Earlier values, and moments of recent returns. */
export const lagsRolling = ({ realized }: Hourly): Family => {
  const lagged = [
    ['returns', returns, 'ratio'],
    ['vol', realized.short, 'ratio/day'],
    ['volume_ratio', volumeRatio, 'ratio'],
  ] as const;
  return {
    name: 'lags_rolling',
    title: 'Lags and rolling moments',
    phase: 5,
    features: [
      ...lagged.flatMap(([name, series, unit]) =>
        lags.map(n =>
          feature(
            `${name}_lag_${n}`,
            lag(series, n),
            unit,
            `Value of ${name === 'vol' ? 'realized_vol_short' : name} ${n} ${n === 1 ? 'row' : 'rows'} ago.`,
          ),
        ),
      ),
      ...moments.flatMap(([name, moment, unit, what]) =>
        windows.map(w =>
          feature(
            `returns_${name}_${w}h`,
            moment(returns, w),
            unit,
            `${what} of the returns over ${w} rows.`,
          ),
        ),
      ),
      ...windows.map(w =>
        feature(
          `price_momentum_${w}h`,
          sub(ratio(close, lag(close, w)), 1),
          'ratio',
          `Close relative to the close of ${w} rows ago, minus 1.`,
        ),
      ),
    ],
  };
};
