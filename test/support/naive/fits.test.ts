import { describe, expect, test } from 'vitest';
import { barsWith, columnIn, contextOf, lastIn, repeat, steps } from './examples.ts';

const last = (feature: string, close: number[]) => lastIn(contextOf(barsWith({ close })), feature);

describe('a parabola of 15 rows', () => {
  const close = repeat(15, i => (i - 7) ** 2 + 3 * (i - 7) + 5);
  const variance = 224 / 12;

  test.each([
    ['a2', variance],
    ['a1', 3 * Math.sqrt(variance)],
    ['b', 5],
    ['r2', 1],
    ['prediction', 49 + 21 + 5],
    ['vertex_x', -1.5 / Math.sqrt(variance)],
    ['vertex_y', 5 - 2.25],
    ['curvature', variance],
    ['residual_mean', 0],
  ])('has %s %d', (name, expected) => {
    expect(last(`reg_rate.w15_${name}`, close)).toBeCloseTo(expected, 12);
  });
});

describe('a spike in the middle of 15 rows', () => {
  const close = repeat(15, i => (i === 7 ? 1 : 0));
  // The sum of squares of u^2 - 1 over the window, by the fourth moment of 15 equally spaced numbers.
  const norm = 15 * ((9 * 225 - 21) / (5 * 224) - 1);
  const total = 14 / 15;
  const rmse = Math.sqrt((total - 1 / norm) / 15);
  const end = 49 / (224 / 12) - 1;

  test.each([
    ['a2', -1 / norm],
    ['a1', 0],
    ['b', 1 / 15 + 1 / norm],
    ['r2', 1 / norm / total],
    ['fit_quality', 1 / norm / total],
    ['rmse', rmse],
    ['residual_std', rmse],
    ['prediction', 1 / 15 - end / norm],
    ['pred_interval_lower', 1 / 15 - end / norm - 1.96 * rmse],
    ['pred_interval_upper', 1 / 15 - end / norm + 1.96 * rmse],
    ['extrapolation_error', rmse / Math.abs(1 / 15 - end / norm)],
  ])('has %s %d', (name, expected) => {
    expect(last(`reg_rate.w15_${name}`, close)).toBeCloseTo(expected, 14);
  });
});

describe('a constant', () => {
  const close = repeat(200, () => 0.1 + 0.2);

  test.each([
    ['reg_rate.agg_b', 0.1 + 0.2],
    ['reg_rate.agg_prediction', 0.1 + 0.2],
    ['reg_rate.agg_rmse', 0],
    ['reg_rate.agg_r2', Number.NaN],
    ['reg_rate.agg_vertex_y', Number.NaN],
    ['reg_bqx.w60_a1', 0],
    ['parabolic_comparison_rate.w15_w60_a2_ratio', Number.NaN],
    ['parabolic_comparison_rate.a2_regime_shift', 0],
    ['parabolic_comparison_rate.b_reversion_tendency', Number.NaN],
  ])('has %s %d', (feature, expected) => {
    expect(last(feature, close)).toBe(expected);
  });
});

describe('squares of the row number', () => {
  // Around the middle c of a window i^2 is c^2 + 2 c k + k^2: A2 = 1 and A1 = 2 c in every window.
  const [rows, t] = [130, 129];
  const close = repeat(rows, i => i * i);
  const slopes = [15, 30, 45, 60, 75, 90].map(window => 2 * (t - (window - 1) / 2));
  const mean = slopes.reduce((sum, x) => sum + x, 0) / 6;
  const weights = [15, 30, 45, 60, 75, 90].map(window => 1 / window);
  const weighted =
    slopes.reduce((sum, x, i) => sum + x * weights[i]!, 0) / weights.reduce((a, b) => a + b, 0);
  const b = (window: number) => (t - (window - 1) / 2) ** 2;

  test.each([
    ['w15_w60_a2_ratio', 1],
    ['a2_consistency', 0],
    ['a2_trend_slope', 0],
    ['a2_regime_shift', 0],
    ['w45_w90_a1_ratio', (t - 22) / (t - 44.5)],
    ['a1_consistency', Math.sqrt(slopes.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 5)],
    ['a1_acceleration', 2],
    ['a1_momentum', weighted],
    ['w15_w45_b_gap', b(15) - b(45)],
    ['b_drift_rate', (b(60) - (t - 60 - 29.5) ** 2) / 60],
    ['w30_w90_r2_spread', 0],
    ['quality_degradation_flag', 0],
  ])('have %s %d', (name, expected) => {
    expect(last(`parabolic_comparison_rate.${name}`, close)).toBeCloseTo(expected, 8);
  });
});

test('a fit is NULL for the first W - 1 rows', () => {
  const b = columnIn(contextOf(barsWith(steps(20, 1))), 'reg_rate.w15_b');
  expect([...b.subarray(13, 15)]).toEqual([Number.NaN, expect.closeTo(7, 12)]);
});
