import { describe, expect, test } from 'vitest';
import type { Bars } from '../../../host/catalog/bars.ts';
import { barsWith, type Columns, columnIn, contextOf, lastIn, minute, monday, repeat } from './examples.ts';
import { holidaysOf } from './holidays.ts';
import { naiveFamilies, naiveFeatures } from './index.ts';
import { horizon } from './movingAverages.ts';

const column = (feature: string, bars: Bars) => columnIn(contextOf(bars), feature);

const lastOf = (feature: string, columns: Columns): number => lastIn(contextOf(barsWith(columns)), feature);

const day = (text: string) => Date.parse(`${text}Z`) * 1000;
const atTime = (feature: string, text: string) =>
  column(`time_features.${feature}`, { time: Float64Array.of(day(text)), columns: {} })[0];

test('there is a reference for each of the 1060 features', () => {
  const sizes = Object.fromEntries(
    Object.entries(naiveFamilies).map(([family, features]) => [family, Object.keys(features).length]),
  );
  expect(sizes).toEqual({
    bqx_base: 37,
    moving_averages: 24,
    bollinger_rate: 10,
    bollinger_bqx: 10,
    statistics_rate: 24,
    statistics_bqx: 24,
    volume_features: 70,
    spread_features: 35,
    time_features: 20,
    reg_rate: 90,
    reg_bqx: 90,
    technical_rate: 30,
    technical_bqx: 30,
    fibonacci_rate: 10,
    fibonacci_bqx: 10,
    realized_volatility_rate: 15,
    realized_volatility_bqx: 15,
    hmm_regime_rate: 15,
    hmm_regime_bqx: 15,
    volatility_surface_rate: 15,
    volatility_surface_bqx: 15,
    liquidity_metrics_rate: 11,
    liquidity_metrics_bqx: 11,
    advanced_microstructure_rate: 20,
    advanced_microstructure_bqx: 20,
    lagged_cross_window_rate: 25,
    lagged_cross_window_bqx: 25,
    multi_scale_30m_rate: 15,
    multi_scale_30m_bqx: 15,
    multi_scale_60m_rate: 15,
    multi_scale_60m_bqx: 15,
    parabolic_comparison_rate: 24,
    parabolic_comparison_bqx: 20,
    spectral_features_rate: 12,
    spectral_features_bqx: 12,
    wavelet_features_rate: 10,
    wavelet_features_bqx: 10,
    ssa_features_rate: 8,
    ssa_features_bqx: 8,
    correlation_rate: 45,
    correlation_bqx: 45,
    error_correction_rate: 12,
    error_correction_bqx: 12,
    cross_sectional_panel: 46,
    market_regime_rate: 10,
    market_regime_bqx: 10,
  });
  expect(Object.keys(naiveFeatures)).toHaveLength(1060);
});

describe('moments of 1..20', () => {
  const close = repeat(20, i => i + 1);

  test.each([
    ['statistics_rate.w20_mean', 10.5],
    // Of n equally spaced numbers: variance n(n + 1)/12, kurtosis -6(n^2 + 1)/(5(n^2 - 1)).
    ['statistics_rate.w20_std', Math.sqrt(35)],
    ['statistics_rate.w20_skew', 0],
    ['statistics_rate.w20_kurt', -2406 / 1995],
    ['statistics_rate.w20_range', 19],
    ['statistics_rate.w20_z_score', 9.5 / Math.sqrt(35)],
    ['bollinger_rate.w20_bb_upper', 10.5 + Math.sqrt(133)],
    ['bollinger_rate.w20_bb_bandwidth', (2 * Math.sqrt(133)) / 10.5],
    ['bollinger_rate.w20_bb_percent_b', 0.5 + 9.5 / (2 * Math.sqrt(133))],
    ['moving_averages.w5_sma_idx', 18],
  ])('%s is %d', (feature, expected) => {
    expect(lastOf(feature, { close })).toBeCloseTo(expected, 13);
  });

  test('the first 19 rows are NULL', () => {
    expect(
      [...column('statistics_rate.w20_mean', barsWith({ close })).subarray(0, 19)].every(Number.isNaN),
    ).toBe(true);
  });
});

