import { describe, expect, test } from 'vitest';
import { barsWith, columnIn, contextOf, lastIn, repeat } from './examples.ts';

describe('a price that rises by one a minute, over 400 minutes from midnight on', () => {
  const context = contextOf(barsWith({ close: repeat(400, i => 1000 + i) }));

  test('has its tenth bar of 30 minutes complete at minute 300, and holds it to minute 329', () => {
    const sma = columnIn(context, 'multi_scale_30m_rate.rate_idx_30m_sma_10');
    expect([sma[299], sma[300], sma[329], sma[330]]).toEqual([Number.NaN, 1164, 1164, 1194]);
  });

  test.each([
    // Bars close at 1029, 1059 .. 1389; the last ten from 1119 on.
    ['rate_idx_30m_sma_10', 1254],
    ['sma_1m_vs_30m_ratio', (1399 - 4.5) / 1254],
    ['trend_1m_vs_30m_agreement', 1],
    ['scale_30m_dominance', 0],
    ['scale_30m_divergence_flag', 0],
    ['atr_30m_14', Number.NaN],
  ])('has %s %d', (name, expected) => {
    const value = lastIn(context, `multi_scale_30m_rate.${name}`);
    if (Number.isNaN(expected)) expect(value).toBeNaN();
    else expect(value).toBeCloseTo(expected, 12);
  });
});

describe('one row in each hour, rising by one', () => {
  const rows = 700;
  const context = contextOf(barsWith({ close: repeat(rows, i => 1000 + i) }, 60));
  // The bar before the last is complete: its close is that of row 698.
  const close = 1698;

  test.each([
    ['rate_idx_60m_sma_10', close - 4.5],
    ['rate_idx_60m_ema_20', close - 9.5],
    ['rsi_60m_14', 100],
    ['macd_60m', 7],
    ['atr_60m_14', 1],
    ['bb_width_60m', (4 * Math.sqrt(399 / 12)) / (close - 9.5)],
  ])('has %s %d', (name, expected) => {
    expect(lastIn(context, `multi_scale_60m_rate.${name}`)).toBeCloseTo(expected, 9);
  });

  test('changes by the logarithm of the closes', () => {
    const r = repeat(20, k => Math.log((close - k) / (close - k - 1)));
    const mean = r.reduce((a, b) => a + b) / 20;
    const sd = Math.sqrt(r.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 19);
    expect(lastIn(context, 'multi_scale_60m_rate.rate_idx_60m_vol_20')).toBeCloseTo(sd, 13);
  });
});

test('a bar with a row that is NULL is NULL, and buckets without rows are no bars', () => {
  // Four rows in every other half hour.
  const close = repeat(60, i => i);
  close[6] = Number.NaN;
  const bars = barsWith({ close });
  const time = bars.time.map((_, i) => (Math.floor(i / 4) * 60 + (i % 4)) * 60_000_000);
  const sma = columnIn(contextOf({ ...bars, time }), 'multi_scale_30m_rate.rate_idx_30m_sma_10');
  // Rows 4 to 7 are the second bar: ten whole bars are 2 to 11, closing at 11, 15 .. 47, once row 48 is there.
  expect([sma[44], sma[47], sma[48]]).toEqual([Number.NaN, Number.NaN, 29]);
});
