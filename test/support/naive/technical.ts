import {
  absolute,
  add,
  type Bounded,
  divide,
  divideOrNull,
  exact,
  multiply,
  scale,
  subtract,
  unit,
} from './bounded.ts';
import type { NaiveContext } from './context.ts';
import { derive, divideOr, ema, largest, max, mean, min, once, strict, sum, wilder } from './derived.ts';
import { barOf, type DomainName, exactly, heightOf, isConstant, trueRange } from './domains.ts';
import { at, type Series } from './series.ts';
import { deviations, sumOf } from './window.ts';

// What the two domains define alike, over H, L and C: in the bqx domain these are X itself or the pseudo bar.

export type Cell = (context: NaiveContext, row: number) => Bounded;

/** The bar that an indicator is defined over. */
export type Prices = { readonly h: Series; readonly l: Series; readonly c: Series };

/** A series of one domain, computed once. */
export const series = (
  context: NaiveContext,
  domain: DomainName,
  name: string,
  cell: (row: number) => Bounded,
  of: readonly Series[],
  window = 1,
): Series => derive(context, `${name} ${domain}`, cell, { of, window });

const positive = (a: Bounded): Bounded => largest(a, exact(0));

/** a / (a + b): what 1 - 1/(1 + a/b) is, with both of its limits; 0.5 where both are 0. */
const shareOf = (a: Bounded, b: Bounded): Bounded => divideOr(a, add(a, b), 0.5, 1);

export const rsi =
  (domain: DomainName, n: number): Cell =>
  (context, row) => {
    const { d } = context[domain];
    const gains = series(context, domain, 'gains', i => positive(at(d, i)), [d]);
    const losses = series(context, domain, 'losses', i => positive(scale(at(d, i), -1)), [d]);
    return scale(shareOf(wilder(gains, row, n), wilder(losses, row, n)), 100);
  };

const macdLine = (context: NaiveContext, domain: DomainName): Series => {
  const { x } = context[domain];
  return series(context, domain, 'macd', row => subtract(ema(x, row, 12), ema(x, row, 26)), [x], 512);
};

const macdSignal = (context: NaiveContext, domain: DomainName): Series => {
  const line = macdLine(context, domain);
  return series(context, domain, 'macd signal', row => ema(line, row, 9), [line], 256);
};

export const macd = (domain: DomainName): Record<string, Cell> => ({
  w26_macd_line: (context, row) => at(macdLine(context, domain), row),
  w26_macd_signal: (context, row) => at(macdSignal(context, domain), row),
  w26_macd_histogram: (context, row) =>
    subtract(at(macdLine(context, domain), row), at(macdSignal(context, domain), row)),
});

/** (C - min(L, n)) / (max(H, n) - min(L, n)), `neutral` where the range is 0. */
export const place = ({ h, l, c }: Prices, row: number, window: number, neutral: number): Bounded => {
  const [low, high, close] = [min(l, row, window), max(h, row, window), at(c, row)];
  // The extremes of one series enclose it, and are one number where it does not move.
  if (h !== l) return divideOr(exactly(close, low), exactly(high, low), neutral);
  const range = isConstant(c, row - window + 1, row) ? strict([low], () => exact(0)) : exactly(high, low);
  return divideOr(exactly(close, low), range, neutral, 1);
};

const negated = (x: Series): Series => ({ ...x, value: x.value.map(value => -value) });

const mirror = ({ h, l, c }: Prices): Prices => {
  const low = negated(h);
  return { h: h === l ? low : negated(l), l: low, c: negated(c) };
};

export const stochastic = (
  domain: DomainName,
  of: (context: NaiveContext) => Prices,
): Record<string, Cell> => {
  const k = (context: NaiveContext) => {
    const { h, l, c } = of(context);
    return series(
      context,
      domain,
      'stochastic',
      i => scale(place(of(context), i, 14, 0.5), 100),
      [h, l, c],
      14,
    );
  };
  return {
    w14_stoch_k: (context, row) => at(k(context), row),
    w14_stoch_d: (context, row) => mean(k(context), row, 3),
    // (max(H) - C) / range is the place of -C between -H and -L.
    w14_williams_r: (context, row) => {
      const mirrored = once(context, `mirrored ${domain}`, () => mirror(of(context)));
      return scale(place(mirrored, row, 14, 0.5), -100);
    },
  };
};

/** (TP - mean) / (0.015 MAD); no value is further from the mean than half of all deviations. */
export const commodityChannel = (tp: Series, row: number): Bounded => {
  const centre = mean(tp, row, 20);
  return strict([centre], () => {
    const { of, noise } = deviations(tp, row - 19, row);
    const spread = sumOf(row - 19, row, i => Math.abs(of(i))) / 20;
    const mad = { value: spread, slack: 2 * noise + 16 * unit * spread };
    return divideOr({ value: of(row), slack: 2 * noise }, scale(mad, 0.015), 0, 10 / 0.015);
  });
};