describe('a constant window', () => {
  const flat = { close: repeat(200, () => 0.1 + 0.2), volume: repeat(200, () => 3) };

  test.each([
    ['statistics_rate.w20_mean', 0.1 + 0.2],
    ['statistics_rate.w120_std', 0],
    ['statistics_rate.w50_skew', Number.NaN],
    ['statistics_rate.w50_z_score', 0],
    ['bollinger_rate.w50_bb_percent_b', 0.5],
    ['bollinger_bqx.w50_bb_percent_b', 0.5],
    ['volume_features.w15_vol_corr_idx', 0],
    ['volume_features.w15_vol_momentum_div_idx', Number.NaN],
    ['volume_features.w15_vol_trend_idx', 0],
    ['bqx_base.w75_bqx_return', 0],
  ])('%s is %d exactly', (feature, expected) => {
    expect(lastOf(feature, flat)).toBe(expected);
  });
});

describe('momentum and means', () => {
  const fallen = repeat(16, i => (i < 15 ? 101 : 100));

  test.each([
    ['bqx_base.w15_bqx_return', 0.15],
    ['bqx_base.w15_bqx_endpoint', 0.01],
    ['bqx_base.w15_bqx_max_index', 101],
    ['bqx_base.w15_bqx_stdev_index', 0],
  ])('%s of a fall by one after 15 bars is %d', (feature, expected) => {
    expect(lastOf(feature, { close: fallen })).toBeCloseTo(expected, 14);
  });

  test('the horizon is the power of two that leaves less than 2^-53', () => {
    expect([5, 10, 20, 50, 100, 200].map(span => horizon(2 / (span + 1)))).toEqual([
      128, 256, 512, 1024, 2048, 4096,
    ]);
  });

  test('an exponential mean lags a ramp by (n - 1) / 2', () => {
    const ema = column('moving_averages.w5_ema_idx', barsWith({ close: repeat(200, i => i) }));
    expect([ema[126], ema[127]]).toEqual([Number.NaN, expect.closeTo(125, 12)]);
  });
});

describe('volume', () => {
  const close = repeat(31, i => 100 + (i % 2));
  const volume = repeat(31, i => (i % 2 ? 3 : 1));

  test.each([
    // The last five rows: closes 100 101 100 101 100, volumes 1 3 1 3 1.
    ['volume_features.w5_vwap_idx', 906 / 9],
    ['volume_features.w5_uptick_ratio_idx', 6 / 9],
    ['volume_features.w5_downtick_ratio_idx', 3 / 9],
    ['volume_features.w15_cumulative_delta_idx', 7 * 3 - 8],
    ['volume_features.w15_vol_imbalance_idx', 13 / 29],
    ['volume_features.w15_vol_spike_idx', 0],
  ])('%s is %d', (feature, expected) => {
    expect(lastOf(feature, { close, volume })).toBeCloseTo(expected, 13);
  });

  test('the trend is the slope over the mean', () => {
    const rising = { close: repeat(15, () => 1), volume: repeat(15, i => 2 * i) };
    expect(lastOf('volume_features.w15_vol_trend_idx', rising)).toBeCloseTo(2 / 14, 15);
  });

  test('divergence is the price score less the volume score', () => {
    const moving = { close: [0, 1, 3, 6, 10, 15].map(x => 100 + x), volume: [1, 2, 3, 4, 5, 6] };
    const columns = {
      close: [...repeat(5, () => 100), ...moving.close.slice(1)],
      volume: repeat(10, i => i + 1),
    };
    // d = 1..5 with sd sqrt(2.5); volumes 1..10: 40 - 15, sd sqrt(110/12).
    const expected = 15 / Math.sqrt(12.5) - 25 / Math.sqrt((110 / 12) * 10);
    expect(lastOf('volume_features.w5_vol_momentum_div_idx', columns)).toBeCloseTo(expected, 13);
  });
});

