import { bollinger } from './bollinger.ts';
import { bqxBase } from './bqxBase.ts';
import type { Naive } from './context.ts';
import { movingAverages } from './movingAverages.ts';
import { parabolic } from './parabolic.ts';
import { reg } from './reg.ts';
import { spreadFeatures } from './spread.ts';
import { statistics } from './statistics.ts';
import { timeFeatures } from './time.ts';
import { volumeFeatures } from './volume.ts';

export { type Naive, type NaiveContext, type NaiveParameters, naiveContext } from './context.ts';
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
  parabolic_comparison_rate: parabolic('rate'),
  parabolic_comparison_bqx: parabolic('bqx'),
};

/** Every reference by its full name, `family.name`. */
export const naiveFeatures: Record<string, Naive> = Object.fromEntries(
  Object.entries(naiveFamilies).flatMap(([family, features]) =>
    Object.entries(features).map(([name, naive]) => [`${family}.${name}`, naive]),
  ),
);
