import { type Expr, named } from '../../expr.ts';
import { type Family, feature } from '../../family.ts';
import {
  add,
  div,
  known,
  lag,
  log,
  maxBack,
  maxOf,
  mean,
  minBack,
  mul,
  orElse,
  rank,
  ratio,
  ratioOr,
  select,
  sqrt,
  std,
  sub,
} from '../../vocabulary.ts';
import type { Day, Hourly } from './hourly.ts';
import { close, formulaOf, high, low, open } from './series.ts';

const window = 24;
const rankWindow = 480;
/** Weight of the open-to-close variance in Yang and Zhang's estimator (2000), which minimises its variance. */
const yangZhangWeight = 0.34 / (1.34 + (window + 1) / (window - 1));

const square = (a: Expr): Expr => mul(a, a);
const variance = (a: Expr): Expr => square(std(a, window));
const logOf = (a: Expr, b: Expr): Expr => log(div(a, b));

const range = named('log_range', logOf(high, low));
const body = named('log_body', logOf(close, open));

const garmanKlass = mean(sub(mul(0.5, square(range)), mul(2 * Math.LN2 - 1, square(body))), window);

const parkinson = div(mean(square(range), window), 4 * Math.LN2);

/** Positive unless the bars contradict themselves. */
const rogersSatchell = named(
  'rogers_satchell',
  mean(add(mul(logOf(high, close), logOf(high, open)), mul(logOf(low, close), logOf(low, open))), window),
);

const yangZhang = add(
  variance(logOf(open, lag(close, 1))),
  add(mul(yangZhangWeight, variance(body)), mul(1 - yangZhangWeight, rogersSatchell)),
);

/** Highest high and lowest low of the local day so far, and the day's open. */
export const intraday = ({ rows, cap, first }: Day) => ({
  top: named('intraday_high', maxBack(high, rows, cap)),
  bottom: named('intraday_low', minBack(low, rows, cap)),
  dayOpen: named('day_open', first(open)),
});

/** Volatility from whole bars, and the bar's place in its day. */
export const volatilityIntraday = ({ options, realized, day }: Hourly): Family => {
  const { barsPerDay } = options;
  const { top, bottom, dayOpen } = intraday(day);
  const daily = (variance: Expr): Expr => sqrt(mul(barsPerDay, variance));
  const lastClose = named('previous_close', day.lastOfPrevious(close));
  const gap = ratio(sub(dayOpen, lastClose), lastClose);
  // where the day is the first of the series there is no bar before it; a bar without a close is something else
  const firstDay = select(known(day.lastOfPrevious(day.number)), Number.NaN, mul(0, day.rows));
  return {
    name: 'volatility_intraday',
    title: 'Volatility of ranges, and the day so far',
    phase: 4,
    features: [
      feature(
        'gk_volatility',
        daily(maxOf(garmanKlass, 0)),
        'ratio/day',
        `Garman-Klass volatility over ${window} rows, as of a day; 0 where its mean is negative.`,
        'Garman and Klass 1980',
      ),
      feature(
        'vol_of_vol',
        std(realized.med, window),
        'ratio/day',
        `Sample sd of realized_vol_med over ${window} rows.`,
      ),
      feature(
        'parkinson_volatility',
        daily(parkinson),
        'ratio/day',
        `Parkinson volatility over ${window} rows, as of a day.`,
        'Parkinson 1980',
      ),
      feature(
        'rogers_satchell_volatility',
        daily(rogersSatchell),
        'ratio/day',
        `Rogers-Satchell volatility over ${window} rows, as of a day.`,
        'Rogers and Satchell 1991',
      ),
      feature(
        'yang_zhang_volatility',
        daily(yangZhang),
        'ratio/day',
        `Yang-Zhang volatility over ${window} rows, as of a day.`,
        'Yang and Zhang 2000',
      ),
      feature(
        'vol_percentile',
        rank(realized.med, rankWindow),
        '0..1',
        `Share of the last ${rankWindow} values of realized_vol_med that lie below the current one.`,
      ),
      feature(
        'returns_from_daily_open',
        ratio(sub(close, dayOpen), dayOpen),
        'ratio',
        "Close relative to the local day's open, minus 1.",
      ),
      feature('intraday_high', formulaOf(top), 'price', 'Highest high of the local day so far.'),
      feature('intraday_low', formulaOf(bottom), 'price', 'Lowest low of the local day so far.'),
      feature(
        'intraday_range_pct',
        ratio(sub(top, bottom), dayOpen),
        'ratio',
        "Range of the local day so far relative to the day's open.",
      ),
      feature(
        'position_in_range',
        ratioOr(sub(close, low), sub(high, low), 0.5),
        '0..1',
        "Place of the close between the bar's low (0) and high (1); 0.5 where they meet.",
      ),
      feature(
        'overnight_gap',
        orElse(gap, firstDay),
        'ratio',
        "The local day's open relative to the last close of the day before, minus 1; 0 on the first day of the series.",
      ),
      feature(
        'dist_from_intraday_high',
        ratio(sub(close, top), top),
        'ratio',
        'Close relative to the highest high of the local day so far, minus 1.',
      ),
      feature(
        'dist_from_intraday_low',
        ratio(sub(close, bottom), bottom),
        'ratio',
        'Close relative to the lowest low of the local day so far, minus 1.',
      ),
    ],
  };
};
