import { absolute, add, type Bounded, divideOrNull, exact, scale, subtract } from './bounded.ts';
import { type Clock, type ClockBars, clockBars, clockOf } from './clockBars.ts';
import { momentum, type Naive, type NaiveContext } from './context.ts';
import {
  derive,
  divideOr,
  ema,
  greater,
  largest,
  logRatio,
  mean,
  once,
  psd,
  same,
  sd,
  signOf,
  slope,
  strict,
  wilder,
} from './derived.ts';
import { byRow, type DomainName, exactly } from './domains.ts';
import { trendFit } from './pairs.ts';
import { volatility } from './realizedVolatility.ts';
import { at, type Series } from './series.ts';
import { tercileOf } from './volRegime.ts';

/** A feature from the row and the last bar that is complete there. */
type Cell = (scale: Scale, row: number, bar: number) => Bounded;

/** One domain at one length of bars. */
type Scale = {
  readonly domain: DomainName;
  readonly minutes: number;
  readonly x: Series;
  readonly r: Series;
  readonly clock: Clock;
  readonly bars: ClockBars;
  readonly second: ClockBars;
  /** sd of r over 20 rows. */
  readonly volatility: Series;
  /** A series by bars, computed once. */
  readonly byBar: (name: string, cell: (bar: number) => Bounded) => Series;
  /** Tercile of the volatility of rows in its last 1440 values. */
  readonly tercile: () => Series;
};

const scaleOf = (context: NaiveContext, domain: DomainName, minutes: number): Scale =>
  once(context, `scale ${domain} ${minutes}`, () => makeScale(context, domain, minutes));

const makeScale = (context: NaiveContext, domain: DomainName, minutes: number): Scale => {
  const { x, r } = context[domain];
  const level = context.rate.x;
  const clock = clockOf(context, minutes);
  const w60 = () =>
    derive(context, 'w60 momentum', row => momentum(level, row, 60), { of: [level], window: 61 });
  const volatile = volatility(context, domain);
  return {
    domain,
    minutes,
    x,
    r,
    clock,
    bars: clockBars(clock, domain, x),
    second: domain === 'rate' ? clockBars(clock, 'bqx', context.bqx.x) : clockBars(clock, 'w60', w60()),
    volatility: volatile,
    byBar: (name, cell) => derive(clock, `${domain} ${name}`, cell),
    tercile: () => derive(context, `tercile ${domain}`, row => tercileOf(volatile, row, 1440)),
  };
};

const returns = ({ domain, bars: { c }, byBar }: Scale): Series =>
  byBar('returns', bar => {
    const [now, before] = [at(c, bar), at(c, bar - 1)];
    return domain === 'rate' ? logRatio(now, before) : subtract(now, before);
  });

const vol20 = (all: Scale): Series => {
  const moves = returns(all);
  return all.byBar('vol 20', bar => sd(moves, bar, 20));
};

const changes = ({ bars: { c }, byBar }: Scale): Series =>
  byBar('changes', bar => exactly(at(c, bar), at(c, bar - 1)));

const rsi: Cell = (all, _, bar) => {
  const d = changes(all);
  const gains = all.byBar('gains', i => largest(at(d, i), exact(0)));
  const losses = all.byBar('losses', i => largest(scale(at(d, i), -1), exact(0)));
  const [up, down] = [wilder(gains, bar, 14), wilder(losses, bar, 14)];
  return scale(divideOr(up, add(up, down), 0.5, 1), 100);
};

const atr: Cell = ({ bars: { h, l, c }, byBar }, _, bar) => {
  const range = byBar('true range', i => {
    const before = at(c, i - 1);
    const away = (x: Series) => absolute(exactly(at(x, i), before));
    return largest(exactly(at(h, i), at(l, i)), away(h), away(l));
  });
  return wilder(range, bar, 14);
};

const bandWidth: Cell = ({ domain, bars: { c } }, _, bar) => {
  const width = scale(psd(c, bar, 20), 4);
  return domain === 'rate' ? divideOrNull(width, mean(c, bar, 20)) : width;
};

const slopes = ({ x, bars: { c } }: Scale, row: number, bar: number): [Bounded, Bounded] => [
  signOf(slope(x, row, 20)),
  signOf(slope(c, bar, 10)),
];

