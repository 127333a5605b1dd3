import type { Bars } from '../../../host/catalog/bars.ts';
import {
  absolute,
  add,
  type Bounded,
  divide,
  divideOrNeutral,
  divideOrNull,
  exact,
  isNull,
  missing,
  multiply,
  root,
  scale,
  subtract,
  tooClose,
  unit,
} from './bounded.ts';
import { horizon } from './movingAverages.ts';
import { at, type Series, type Witness, witness } from './series.ts';
import {
  correctedKurt,
  correctedSkew,
  exponential,
  exponentialOver,
  greatest,
  least,
  logRatio,
  mean,
  rootOrNull,
  type Stock,
  sd,
  stockOf,
  sum,
} from './stocksWindow.ts';

/** What the reference can be told; the defaults are those of the set. */
export type HourlyWindows = {
  readonly minPeriods: 'window' | 1;
  readonly windows: readonly [short: number, med: number, long: number];
  readonly volatility: readonly [short: number, med: number, long: number];
  readonly rsi: readonly [d1: number, d3: number, w1: number, w2: number];
  readonly zone: string;
  readonly barsPerDay: number;
  readonly barsPerYear: number;
};

export const hourlyDefaults: HourlyWindows = {
  minPeriods: 'window',
  windows: [24, 120, 480],
  volatility: [12, 24, 120],
  rsi: [24, 72, 168, 336],
  zone: 'America/New_York',
  barsPerDay: 24,
  barsPerYear: 252 * 24,
};

/** The wall clock of a zone at each bar, and the first row of each bar's local day. */
export type Clock = {
  readonly hour: Float64Array;
  readonly weekday: Float64Array;
  readonly dayStart: Int32Array;
};

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

export const clockOf = (time: Float64Array, zone: string): Clock => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    weekday: 'short',
  });
  const rows = time.length;
  const clock = {
    hour: new Float64Array(rows),
    weekday: new Float64Array(rows),
    dayStart: new Int32Array(rows),
  };
  let before = '';
  for (let row = 0; row < rows; row++) {
    const parts = format.formatToParts(new Date(time[row]! / 1000));
    const part = (type: string) => parts.find(candidate => candidate.type === type)!.value;
    const date = `${part('year')}-${part('month')}-${part('day')}`;
    clock.hour[row] = Number(part('hour'));
    clock.weekday[row] = weekdays.indexOf(part('weekday'));
    clock.dayStart[row] = date === before ? clock.dayStart[row - 1]! : row;
    before = date;
  }
  return clock;
};

export type HourlyContext = { readonly stock: Stock; readonly clock: Clock; readonly told: HourlyWindows };
export type HourlyNaive = (context: HourlyContext) => Witness;
type Cell = (context: HourlyContext, row: number) => Bounded;

export const hourlyContext = (bars: Bars, told: HourlyWindows): HourlyContext => ({
  stock: stockOf(bars),
  clock: clockOf(bars.time, told.zone),
  told,
});

export const byRow =
  (cell: Cell): HourlyNaive =>
  context =>
    witness(context.stock.rows, row => cell(context, row));

type Part = 'open' | 'high' | 'low' | 'close' | 'volume';
export const price = ({ stock }: HourlyContext, part: Part, row: number): Bounded =>
  at(stock.column(part), row);
const raw = ({ stock }: HourlyContext, part: Part, row: number): number =>
  stock.column(part).value[row] ?? Number.NaN;
/** a / b - 1, which cancels. */
const relative = (a: Bounded, b: Bounded): Bounded => subtract(divideOrNull(a, b), exact(1));

const returns: Cell = ({ stock }, row) => at(stock.returns, row);
export const logReturn: Cell = (context, row) =>
  logRatio(raw(context, 'close', row), raw(context, 'close', row - 1));

/** Numbers that a window marked "mp1" needs. */
export const begin = ({ told }: HourlyContext, window: number, atLeast = 1): number =>
  told.minPeriods === 1 ? atLeast : window;

const flag = (isOn: boolean): Bounded => exact(isOn ? 1 : 0);
const angle =
  (turn: (x: number) => number, of: (context: HourlyContext, row: number) => number, per: number): Cell =>
  (context, row) => ({ value: turn((2 * Math.PI * of(context, row)) / per), slack: 8 * unit });
