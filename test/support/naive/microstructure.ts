import {
  absolute,
  add,
  type Bounded,
  divide,
  divideOrNull,
  exact,
  missing,
  multiply,
  scale,
  subtract,
  unit,
} from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import {
  derive,
  largest,
  listed,
  logRatio,
  mean,
  once,
  sd,
  shareBelow,
  signOf,
  strict,
  sum,
  total,
} from './derived.ts';
import { byRow, type DomainName, exactly, ticks } from './domains.ts';
import { erf } from './normal.ts';
import { covariance, pearson, slopeOn, variance } from './pairs.ts';
import { explained } from './regression.ts';
import { at, product, type Series } from './series.ts';
import { depth } from './spread.ts';
import { roundings } from './window.ts';

type Cell = (inputs: Inputs, row: number) => Bounded;

/** The series of advanced_microstructure in one domain. */
export type Inputs = {
  readonly x: Series;
  readonly y: Series;
  readonly size: Series;
  readonly v: Series;
  readonly q: Series;
  /** q v. */
  readonly signed: Series;
  /** sgn(d), which two features of the bqx domain have for q. */
  readonly own: Series;
  /** Spread, in the bqx domain times |X|. */
  readonly s: Series;
  readonly depth: Series;
  readonly effective: Series;
  readonly impact: Series;
  readonly vpin: Series;
  /** X - mean(X, 20). */
  readonly away: Series;
  readonly flow: Series;
  readonly realized: (row: number) => Bounded;
};

/** ln(a / b) of mids, for which a difference of two logarithms is as right; below zero there are none, or their ratio's. */
const logChange = ({ mid }: NaiveContext, from: number, to: number): Bounded => {
  const [a, b] = [at(mid, from), at(mid, to)];
  const change = logRatio(a, b);
  return strict([a, b, change], () => {
    const size = Math.abs(Math.log(Math.abs(a.value))) + Math.abs(Math.log(Math.abs(b.value)));
    const slack = change.slack + 2 * unit * size;
    return a.value > 0 ? { ...change, slack } : { ...change, slack, maybeNull: true };
  });
};

/** 2 q[t-5] (Z[from] - Z[to]), Z = ln mid or X. */
const tradeMove = (
  context: NaiveContext,
  domain: DomainName,
  row: number,
  from: number,
  to: number,
): Bounded => {
  const { x } = context.bqx;
  const move = domain === 'rate' ? logChange(context, from, to) : subtract(at(x, from), at(x, to));
  return multiply(scale(at(ticks(context), row - 5), 2), move);
};

/** sum |Vb - Vs| / sum v over 50 rows: |Vb - Vs| = v |2 Phi(z) - 1| = v erf(|z| / sqrt 2), z = y / sd(y, 50). */
const vpinOf = (context: NaiveContext, domain: DomainName): Series => {
  const y = context[domain].r;
  const v = context.column('volume');
  const torn = derive(context, `|Vb - Vs| ${domain}`, row => {
    const z = absolute(divideOrNull(at(y, row), sd(y, row, 50)));
    const share = strict([z], () => {
      const value = erf(z.value / Math.SQRT2);
      return { value, slack: 0.8 * z.slack + 16 * unit };
    });
    return multiply(share, at(v, row));
  });
  return derive(context, `vpin ${domain}`, row => divideOrNull(sum(torn, row, 50), sum(v, row, 50)));
};

export const inputsOf = (context: NaiveContext, domain: DomainName): Inputs =>
  once(context, `microstructure ${domain}`, () => {
    const { x, d, r, size } = context[domain];
    const v = context.column('volume');
    const q = ticks(context);
    const spread = context.column('spread_close');
    const height = derive(context, `|X| ${domain}`, row => absolute(at(x, row)), { of: [x], window: 1 });
    const sign = derive(context, `sgn d ${domain}`, row => signOf(at(d, row)), { of: [d], window: 1 });
    const { mid } = context;
    const effective = derive(context, `effective ${domain}`, row => {
      const trade = scale(at(q, row), 2);
      if (domain === 'bqx') return multiply(trade, at(d, row));
      const before = at(mid, row - 1);
      return multiply(trade, divideOrNull(exactly(at(context.column('close'), row), before), before));
    });
    return {
      x,
      y: r,
      size,
      v,
      q,
      signed: product(q, v),
      own: domain === 'bqx' ? sign : q,
      s: domain === 'rate' ? spread : product(spread, height),
      depth: derive(context, 'depth', row => add(depth(context, 'bid', row), depth(context, 'ask', row))),
      effective,
      impact: derive(context, `impact ${domain}`, row => tradeMove(context, domain, row, row, row - 6)),
      vpin: vpinOf(context, domain),
      away: derive(context, `X - mean ${domain}`, row => subtract(at(x, row), mean(x, row, 20)), {
        of: [x],
        window: 20,
      }),
      flow: domain === 'rate' ? v : product(v, size),
      realized: row => tradeMove(context, domain, row, row - 5, row),
    };
  });

