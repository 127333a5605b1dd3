import {
  absolute,
  type Bounded,
  divideOrNeutral,
  divideOrNull,
  exact,
  isGreater,
  isNull,
  missing,
  multiply,
  scale,
  subtract,
} from './bounded.ts';
import type { Domain, Naive } from './context.ts';
import { at, product, type Series, sizeOf, witness } from './series.ts';
import { correlation, mean, sd, slope, sum, sumOf, windowStart } from './window.ts';

type Inputs = Domain & { readonly v: Series; readonly vx: Series; readonly flow: Series };
type Cell = (inputs: Inputs, row: number, window: number) => Bounded;

/**
 * Sum of v * weigh(d) over the window, where weigh knows only the sign of d. Where d is within its own slack of zero
 * its sign is open, and the whole difference that it makes becomes slack.
 */
const signed = (weigh: (sign: number) => number): Cell => {
  return ({ d, v }, row, window) => {
    const first = windowStart(d, row, window);
    if (first < 0 || windowStart(v, row, window) < 0) return missing;
    let open = 0;
    const value = sumOf(first, row, i => {
      const change = d.value[i]!;
      const sign = Math.sign(change);
      if (d.slack[i]! > 0 && Math.abs(change) <= d.slack[i]!) {
        const steps = [-1, 0, 1].map(other => Math.abs(weigh(other) - weigh(sign)));
        open += Math.abs(v.value[i]!) * Math.max(...steps);
      }
      return v.value[i]! * weigh(sign);
    });
    return { value, slack: open + sum(v, row, window).slack };
  };
};

const upVolume = signed(sign => (sign > 0 ? 1 : 0));
const downVolume = signed(sign => (sign < 0 ? 1 : 0));
const delta = signed(sign => sign);

const shareOfVolume = (part: Cell): Cell => {
  return (inputs, row, window) => divideOrNull(part(inputs, row, window), sum(inputs.v, row, window));
};

/** sum(v X) / sum(v). */
const averagePrice: Cell = ({ vx, v }, row, window) =>
  divideOrNull(sum(vx, row, window), sum(v, row, window));

/**
 * |zP| - zV. Rule B holds for both denominators, each taken with its square root of the window: a price or a volume
 * that does not move at all leaves nothing to compare.
 */
const divergence: Cell = ({ x, d, v }, row, window) => {
  const moved = subtract(at(x, row), at(x, row - window));
  const price = divideOrNull(moved, scale(sd(d, row, window), Math.sqrt(window)));
  const more = subtract(sum(v, row, window), sum(v, row - window, window));
  const volume = divideOrNull(more, scale(sd(v, row, 2 * window), Math.sqrt(2 * window)));
  return subtract(absolute(price), volume);
};

/** 1 if the standard score of the flow is above 2; 0 where sd is 0. */
const spike: Cell = ({ flow }, row, window) => {
  const spread = sd(flow, row, window);
  if (isNull(spread)) return missing;
  const limit = (window - 1) / Math.sqrt(window);
  const score = divideOrNeutral(subtract(at(flow, row), mean(flow, row, window)), spread, 0, limit);
  return isGreater(score, exact(2));
};

const columns: [name: string, windows: number[], cell: Cell][] = [
  ['vwap', [5, 15, 30, 60, 120], averagePrice],
  ['vol_corr', [15, 30, 60], ({ v, size }, row, window) => correlation(v, size, row, window)],
  ['vol_momentum_div', [5, 15, 30, 60], divergence],
  ['uptick_ratio', [5, 15, 30, 60], shareOfVolume(upVolume)],
  ['downtick_ratio', [5, 15, 30, 60], shareOfVolume(downVolume)],
  [
    'vol_volatility',
    [15, 30, 60],
    ({ v, r }, row, window) => multiply(mean(v, row, window), sd(r, row, window)),
  ],
  [
    'vol_trend',
    [15, 30, 60],
    ({ flow }, row, window) => divideOrNull(slope(flow, row, window), mean(flow, row, window)),
  ],
  ['vol_spike', [15, 30, 60], spike],
  ['cumulative_delta', [15, 30, 60], delta],
  ['vol_imbalance', [15, 30, 60], shareOfVolume(delta)],
];

/**
 * volume_features (35 _idx and 35 _bqx). What trend and spike watch (the flow) is v in the rate domain and v * |d| in
 * the bqx domain.
 */
const side = (domain: 'rate' | 'bqx', suffix: string): Record<string, Naive> => {
  const entries = columns.flatMap(([name, windows, cell]) =>
    windows.map((window): [string, Naive] => [
      `w${window}_${name}_${suffix}`,
      context => {
        const v = context.column('volume');
        const { x, d } = context[domain];
        const flow = domain === 'bqx' ? product(v, sizeOf(d)) : v;
        const inputs = { ...context[domain], v, vx: product(v, x), flow };
        return witness(context.rows, row => cell(inputs, row, window));
      },
    ]),
  );
  return Object.fromEntries(entries);
};

export const volumeFeatures: Record<string, Naive> = { ...side('rate', 'idx'), ...side('bqx', 'bqx') };
