import type { BarColumn } from '../../../host/catalog/bars.ts';
import { absolute, type Bounded, subtract } from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { derive, largest, max, min, once } from './derived.ts';
import { at, mapRows, plain, type Series, witness } from './series.ts';
import { tickRule } from './spread.ts';

export type DomainName = 'rate' | 'bqx';

/** Open, high, low and close of a domain: the indexes of the bar, or the pseudo bar of the last five rows of X. */
export type Bar = { readonly o: Series; readonly h: Series; readonly l: Series; readonly c: Series };

const index = (context: NaiveContext, name: BarColumn): Series =>
  once(context, `index ${name}`, () => {
    const price = context.column(name).value;
    return plain(mapRows(context.rows, row => (100 * price[row]!) / context.parameters.baseline));
  });

export const barOf = (context: NaiveContext, domain: DomainName): Bar => {
  const { x } = context[domain];
  if (domain === 'rate') {
    return { o: index(context, 'open'), h: index(context, 'high'), l: index(context, 'low'), c: x };
  }
  const reads = { of: [x], window: 5 };
  return {
    o: derive(context, 'pseudo open', row => at(x, row - 4), reads),
    h: derive(context, 'pseudo high', row => max(x, row, 5), reads),
    l: derive(context, 'pseudo low', row => min(x, row, 5), reads),
    c: x,
  };
};

/** max(H - L, |H - C[t-1]|, |L - C[t-1]|). */
export const trueRange = (context: NaiveContext, domain: DomainName): Series => {
  const { h, l, c } = barOf(context, domain);
  return derive(
    context,
    `true range ${domain}`,
    row => {
      const before = at(c, row - 1);
      const away = (x: Series): Bounded => absolute(exactly(at(x, row), before));
      return largest(exactly(at(h, row), at(l, row)), away(h), away(l));
    },
    { of: [h, l, c], window: 2 },
  );
};

/** A difference of inputs is one rounded operation, which has one answer; of computed values it has their slack. */
export const exactly = (a: Bounded, b: Bounded): Bounded => {
  const difference = subtract(a, b);
  return a.slack === 0 && b.slack === 0 ? { ...difference, slack: 0 } : difference;
};

/** tick_rule of spread_features, row by row. */
export const ticks = (context: NaiveContext): Series =>
  once(context, 'tick rule', () => plain(mapRows(context.rows, row => tickRule(context, row))));

/** A feature from its value at a row. */
export const byRow = (cell: (context: NaiveContext, row: number) => Bounded): Naive => {
  return context => witness(context.rows, row => cell(context, row));
};
