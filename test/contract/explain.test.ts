import { describe, expect, test } from 'vitest';
import { featureByName, featuresOf, setByName, sets } from '../../host/catalog/catalog.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { columnsRead, explain, explainText } from '../../host/engine/explain.ts';

// The whole way from a declaration to its program, as a person reads it. `npx vitest -u test/contract/explain` writes
// the texts again; what changes in them is what a change of the catalogue or of the planner does.

const shown: Readonly<Record<string, readonly string[]>> = {
  fx: [
    'bqx_base.w15_bqx_return',
    'bqx_base.w45_bqx_stdev_index',
    'bqx_base.agg_bqx_range',
    'moving_averages.w20_ema_idx',
    'moving_averages.w20_sma_bqx',
    'bollinger_rate.w20_bb_upper',
    'bollinger_bqx.w50_bb_percent_b',
    'statistics_rate.w20_skew',
    'statistics_rate.w120_z_score',
    'statistics_bqx.w50_kurt',
    'volume_features.w15_vol_corr_idx',
    'volume_features.w60_vwap_idx',
    'spread_features.w60_spread_trend_slope',
    'spread_features.bid_depth',
    'time_features.session_minutes_to_close',
    'time_features.session_vol_regime',
    'time_features.days_to_holiday_us',
    'reg_rate.w60_r2',
    'parabolic_comparison_bqx.r2_consistency',
    'realized_volatility_rate.w20_jump_test_stat',
    'realized_volatility_bqx.w20_yang_zhang_vol',
    'realized_volatility_rate.w1440_vol_regime_transition_prob',
    'liquidity_metrics_bqx.w240_liquidity_risk_premium',
    'multi_scale_30m_rate.rate_idx_30m_vol_20',
    'multi_scale_60m_bqx.sma_1m_vs_60m_ratio',
    'technical_rate.w14_plus_di',
    'technical_rate.w20_cci',
    'technical_bqx.w14_mfi',
    'advanced_microstructure_rate.w60_hasbrouck_info_share',
    'advanced_microstructure_bqx.w60_inventory_risk',
    'lagged_cross_window_rate.w240_shock_transmission',
    'spectral_features_rate.w64_fft_noise_ratio',
    'wavelet_features_bqx.w64_wavelet_coherence',
    'volatility_surface_rate.garch_vol_forecast_60',
    'volatility_surface_bqx.w60_smile_skew',
    'ssa_features_rate.w60_ssa_oscillatory_component',
    'correlation_rate.w60_rel_strength_base',
    'cross_sectional_panel.rank_spread',
    'market_regime_bqx.regime_change_prob',
  ],
  'stocks-hourly': [
    'price_time.hour_sin',
    'trend_indicators.price_ma_long',
    'trend_indicators.macd_histogram',
    'rsi_volume.rsi_ema',
    'rsi_volume.mfi',
    'rsi_volume.vpt_normalized',
    'volatility_intraday.yang_zhang_volatility',
    'volatility_intraday.vol_percentile',
    'volatility_intraday.intraday_high',
    'volatility_intraday.overnight_gap',
    'lags_rolling.returns_skew_6h',
  ],
  'stocks-daily': [
    'returns_volatility.volatility_20d',
    'returns_volatility.volume_ratio_5d',
    'market.market_beta',
    'market.market_return',
    'indicators.rsi_14',
    'indicators.bollinger_position',
  ],
};

describe.each(sets.map(({ name }) => name))('explain of %s', name => {
  const set = setByName(name);
  // the files of the first set lie beside the folders of the others
  const folder = set.name === 'fx' ? '' : `${set.name}/`;

  test.each(shown[name]!)('%s', async name => {
    const text = explainText(explain(set, featureByName(set, name)));
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/explain/${folder}${name}.txt`);
  });

  test('agrees with the plan of the whole set on every lookback, and leaves nothing unsaid', () => {
    const all = featuresOf(set);
    const planned = planFeatures(set, all).features;
    all.forEach((feature, i) => {
      const explanation = explain(set, feature);
      const { lookback, firstValueAtBar, formula, description, unit, nulls } = explanation;
      expect({ lookback, needs: firstValueAtBar }, feature.qualifiedName).toEqual({
        lookback: planned[i]!.lookback,
        needs: planned[i]!.needs,
      });
      const read = columnsRead(explanation);
      expect([formula, description, unit, ...nulls, ...read].filter(text => text === '')).toEqual([]);
      expect(read, `${feature.qualifiedName} reads nothing`).not.toEqual([]);
      expect(description, feature.qualifiedName).toMatch(/^[A-Z0-9].*\.$/s);
    });
  });
});

test('partial windows are explained as such', async () => {
  const set = setByName('stocks-hourly', { options: { minPeriods: 1 } });
  const text = explainText(explain(set, featureByName(set, 'trend_indicators.bb_position')));
  await expect(`${text}\n`).toMatchFileSnapshot('../golden/explain/stocks-hourly/partial.bb_position.txt');
});
