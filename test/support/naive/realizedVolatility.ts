import {
  add,
  type Bounded,
  divide,
  divideOrNull,
  exact,
  multiply,
  root,
  scale,
  subtract,
  unit,
} from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import {
  derive,
  divideOr,
  ema,
  largest,
  logRatio,
  mean,
  once,
  sd,
  strict,
  sum,
  through,
  total,
} from './derived.ts';
import { barOf, byRow, type DomainName } from './domains.ts';
import { variance } from './pairs.ts';
import { at, type Series } from './series.ts';
import { volRegime } from './volRegime.ts';

type Cell = (context: NaiveContext, row: number) => Bounded;

const square = (a: Bounded): Bounded => multiply(a, a);
const cube = (a: Bounded): Bounded => multiply(square(a), a);

/** ln(a / b), or a - b where X takes both signs. */
const distance = (domain: DomainName, a: Bounded, b: Bounded): Bounded =>
  domain === 'rate' ? logRatio(a, b) : subtract(a, b);

/** The estimators over bars; in the bqx domain over pseudo bars, whose close before is X[t-1]. */
const overBars = (domain: DomainName): Record<string, Cell> => {
  const distances = (context: NaiveContext) => {
    const { o, h, l, c } = barOf(context, domain);
    const of = [o, h, l, c];
    const between = (name: string, a: Series, b: Series, back = 0): Series =>
      derive(context, `${name} ${domain}`, row => distance(domain, at(a, row), at(b, row - back)), {
        of,
        window: 1 + back,
      });
    return {
      highLow: between('ln H/L', h, l),
      closeOpen: between('ln C/O', c, o),
      highClose: between('ln H/C', h, c),
      highOpen: between('ln H/O', h, o),
      lowClose: between('ln L/C', l, c),
      lowOpen: between('ln L/O', l, o),
      openBefore: between('ln O/C[-1]', o, c, 1),
    };
  };
  const derived = (
    name: string,
    cell: (all: ReturnType<typeof distances>, row: number) => Bounded,
  ): ((context: NaiveContext) => Series) => {
    return context => {
      const all = once(context, `distances ${domain}`, () => distances(context));
      return derive(context, `${name} ${domain}`, row => cell(all, row));
    };
  };
  const ranges = derived('parkinson', ({ highLow }, row) => square(at(highLow, row)));
  const garmanKlass = derived('garman-klass', ({ highLow, closeOpen }, row) =>
    subtract(scale(square(at(highLow, row)), 0.5), scale(square(at(closeOpen, row)), 2 * Math.LN2 - 1)),
  );
  const rogersSatchell = derived('rogers-satchell', (all, row) =>
    add(
      multiply(at(all.highClose, row), at(all.highOpen, row)),
      multiply(at(all.lowClose, row), at(all.lowOpen, row)),
    ),
  );
  const positiveMean = (x: Series, row: number): Bounded => largest(mean(x, row, 20), exact(0));
  return {
    w20_parkinson_vol: (context, row) => {
      const below = 4 * 20 * Math.LN2;
      return root(divide(sum(ranges(context), row, 20), { value: below, slack: 2 * unit * below }));
    },
    w20_garman_klass_vol: (context, row) => root(positiveMean(garmanKlass(context), row)),
    w20_rogers_satchell_vol: (context, row) => root(positiveMean(rogersSatchell(context), row)),
    w20_yang_zhang_vol: (context, row) => {
      const { openBefore, closeOpen } = once(context, `distances ${domain}`, () => distances(context));
      const q = 0.34 / (1.34 + 21 / 19);
      const within = positiveMean(rogersSatchell(context), row);
      const mixed = add(scale(variance(closeOpen, row, 20), q), scale(within, 1 - q));
      const all = add(variance(openBefore, row, 20), mixed);
      return root(strict([all], () => ({ ...all, slack: all.slack + 4 * unit * all.value })));
    },
  };
};

