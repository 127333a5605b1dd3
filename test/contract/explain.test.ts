import { describe, expect, test } from 'vitest';
import { featureByName, featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { explain, explainText } from '../../host/engine/explain.ts';

// The whole way from a declaration to its program, as a person reads it. `npx vitest -u test/contract/explain` writes
// the texts again; what changes in them is what a change of the catalogue or of the planner does.

const set = setByName('fx');
const shown = [
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
];

describe('explain', () => {
  test.each(shown)('%s', async name => {
    const text = explainText(explain(set, featureByName(set, name)));
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/explain/${name}.txt`);
  });

  test('agrees with the plan of the whole set on every lookback, and leaves nothing unsaid', () => {
    const all = featuresOf(set);
    const planned = planFeatures(set, all).features;
    all.forEach((feature, i) => {
      const { lookback, firstValueAtBar, formula, description, unit, nulls, columns } = explain(set, feature);
      expect({ lookback, needs: firstValueAtBar }, feature.qualifiedName).toEqual({
        lookback: planned[i]!.lookback,
        needs: planned[i]!.needs,
      });
      expect([formula, description, unit, ...nulls, ...columns].filter(text => text === '')).toEqual([]);
      expect(description, feature.qualifiedName).toMatch(/^[A-Z0-9].*\.$/s);
    });
  });
});
