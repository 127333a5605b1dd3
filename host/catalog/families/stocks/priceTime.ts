import type { Expr } from '../../expr.ts';
import { type Family, type Feature, feature } from '../../family.ts';
import { cos, diff, mul, ratio, sign, sin, sub, within } from '../../vocabulary.ts';
import type { Hourly } from './hourly.ts';
import { close, formulaOf, high, logReturns, low, open, returns } from './series.ts';

const cycle = (name: string, phase: Expr, per: number, of: string): Feature[] => [
  feature(`${name}_sin`, sin(mul((2 * Math.PI) / per, phase)), 'none', `Sine of the ${of} as an angle.`),
  feature(`${name}_cos`, cos(mul((2 * Math.PI) / per, phase)), 'none', `Cosine of the ${of} as an angle.`),
];

/** The bar itself and its place in the exchange's day and week. */
export const priceTime = ({ hour, weekday }: Hourly): Family => ({
  name: 'price_time',
  title: 'Price and time',
  phase: 1,
  features: [
    feature('returns', formulaOf(returns), 'ratio', 'Close relative to the close before, minus 1.'),
    feature(
      'log_returns',
      formulaOf(logReturns),
      'log',
      'Logarithm of the close relative to the close before.',
    ),
    feature('high_low_pct', ratio(sub(high, low), close), 'ratio', 'Range of the bar relative to its close.'),
    feature(
      'open_close_pct',
      ratio(sub(close, open), open),
      'ratio',
      'Move from open to close relative to the open.',
    ),
    feature('price_acceleration', diff(returns, 1), 'ratio', 'Return minus the return before.'),
    feature('returns_sign', sign(returns), '-1,0,1', 'Sign of the return.'),
    feature('hour', formulaOf(hour), 'ordinal', 'Hour of the local day of the exchange, 0 to 23.'),
    feature('day_of_week', formulaOf(weekday), 'ordinal', 'Local day of the week, Monday = 0.'),
    ...cycle('hour', hour, 24, 'local hour of the day'),
    ...cycle('dow', weekday, 7, 'local day of the week'),
    feature('is_market_open', within(hour, 9, 17), 'flag', '1 in the local hours 9 to 16, both included.'),
  ],
});