const hour = ({ clock }: HourlyContext, row: number): number => clock.hour[row]!;
const weekday = ({ clock }: HourlyContext, row: number): number => clock.weekday[row]!;
const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

const phase1: Record<string, Cell> = {
  returns,
  log_returns: logReturn,
  high_low_pct: (c, row) =>
    divideOrNull(subtract(price(c, 'high', row), price(c, 'low', row)), price(c, 'close', row)),
  open_close_pct: (c, row) =>
    divideOrNull(subtract(price(c, 'close', row), price(c, 'open', row)), price(c, 'open', row)),
  price_acceleration: (c, row) => subtract(returns(c, row), returns(c, row - 1)),
  returns_sign: (c, row) => {
    const value = returns(c, row);
    return isNull(value) ? missing : exact(Math.sign(value.value));
  },
  hour: (c, row) => exact(hour(c, row)),
  day_of_week: (c, row) => exact(weekday(c, row)),
  hour_sin: angle(Math.sin, hour, 24),
  hour_cos: angle(Math.cos, hour, 24),
  dow_sin: angle(Math.sin, weekday, 7),
  dow_cos: angle(Math.cos, weekday, 7),
  is_market_open: (c, row) => flag(hour(c, row) >= 9 && hour(c, row) <= 16),
};

const average =
  (which: 0 | 1 | 2): Cell =>
  (c, row) => {
    const window = c.told.windows[which];
    return mean(c.stock.column('close'), row, window, begin(c, window));
  };
const [shortMean, medMean, longMean] = [average(0), average(1), average(2)];
const bandMean: Cell = (c, row) => mean(c.stock.column('close'), row, 20, begin(c, 20));
const bandSpread: Cell = (c, row) => sd(c.stock.column('close'), row, 20, begin(c, 20, 2));
const realized =
  (which: 0 | 1 | 2): Cell =>
  (c, row) =>
    row < 0
      ? missing
      : scale(sd(c.stock.returns, row, c.told.volatility[which]), Math.sqrt(c.told.barsPerDay));
const [shortVol, medVol, longVol] = [realized(0), realized(1), realized(2)];
const macdSeries = (c: HourlyContext): Series => {
  const close = c.stock.column('close');
  const least = c.told.minPeriods === 1 ? 1 : undefined;
  return c.stock.series('macd', row =>
    subtract(exponential(close, row, 12, least), exponential(close, row, 26, least)),
  );
};
const macd: Cell = (c, row) => at(macdSeries(c), row);
const signalSeries = (c: HourlyContext): Series =>
  c.stock.series('macd signal', row =>
    exponential(macdSeries(c), row, 9, c.told.minPeriods === 1 ? 1 : undefined),
  );
const signal: Cell = (c, row) => at(signalSeries(c), row);
const atr: Cell = (c, row) =>
  mean(c.stock.trueRange(c.told.minPeriods === 1 ? 'range' : 'null'), row, 14, begin(c, 14));

const phase2: Record<string, Cell> = {
  price_ma_short: shortMean,
  price_ma_med: medMean,
  price_ma_long: longMean,
  price_to_ma_short: (c, row) => divideOrNull(price(c, 'close', row), shortMean(c, row)),
  price_to_ma_med: (c, row) => divideOrNull(price(c, 'close', row), medMean(c, row)),
  price_to_ma_long: (c, row) => divideOrNull(price(c, 'close', row), longMean(c, row)),
  ma_short_to_med: (c, row) => divideOrNull(shortMean(c, row), medMean(c, row)),
  ma_med_to_long: (c, row) => divideOrNull(medMean(c, row), longMean(c, row)),
  bb_upper: (c, row) => add(bandMean(c, row), scale(bandSpread(c, row), 2)),
  bb_lower: (c, row) => subtract(bandMean(c, row), scale(bandSpread(c, row), 2)),
  bb_position: (c, row) =>
    add(
      exact(0.5),
      divideOrNull(subtract(price(c, 'close', row), bandMean(c, row)), scale(bandSpread(c, row), 4)),
    ),
  bb_squeeze: (c, row) => divideOrNull(scale(bandSpread(c, row), 4), bandMean(c, row)),
  macd,
  macd_signal: signal,
  macd_histogram: (c, row) => subtract(macd(c, row), signal(c, row)),
  macd_normalized: (c, row) => divideOrNull(macd(c, row), price(c, 'close', row)),
  atr,
  atr_normalized: (c, row) => divideOrNull(atr(c, row), price(c, 'close', row)),
  williams_r: (c, row) => {
    const high = greatest(c.stock.column('high'), row, 14, begin(c, 14));
    const low = least(c.stock.column('low'), row, 14, begin(c, 14));
    return scale(divideOrNull(subtract(high, price(c, 'close', row)), subtract(high, low)), -100);
  },
  realized_vol_short: shortVol,
  realized_vol_med: medVol,
  realized_vol_long: longVol,
  returns_squared: (c, row) => multiply(returns(c, row), returns(c, row)),
  vol_ratio_short_med: (c, row) => divideOrNull(shortVol(c, row), medVol(c, row)),
  vol_ratio_med_long: (c, row) => divideOrNull(medVol(c, row), longVol(c, row)),
  returns_abs: (c, row) => absolute(returns(c, row)),
};

