import { absolute, type Bounded, divide, exact, isNull, missing, subtract, unit } from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { momentumOf, returnsOf } from './correlation.ts';
import { derive, once, sd, signOf, strict, total } from './derived.ts';
import { byRow } from './domains.ts';
import { countsOf, meanOf, medianOf, ofKnown, spearman, spreadOf } from './known.ts';
import { beside, panelOf } from './others.ts';
import { pearson, slopeOn } from './pairs.ts';
import { residualScore } from './residual.ts';
import { at, type Series, seriesOf, sizeOf } from './series.ts';

type Cell = (context: NaiveContext, row: number) => Bounded;

/** A number that every pair has at every row, from its own bars. */
type Quantity = { readonly name: string; readonly of: (context: NaiveContext) => Series };

/** Fewer known members than these say nothing. */
const least = 5;

const momentum = (count: number): Quantity => ({
  name: `M ${count}`,
  of: context => momentumOf(context, count),
});

const volatility = (count: number): Quantity => ({
  name: `V ${count}`,
  of: context => {
    const { r } = context.rate;
    return derive(context, `V ${count}`, row => sd(r, row, count), { of: [r], window: count });
  },
});

/** 100 s / mid. */
const spread: Quantity = {
  name: 'S',
  of: context =>
    derive(
      context,
      'S',
      row => {
        const [s, mid] = [at(context.column('spread_close'), row), at(context.mid, row)];
        return strict([s, mid], () => {
          const value = (100 * s.value) / mid.value;
          return Number.isFinite(value) ? { value, slack: 2 * unit * Math.abs(value) } : missing;
        });
      },
      { of: [context.column('spread_close'), context.mid], window: 1 },
    ),
};

const member = (context: NaiveContext, symbol: string, { name, of }: Quantity): Series =>
  beside(context, symbol, name, of);

const membersAt = (context: NaiveContext, quantity: Quantity, row: number): Bounded[] =>
  panelOf(context).map(symbol => at(member(context, symbol, quantity), row));

const rivalsOf = (context: NaiveContext): string[] =>
  panelOf(context).filter(symbol => symbol !== context.symbol);

/** A statistic of the panel at a row. */
const across = (
  context: NaiveContext,
  quantity: Quantity,
  row: number,
  statistic: (numbers: readonly Bounded[]) => Bounded,
): Bounded => ofKnown(membersAt(context, quantity, row), least, statistic);

/** What the own number is among those of the rivals that are known, as long as the panel has enough. */
const among =
  (quantity: Quantity, place: (own: Bounded, rivals: readonly Bounded[]) => Bounded): Cell =>
  (context, row) => {
    const own = at(quantity.of(context), row);
    const enough = across(context, quantity, row, () => exact(0));
    return strict([own, enough], () => {
      const rivals = rivalsOf(context).map(symbol => at(member(context, symbol, quantity), row));
      return ofKnown(rivals, 1, numbers => place(own, numbers));
    });
  };

const rank = (own: Bounded, rivals: readonly Bounded[]): Bounded => {
  const { above, open } = countsOf(own, rivals);
  return { value: 1 + above, slack: open };
};

const pctile = (own: Bounded, rivals: readonly Bounded[]): Bounded => {
  const { above, equal, open } = countsOf(own, rivals);
  const share = divide(exact(rivals.length - above - equal / 2), exact(rivals.length));
  return { ...share, slack: share.slack + 2 * unit + open / rivals.length };
};

const isTop = (own: Bounded, rivals: readonly Bounded[]): Bounded => {
  const { above, open } = countsOf(own, rivals);
  return { value: above === 0 ? 1 : 0, slack: open > 0 ? 1 : 0 };
};

const isBottom = (own: Bounded, rivals: readonly Bounded[]): Bounded => {
  const { above, equal, open } = countsOf(own, rivals);
  return { value: above + equal === rivals.length ? 1 : 0, slack: open > 0 ? 1 : 0 };
};

const dispersion =
  (quantity: Quantity): Cell =>
  (context, row) =>
    across(context, quantity, row, spreadOf);

const fromMedian =
  (quantity: Quantity): Cell =>
  (context, row) =>
    subtract(at(quantity.of(context), row), across(context, quantity, row, medianOf));

/** Spearman over those of which both numbers are known. */
const overBoth = (a: readonly Bounded[], b: readonly Bounded[]): Bounded => {
  const pairs = a.map((one, i): [Bounded, Bounded] => [one, b[i]!]);
  if (pairs.some(pair => pair.some(({ maybeNull }) => maybeNull))) return { ...missing, maybeNull: true };
  const known = pairs.filter(pair => !pair.some(isNull));
  if (known.length < least) return missing;
  return spearman(
    known.map(([one]) => one),
    known.map(([, other]) => other),
  );
};

const acrossOf =
  (a: Quantity, b: Quantity): Cell =>
  (context, row) =>
    overBoth(membersAt(context, a, row), membersAt(context, b, row));

const meanSeries = (context: NaiveContext, quantity: Quantity): Series => {
  const members = panelOf(context).map(symbol => member(context, symbol, quantity));
  return steadyMean(context, `panel mean ${quantity.name}`, members, members);
};

