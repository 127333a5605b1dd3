import { describe, expect, test } from 'vitest';
import { column, type Expr } from '../../host/catalog/expr.ts';
import {
  corr,
  kurt,
  linearR2,
  quadraticA1,
  quadraticA2,
  quadraticR2,
  quadraticRmse,
  skew,
  slope,
  std,
} from '../../host/catalog/vocabulary.ts';
import { differences } from '../support/bits.ts';
import { subjectOfExpressions } from '../support/contract.ts';
import { draws } from '../support/draws.ts';
import { exactFit } from '../support/exactFits.ts';
import { exactCorrelation, exactMoments, exactSlope } from '../support/exactMoments.ts';
import { hex } from '../support/kernelShapes.ts';

// Noise of sd 1 on a level of 1e9, against exact arithmetic: moments have the digits of the differences between rows, which
// are exact here, and not those of the level, where a mean has an error of 1e-7.

const rows = 6_000;
const windows = [30, 2_000];
const u = 2 ** -53;
/** What every statistic promises on such a series, whatever the bound below comes to. */
const promised = 1e-12;

const noise = (seed: number): Float64Array => {
  const { normal } = draws(seed);
  return Float64Array.from({ length: rows }, normal);
};
const [first, second] = [noise(1), noise(2)];
const time = first.map((_, row) => row * 60_000_000);
const bars = {
  time,
  columns: {
    close: first.map(x => 1e9 + x),
    open: second.map((y, row) => 1e9 + y + first[row]!),
  },
};
const [close, open] = [column('close'), column('open')];

/** Range of a window in units of its sd. */
const spread = (x: Float64Array): number => {
  const sd = exactMoments(x).std * Math.sqrt((x.length - 1) / x.length);
  return (Math.max(...x) - Math.min(...x)) / sd;
};

const sd = (x: Float64Array): number => exactMoments(x).std;

type Statistic = {
  readonly expr: (window: number) => Expr;
  readonly exact: (x: Float64Array, y: Float64Array) => number;
  /** What an error is relative to: what the statistic is a sum of, where its terms cancel. */
  readonly size: (x: Float64Array) => number;
  /** The largest error in units of D u. */
  readonly bound: (x: Float64Array, y: Float64Array) => number;
};