/** 100 - 100 / (1 + gains / losses) = 100 gains / (gains + losses); 50 where both are 0. */
export const strength = (gains: Bounded, losses: Bounded): Bounded =>
  scale(divideOrNeutral(gains, add(gains, losses), 0.5, 1), 100);

const rsi =
  (which: 0 | 1 | 2 | 3): Cell =>
  (c, row) => {
    const window = c.told.rsi[which];
    return strength(mean(c.stock.gain, row, window), mean(c.stock.loss, row, window));
  };
const volumeRatio: Cell = (c, row) =>
  divideOrNull(price(c, 'volume', row), mean(c.stock.column('volume'), row, 120));
const priceTrend: Cell = (c, row) => sum(weighted(c), row, 480);
const weighted = (c: HourlyContext): Series =>
  c.stock.series('volume * returns', row => multiply(price(c, 'volume', row), returns(c, row)));
const trendSeries = (c: HourlyContext): Series => c.stock.series('vpt', row => priceTrend(c, row));
const trendMean: Cell = (c, row) => mean(trendSeries(c), row, 24);
/** Money that flowed on rising (1) and on falling rows (-1). */
const flowSeries = (c: HourlyContext, sign: 1 | -1): Series =>
  c.stock.series(`flow ${sign}`, row => {
    const [now, before] = [row, row - 1].map(i => raw(c, 'high', i) + raw(c, 'low', i) + raw(c, 'close', i));
    if (Number.isNaN(before!)) return missing;
    const flow = divide(multiply(exact(now!), price(c, 'volume', row)), exact(3));
    return Math.sign(now! - before!) === sign ? flow : isNull(flow) ? missing : exact(0);
  });

const phase3: Record<string, Cell> = {
  rsi_1d: rsi(0),
  rsi_3d: rsi(1),
  rsi_1w: rsi(2),
  rsi_2w: rsi(3),
  // adjust = false: y = x of the first change (row 1), then (1 - a) y + a x, which weighs the first 1 / a times as much
  rsi_ema: (c, row) => {
    const alpha = 2 / 15;
    const first = (i: number) => (i === 1 ? 1 / alpha : 1);
    const smooth = (x: Series) =>
      c.told.minPeriods === 1
        ? exponentialOver(x, row, alpha, horizon(alpha), 14, first)
        : exponential(x, row, 14);
    return strength(smooth(c.stock.gain), smooth(c.stock.loss));
  },
  volume_ma: (c, row) => mean(c.stock.column('volume'), row, 120),
  volume_ratio: volumeRatio,
  log_volume: (c, row) => {
    const value = Math.log1p(raw(c, 'volume', row));
    return Number.isFinite(value) ? { value, slack: 4 * unit * (1 + Math.abs(value)) } : missing;
  },
  vpt: priceTrend,
  vpt_ma: trendMean,
  vpt_normalized: (c, row) => divideOrNull(priceTrend(c, row), trendMean(c, row)),
  mfi: (c, row) => strength(sum(flowSeries(c, 1), row, 14), sum(flowSeries(c, -1), row, 14)),
  is_morning: (c, row) => flag(hour(c, row) >= 9 && hour(c, row) <= 12),
  is_afternoon: (c, row) => flag(hour(c, row) >= 13 && hour(c, row) <= 16),
  hours_since_open: (c, row) => exact(clip(hour(c, row) - 9, 0, 7)),
  hours_to_close: (c, row) => exact(clip(16 - hour(c, row), 0, 7)),
};