describe('quotes', () => {
  const quoted = (mid: number[]) => ({
    close: mid,
    bid_close: mid.map(x => x - 0.5),
    ask_close: mid.map(x => x + 0.5),
    spread_close: mid.map(() => 1),
  });

  test.each([
    // dm alternates between 1 and -1: covariance -60/59.
    ['spread_features.w60_roll_cost', Math.sqrt(60 / 59)],
    ['spread_features.tick_rule', 1],
    ['spread_features.quoted_spread', 100 / 101],
    ['spread_features.effective_spread', 0],
    ['spread_features.l5_realized_spread', (100 * 2 * -1 * (100 - 101)) / 100],
    ['spread_features.l5_price_impact', (100 * 2 * -1 * (101 - 100)) / 100],
    ['spread_features.w60_spread_percentile', 0],
    ['spread_features.w60_spread_regime', 1],
    ['spread_features.bid_ask_imbalance', 1],
  ])('%s is %d', (feature, expected) => {
    expect(lastOf(feature, quoted(repeat(62, i => 100 + (i % 2))))).toBeCloseTo(expected, 12);
  });

  test('the tick rule carries a sign for 256 changes and knows nothing before the first move', () => {
    const rule = column('spread_features.tick_rule', barsWith(quoted([5, 5, 4, ...repeat(258, () => 4)])));
    expect([rule[0], rule[1], rule[2], rule[257], rule[258]]).toEqual([Number.NaN, Number.NaN, -1, -1, 0]);
  });
});

describe('the calendar', () => {
  test.each([
    ['session_tokyo', '2024-01-08T07:59', 1],
    ['session_london', '2024-01-08T08:00', 1],
    ['session_overlap_ldn_ny', '2024-01-08T16:00', 0],
    ['session_minutes_to_close', '2024-01-08T13:00', 180],
    ['session_minutes_to_close', '2024-01-08T20:59', 1],
    ['session_minutes_to_close', '2024-01-08T21:00', 0],
    ['dow', '2024-01-08T00:00', 0],
    ['is_month_end', '2024-02-26T23:59', 0],
    ['is_month_end', '2024-02-27T00:00', 1],
    ['is_week_roll', '2024-01-12T16:59', 0],
    ['is_week_roll', '2024-01-12T17:00', 1],
    ['days_to_holiday_us', '2024-01-08T00:00', 7],
    ['days_to_holiday_uk', '2024-09-01T00:00', 30],
    ['days_to_holiday_jp', '2024-01-08T00:00', 0],
  ])('%s at %s is %d', (feature, text, expected) => {
    expect(atTime(feature, text)).toBe(expected);
  });

  test.each([
    // gov.uk/bank-holidays, and the two weekend days behind the substitutes.
    ['uk', 2022, '01-01 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-25 12-26 12-27'],
    // Cabinet Office of Japan; ten days on end at the change of emperor.
    [
      'jp',
      2019,
      '01-01 01-14 02-11 03-21 04-29 04-30 05-01 05-02 05-03 05-04 05-05 05-06 07-15 08-11 08-12 09-16 09-23 10-14 10-22 11-03 11-04 11-23',
    ],
    // opm.gov, with the Saturdays themselves and the Friday kept for New Year's Day 2022.
    ['us', 2021, '01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31'],
  ] as const)('holidays of %s in %d', (country, year, expected) => {
    const days = [...holidaysOf(country, year)].map(x => new Date(x * 86_400_000).toISOString());
    const ofYear = days.filter(x => x.startsWith(`${year}`)).map(x => x.slice(5, 10));
    expect(ofYear.sort().join(' ')).toBe(expected);
  });
});

describe('the session regime', () => {
  /** Twelve bars from each midnight on; the bars of day k swing by sizes[k]. */
  const bars = (sizes: number[]): Bars => {
    const rows = sizes.flatMap((size, k) =>
      repeat(12, i => ({ time: monday + k * 1440 * minute + i * minute, close: 100 + (i % 2) * size })),
    );
    return {
      time: Float64Array.from(rows, row => row.time),
      columns: { close: Float64Array.from(rows, row => row.close) },
    };
  };
  const regime = (sizes: number[]) => [...column('time_features.session_vol_regime', bars(sizes))].slice(-12);

  test('is NULL in the first session, whose first return is unknown, once ten bars are there', () => {
    expect(regime([1])).toEqual([...repeat(9, () => 1), ...repeat(3, () => Number.NaN)]);
  });

  test('is 1 until there are ten bars and twenty sessions', () => {
    expect(regime(repeat(21, () => 1))).toEqual(repeat(12, () => 1));
    expect(regime([...repeat(21, () => 1), 3]).slice(0, 9)).toEqual(repeat(9, () => 1));
  });

  test.each([
    [0, 0],
    [6, 0],
    [7, 1],
    [13, 1],
    [14, 2],
    [20, 2],
  ])('with %d of twenty sessions below it is %d', (below, expected) => {
    const earlier = repeat(20, k => (k < below ? 1 : 3));
    expect(regime([5, ...earlier, 2]).at(-1)).toBe(expected);
  });
});
