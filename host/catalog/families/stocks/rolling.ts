import type { Expr } from '../../expr.ts';
import {
  ema,
  max,
  mean,
  min,
  partialEma,
  partialMax,
  partialMean,
  partialMin,
  partialStd,
  std,
} from '../../vocabulary.ts';

/** Whether a window must be whole, or begins with the rows that there are (min_periods of pandas). */
export type MinPeriods = 'window' | 1;

type Windowed = (a: Expr, window: number) => Expr;

/** Rolling words that keep to one of the two. */
export type Rolling = Readonly<Record<'mean' | 'std' | 'min' | 'max' | 'ema', Windowed>>;

const whole: Rolling = { mean, std, min, max, ema };

const begun: Rolling = {
  mean: (a, window) => partialMean(a, window, 1),
  std: (a, window) => partialStd(a, window, 2),
  min: (a, window) => partialMin(a, window, 1),
  max: (a, window) => partialMax(a, window, 1),
  ema: (a, n) => partialEma(a, n, 1),
};

export const rollingWith = (minPeriods: MinPeriods): Rolling => (minPeriods === 1 ? begun : whole);
