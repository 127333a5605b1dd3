import { call, column, type Expr } from '../../../host/catalog/expr.ts';
import { gain, loss, strength, trueRange } from '../../../host/catalog/ranges.ts';
import {
  abs,
  add,
  corr,
  diff,
  ema,
  gt,
  lag,
  max,
  maxOf,
  mean,
  min,
  mul,
  pstd,
  ratioOr,
  select,
  sub,
  wilder,
} from '../../../host/catalog/vocabulary.ts';

/** The windows that a family of the catalogue asks for. */
export const windows = [15, 30, 45, 60, 75] as const;

/** What every library is asked for under one name, and ours. */
export type Case = {
  /** As the runners call it: `mean 30`, `mean set`, `macd`. */
  readonly name: string;
  readonly exprs: readonly Expr[];
  /** Rows after which a seeded recursion has forgotten its seed. */
  readonly forgets?: number;
};

const bar = { open: column('open'), high: column('high'), low: column('low'), close: column('close') };
const { high, low, close } = bar;

function rsi(n: number): Expr {
  const change = diff(close, 1);
  return strength(wilder(gain(change), n), wilder(loss(change), n));
}

function adx(n: number): Expr {
  const up = diff(high, 1);
  const down = sub(lag(low, 1), low);
  const [plus, minus] = [
    wilder(select(gt(up, down), maxOf(up, 0), 0), n),
    wilder(select(gt(down, up), maxOf(down, 0), 0), n),
  ];
  return wilder(mul(100, ratioOr(abs(sub(plus, minus)), add(plus, minus), 0)), n);
}

function macd(): Expr[] {
  const line = sub(ema(close, 12), ema(close, 26));
  const signal = ema(line, 9);
  return [line, signal, sub(line, signal)];
}

function bollinger(): Expr[] {
  const middle = mean(close, 20);
  const width = mul(2, pstd(close, 20));
  return [add(middle, width), middle, sub(middle, width)];
}

function stochastic(): Expr[] {
  const bottom = min(low, 14);
  const place = mul(100, ratioOr(sub(close, bottom), sub(max(high, 14), bottom), 0));
  return [place, mean(place, 3)];
}

/** Operators of one series and window, by the name that the runners use. */
const kinds: Readonly<Record<string, (n: number) => Expr>> = {
  sum: n => call('sum', [close], [n]),
  mean: n => mean(close, n),
  sd: n => pstd(close, n),
  max: n => max(close, n),
  min: n => min(close, n),
  ema: n => ema(close, n),
  slope: n => call('slope', [close], [n]),
  median: n => call('quantile', [close], [n, 0.5]),
  corr: n => corr(close, bar.open, n),
  skew: n => call('skew', [close], [n]),
  kurt: n => call('kurt', [close], [n]),
};

const recursive = { ema: 40 * 75, rsi: 60 * 14, atr: 60 * 14, adx: 120 * 14, macd: 80 * 26 } as const;
const forgetsOf = (name: string): number | undefined => recursive[name as keyof typeof recursive];

const made = (name: string, exprs: readonly Expr[]): Case => {
  const forgets = forgetsOf(name.split(' ')[0]!);
  return forgets === undefined ? { name, exprs } : { name, exprs, forgets };
};

/** One window each. */
export const singles: readonly Case[] = [
  ...Object.entries(kinds).map(([kind, of]) => made(`${kind} 30`, [of(30)])),
  made('rsi 14', [rsi(14)]),
  made('atr 14', [wilder(trueRange(bar), 14)]),
  made('adx 14', [adx(14)]),
  made('macd', macd()),
  made('bbands', bollinger()),
  made('stoch', stochastic()),
];

/** One operator over the five windows of a family. */
export const sets: readonly Case[] = Object.entries(kinds).map(([kind, of]) =>
  made(`${kind} set`, windows.map(of)),
);
