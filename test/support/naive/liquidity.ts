import {
  absolute,
  add,
  type Bounded,
  divide,
  divideOrNull,
  exact,
  multiply,
  root,
  scale,
  subtract,
  tooClose,
} from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import {
  derive,
  greater,
  lifted,
  max,
  mean,
  once,
  sd,
  shareBelow,
  signOf,
  strict,
  total,
} from './derived.ts';
import { byRow, type DomainName, ticks } from './domains.ts';
import { pearson, slopeOn } from './pairs.ts';
import { at, mapRows, plain, product, type Series } from './series.ts';
import { standardScore } from './statistics.ts';

type Cell = (inputs: Inputs, row: number) => Bounded;

type Inputs = {
  /** s / mid; in the bqx domain times |X|, cost per unit of momentum. */
  readonly s: Series;
  readonly v: Series;
  readonly r: Series;
  readonly size: Series;
  /** tick_rule times volume. */
  readonly signed: Series;
  /** What the time to execute is multiplied by: 1, or |X| / mean(|X|, 60). */
  readonly pace: (row: number) => Bounded;
};

/** s / mid is one division of two inputs. */
const relativeSpread = (context: NaiveContext): Series =>
  once(context, 's / mid', () => {
    const s = context.column('spread_close').value;
    const mid = context.mid.value;
    return plain(
      mapRows(context.rows, row => {
        const ratio = s[row]! / mid[row]!;
        return Number.isFinite(ratio) ? ratio : Number.NaN;
      }),
    );
  });

const inputsOf = (context: NaiveContext, domain: DomainName): Inputs =>
  once(context, `liquidity ${domain}`, () => {
    const { x, r, size } = context[domain];
    const v = context.column('volume');
    const spread = relativeSpread(context);
    const height = derive(context, `|X| ${domain}`, row => absolute(at(x, row)), { of: [x], window: 1 });
    return {
      s: domain === 'rate' ? spread : product(spread, height),
      v,
      r,
      size,
      signed: product(ticks(context), v),
      pace: row => (domain === 'rate' ? exact(1) : divideOrNull(at(height, row), mean(height, row, 60))),
    };
  });

/** Share of the rows with |r| >= S / 2. */
const filled: Cell = ({ size, s }, row) => {
  const counted = Array.from({ length: 60 }, (_, k) => {
    const [move, half] = [at(size, row - k), scale(at(s, row - k), 0.5)];
    // Half of a number is exact.
    const limit = { ...half, slack: at(s, row - k).slack / 2 };
    return strict([move, limit], () => ({
      value: move.value >= limit.value ? 1 : 0,
      slack: tooClose(move.value - limit.value, move, limit) ? 1 : 0,
    }));
  });
  return divide(total(counted), exact(60));
};

const signShare: Cell = ({ r }, row) => {
  const signs = Array.from({ length: 60 }, (_, k) => signOf(at(r, row - k)));
  return absolute(divide(total(signs), exact(60)));
};

const cells: Record<string, Cell> = {
  w1440_spread_percentile: ({ s }, row) => shareBelow(s, row, 1440),
  w20_depth_proxy: ({ v, r }, row) => divideOrNull(mean(v, row, 20), sd(r, row, 20)),
  w60_liquidity_score: ({ v, s }, row) =>
    subtract(lifted(standardScore)(v, row, 60), lifted(standardScore)(s, row, 60)),
  w60_time_to_execute: ({ v, pace }, row) => multiply(divideOrNull(exact(1000), mean(v, row, 60)), pace(row)),
  w240_liquidity_shock: ({ s }, row) =>
    greater(at(s, row), add(mean(s, row, 240), scale(sd(s, row, 240), 3))),
  w20_slippage_estimate: ({ s, r }, row) => add(scale(mean(s, row, 20), 0.5), scale(sd(r, row, 20), 0.1)),
  w60_market_impact_cost: ({ r, signed, v }, row) =>
    multiply(slopeOn(r, row, signed, row, 60), root(mean(v, row, 60))),
  w60_fill_probability: filled,
  w240_liquidity_risk_premium: ({ size, s }, row) => pearson(size, row, s, row, 240),
  w60_crowding: (inputs, row) =>
    multiply(signShare(inputs, row), divideOrNull(at(inputs.v, row), mean(inputs.v, row, 60))),
  w240_flash_vulnerability: ({ size, r, s }, row) =>
    multiply(divideOrNull(max(size, row, 60), sd(r, row, 240)), divideOrNull(at(s, row), mean(s, row, 240))),
};

/** liquidity_metrics_rate (11) and liquidity_metrics_bqx (11). */
export const liquidity = (domain: DomainName): Record<string, Naive> =>
  Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [
      name,
      byRow((context, row) => cell(inputsOf(context, domain), row)),
    ]),
  );
