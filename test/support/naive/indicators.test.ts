import { describe, expect, test } from 'vitest';
import { barsWith, contextOf, lastIn, momentumIs, repeat, steps } from './examples.ts';

const rows = 2000;
const t = rows - 1;

describe('a market that rises by one a row, its bars one around the close', () => {
  const context = contextOf(barsWith(steps(rows, 1)));

  test.each([
    ['technical_rate.w14_rsi', 100],
    // Exponential means lag a ramp by (n - 1) / 2.
    ['technical_rate.w26_macd_line', 12.5 - 5.5],
    ['technical_rate.w26_macd_signal', 7],
    ['technical_rate.w26_macd_histogram', 0],
    ['technical_rate.w14_stoch_k', 1400 / 15],
    ['technical_rate.w14_stoch_d', 1400 / 15],
    ['technical_rate.w14_williams_r', -100 / 15],
    ['technical_rate.w20_cci', 9.5 / (0.015 * 5)],
    ['technical_rate.w12_roc', (100 * 12) / (t - 12)],
    ['technical_rate.w14_plus_di', 50],
    ['technical_rate.w14_minus_di', 0],
    ['technical_rate.w14_adx', 100],
    ['technical_rate.w14_atr', 2],
    ['technical_rate.w14_atr_pct', 200 / t],
    ['technical_rate.w20_momentum', 20],
    ['technical_rate.w15_trix', 100 / (t - 22)],
    ['technical_rate.w28_ultimate_oscillator', 50],
    ['technical_rate.w34_awesome_oscillator', 16.5 - 2],
    ['technical_rate.w10_chaikin_volatility', 0],
    ['technical_rate.w20_donchian_position', 20 / 21],
    ['technical_rate.w20_keltner_position', 0.5 + 9.5 / 8],
    ['technical_rate.w14_vortex_plus', 1.5],
    ['technical_rate.w14_vortex_minus', 0.5],
    ['technical_rate.w25_mass_index', 25],
    ['technical_rate.w14_ulcer_index', 0],
    ['technical_rate.w14_mfi', 100],
    ['technical_rate.w20_cmf', 0],
    ['fibonacci_rate.w100_fib_range_high', t + 1],
    ['fibonacci_rate.w100_fib_range_low', t - 100],
    ['fibonacci_rate.w100_fib_ret_236', t + 1 - 0.236 * 101],
    ['fibonacci_rate.w100_fib_ext_1618', t + 1 + 0.618 * 101],
    ['fibonacci_rate.w100_fib_grid_position', 100 / 101],
  ])('has %s %d', (feature, expected) => {
    expect(lastIn(context, feature)).toBeCloseTo(expected, 9);
  });
});

describe('a falling market', () => {
  const context = contextOf(barsWith(steps(rows, -1, 5000)));
  const high = 5000 - t + 13;

  test.each([
    ['technical_rate.w21_rsi', 0],
    ['technical_rate.w14_plus_di', 0],
    ['technical_rate.w14_minus_di', 50],
    ['technical_rate.w28_ultimate_oscillator', 50],
    ['technical_rate.w14_mfi', 0],
    // Each of 14 rows is 13 below the highest close of its own 14.
    [
      'technical_rate.w14_ulcer_index',
      Math.sqrt(repeat(14, i => (1300 / (high + i)) ** 2).reduce((a, b) => a + b) / 14),
    ],
  ])('has %s %d', (feature, expected) => {
    expect(lastIn(context, feature)).toBeCloseTo(expected, 9);
  });
});

describe('a momentum that rises by one a row', () => {
  const context = momentumIs(
    repeat(rows, i => i),
    { volume: repeat(rows, () => 2) },
  );

  test.each([
    ['technical_bqx.w14_rsi', 100],
    ['technical_bqx.w26_macd_line', 7],
    ['technical_bqx.w14_stoch_k', 100],
    ['technical_bqx.w14_williams_r', -0],
    ['technical_bqx.w12_roc', 1200 / (t - 12)],
    ['technical_bqx.w14_plus_di', 100],
    ['technical_bqx.w14_adx', 100],
    ['technical_bqx.w14_atr', 1],
    ['technical_bqx.w14_atr_pct', 100 / (t - 6.5)],
    ['technical_bqx.w15_trix', 1],
    ['technical_bqx.w28_ultimate_oscillator', 100],
    ['technical_bqx.w34_awesome_oscillator', 14.5],
    ['technical_bqx.w10_chaikin_volatility', 0],
    ['technical_bqx.w20_donchian_position', 1],
    // The pseudo bar of five rows is four high.
    ['technical_bqx.w20_keltner_position', 0.5 + 9.5 / 16],
    ['technical_bqx.w14_vortex_plus', 5 / 4],
    ['technical_bqx.w14_vortex_minus', 3 / 4],
    ['technical_bqx.w25_mass_index', 25],
    ['technical_bqx.w14_ulcer_index', 0],
    ['technical_bqx.w14_mfi', 100],
    ['technical_bqx.w20_cmf', 1],
    ['fibonacci_bqx.w100_fib_ret_500', t - 49.5],
    ['fibonacci_bqx.w100_fib_grid_position', 1],
  ])('has %s %d', (feature, expected) => {
    expect(lastIn(context, feature)).toBeCloseTo(expected, 9);
  });
});

describe('where nothing moves', () => {
  const flat = repeat(rows, () => 5);
  const context = contextOf(barsWith({ open: flat, high: flat, low: flat, close: flat, volume: flat }));

  test.each([
    ['w14_rsi', 50],
    ['w14_stoch_k', 50],
    ['w14_williams_r', -50],
    ['w20_cci', 0],
    ['w14_adx', 0],
    ['w14_plus_di', 0],
    ['w28_ultimate_oscillator', 50],
    ['w20_donchian_position', 0.5],
    ['w20_keltner_position', 0.5],
    ['w14_mfi', 50],
    ['w20_cmf', 0],
  ])('%s is the neutral %d in both domains', (name, expected) => {
    expect(lastIn(context, `technical_rate.${name}`)).toBe(expected);
    expect(lastIn(context, `technical_bqx.${name}`)).toBe(expected);
  });

  test.each(['w14_vortex_plus', 'w25_mass_index', 'w10_chaikin_volatility'])('%s is NULL', name => {
    expect(lastIn(context, `technical_rate.${name}`)).toBeNaN();
  });
});