const fits = ({ x, bars: { c } }: Scale, row: number, bar: number): [Bounded, Bounded] => [
  trendFit(x, row, 20),
  trendFit(c, bar, 10),
];

/** 1 where the signs are opposite and both lines explain more than half; where a line explains nothing, 0 or NULL. */
const divergence: Cell = (all, row, bar) => {
  const [short, long] = slopes(all, row, bar);
  return strict([short, long], () => {
    const [near, far] = fits(all, row, bar);
    const opposite: Bounded = {
      value: short.value * long.value < 0 ? 1 : 0,
      slack: short.slack + long.slack,
    };
    const flags = [opposite, greater(near, exact(0.5)), greater(far, exact(0.5))];
    if (flags.some(({ value }) => Number.isNaN(value))) return { value: 0, slack: 0, maybeNull: true };
    const value = flags.every(flag => flag.value === 1) ? 1 : 0;
    const kept = { value, slack: flags.some(({ slack }) => slack > 0) ? 1 : 0 };
    return near.maybeNull || far.maybeNull ? { ...kept, maybeNull: true } : kept;
  });
};

const ofBars: Record<string, Cell> = {
  sma_10: ({ bars: { c } }, _, bar) => mean(c, bar, 10),
  ema_20: ({ bars: { c } }, _, bar) => ema(c, bar, 20),
  vol_20: (all, _, bar) => at(vol20(all), bar),
};

const ofSecond: Record<string, Cell> = {
  sma_10: ({ second: { c } }, _, bar) => mean(c, bar, 10),
  vol_20: ({ second: { c }, byBar }, _, bar) =>
    sd(
      byBar('second changes', i => subtract(at(c, i), at(c, i - 1))),
      bar,
      20,
    ),
};

const cells = (domain: DomainName, name: string): Record<string, Cell> => {
  const [first, second] =
    domain === 'rate' ? [`rate_idx_${name}`, `bqx_${name}`] : [`bqx_${name}`, `bqx_w60_${name}`];
  const named = (prefix: string, of: Record<string, Cell>) =>
    Object.fromEntries(Object.entries(of).map(([key, cell]) => [`${prefix}_${key}`, cell]));
  return {
    ...named(first!, ofBars),
    ...named(second!, ofSecond),
    [`rsi_${name}_14`]: rsi,
    [`macd_${name}`]: ({ bars: { c } }, _, bar) => subtract(ema(c, bar, 12), ema(c, bar, 26)),
    [`atr_${name}_14`]: atr,
    [`bb_width_${name}`]: bandWidth,
    [`sma_1m_vs_${name}_ratio`]: ({ x, bars: { c } }, row, bar) => {
      const [near, far] = [mean(x, row, 10), mean(c, bar, 10)];
      return domain === 'rate' ? divideOrNull(near, far) : subtract(near, far);
    },
    [`vol_1m_vs_${name}_ratio`]: (all, row, bar) =>
      divideOrNull(scale(at(all.volatility, row), Math.sqrt(all.minutes)), at(vol20(all), bar)),
    [`trend_1m_vs_${name}_agreement`]: (all, row, bar) => same(...slopes(all, row, bar)),
    [`regime_1m_vs_${name}_agreement`]: (all, row, bar) => {
      const moves = vol20(all);
      return same(
        at(all.tercile(), row),
        at(
          all.byBar('tercile', i => tercileOf(moves, i, 60)),
          bar,
        ),
      );
    },
    [`scale_${name}_dominance`]: (all, row, bar) => {
      const [near, far] = fits(all, row, bar);
      return subtract(far, near);
    },
    [`scale_${name}_divergence_flag`]: divergence,
  };
};

/** multi_scale_30m and multi_scale_60m of a domain (15 each). */
export const multiScale = (domain: DomainName, minutes: 30 | 60): Record<string, Naive> =>
  Object.fromEntries(
    Object.entries(cells(domain, `${minutes}m`)).map(([name, cell]): [string, Naive] => [
      name,
      byRow((context, row) => {
        const all = scaleOf(context, domain, minutes);
        return cell(all, row, all.clock.complete(row));
      }),
    ]),
  );
