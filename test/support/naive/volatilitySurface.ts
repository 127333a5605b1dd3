import {
  absolute,
  type Bounded,
  divide,
  divideOrNull,
  exact,
  missing,
  multiply,
  root,
  scale,
  subtract,
  unit,
} from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import {
  derive,
  largest,
  least,
  once,
  quantiles,
  same,
  sd,
  strict,
  through,
  total,
  unlessAnySmall,
} from './derived.ts';
import { byRow, type DomainName } from './domains.ts';
import { garchFit } from './garchFit.ts';
import { at, type Series } from './series.ts';
import { tercileOf } from './volRegime.ts';

type Cell = (context: NaiveContext, row: number) => Bounded;

const windows = [15, 30, 60, 120, 240] as const;
const square = (a: Bounded): Bounded => multiply(a, a);
const loosely = (a: Bounded, roundings = 8): Bounded =>
  strict([a], () => ({ ...a, slack: a.slack + roundings * unit * Math.abs(a.value) }));

/** s_W = sd(r, W). */
const deviation = (context: NaiveContext, domain: DomainName, window: number): Series => {
  const { r } = context[domain];
  return derive(context, `s${window} ${domain}`, row => sd(r, row, window), { of: [r], window });
};

/**
 * Weights of the values in the last coefficient of a least-squares polynomial: the last power, less what the lower ones say
 * of it, over its own sum of squares.
 */
const weightsOf = (x: readonly number[], degree: number): number[] => {
  const basis: number[][] = [];
  for (let power = 0; power <= degree; power++) {
    let column = x.map(value => value ** power);
    // twice, for the digits
    for (let turn = 0; turn < 2; turn++)
      for (const other of basis) {
        const share = dot(column, other) / dot(other, other);
        column = column.map((value, i) => value - share * other[i]!);
      }
    basis.push(column);
  }
  const last = basis.at(-1)!;
  return last.map(value => value / dot(last, last));
};

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const termStructure =
  (domain: DomainName, degree: 1 | 2): Cell =>
  (context, row) => {
    const weights = weightsOf(windows.map(Math.log), degree);
    const terms = windows.map((window, i) => {
      const s = at(deviation(context, domain, window), row);
      // it is NULL where nothing moved
      return loosely(scale(through(s, Math.log), weights[i]!), 16);
    });
    return strict(terms, () => total(terms));
  };

/** Root of the mean square of the rows of one side among 60, whose count rounding may leave open. */
const side = (context: NaiveContext, domain: DomainName, row: number, sign: 1 | -1): Bounded => {
  const { r } = context[domain];
  const cells = Array.from({ length: 60 }, (_, i) => at(r, row - i));
  return strict(cells, () => {
    const sure = cells.filter(({ value, slack }) => sign * value > slack);
    const open = cells.filter(({ value, slack }) => slack > 0 && Math.abs(value) <= slack);
    const own = cells.filter(({ value }) => sign * value > 0);
    const value = own.length > 0 ? root(divide(total(own.map(square)), exact(own.length))) : exact(0);
    if (open.length === 0) return value;
    const sum = sure.reduce((all, cell) => all + cell.value ** 2, 0);
    const few = open.reduce((all, cell) => all + (Math.abs(cell.value) + cell.slack) ** 2, sum);
    const high = Math.sqrt(few / Math.max(1, sure.length));
    const low = Math.sqrt(sum / Math.max(1, sure.length + open.length));
    return { value: value.value, slack: value.slack + Math.max(high - value.value, value.value - low) };
  });
};

/** First instant of the calendar month of a time, and of the one before. */
const monthOf = (time: number, back = 0): number => {
  const date = new Date(time / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back) * 1000;
};

type Model = {
  readonly variance: Bounded;
  readonly alpha: Bounded;
  readonly beta: Bounded;
  readonly sum: Bounded;
  readonly omega: Bounded;
  readonly flat: boolean;
  readonly open: boolean;
};

/** Fitted to the rows of a month; undefined where there are too few, or nothing moved. */
const modelOf = (r: Series, rows: readonly number[]): Model | undefined => {
  const known = rows.filter(row => !Number.isNaN(r.value[row]!)).map(row => at(r, row));
  if (known.length < 1000) return undefined;
  const squares = known.map(square);
  const variance = divide(total(squares), exact(squares.length));
  if (variance.value === 0) return undefined;
  const fit = garchFit(squares.map(({ value }) => value));
  // what rows may be off moves the top as it moves squares
  const noise = squares.reduce((sum, { slack }) => sum + slack, 0) / squares.length / variance.value;
  const slack = fit.slack * (1 + noise / 1e-12);
  const sum = { value: fit.alpha + fit.beta, slack };
  return {
    variance,
    alpha: { value: fit.alpha, slack: fit.alpha === 0 ? 0 : slack },
    beta: { value: fit.beta, slack },
    sum,
    omega: multiply(variance, subtract(exact(1), sum)),
    flat: fit.flat,
    open: fit.open,
  };
};

type Run = { readonly model: Model | undefined; readonly forecast: Bounded; readonly next: Bounded };

const anything = { slack: Number.POSITIVE_INFINITY };
const nothing = { forecast: missing, next: missing };