// The bounds, to the first order. u is the unit of rounding, R the range of the window, s its population sd (R >= 2 s), and a
// row goes through D = floor(log2 window) + 1 merges at most (5 and 11). In a merge the difference of values is exact;
// offsets and steps are at most R, so that the roundings of step and offset move the blocks by at most 6 u R against each
// other. Thus all sums are those of rows that lie at most e = 6 D u R beside the given ones, which changes M2 by
// 2 n s e, M3 by 6 n s^2 e, M4 by 8 e sqrt(M2 M4), a cross sum by n (s' e + s e'), a trend by n^2 e / 4. The roundings of
// the sums themselves come on top, all in units of D u R / s:
//
//   std    6 by e, 1 by D + 4 roundings
//   slope  6 by e, 1 by 2 D + 2 roundings, of sqrt(M2 / sum (j - mean j)^2)
//   corr   12 by e of cross sum and M2, 2 by 6 D + 8 roundings, for either series
//   skew   36 by e of M3, 8 by M2 in M3 (3 R times 2 D + 3 roundings), 17 by M3; of M2 below it 21 |skew|
//   a2, a1 9 and 6 by e, since the magnitudes of their weights add up to less than 1.5 and 1; 3 by the roundings of Q and T
//   rmse   6 by e, 6 by the roundings of the three forms of a merge
//   r2     twice those of rmse, and of linear_r2 twice those of std
//   kurt   72 by e of M4 and M2, 4 by M2 below; in M4, of its own size R^2 M2, 16 by M2, 68 by M3, 64 by M4 itself; of
//          kurt + 3
//
// That is at most 8e-13, but 4e-12 for kurt of 2,000 rows, all of whose roundings would have to be at their limit and of one
// sign: there the promise is the bound. What is reached is 1e-15.
const statistics: Readonly<Record<string, Statistic>> = {
  std: {
    expr: window => std(close, window),
    exact: x => exactMoments(x).std,
    size: x => exactMoments(x).std,
    bound: x => 7 * spread(x),
  },
  skew: {
    expr: window => skew(close, window),
    exact: x => exactMoments(x).skew,
    size: () => 1,
    bound: x => (61 + 21 * Math.abs(exactMoments(x).skew)) * spread(x),
  },
  kurt: {
    expr: window => kurt(close, window),
    exact: x => exactMoments(x).kurt,
    size: x => exactMoments(x).kurt + 3,
    bound: x => (76 + (148 * spread(x)) / (exactMoments(x).kurt + 3)) * spread(x),
  },
  slope: {
    expr: window => slope(close, window),
    exact: x => exactSlope(x),
    size: x => exactMoments(x).std / exactMoments(x.map((_, j) => j)).std,
    bound: x => 7 * spread(x),
  },
  a2: {
    expr: window => quadraticA2(close, window),
    exact: x => exactFit(x).a2,
    size: sd,
    bound: x => 12 * spread(x),
  },
  a1: {
    expr: window => quadraticA1(close, window),
    exact: x => exactFit(x).a1,
    size: sd,
    bound: x => 9 * spread(x),
  },
  rmse: {
    expr: window => quadraticRmse(close, window),
    exact: x => exactFit(x).rmse,
    size: sd,
    bound: x => 12 * spread(x),
  },
  r2: {
    expr: window => quadraticR2(close, window),
    exact: x => exactFit(x).r2,
    size: () => 1,
    bound: x => 24 * spread(x),
  },
  linearR2: {
    expr: window => linearR2(close, window),
    exact: x => exactFit(x).lineR2,
    size: () => 1,
    bound: x => 14 * spread(x),
  },
  corr: {
    expr: window => corr(close, open, window),
    exact: exactCorrelation,
    size: () => 1,
    bound: (x, y) => 14 * (spread(x) + spread(y)),
  },
};

const uses = Object.entries(statistics).flatMap(([name, statistic]) =>
  windows.map(window => ({ name: `${name} of ${window}`, window, statistic })),
);
const subject = subjectOfExpressions(
  'statistics',
  uses.map(({ name, window, statistic }) => ({ name, expr: statistic.expr(window) })),
);

describe('noise of sd 1 at 1e9', () => {
  test.each(uses)('$name rows has the digits of the noise', async ({ name, window, statistic }) => {
    const found = (await subject.compute(bars)).columns[name]!;
    const merges = Math.floor(Math.log2(window)) + 1;
    const step = window < 100 ? 97 : 571;
    for (let row = rows - 1; row >= window - 1; row -= step) {
      const [x, y] = [bars.columns.close, bars.columns.open].map(values =>
        values.slice(row - window + 1, row + 1),
      ) as [Float64Array, Float64Array];
      const exact = statistic.exact(x, y);
      const error = Math.abs(found[row]! - exact) / statistic.size(x);
      const allowed = Math.min(promised, merges * u * statistic.bound(x, y));
      if (!(error <= allowed))
        expect.fail(
          `row ${row}: ${hex(found[row]!)} instead of ${hex(exact)}, ${error} off, ${allowed} allowed`,
        );
    }
  });

  test.each(['close', 'open'] as const)(
    'has its bits back when 1e12 in %s has left the window',
    async name => {
      const at = 1_234;
      const wild = bars.columns[name].slice();
      wild[at] = 1e12;
      const before = await subject.compute(bars);
      const after = await subject.compute({ time, columns: { ...bars.columns, [name]: wild } });
      for (const { name: feature, window, statistic } of uses) {
        if (name === 'open' && statistic !== statistics.corr) continue;
        const only = (of: typeof before) => ({ time, columns: { [feature]: of.columns[feature]! } });
        const same = (from: number, to: number) => differences(only(before), only(after), { from, to });
        expect(same(0, at)).toEqual([]);
        expect(same(at + window, rows)).toEqual([]);
        expect(same(at + window - 1, at + window), feature).toHaveLength(1);
      }
    },
  );
});
