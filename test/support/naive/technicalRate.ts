import {
  add,
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
import { divideOr, ema, least, max, mean, once, sd, sum, wilder } from './derived.ts';
import { type Bar, barOf, byRow, exactly, trueRange } from './domains.ts';
import { at, mapRows, plain, type Series } from './series.ts';
import {
  type Cell,
  commodityChannel,
  directional,
  macd,
  moneyFlow,
  ofRange,
  percentChange,
  place,
  rsi,
  series,
  stochastic,
  tripleSmoothed,
  ultimate,
  vortex,
} from './technical.ts';

const bar = (context: NaiveContext): Bar => barOf(context, 'rate');

const range = (context: NaiveContext): Series => trueRange(context, 'rate');

/** (H + L + C) / 3; the order in which three are added is anybody's. */
const typical = (context: NaiveContext): Series => {
  const { h, l, c } = bar(context);
  const cell = (row: number): Bounded => {
    const value = (h.value[row]! + l.value[row]! + c.value[row]!) / 3;
    return Number.isNaN(value) ? missing : { value, slack: 4 * unit * Math.abs(value) };
  };
  return series(context, 'rate', 'TP', cell, [h, l, c]);
};

const directions = (context: NaiveContext) => {
  const { h, l } = bar(context);
  const moved = (name: string, side: 'up' | 'down') =>
    once(context, name, () =>
      plain(
        mapRows(context.rows, row => {
          const up = row < 1 ? Number.NaN : h.value[row]! - h.value[row - 1]!;
          const down = row < 1 ? Number.NaN : l.value[row - 1]! - l.value[row]!;
          if (Number.isNaN(up) || Number.isNaN(down)) return Number.NaN;
          const [own, other] = side === 'up' ? [up, down] : [down, up];
          return own > other && own > 0 ? own : 0;
        }),
      ),
    );
  return { up: moved('+DM', 'up'), down: moved('-DM', 'down'), range: range(context) };
};

const buyingPressure = (context: NaiveContext): Series => {
  const { h, l, c } = bar(context);
  return series(
    context,
    'rate',
    'BP',
    row => exactly(at(c, row), least(at(l, row), at(c, row - 1))),
    [h, l, c],
    2,
  );
};

/** sqrt of the mean square of 100 (C - max) / max over 14 rows. */
const ulcer: Cell = (context, row) => {
  const { x } = context.rate;
  const drawdown = (i: number): Bounded => {
    const high = max(x, i, 14);
    const fall = scale(divideOrNull(exactly(at(x, i), high), high), 100);
    return multiply(fall, fall);
  };
  return root(mean(series(context, 'rate', 'drawdown', drawdown, [x], 14), row, 14));
};

/** Flows of TP v in rows where H + L + C rose or fell; as many ways to round the flow as there are orders. */
const moneyFlowIndex: Cell = (context, row) => {
  const { h, l, c } = bar(context);
  const v = context.column('volume');
  const tp = typical(context);
  const level = (i: number) => h.value[i]! + l.value[i]! + c.value[i]!;
  const flow = (name: string, side: number) =>
    series(
      context,
      'rate',
      name,
      i => {
        const change = i < 1 ? Number.NaN : level(i) - level(i - 1);
        if (Number.isNaN(change) || Number.isNaN(v.value[i]!)) return missing;
        return Math.sign(change) === side ? multiply(at(tp, i), at(v, i)) : exact(0);
      },
      [h, l, c, v],
      2,
    );
  const [rising, falling] = [sum(flow('MF +', 1), row, 14), sum(flow('MF -', -1), row, 14)];
  return scale(divideOr(rising, add(rising, falling), 0.5), 100);
};

const awesome: Cell = (context, row) => {
  const { h, l } = bar(context);
  const middle = series(context, 'rate', 'M', i => divide(add(at(h, i), at(l, i)), exact(2)), [h, l]);
  return subtract(mean(middle, row, 5), mean(middle, row, 34));
};

const cells: Record<string, Cell> = {
  w14_rsi: rsi('rate', 14),
  w21_rsi: rsi('rate', 21),
  ...macd('rate'),
  ...stochastic('rate', bar),
  w20_cci: (context, row) => commodityChannel(typical(context), row),
  w12_roc: ({ rate: { x } }, row) => percentChange(at(x, row), at(x, row - 12)),
  ...directional('rate', directions),
  w14_atr: (context, row) => wilder(range(context), row, 14),
  w14_atr_pct: (context, row) =>
    scale(divideOrNull(wilder(range(context), row, 14), at(context.rate.x, row)), 100),
  w10_momentum: ({ rate: { x } }, row) => subtract(at(x, row), at(x, row - 10)),
  w20_momentum: ({ rate: { x } }, row) => subtract(at(x, row), at(x, row - 20)),
  w15_trix: (context, row) => {
    const smooth = tripleSmoothed(context, 'rate');
    return percentChange(at(smooth, row), at(smooth, row - 1));
  },
  w28_ultimate_oscillator: (context, row) => ultimate(buyingPressure(context), range(context), row),
  w34_awesome_oscillator: awesome,
  w20_historical_volatility: ({ rate: { r } }, row) => sd(r, row, 20),
  ...ofRange('rate'),
  w20_donchian_position: (context, row) => place(bar(context), row, 20, 0.5),
  w20_keltner_position: (context, row) => {
    const { x } = context.rate;
    const away = subtract(at(x, row), ema(x, row, 20));
    return add(exact(0.5), divideOr(away, scale(wilder(range(context), row, 20), 4), 0));
  },
  ...vortex('rate'),
  w14_ulcer_index: ulcer,
  w14_mfi: moneyFlowIndex,
  w20_cmf: moneyFlow('rate'),
};

/** technical_rate (30). */
export const technicalRate: Record<string, Naive> = Object.fromEntries(
  Object.entries(cells).map(([name, cell]) => [name, byRow(cell)]),
);