/** Mean of |y| / v over the rows of the window with volume. */
const amihud: Cell = ({ size, v }, row) => {
  const rows = Array.from({ length: 20 }, (_, k) => row - k);
  const moves = rows.map(i => at(size, i));
  const volumes = rows.map(i => at(v, i));
  return strict([...moves, ...volumes], () => {
    const shares = moves.flatMap((move, k) =>
      volumes[k]!.value === 0 ? [] : [divideOrNull(move, volumes[k]!)],
    );
    if (shares.length === 0) return missing;
    return scale(divide(total(shares), exact(shares.length)), 1e6);
  });
};

/** sd over the window of the sums of q v from its first row on, over the volume. */
const inventory: Cell = ({ signed, v }, row) => {
  const flows = Array.from({ length: 60 }, (_, k) => at(signed, row - 59 + k));
  const spread = strict(flows, () => {
    let [value, size] = [0, 0];
    const sums = flows.map(flow => {
      value += flow.value;
      size += Math.abs(flow.value);
      // Whole volumes add up exactly.
      return { value, slack: Number.isInteger(size) ? 0 : roundings(60) * unit * size };
    });
    return sd(listed(sums), 59, 60);
  });
  return divideOrNull(spread, sum(v, row, 60));
};

const negated = (a: Bounded): Bounded => scale(a, -1);

/** Changes over n rows. */
const change = (x: Series, row: number, n: number): Series =>
  listed(Array.from({ length: 60 }, (_, k) => exactly(at(x, row - 59 + k), at(x, row - 59 + k - n))));

const cells: Record<string, Cell> = {
  w20_amihud_illiquidity: amihud,
  w20_kyle_lambda: ({ y, signed }, row) => slopeOn(y, row, signed, row, 20),
  w60_hasbrouck_info_share: ({ y, signed }, row) =>
    explained(
      { x: y, row },
      [0, 1, 2, 3, 4].map(k => ({ x: signed, row: row - k })),
      60,
    ),
  effective_spread: ({ effective }, row) => at(effective, row),
  l5_realized_spread: ({ realized }, row) => realized(row),
  l5_price_impact: ({ impact }, row) => at(impact, row),
  w50_vpin: ({ vpin }, row) => at(vpin, row),
  w250_order_flow_toxicity: ({ vpin }, row) => shareBelow(vpin, row, 250),
  w60_trade_clustering: ({ flow }, row) => pearson(flow, row, flow, row - 1, 60),
  w20_volume_imbalance: ({ own, v }, row) => {
    const flows = Array.from({ length: 20 }, (_, k) => multiply(at(own, row - k), at(v, row - k)));
    return divideOrNull(absolute(total(flows)), sum(v, row, 20));
  },
  w20_tick_rule: ({ own }, row) => mean(own, row, 20),
  w60_bid_ask_bounce: ({ y }, row) => negated(pearson(y, row, y, row - 1, 60)),
  w60_quoted_spread_stability: ({ s }, row) =>
    subtract(exact(1), divideOrNull(sd(s, row, 60), mean(s, row, 60))),
  w20_depth_weighted_spread: ({ s, depth: deep }, row) => {
    const weighted = Array.from({ length: 20 }, (_, k) => multiply(at(s, row - k), at(deep, row - k)));
    return divideOrNull(total(weighted), sum(deep, row, 20));
  },
  w60_price_resilience: ({ away }, row) =>
    subtract(exact(1), absolute(slopeOn(away, row, away, row - 1, 60))),
  w60_market_efficiency: ({ x }, row) =>
    divideOrNull(variance(change(x, row, 5), 59, 60), scale(variance(change(x, row, 1), 59, 60), 5)),
  w20_adverse_selection: ({ impact, effective }, row) => {
    const sizes = Array.from({ length: 20 }, (_, k) => absolute(at(effective, row - k)));
    return divideOrNull(mean(impact, row, 20), divide(total(sizes), exact(20)));
  },
  w60_inventory_risk: inventory,
  w60_price_discovery: ({ signed, y }, row) => pearson(signed, row - 1, y, row, 60),
  w60_microstructure_noise: ({ y }, row) =>
    divideOrNull(largest(exact(0), negated(covariance(y, row, y, row - 1, 60))), variance(y, row, 60)),
};

/** advanced_microstructure_rate (20) and advanced_microstructure_bqx (20). */
export const microstructure = (domain: DomainName): Record<string, Naive> =>
  Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [
      name,
      byRow((context, row) => cell(inputsOf(context, domain), row)),
    ]),
  );