/** Model, h[t] and h[t+1] of every row. */
const runsOf = (context: NaiveContext, domain: DomainName): readonly Run[] =>
  once(context, `garch ${domain}`, () => {
    const { r } = context[domain];
    const months = Map.groupBy(Array.from(context.time.keys()), row => monthOf(context.time[row]!));
    const runs: Run[] = [];
    for (const [start, rows] of months) {
      const model = modelOf(r, months.get(monthOf(start, 1)) ?? []);
      let h = model?.variance ?? missing;
      for (const row of rows) {
        const now = at(r, row);
        if (!model || Number.isNaN(now.value)) {
          runs[row] = { model, ...nothing };
          continue;
        }
        const next = model.open ? { ...nextOf(model, h, now), ...anything } : nextOf(model, h, now);
        runs[row] = { model, forecast: h, next };
        h = next;
      }
    }
    return runs;
  });

/**
 * omega + alpha r^2 + beta h as v + alpha (r^2 - v) + beta (h - v), in which errors of the parameters count as much as they do.
 */
const nextOf = ({ variance, alpha, beta, omega }: Model, h: Bounded, r: Bounded): Bounded => {
  const moved = square(r);
  const value = omega.value + alpha.value * moved.value + beta.value * h.value;
  const slack =
    alpha.slack * Math.abs(moved.value - variance.value) +
    (alpha.value === 0 ? 0 : beta.slack * Math.abs(h.value - variance.value)) +
    alpha.value * moved.slack +
    beta.value * h.slack +
    variance.slack +
    4 * unit * value;
  return { value, slack };
};

/** Mean of the next 60 variances. */
const meanAhead = (context: NaiveContext, domain: DomainName, row: number): Bounded => {
  const { model, next } = runsOf(context, domain)[row]!;
  if (!model) return missing;
  return strict([next], () => {
    const { variance, sum } = model;
    let [weight, steep] = [0, 0];
    for (let k = 0; k < 60; k++) {
      weight += sum.value ** k / 60;
      steep += (k * sum.value ** Math.max(0, k - 1)) / 60;
    }
    const apart = next.value - variance.value;
    return {
      value: variance.value + weight * apart,
      slack:
        weight * next.slack +
        (1 - weight) * variance.slack +
        (apart === 0 ? 0 : steep * sum.slack * Math.abs(apart)) +
        64 * unit * (variance.value + Math.abs(apart)),
    };
  });
};

/** What is said of the model alone: anything may be where its top is open. */
const ofModel =
  (domain: DomainName, read: (model: Model) => Bounded): Cell =>
  (context, row) => {
    const { model } = runsOf(context, domain)[row]!;
    if (!model) return missing;
    const found = read(model);
    return model.open || model.flat ? { ...found, ...anything, maybeNull: true } : found;
  };

const halfLife = ({ sum }: Model): Bounded => {
  if (sum.value === 0) return missing;
  const life = through(sum, p => -Math.LN2 / Math.log(p), 8);
  return least(life, exact(10_080));
};

/** volatility_surface_rate (15) and volatility_surface_bqx (15). */
export const volatilitySurface = (domain: DomainName): Record<string, Naive> => {
  const s =
    (window: number): Cell =>
    (context, row) =>
      at(deviation(context, domain, window), row);
  const [short, middle, longer, long] = [s(15), s(60), s(120), s(240)];
  const next: Cell = (context, row) => runsOf(context, domain)[row]!.next;
  const thirds = (context: NaiveContext): Series =>
    derive(context, `terciles s60 ${domain}`, row => tercileOf(deviation(context, domain, 60), row, 1440));
  const cells: Record<string, Cell> = {
    w15_atm_vol: short,
    w240_atm_vol: long,
    term_structure_slope: termStructure(domain, 1),
    surface_curvature: termStructure(domain, 2),
    w60_smile_skew: (context, row) =>
      divideOrNull(
        subtract(side(context, domain, row, -1), side(context, domain, row, 1)),
        middle(context, row),
      ),
    w60_smile_wings: (context, row) => {
      const high = quantiles(context[domain].size, row, 60, [0.95])[0]!;
      const below = middle(context, row);
      return unlessAnySmall([below, scale(below, 1.96)], loosely(divide(high, scale(below, 1.96))));
    },
    realized_implied_gap: (context, row) => subtract(middle(context, row), root(next(context, row))),
    vol_risk_premium: (context, row) => subtract(next(context, row), square(middle(context, row))),
    forward_vol_60_120: (context, row) => {
      const both = scale(square(longer(context, row)), 120);
      const near = scale(square(middle(context, row)), 60);
      return root(largest(exact(0), divide(subtract(both, near), exact(60))));
    },
    vol_forecast_error: (context, row) =>
      subtract(absolute(at(context[domain].r, row)), root(runsOf(context, domain)[row]!.forecast)),
    garch_vol_forecast_1: (context, row) => root(next(context, row)),
    garch_vol_forecast_60: (context, row) => root(meanAhead(context, domain, row)),
    garch_persistence: ofModel(domain, ({ sum }) => sum),
    garch_mean_reversion_half_life: ofModel(domain, halfLife),
    vol_regime_transition: (context, row) =>
      strict([at(thirds(context), row), at(thirds(context), row - 15)], () => {
        const { value, slack } = same(at(thirds(context), row), at(thirds(context), row - 15));
        return { value: 1 - value, slack };
      }),
  };
  return Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, byRow(cell)]));
};
