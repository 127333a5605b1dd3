import { add, type Bounded, scale, subtract } from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { max, min } from './derived.ts';
import { barOf, byRow, type DomainName, exactly } from './domains.ts';
import { type Prices, place } from './technical.ts';

const retracements: [name: string, share: number][] = [
  ['ret_236', 0.236],
  ['ret_382', 0.382],
  ['ret_500', 0.5],
  ['ret_618', 0.618],
  ['ret_786', 0.786],
];

const extensions: [name: string, share: number][] = [
  ['ext_1272', 0.272],
  ['ext_1618', 0.618],
];

type Swing = { readonly high: Bounded; readonly low: Bounded; readonly range: Bounded };

/** fibonacci_rate (10) and fibonacci_bqx (10): levels between the extremes of 100 rows, measured down from the high. */
export const fibonacci = (domain: DomainName): Record<string, Naive> => {
  const prices = (context: NaiveContext): Prices => {
    const { x } = context[domain];
    return domain === 'rate' ? barOf(context, domain) : { h: x, l: x, c: x };
  };
  const swing = (context: NaiveContext, row: number): Swing => {
    const { h, l } = prices(context);
    const [high, low] = [max(h, row, 100), min(l, row, 100)];
    return { high, low, range: exactly(high, low) };
  };
  const cells: Record<string, (swing: Swing) => Bounded> = {
    ...Object.fromEntries(
      retracements.map(([name, share]) => [
        name,
        ({ high, range }: Swing) => subtract(high, scale(range, share)),
      ]),
    ),
    ...Object.fromEntries(
      extensions.map(([name, share]) => [name, ({ high, range }: Swing) => add(high, scale(range, share))]),
    ),
    range_high: ({ high }) => high,
    range_low: ({ low }) => low,
  };
  return {
    ...Object.fromEntries(
      Object.entries(cells).map(([name, cell]) => [
        `w100_fib_${name}`,
        byRow((context, row) => cell(swing(context, row))),
      ]),
    ),
    w100_fib_grid_position: byRow((context, row) => place(prices(context), row, 100, 0.5)),
  };
};