/** Mean of the known `parts`, NULL where fewer than enough of `members` are; still where all of them are. */
const steadyMean = (
  context: NaiveContext,
  name: string,
  members: readonly Series[],
  parts: readonly Series[],
): Series =>
  once(context, name, () =>
    seriesOf(
      context.rows,
      row => {
        const enough = ofKnown(
          members.map(x => at(x, row)),
          least,
          () => exact(0),
        );
        return strict([enough], () =>
          ofKnown(
            parts.map(x => at(x, row)),
            1,
            meanOf,
          ),
        );
      },
      row =>
        members.every(
          x => x.still[row] === 1 || (Number.isNaN(x.value[row]) && Number.isNaN(x.value[row - 1])),
        ),
    ),
  );

const beta =
  (quantity: Quantity): Cell =>
  (context, row) =>
    slopeOn(quantity.of(context), row, meanSeries(context, quantity), row, 240);

const returns = (context: NaiveContext): Series[] =>
  panelOf(context).map(symbol => returnsOf(context, 'rate', symbol));

const shock: Cell = (context, row) => {
  const mean = steadyMean(context, 'panel mean r', returns(context), returns(context));
  return residualScore(context.rate.r, mean, row, 240);
};

const leadership: Cell = (context, row) => {
  const rivals = rivalsOf(context).map(symbol => returnsOf(context, 'rate', symbol));
  const mean = steadyMean(context, 'rivals mean r', returns(context), rivals);
  const { r } = context.rate;
  return subtract(pearson(r, row - 1, mean, row, 60), pearson(mean, row - 1, r, row, 60));
};

const contagion: Cell = (context, row) => {
  const cells = panelOf(context).map(symbol => {
    const size = once(context, `size of ${symbol}`, () => sizeOf(returnsOf(context, 'rate', symbol)));
    return pearson(context.rate.size, row, size, row, 60);
  });
  return ofKnown(cells, least, meanOf);
};

const isolation: Cell = (context, row) => {
  const cells = panelOf(context).map(symbol =>
    absolute(pearson(context.rate.r, row, returnsOf(context, 'rate', symbol), row, 60)),
  );
  return subtract(exact(1), ofKnown(cells, least, meanOf));
};

/** The change of a statistic of the panel over 15 rows. */
const change =
  (cell: Cell): Cell =>
  (context, row) =>
    row < 15 ? missing : subtract(cell(context, row), cell(context, row - 15));

const meanAt =
  (quantity: Quantity): Cell =>
  (context, row) =>
    across(context, quantity, row, meanOf);

const stability: Cell = (context, row) =>
  row < 15
    ? missing
    : overBoth(membersAt(context, momentum(60), row), membersAt(context, momentum(60), row - 15));

const coherence: Cell = (context, row) =>
  across(context, momentum(60), row, numbers =>
    absolute(divide(total(numbers.map(signOf)), exact(numbers.length))),
  );

/** The same feature over several windows of momentum and volatility. */
const each = (
  name: string,
  windows: { readonly momentum: readonly number[]; readonly volatility: readonly number[] },
  cell: (quantity: Quantity) => Cell,
): [string, Cell][] => [
  ...windows.momentum.map((count): [string, Cell] => [`w${count}_${name}_momentum`, cell(momentum(count))]),
  ...windows.volatility.map((count): [string, Cell] => [
    `w${count}_${name}_volatility`,
    cell(volatility(count)),
  ]),
];

const four = { momentum: [15, 30, 45, 60], volatility: [15, 30, 60] };
const three = { momentum: [15, 30, 60], volatility: [15, 30, 60] };
const hour = { momentum: [60], volatility: [60] };

const cells: [string, Cell][] = [
  ...each('rank', four, quantity => among(quantity, rank)),
  ['rank_spread', among(spread, rank)],
  ...each('pctile', four, quantity => among(quantity, pctile)),
  ['pctile_spread', among(spread, pctile)],
  ...each('dispersion', three, dispersion),
  ...each('extreme_high', hour, quantity => among(quantity, isTop)),
  ...each('extreme_low', hour, quantity => among(quantity, isBottom)),
  ...each('divergence_from_median', three, fromMedian),
  ['w60_xs_corr_momentum_volatility', acrossOf(momentum(60), volatility(60))],
  ['w60_xs_corr_momentum_spread', acrossOf(momentum(60), spread)],
  ['w60_xs_corr_volatility_spread', acrossOf(volatility(60), spread)],
  ['w240_xs_beta_to_panel_momentum', beta(momentum(15))],
  ['w240_xs_beta_to_panel_volatility', beta(volatility(15))],
  ['w240_xs_idiosyncratic_shock', shock],
  ['l15_panel_momentum_acceleration', change(meanAt(momentum(15)))],
  ['l15_panel_volatility_acceleration', change(meanAt(volatility(15)))],
  ['l15_panel_dispersion_change', change(dispersion(momentum(15)))],
  ['l15_panel_rank_stability', stability],
  ['w60_panel_regime_coherence', coherence],
  ['w60_panel_leadership_score', leadership],
  ['w60_panel_contagion_exposure', contagion],
  ['w60_panel_isolation_score', isolation],
];

/** cross_sectional_panel (46). */
export const panel: Record<string, Naive> = Object.fromEntries(
  cells.map(([name, cell]) => [name, byRow(cell)]),
);
