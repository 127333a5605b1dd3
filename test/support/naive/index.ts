import { bollinger } from './bollinger.ts';
import { bqxBase } from './bqxBase.ts';
import type { Naive } from './context.ts';
import { crossPairs } from './correlation.ts';
import { errorCorrection } from './errorCorrection.ts';
import { fibonacci } from './fibonacci.ts';
import { hmmRegime } from './hmmRegime.ts';
import { lagged } from './lagged.ts';
import { liquidity } from './liquidity.ts';
import { marketRegime } from './marketRegime.ts';
import { microstructure } from './microstructure.ts';
import { movingAverages } from './movingAverages.ts';
import { multiScale } from './multiScale.ts';
import { panel } from './panel.ts';
import { parabolic } from './parabolic.ts';
import { realizedVolatility } from './realizedVolatility.ts';
import { reg } from './reg.ts';
import { spectral, ssa, wavelet } from './spectra.ts';
import { spreadFeatures } from './spread.ts';
import { statistics } from './statistics.ts';
import { technicalBqx } from './technicalBqx.ts';
import { technicalRate } from './technicalRate.ts';
import { timeFeatures } from './time.ts';
import { volatilitySurface } from './volatilitySurface.ts';
import { volumeFeatures } from './volume.ts';

export {
  type Naive,
  type NaiveContext,
  type NaiveMarket,
  type NaiveParameters,
  naiveContext,
  naiveMarket,
} from './context.ts';
export type { Witness } from './series.ts';

/** The reference by family, written from the definitions alone: nothing here is shared with what it checks. */
export const naiveFamilies: Record<string, Record<string, Naive>> = {
  bqx_base: bqxBase,
  moving_averages: movingAverages,
  bollinger_rate: bollinger('rate'),
  bollinger_bqx: bollinger('bqx'),
  statistics_rate: statistics('rate'),
  statistics_bqx: statistics('bqx'),
  volume_features: volumeFeatures,
  spread_features: spreadFeatures,
  time_features: timeFeatures,
  reg_rate: reg('rate'),
  reg_bqx: reg('bqx'),
  technical_rate: technicalRate,
  technical_bqx: technicalBqx,
  fibonacci_rate: fibonacci('rate'),
  fibonacci_bqx: fibonacci('bqx'),
  realized_volatility_rate: realizedVolatility('rate'),
  realized_volatility_bqx: realizedVolatility('bqx'),
  hmm_regime_rate: hmmRegime('rate'),
  hmm_regime_bqx: hmmRegime('bqx'),
  volatility_surface_rate: volatilitySurface('rate'),
  volatility_surface_bqx: volatilitySurface('bqx'),
  liquidity_metrics_rate: liquidity('rate'),
  liquidity_metrics_bqx: liquidity('bqx'),
  spectral_features_rate: spectral('rate'),
  spectral_features_bqx: spectral('bqx'),
  wavelet_features_rate: wavelet('rate'),
  wavelet_features_bqx: wavelet('bqx'),
  ssa_features_rate: ssa('rate'),
  ssa_features_bqx: ssa('bqx'),
  advanced_microstructure_rate: microstructure('rate'),
  advanced_microstructure_bqx: microstructure('bqx'),
  lagged_cross_window_rate: lagged('rate'),
  lagged_cross_window_bqx: lagged('bqx'),
  multi_scale_30m_rate: multiScale('rate', 30),
  multi_scale_30m_bqx: multiScale('bqx', 30),
  multi_scale_60m_rate: multiScale('rate', 60),
  multi_scale_60m_bqx: multiScale('bqx', 60),
  parabolic_comparison_rate: parabolic('rate'),
  parabolic_comparison_bqx: parabolic('bqx'),
  correlation_rate: crossPairs('rate'),
  correlation_bqx: crossPairs('bqx'),
  error_correction_rate: errorCorrection('rate'),
  error_correction_bqx: errorCorrection('bqx'),
  cross_sectional_panel: panel,
  market_regime_rate: marketRegime('rate'),
  market_regime_bqx: marketRegime('bqx'),
};

/** Every reference by its full name, `family.name`. */
export const naiveFeatures: Record<string, Naive> = Object.fromEntries(
  Object.entries(naiveFamilies).flatMap(([family, features]) =>
    Object.entries(features).map(([name, naive]) => [`${family}.${name}`, naive]),
  ),
);
