import {
  absolute,
  add,
  type Bounded,
  divideOrNull,
  exact,
  multiply,
  root,
  scale,
  subtract,
} from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { divideOr, ema, largest, max, mean, sd, sum } from './derived.ts';
import { byRow, heightOf } from './domains.ts';
import { at, type Series } from './series.ts';
import {
  type Cell,
  commodityChannel,
  directional,
  macd,
  moneyFlow,
  ofRange,
  type Prices,
  place,
  rsi,
  series,
  stochastic,
  tripleSmoothed,
  ultimate,
  vortex,
} from './technical.ts';

/** X itself as high, low and close. */
const itself = ({ bqx: { x } }: NaiveContext): Prices => ({ h: x, l: x, c: x });

const side = (context: NaiveContext, name: string, sign: number): Series => {
  const { d } = context.bqx;
  return series(context, 'bqx', name, row => largest(scale(at(d, row), sign), exact(0)), [d]);
};

const up = (context: NaiveContext): Series => side(context, 'rises', 1);
const down = (context: NaiveContext): Series => side(context, 'falls', -1);

const sizes = (context: NaiveContext): Series => {
  const { x } = context.bqx;
  return series(context, 'bqx', '|X|', row => absolute(at(x, row)), [x]);
};

const ulcer: Cell = (context, row) => {
  const { x } = context.bqx;
  const fall = (i: number): Bounded => {
    const away = subtract(at(x, i), max(x, i, 14));
    return multiply(away, away);
  };
  return root(mean(series(context, 'bqx', 'drawdown', fall, [x], 14), row, 14));
};

/** v |d| of rising rows beside that of falling ones. */
const moneyFlowIndex: Cell = (context, row) => {
  const v = context.column('volume');
  const flow = (name: string, moves: Series) =>
    series(context, 'bqx', name, i => multiply(at(moves, i), at(v, i)), [moves, v]);
  const rising = sum(flow('MF +', up(context)), row, 14);
  const falling = sum(flow('MF -', down(context)), row, 14);
  return scale(divideOr(rising, add(rising, falling), 0.5, 1), 100);
};

const cells: Record<string, Cell> = {
  w14_rsi: rsi('bqx', 14),
  w21_rsi: rsi('bqx', 21),
  ...macd('bqx'),
  ...stochastic('bqx', itself),
  w20_cci: (context, row) => commodityChannel(context.bqx.x, row),
  w12_roc: ({ bqx: { x } }, row) => {
    const before = at(x, row - 12);
    return scale(divideOrNull(subtract(at(x, row), before), absolute(before)), 100);
  },
  ...directional('bqx', context => ({ up: up(context), down: down(context), range: context.bqx.size })),
  w14_atr: ({ bqx: { size } }, row) => mean(size, row, 14),
  w14_atr_pct: (context, row) =>
    scale(divideOrNull(mean(context.bqx.size, row, 14), mean(sizes(context), row, 14)), 100),
  w10_momentum: ({ bqx: { x } }, row) => subtract(at(x, row), at(x, row - 10)),
  w20_momentum: ({ bqx: { x } }, row) => subtract(at(x, row), at(x, row - 20)),
  w15_trix: (context, row) => {
    const smooth = tripleSmoothed(context, 'bqx');
    return subtract(at(smooth, row), at(smooth, row - 1));
  },
  w28_ultimate_oscillator: (context, row) => ultimate(up(context), context.bqx.size, row),
  w34_awesome_oscillator: ({ bqx: { x } }, row) => subtract(mean(x, row, 5), mean(x, row, 34)),
  w20_historical_volatility: ({ bqx: { d } }, row) => sd(d, row, 20),
  ...ofRange('bqx'),
  w20_donchian_position: (context, row) => place(itself(context), row, 20, 0.5),
  w20_keltner_position: (context, row) => {
    const { x } = context.bqx;
    const away = subtract(at(x, row), ema(x, row, 20));
    return add(exact(0.5), divideOr(away, scale(mean(heightOf(context, 'bqx'), row, 20), 4), 0));
  },
  ...vortex('bqx'),
  w14_ulcer_index: ulcer,
  w14_mfi: moneyFlowIndex,
  w20_cmf: moneyFlow('bqx'),
};

/** technical_bqx (30). */
export const technicalBqx: Record<string, Naive> = Object.fromEntries(
  Object.entries(cells).map(([name, cell]) => [name, byRow(cell)]),
);