/** ln(a / b) of two columns of one bar. */
const logOf = (c: HourlyContext, a: Part, b: Part, row: number): Bounded =>
  logRatio(raw(c, a, row), raw(c, b, row));
const square = (a: Bounded): Bounded => multiply(a, a);
const termMean = (c: HourlyContext, name: string, term: Cell, row: number): Bounded =>
  mean(
    c.stock.series(name, i => term(c, i)),
    row,
    24,
  );
const termVariance = (c: HourlyContext, name: string, term: Cell, row: number): Bounded =>
  square(
    sd(
      c.stock.series(name, i => term(c, i)),
      row,
      24,
    ),
  );
const daily = (c: HourlyContext, variance: Bounded): Bounded => scale(variance, c.told.barsPerDay);

const garmanKlass: Cell = (c, row) =>
  subtract(
    scale(square(logOf(c, 'high', 'low', row)), 0.5),
    scale(square(logOf(c, 'close', 'open', row)), 2 * Math.LN2 - 1),
  );
const parkinson: Cell = (c, row) => square(logOf(c, 'high', 'low', row));
const rogersSatchell: Cell = (c, row) =>
  add(
    multiply(logOf(c, 'high', 'close', row), logOf(c, 'high', 'open', row)),
    multiply(logOf(c, 'low', 'close', row), logOf(c, 'low', 'open', row)),
  );
const overnight: Cell = (c, row) => logRatio(raw(c, 'open', row), raw(c, 'close', row - 1));
const openToClose: Cell = (c, row) => logOf(c, 'close', 'open', row);

/** Extreme of the local day up to the row, from a given first row. */
export const extremeOf = (c: HourlyContext, part: 'high' | 'low', first: number, row: number): Bounded =>
  (part === 'high' ? greatest : least)(c.stock.column(part), row, row - first + 1);
const sinceOpen =
  (part: 'high' | 'low'): Cell =>
  (c, row) =>
    extremeOf(c, part, c.clock.dayStart[row]!, row);
const [dayHigh, dayLow] = [sinceOpen('high'), sinceOpen('low')];
const dayOpen: Cell = (c, row) => price(c, 'open', c.clock.dayStart[row]!);
const away = (a: Bounded, level: Bounded): Bounded => divideOrNull(subtract(a, level), level);

const phase4: Record<string, Cell> = {
  gk_volatility: (c, row) => root(daily(c, termMean(c, 'gk', garmanKlass, row))),
  vol_of_vol: (c, row) =>
    sd(
      c.stock.series('medVol', i => medVol(c, i)),
      row,
      24,
    ),
  parkinson_volatility: (c, row) =>
    root(daily(c, divide(termMean(c, 'pk', parkinson, row), { value: 4 * Math.LN2, slack: 4 * unit }))),
  rogers_satchell_volatility: (c, row) => rootOrNull(daily(c, termMean(c, 'rs', rogersSatchell, row))),
  yang_zhang_volatility: (c, row) => {
    const k = 0.34 / (1.34 + 25 / 23);
    const inside = add(
      scale(termVariance(c, 'oc', openToClose, row), k),
      scale(termMean(c, 'rs', rogersSatchell, row), 1 - k),
    );
    return rootOrNull(daily(c, add(termVariance(c, 'co', overnight, row), inside)));
  },
  vol_percentile: (c, row) => {
    const vol = c.stock.series('medVol', i => medVol(c, i));
    if (row < 479) return missing;
    let [below, open] = [0, 0];
    for (let i = row - 479; i <= row; i++) {
      if (Number.isNaN(vol.value[i])) return missing;
      const distance = vol.value[row]! - vol.value[i]!;
      if (distance > 0) below++;
      // equal windows of returns are equal to the bit, whatever their slack
      if (i !== row && tooClose(distance, at(vol, row), at(vol, i))) open++;
    }
    return { value: below / 480, slack: open / 480 + unit };
  },
  returns_from_daily_open: (c, row) => away(price(c, 'close', row), dayOpen(c, row)),
  intraday_high: dayHigh,
  intraday_low: dayLow,
  intraday_range_pct: (c, row) => divideOrNull(subtract(dayHigh(c, row), dayLow(c, row)), dayOpen(c, row)),
  position_in_range: (c, row) => {
    const [close, low, high] = (['close', 'low', 'high'] as const).map(part => price(c, part, row));
    const range = subtract(high!, low!);
    if (range.value === 0 && !isNull(close!)) return exact(0.5);
    return divide(subtract(close!, low!), range);
  },
  overnight_gap: (c, row) => {
    const first = c.clock.dayStart[row]!;
    return first === 0 ? exact(0) : away(dayOpen(c, row), price(c, 'close', first - 1));
  },
  dist_from_intraday_high: (c, row) => away(price(c, 'close', row), dayHigh(c, row)),
  dist_from_intraday_low: (c, row) => away(price(c, 'close', row), dayLow(c, row)),
};

