import type { BarColumn } from '../../../host/catalog/bars.ts';
import { absolute, type Bounded, exact, subtract } from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { derive, largest, max, min, once, strict } from './derived.ts';
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

/** H - L; exactly 0 where the five rows of a pseudo bar are the same number. */
export const heightOf = (context: NaiveContext, domain: DomainName): Series => {
  const { h, l, c } = barOf(context, domain);
  const cell = (row: number): Bounded => {
    const height = exactly(at(h, row), at(l, row));
    const isFlat = domain === 'bqx' && isConstant(c, row - 4, row);
    return isFlat && !Number.isNaN(height.value) ? exact(0) : height;
  };
  return derive(context, `height ${domain}`, cell, { of: [h, l], window: 1 });
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
      const height = at(heightOf(context, domain), row);
      // Within the pseudo bar lies the close before, so that its height is the true range.
      return domain === 'bqx' ? strict([before], () => height) : largest(height, away(h), away(l));
    },
    { of: [h, l, c], window: 2 },
  );
};

/** A difference of inputs is one rounded operation, which has one answer; of computed values it has their slack. */
export const exactly = (a: Bounded, b: Bounded): Bounded => {
  const difference = subtract(a, b);
  return a.slack === 0 && b.slack === 0 ? { ...difference, slack: 0 } : difference;
};

/** Whether rows first..last hold the same number with the same bits. */
export const isConstant = (x: Series, first: number, last: number): boolean => {
  for (let i = first + 1; i <= last; i++) if (x.still[i] !== 1) return false;
  return first >= 0;
};

/** tick_rule of spread_features, row by row. */
export const ticks = (context: NaiveContext): Series =>
  once(context, 'tick rule', () => plain(mapRows(context.rows, row => tickRule(context, row))));

/** A feature from its value at a row. */
export const byRow = (cell: (context: NaiveContext, row: number) => Bounded): Naive => {
  return context => witness(context.rows, row => cell(context, row));
};
