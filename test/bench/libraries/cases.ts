import { column, type Expr } from '../../../host/catalog/expr.ts';
import { atr, rsi } from '../../../host/catalog/ranges.ts';
import {
  abs,
  add,
  corr,
  diff,
  drift,
  ema,
  gt,
  kurt,
  lag,
  linearR2,
  max,
  maxOf,
  mean,
  median,
  min,
  mul,
  pstd,
  ratioOr,
  select,
  skew,
  slope,
  sub,
  sum,
  wilder,
} from '../../../host/catalog/vocabulary.ts';
import { pairColumns } from './inputs.ts';

/** The windows that a family of the catalogue asks for. */
export const windows = [15, 30, 45, 60, 75] as const;

/** What every library is asked for under one name, and ours. */
export type Case = {
  /** As the programs call it: `mean 30`, `mean set`, `macd`. */
  readonly name: string;
  /** What it is one of: `mean`, `macd`. */
  readonly kind: string;
  /** Of each plane, where it is one of a window. */
  readonly windows: readonly number[];
  readonly exprs: readonly Expr[];
  /** Rows after which a recursion has forgotten how it began. */
  readonly forgets: number;
};

const bar = { open: column('open'), high: column('high'), low: column('low'), close: column('close') };
const { high, low, close } = bar;
const [x, y] = pairColumns.map(column) as [Expr, Expr];

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

/** Close less the value that the least-squares line of the window has in the newest row. */
const residual = (n: number): Expr => sub(mul((1 - n) / 2, slope(close, n)), drift(close, n));

/** Operators of one window, by the name that the programs use. */
export const kinds: Readonly<Record<string, (n: number) => Expr>> = {
  sum: n => sum(close, n),
  mean: n => mean(close, n),
  sd: n => pstd(close, n),
  max: n => max(close, n),
  min: n => min(close, n),
  ema: n => ema(close, n),
  slope: n => slope(close, n),
  median: n => median(close, n),
  corr: n => corr(x, y, n),
  skew: n => skew(x, n),
  kurt: n => kurt(x, n),
};

const indicators: Readonly<Record<string, (n: number) => Expr>> = {
  rsi: n => rsi(diff(close, 1), n),
  atr: n => atr(bar, n),
  adx,
};

const recursive: Readonly<Record<string, number>> = {
  ...{ ema: 40 * 75, macd: 80 * 26 },
  ...{ rsi: 60 * 14, atr: 60 * 14, adx: 120 * 14 },
};

function made(name: string, own: readonly number[], exprs: readonly Expr[]): Case {
  const kind = name.split(' ')[0]!;
  return { name, kind, windows: own, exprs, forgets: recursive[kind] ?? 200 };
}

const entries = (of: Readonly<Record<string, (n: number) => Expr>>, n: number): Case[] =>
  Object.entries(of).map(([kind, expr]) => made(`${kind} ${n}`, [n], [expr(n)]));

/** One window each. */
export const singles: readonly Case[] = [
  ...entries(kinds, 30),
  ...entries(indicators, 14),
  made('macd', [], macd()),
  made('bbands', [], bollinger()),
  made('stoch', [], stochastic()),
];

/** One operator over the five windows of a family. */
export const sets: readonly Case[] = Object.entries(kinds).map(([kind, of]) =>
  made(`${kind} set`, windows, windows.map(of)),
);

const over = (
  name: string,
  own: readonly number[],
  all: Readonly<Record<string, (n: number) => Expr>>,
): Case & { readonly of: readonly { readonly kind: string; readonly n: number }[] } => {
  const of = own.flatMap(n => Object.keys(all).map(kind => ({ kind, n })));
  return {
    ...made(
      name,
      [],
      of.map(({ kind, n }) => all[kind]!(n)),
    ),
    of,
  };
};

const some = (...names: string[]): Record<string, (n: number) => Expr> =>
  Object.fromEntries(names.map(name => [name, kinds[name]!]));

/** The sets by which KunQuant was measured: several operators over several windows of one symbol. */
export const mixed = [
  over('moments', [20, 50, 120], some('mean', 'sd', 'skew', 'kurt', 'min', 'max')),
  over('lines', [15, 30, 45, 60, 75, 90], {
    ...some('mean', 'sd', 'slope'),
    ...{ r2: n => linearR2(close, n), residual },
  }),
] as const;