const lags = [1, 2, 4, 8, 24];
const moments = [6, 12, 24];
const shapes = { mean, std: sd, skew: correctedSkew, kurt: correctedKurt };

const phase5: Record<string, Cell> = Object.fromEntries([
  ...Object.entries({ returns, vol: shortVol, volume_ratio: volumeRatio }).flatMap(([name, cell]) =>
    lags.map(n => [`${name}_lag_${n}`, ((c, row) => (row < n ? missing : cell(c, row - n))) satisfies Cell]),
  ),
  ...Object.entries(shapes).flatMap(([name, moment]) =>
    moments.map(w => [`returns_${name}_${w}h`, ((c, row) => moment(c.stock.returns, row, w)) satisfies Cell]),
  ),
  ...moments.map(w => [
    `price_momentum_${w}h`,
    ((c, row) => relative(price(c, 'close', row), price(c, 'close', row - w))) satisfies Cell,
  ]),
]);

const previousDay = (c: HourlyContext, row: number) => {
  const last = c.clock.dayStart[row]! - 1;
  if (last < 0) return undefined;
  const first = c.clock.dayStart[last]!;
  const high = extremeOf(c, 'high', first, last);
  const low = extremeOf(c, 'low', first, last);
  const pivot = divide(add(add(high, low), price(c, 'close', last)), exact(3));
  return { high, low, pivot };
};

const basic: Record<string, Cell> = {
  ...Object.fromEntries(
    [5, 10, 20, 50].map(w => [
      `sma_${w}`,
      ((c, row) => mean(c.stock.column('close'), row, w, begin(c, w))) satisfies Cell,
    ]),
  ),
  ...Object.fromEntries(
    [12, 26].map(n => [
      `ema_${n}`,
      ((c, row) =>
        exponential(c.stock.column('close'), row, n, c.told.minPeriods === 1 ? 1 : undefined)) satisfies Cell,
    ]),
  ),
  roc_10: (c, row) => scale(relative(price(c, 'close', row), price(c, 'close', row - 10)), 100),
  momentum_5: (c, row) => subtract(price(c, 'close', row), price(c, 'close', row - 5)),
  momentum_10: (c, row) => subtract(price(c, 'close', row), price(c, 'close', row - 10)),
  ...Object.fromEntries(
    [5, 20].map(days => [
      `hist_vol_${days}d`,
      ((c, row) =>
        scale(
          sd(
            c.stock.series('log returns', i => logReturn(c, i)),
            row,
            days * c.told.barsPerDay,
          ),
          Math.sqrt(c.told.barsPerYear),
        )) satisfies Cell,
    ]),
  ),
  volume_ma_20: (c, row) => mean(c.stock.column('volume'), row, 20),
  volume_ratio_20: (c, row) => divideOrNull(price(c, 'volume', row), mean(c.stock.column('volume'), row, 20)),
  price_change: (c, row) => subtract(price(c, 'close', row), price(c, 'close', row - 1)),
  price_change_pct: returns,
  pivot_support: (c, row) => {
    const day = previousDay(c, row);
    return day ? subtract(scale(day.pivot, 2), day.high) : missing;
  },
  pivot_resistance: (c, row) => {
    const day = previousDay(c, row);
    return day ? subtract(scale(day.pivot, 2), day.low) : missing;
  },
};

const families: Record<string, Record<string, Cell>> = {
  price_time: phase1,
  trend_indicators: phase2,
  rsi_volume: phase3,
  volatility_intraday: phase4,
  lags_rolling: phase5,
  basic,
};

/** The reference of `stocks-hourly` with `basic`, by family, from the definitions alone. */
export const naiveHourly: Record<string, Record<string, HourlyNaive>> = Object.fromEntries(
  Object.entries(families).map(([family, cells]) => [
    family,
    Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, byRow(cell)])),
  ]),
);
