import { describe, expect, test } from 'vitest';
import { barsWith, type Columns, contextOf, lastIn, momentumIs, repeat } from './examples.ts';
import { erf } from './normal.ts';
import { explained } from './regression.ts';
import { plain } from './series.ts';

const quoted = (mid: number[], volume = mid.map(() => 4)): Columns => ({
  close: mid,
  bid_close: mid.map(x => x - 0.5),
  ask_close: mid.map(x => x + 0.5),
  bid_high: mid.map(x => x + 0.5),
  bid_low: mid.map(x => x - 0.5),
  ask_high: mid.map(x => x + 1.5),
  ask_low: mid.map(x => x - 0.5),
  spread_close: mid.map(() => 1),
  volume,
});

describe('a market that swings between 1 and e', () => {
  const rows = 1501;
  // The last row is at 1: it fell, and rows fell and rose in turn.
  const context = contextOf(barsWith(quoted(repeat(rows, i => (i % 2 === 0 ? 1 : Math.E)))));
  const meanSpread = (1 + 1 / Math.E) / 2;
  const sd = (n: number) => Math.sqrt(n / (n - 1));

  test.each([
    ['advanced_microstructure_rate.w20_amihud_illiquidity', 1e6 / 4],
    ['advanced_microstructure_rate.w20_kyle_lambda', 1 / 4],
    ['advanced_microstructure_rate.effective_spread', (-2 * (1 - Math.E)) / Math.E],
    // Five rows ago the market was at e, and had risen; six rows ago it was at 1.
    ['advanced_microstructure_rate.l5_realized_spread', 2],
    ['advanced_microstructure_rate.l5_price_impact', 0],
    ['advanced_microstructure_rate.w50_vpin', erf(1 / sd(50) / Math.SQRT2)],
    ['advanced_microstructure_rate.w20_volume_imbalance', 0],
    ['advanced_microstructure_rate.w20_tick_rule', 0],
    ['advanced_microstructure_rate.w60_bid_ask_bounce', 1],
    ['advanced_microstructure_rate.w60_quoted_spread_stability', 1],
    ['advanced_microstructure_rate.w20_depth_weighted_spread', 1],
    ['advanced_microstructure_rate.w60_market_efficiency', 1 / 5],
    ['advanced_microstructure_rate.w20_adverse_selection', 0],
    // The running sums alternate between 0 and 4 (or -4).
    ['advanced_microstructure_rate.w60_inventory_risk', (2 * sd(60)) / 240],
    ['advanced_microstructure_rate.w60_price_discovery', -1],
    ['advanced_microstructure_rate.w60_microstructure_noise', 59 / 59],
    ['liquidity_metrics_rate.w1440_spread_percentile', 1 / 2],
    ['liquidity_metrics_rate.w20_depth_proxy', 4 / sd(20)],
    ['liquidity_metrics_rate.w60_liquidity_score', -(1 - meanSpread) / ((sd(60) * (1 - 1 / Math.E)) / 2)],
    ['liquidity_metrics_rate.w60_time_to_execute', 250],
    ['liquidity_metrics_rate.w240_liquidity_shock', 0],
    ['liquidity_metrics_rate.w20_slippage_estimate', meanSpread / 2 + sd(20) / 10],
    ['liquidity_metrics_rate.w60_market_impact_cost', 2 / 4],
    ['liquidity_metrics_rate.w60_fill_probability', 1],
    ['liquidity_metrics_rate.w60_crowding', 0],
    ['liquidity_metrics_rate.w240_flash_vulnerability', 1 / sd(240) / meanSpread],
  ])('has %s %d', (feature, expected) => {
    expect(lastIn(context, feature)).toBeCloseTo(expected, feature.includes('amihud') ? 6 : 12);
  });

  test('has no correlation with what is constant', () => {
    expect(lastIn(context, 'advanced_microstructure_rate.w60_trade_clustering')).toBeNaN();
  });
});

describe('a momentum that rises by one a row, with volumes of 1 and 3', () => {
  const x = repeat(400, i => i);
  const volume = repeat(400, i => (i % 2 === 0 ? 1 : 3));
  const context = momentumIs(
    x,
    quoted(
      repeat(400, i => 100 + i),
      volume,
    ),
  );

  test.each([
    ['advanced_microstructure_bqx.w20_tick_rule', 1],
    ['advanced_microstructure_bqx.w20_volume_imbalance', 1],
    ['advanced_microstructure_bqx.w20_amihud_illiquidity', (1e6 * (1 + 1 / 3)) / 2],
    ['advanced_microstructure_bqx.effective_spread', 2],
    ['advanced_microstructure_bqx.l5_realized_spread', -10],
    ['advanced_microstructure_bqx.l5_price_impact', 12],
    ['advanced_microstructure_bqx.w20_adverse_selection', 6],
    ['advanced_microstructure_bqx.w60_trade_clustering', -1],
    ['liquidity_metrics_bqx.w60_crowding', 3 / 2],
    ['liquidity_metrics_bqx.w60_time_to_execute', (500 * 399) / 369.5],
  ])('has %s %d', (feature, expected) => {
    expect(lastIn(context, feature)).toBeCloseTo(expected, 9);
  });

  test('is steady, so that nothing divides by its dispersion', () => {
    expect(lastIn(context, 'advanced_microstructure_bqx.w60_market_efficiency')).toBeNaN();
    expect(lastIn(context, 'advanced_microstructure_bqx.w50_vpin')).toBeNaN();
  });
});

test.each([
  // DLMF, table 7.23 and the series beside it.
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [-3, -0.9999779095030014],
])('erf(%d) is %d', (x, expected) => {
  expect(erf(x)).toBeCloseTo(expected, 15);
});

describe('the share that a regression explains', () => {
  const series = (cell: (i: number) => number) => plain(Float64Array.from(repeat(8, cell)));
  const line = { x: series(i => i), row: 7 };
  const bend = { x: series(i => i * i), row: 7 };

  test.each([
    [[line, bend], 1],
    // Over 0..7: sum of i^3 less 8 3.5 17.5 is 294, of i^2 42, of i^4 less 8 17.5^2 2226.
    [[line], 294 ** 2 / (42 * 2226)],
  ])('is %#', (columns, expected) => {
    expect(explained(bend, columns, 8).value).toBeCloseTo(expected, 13);
  });

  test('is NULL for a column that does not move', () => {
    expect(explained(bend, [{ x: series(() => 3), row: 7 }], 8).value).toBeNaN();
  });
});
