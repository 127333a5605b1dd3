import type { Bars } from '../../../host/catalog/bars.ts';
import {
  add,
  type Bounded,
  divide,
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
import { at, type Series, type Witness, witness } from './series.ts';
import { exponentialOver, mean, numbersOf, psd, type Stock, sd, stockOf } from './stocksWindow.ts';
import { centredPowers, centredProducts } from './window.ts';

/** Bars of a symbol beside those of the index, by equal times. */
export type DailyContext = {
  readonly stock: Stock;
  readonly index: Stock;
  /** Row of the index at each row, -1 where it has no bar. */
  readonly beside: Int32Array;
};

export type DailyNaive = (context: DailyContext) => Witness;
type Cell = (context: DailyContext, row: number) => Bounded;

export const dailyContext = (bars: Bars, index: Bars): DailyContext => {
  const rowOf = new Map([...index.time].map((time, row) => [time, row]));
  return {
    stock: stockOf(bars),
    index: stockOf(index),
    beside: Int32Array.from(bars.time, time => rowOf.get(time) ?? -1),
  };
};

const year = 252;
const close = ({ stock }: DailyContext): Series => stock.column('close');
const volume = ({ stock }: DailyContext): Series => stock.column('volume');

const back =
  (n: number): Cell =>
  (c, row) =>
    subtract(divide(at(close(c), row), at(close(c), row - n)), exact(1));
const volatility =
  (n: number): Cell =>
  ({ stock }, row) =>
    scale(psd(stock.returns, row, n), Math.sqrt(year));
const volumeRatio =
  (n: number): Cell =>
  (c, row) =>
    divideOrNull(at(volume(c), row), mean(volume(c), row, n));

/** Returns of the index where this symbol has bars. */
const market = (c: DailyContext): Series =>
  c.stock.series('market', row => (c.beside[row]! < 0 ? missing : at(c.index.returns, c.beside[row]!)));

const beta: Cell = (c, row) => {
  if (row < year) return missing;
  const both = (of: Series, other: Series): Series => ({
    ...of,
    value: of.value.map((x, i) => (Number.isNaN(other.value[i]) ? Number.NaN : x)),
  });
  const own = numbersOf(both(c.stock.returns, market(c)), row, year, year / 2);
  const index = numbersOf(both(market(c), c.stock.returns), row, year, year / 2);
  if (!own || !index) return missing;
  const count = own.value.length;
  return divideOrNull(
    centredProducts(own, count - 1, index, count - 1, count),
    centredPowers(index, 0, count - 1, 2),
  );
};

/** Limited to low..high; where rounding decides, as far off as the two answers are apart. */
const between = (a: Bounded, low: Bounded, high: Bounded): Bounded => {
  let result = a;
  for (const [bound, side] of [
    [low, -1],
    [high, 1],
  ] as const) {
    const over = side * (result.value - bound.value);
    const noise = result.slack + bound.slack;
    if (over > noise) result = bound;
    else if (over > -noise) result = { ...result, slack: noise + Math.max(0, over) };
  }
  return result;
};

/** Within five sd of the mean of the 64 values before, where there are as many and not all are the same. */
const limited =
  (name: string, cell: Cell): Cell =>
  (c, row) => {
    const value = cell(c, row);
    if (isNull(value) || row < 1) return value;
    const past = c.stock.series(`past ${name}`, i => cell(c, i));
    const spread = sd(past, row - 1, 64, 64);
    if (isNull(spread) || (spread.value === 0 && spread.slack === 0)) return value;
    const middle = mean(past, row - 1, 64, 64);
    const width = scale(spread, 5);
    const kept = between(value, subtract(middle, width), add(middle, width));
    // a spread of nothing but noise may limit, or not
    const isNoise = spread.value <= spread.slack;
    return isNoise ? { ...kept, slack: kept.slack + Math.abs(value.value - kept.value) } : kept;
  };

const unlimited: Record<string, Cell> = {
  rsi_14: ({ stock }, row) => {
    const wilder = (x: Series) => exponentialOver(x, row, 1 / 14, year);
    const [gains, losses] = [wilder(stock.gain), wilder(stock.loss)];
    return scale(divideOrNeutral(gains, add(gains, losses), 0.5, 1), 100);
  },
  sma_50_200_cross: (c, row) => isGreater(mean(close(c), row, 50), mean(close(c), row, 200)),
  bollinger_position: (c, row) => {
    const spread = scale(psd(close(c), row, 20), 4);
    const distance = subtract(at(close(c), row), mean(close(c), row, 20));
    if (isNull(spread)) return missing;
    const place = add(exact(0.5), divideOrNeutral(distance, spread, 0, 2));
    return between(place, exact(0), exact(1));
  },
};

const open: Record<string, Cell> = {
  ...Object.fromEntries([1, 5, 20, 60, 120, 252].map(n => [`return_${n}d`, back(n)])),
  ...Object.fromEntries([5, 20, 60].map(n => [`volatility_${n}d`, volatility(n)])),
  ...Object.fromEntries([5, 20].map(n => [`volume_ratio_${n}d`, volumeRatio(n)])),
  dollar_volume: (c, row) => multiply(at(close(c), row), at(volume(c), row)),
  market_beta: beta,
  market_return: (c, row) => at(market(c), row),
  market_volatility: (c, row) =>
    c.beside[row]! < 0 ? missing : scale(psd(c.index.returns, c.beside[row]!, year), Math.sqrt(year)),
  macd: (c, row) => {
    const smooth = (n: number) => exponentialOver(close(c), row, 2 / (n + 1), year);
    return subtract(smooth(12), smooth(26));
  },
  atr: ({ stock }, row) => exponentialOver(stock.trueRange('null'), row, 1 / 14, year),
};

const byRow =
  (cell: Cell): DailyNaive =>
  context =>
    witness(context.stock.rows, row => cell(context, row));

const named = (cells: Record<string, Cell>) =>
  Object.entries(cells).map(([name, cell]): [string, DailyNaive] => [name, byRow(cell)]);

/** The 20 features as they are defined. */
export const naiveDailyRaw: Record<string, DailyNaive> = Object.fromEntries(named({ ...open, ...unlimited }));

/** The 20 features with those that have no bounds of their own limited to five deviations. */
export const naiveDaily: Record<string, DailyNaive> = Object.fromEntries([
  ...named(Object.fromEntries(Object.entries(open).map(([name, cell]) => [name, limited(name, cell)]))),
  ...named(unlimited),
]);
