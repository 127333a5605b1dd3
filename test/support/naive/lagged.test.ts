import { describe, expect, test } from 'vitest';
import { draws } from '../draws.ts';
import { barsWith, contextOf, lastIn, momentumIs, repeat } from './examples.ts';
import { bestLag, cointegration, granger, information, shock } from './laggedPairs.ts';
import { ending, partialCorrelation, partialSlope, pearson, slopeOn, trendFit } from './pairs.ts';
import { plain } from './series.ts';

const series = (cells: number[]) => plain(Float64Array.from(cells));
const noise = (seed: number, rows: number) => {
  const { normal } = draws(seed);
  return repeat(rows, normal);
};

describe('a price that grows by a tenth a row', () => {
  const context = contextOf(barsWith({ close: repeat(400, i => Math.exp(i / 10)) }));

  test.each([
    ['w45_w90_momentum_acceleration', 0],
    ['w15_w60_momentum_divergence', 0],
    ['momentum_clustering', 1],
    ['temporal_regime_consistency', 1],
    ['curvature_consistency', 1],
    ['l15_r2_stability', 1],
    // Every fit ends below a convex line: five signs alike.
    ['multi_horizon_forecast_consistency', 1],
  ])('has %s %d', (name, expected) => {
    expect(lastIn(context, `lagged_cross_window_rate.${name}`)).toBeCloseTo(expected, 12);
  });
});

describe('squares of the row number as momentum', () => {
  const context = momentumIs(repeat(400, i => i * i));

  test('have A1 of twice the middle of a window', () => {
    const value = lastIn(context, 'lagged_cross_window_bqx.l15_slope_evolution');
    expect(value).toBeCloseTo(2 * (399 - 29.5) - 2 * (384 - 7), 8);
  });

  test('have changes of equal dispersion per row: s_W of a ramp of twos', () => {
    // The sample variance of n numbers two apart is n (n + 1) / 3.
    const s = (n: number) => Math.sqrt((n * (n + 1)) / 3);
    expect(lastIn(context, 'lagged_cross_window_bqx.vol_ratio_cascade')).toBeCloseTo(s(15) / s(75), 13);
    expect(lastIn(context, 'lagged_cross_window_bqx.l15_vol_term_structure_change')).toBeCloseTo(0, 13);
  });

  test('are fitted by parabolas, so that every window weighs the same', () => {
    expect(lastIn(context, 'lagged_cross_window_bqx.adaptive_window_weight')).toBeCloseTo(45, 12);
  });
});

describe('pairs', () => {
  const [x, y] = [series([1, 2, 3, 4, 5]), series([2, 1, 4, 3, 5])];

  test('have the correlation and slope of the textbook', () => {
    expect(pearson(x, 4, y, 4, 5).value).toBeCloseTo(0.8, 15);
    expect(slopeOn(y, 4, x, 4, 5).value).toBeCloseTo(0.8, 15);
    expect(trendFit(y, 4, 5).value).toBeCloseTo(0.64, 15);
  });

  test('have none where a side does not move', () => {
    expect(pearson(x, 4, series(repeat(5, () => 7)), 4, 5).value).toBeNaN();
    expect(slopeOn(y, 4, series(repeat(5, () => 7)), 4, 5).value).toBeNaN();
  });

  test('give a sum its own parts: y = 2 x - 3 z', () => {
    const [a, z] = [noise(1, 50), noise(2, 50)];
    const sum = series(a.map((value, i) => 2 * value - 3 * z[i]!));
    const [of, on, given] = [sum, series(a), series(z)].map(one => ending(one, 49));
    expect(partialSlope(of!, on!, given!, 50).value).toBeCloseTo(2, 12);
    expect(partialCorrelation(of!, on!, given!, 50).value).toBeCloseTo(1, 12);
  });

  test('the partial correlation is that of the three correlations', () => {
    const [a, b, z] = [noise(3, 50), noise(4, 50), noise(5, 50)].map(series);
    const r = (left = a!, right = b!) => pearson(left, 49, right, 49, 50).value;
    const [ab, az, bz] = [r(), r(a, z), r(b, z)];
    const expected = (ab - az * bz) / Math.sqrt((1 - az ** 2) * (1 - bz ** 2));
    const actual = partialCorrelation(ending(a!, 49), ending(b!, 49), ending(z!, 49), 50);
    expect(actual.value).toBeCloseTo(expected, 13);
  });
});

describe('over 240 rows', () => {
  const rows = 400;
  const a = noise(6, rows);

  test('the best lag is the one by which a series follows another', () => {
    const follower = series(a.map((value, i) => value + (a[i - 17] ?? 0) * 3));
    expect(bestLag(series(a), follower, rows - 1)).toEqual({ value: 17, slack: 0 });
  });

  test('the residual of a walk beside a line keeps its coefficient', () => {
    // e alternates, and is what least squares leaves of itself when x is orthogonal to it.
    const x = repeat(rows, i => Math.floor(i / 2) % 2);
    const y = repeat(rows, i => (i % 2 === 0 ? 1 : -1) + 3 * x[i]!);
    expect(cointegration(series(y), series(x), rows - 1).value).toBeCloseTo(-1, 10);
  });

  test('F and information are functions of one partial correlation', () => {
    const [x, y] = [series(a), series(a.map((value, i) => (a[i - 15] ?? 0) + value / 4 + Math.sin(i)))];
    const f = granger(y, x, rows - 1).value;
    const share = f / (237 + f);
    expect(share).toBeGreaterThan(0.1);
    expect(information(y, x, rows - 1).value).toBeCloseTo(-Math.log(1 - share) / 2, 12);
  });

  test('a shock is followed by fifteen rows, as far as they lie in the window', () => {
    const spike = series(repeat(rows, i => (i === rows - 11 ? 100 : 0)));
    // b is 1 in the ten rows after the event and 0 before: mean 10/240, sd of a share.
    const b = series(repeat(rows, i => (i > rows - 11 ? 1 : 0)));
    const p = 10 / 240;
    const expected = (1 - p) / Math.sqrt((240 / 239) * p * (1 - p));
    expect(shock(spike, b, rows - 1).value).toBeCloseTo(expected, 12);
    expect(shock(series(repeat(rows, i => i % 2)), b, rows - 1)).toEqual({ value: 0, slack: 0 });
  });
});