/** DI and ADX from the moves up and down and the true range. */
export const directional = (
  domain: DomainName,
  moves: (context: NaiveContext) => { readonly up: Series; readonly down: Series; readonly range: Series },
): Record<string, Cell> => {
  const lines = (context: NaiveContext) => {
    const { up, down, range } = moves(context);
    const di = (name: string, move: Series) =>
      series(
        context,
        domain,
        name,
        row => scale(divideOr(wilder(move, row, 14), wilder(range, row, 14), 0, 1), 100),
        [move, range],
        512,
      );
    return { plus: di('+DI', up), minus: di('-DI', down) };
  };
  return {
    w14_adx: (context, row) => {
      const { plus, minus } = lines(context);
      const dx = (i: number) => {
        const [p, m] = [at(plus, i), at(minus, i)];
        return scale(divideOr(absolute(subtract(p, m)), add(p, m), 0, 1), 100);
      };
      return wilder(series(context, domain, 'DX', dx, [plus, minus], 1), row, 14);
    },
    w14_plus_di: (context, row) => at(lines(context).plus, row),
    w14_minus_di: (context, row) => at(lines(context).minus, row),
  };
};

export const tripleSmoothed = (context: NaiveContext, domain: DomainName): Series => {
  const { x } = context[domain];
  const single = series(context, domain, 'E1', row => ema(x, row, 15), [x], 512);
  const twice = series(context, domain, 'E2', row => ema(single, row, 15), [single], 512);
  return series(context, domain, 'E3', row => ema(twice, row, 15), [twice], 512);
};

/** 100 (a / b - 1) by rule B. */
export const percentChange = (now: Bounded, before: Bounded): Bounded => {
  const change = divideOrNull(exactly(now, before), before);
  // As a quotient less 1 it carries the rounding of the quotient.
  return strict([change], () => scale({ ...change, slack: change.slack + 2 * unit }, 100));
};

/** 100 (4 a7 + 2 a14 + a28) / 7 over BP and TR, 50 where a sum of TR is 0. */
export const ultimate = (bp: Series, tr: Series, row: number): Bounded => {
  const terms = ([7, 14, 28] as const).map(n => ({ above: sum(bp, row, n), below: sum(tr, row, n) }));
  const sums = terms.flatMap(({ above, below }) => [above, below]);
  return strict(sums, () => {
    if (terms.some(({ below }) => below.value === 0 && below.slack === 0)) return exact(50);
    if (terms.some(({ below }) => below.value <= below.slack)) return { value: 50, slack: 50 };
    const weighted = terms.map(({ above, below }, i) => scale(divide(above, below), [4, 2, 1][i]!));
    return scale(divide(add(add(weighted[0]!, weighted[1]!), weighted[2]!), exact(7)), 100);
  });
};

/** Of a range R: 100 (E / E[t-10] - 1) of its EMA, and the mass index. */
export const ofRange = (domain: DomainName): Record<string, Cell> => ({
  w10_chaikin_volatility: (context, row) => {
    const r = heightOf(context, domain);
    const smooth = series(context, domain, 'chaikin', i => ema(r, i, 10), [r], 256);
    return percentChange(at(smooth, row), at(smooth, row - 10));
  },
  w25_mass_index: (context, row) => {
    const r = heightOf(context, domain);
    const single = series(context, domain, 'range 1', i => ema(r, i, 9), [r], 256);
    const twice = series(context, domain, 'range 2', i => ema(single, i, 9), [single], 256);
    const ratio = (i: number) => divideOrNull(at(single, i), at(twice, i));
    return sum(series(context, domain, 'mass', ratio, [single, twice], 1), row, 25);
  },
});

/** sum |H - L[t-1]| and sum |L - H[t-1]| over sum TR. */
export const vortex = (domain: DomainName): Record<string, Cell> => {
  const over =
    (name: string, pick: (context: NaiveContext, row: number) => Bounded): Cell =>
    (context, row) => {
      const { h, l } = barOf(context, domain);
      const moves = series(context, domain, name, i => absolute(pick(context, i)), [h, l], 2);
      return divideOrNull(sum(moves, row, 14), sum(trueRange(context, domain), row, 14));
    };
  const low = (context: NaiveContext, row: number) => at(barOf(context, domain).l, row);
  const high = (context: NaiveContext, row: number) => at(barOf(context, domain).h, row);
  return {
    w14_vortex_plus: over('vortex +', (context, row) => exactly(high(context, row), low(context, row - 1))),
    w14_vortex_minus: over('vortex -', (context, row) => exactly(low(context, row), high(context, row - 1))),
  };
};

/** sum(CLV v) / sum(v), CLV = ((C - L) - (H - C)) / (H - L), 0 where H = L. */
export const moneyFlow =
  (domain: DomainName): Cell =>
  (context, row) => {
    const { h, l, c } = barOf(context, domain);
    const v = context.column('volume');
    const clv = (i: number) => {
      const [high, low, close] = [at(h, i), at(l, i), at(c, i)];
      const height = at(heightOf(context, domain), i);
      const limit = domain === 'bqx' ? 1 : Number.POSITIVE_INFINITY;
      return divideOr(subtract(exactly(close, low), exactly(high, close)), height, 0, limit);
    };
    const share = series(context, domain, 'CLV', clv, [h, l, c]);
    const flow = series(context, domain, 'CLV v', i => multiply(at(share, i), at(v, i)), [share, v]);
    return divideOrNull(sum(flow, row, 20), sum(v, row, 20));
  };