/** Sums over the 20 newest rows of r (in the bqx domain d) and of products of neighbours within them. */
const overReturns = (domain: DomainName): Record<string, Cell> => {
  const r = (context: NaiveContext) => context[domain].r;
  const power = (n: number) => (context: NaiveContext) =>
    derive(context, `r^${n} ${domain}`, row => {
      const one = at(r(context), row);
      return n === 2 ? square(one) : n === 3 ? cube(one) : square(square(one));
    });
  const [squares, cubes, fourths] = [power(2), power(3), power(4)];
  const realized: Cell = (context, row) => sum(squares(context), row, 20);
  /** Sum over the rows of the window that have `count - 1` more of it before them. */
  const neighbours = (
    context: NaiveContext,
    row: number,
    count: number,
    f: (product: Bounded) => Bounded,
  ): Bounded => {
    const { size } = context[domain];
    const cells = Array.from({ length: 21 - count }, (_, k) => {
      let product = at(size, row - k);
      for (let j = 1; j < count; j++) product = multiply(product, at(size, row - k - j));
      return f(product);
    });
    return total(cells);
  };
  const bipower: Cell = (context, row) => {
    const products = neighbours(context, row, 2, product => product);
    return scale(products, (Math.PI / 2) * (20 / 19));
  };
  const tripower: Cell = (context, row) => {
    const powered = (product: Bounded) => through(product, x => Math.cbrt(Math.max(0, x)) ** 4, 8);
    return scale(neighbours(context, row, 3, powered), 20 * (1 / 0.8309 ** 3) * (20 / 18));
  };
  const loosely = (a: Bounded): Bounded =>
    strict([a], () => ({ ...a, slack: a.slack + 8 * unit * Math.abs(a.value) }));
  return {
    w20_bipower_var: (context, row) => loosely(bipower(context, row)),
    w20_realized_quarticity: (context, row) => loosely(scale(sum(fourths(context), row, 20), 20 / 3)),
    w20_jump_test_stat: (context, row) => {
      const [rv, bv, tq] = [
        realized(context, row),
        loosely(bipower(context, row)),
        loosely(tripower(context, row)),
      ];
      return strict([rv, bv, tq], () => {
        const isZero = (a: Bounded) => a.value === 0 && a.slack === 0;
        if (isZero(rv) || isZero(bv)) return exact(0);
        if (rv.value <= rv.slack || bv.value <= bv.slack)
          return { value: 0, slack: Number.POSITIVE_INFINITY };
        const width = (Math.PI ** 2 / 4 + Math.PI - 5) / 20;
        const stretch = largest(exact(1), divide(tq, multiply(bv, bv)));
        const above = subtract(exact(1), divide(bv, rv));
        return loosely(divide(above, root(loosely(scale(stretch, width)))));
      });
    },
    w20_signed_jump: (context, row) => {
      const [rv, bv] = [realized(context, row), loosely(bipower(context, row))];
      const jump = largest(subtract(rv, bv), exact(0));
      return strict([jump], () => {
        const { size } = context[domain];
        let newest = row;
        for (let i = row - 1; i > row - 20; i--) if (size.value[i]! > size.value[newest]!) newest = i;
        const sign = Math.sign(r(context).value[newest]!);
        const isOpen = Array.from({ length: 20 }, (_, k) => row - k).some(i => {
          const near = size.value[newest]! - size.value[i]! <= size.slack[newest]! + size.slack[i]!;
          const noise = size.slack[newest]! + size.slack[i]! > 0;
          return near && noise && Math.sign(r(context).value[i]!) !== sign;
        });
        const value = sign * jump.value;
        return { value, slack: isOpen ? 2 * jump.value + jump.slack : jump.slack };
      });
    },
    w20_ewma_vol_ratio: (context, row) => {
      const fast = root(ema(squares(context), row, 5));
      return divideOrNull(fast, root(ema(squares(context), row, 20)));
    },
    w20_realized_skewness: (context, row) => {
      const rv = realized(context, row);
      const above = scale(sum(cubes(context), row, 20), Math.sqrt(20));
      return loosely(divideOr(above, multiply(rv, root(rv)), 0, Math.sqrt(20)));
    },
  };
};

/** S = sd(r, 20). */
export const volatility = (context: NaiveContext, domain: DomainName): Series => {
  const { r } = context[domain];
  return derive(context, `S ${domain}`, row => sd(r, row, 20), { of: [r], window: 20 });
};

const ofVolatility = (domain: DomainName): Record<string, Cell> => ({
  w20_vol_of_vol: (context, row) => sd(volatility(context, domain), row, 20),
  w20_vol_acceleration: (context, row) => {
    const s = volatility(context, domain);
    return add(subtract(at(s, row), scale(at(s, row - 5), 2)), at(s, row - 10));
  },
});

/** realized_volatility_rate (15) and realized_volatility_bqx (15). */
export const realizedVolatility = (domain: DomainName): Record<string, Naive> => {
  const cells: Record<string, Cell> = {
    ...overBars(domain),
    ...overReturns(domain),
    ...ofVolatility(domain),
    ...volRegime(context => volatility(context, domain), domain),
  };
  return Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, byRow(cell)]));
};
