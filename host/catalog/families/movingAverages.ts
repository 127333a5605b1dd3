import { bqx, rate } from '../domains.ts';
import { type Family, feature } from '../family.ts';
import { ema, mean } from '../vocabulary.ts';

const windows = [5, 10, 20, 50, 100, 200];

/** Simple and exponential means of both domains. */
export const movingAverages = (): Family => ({
  name: 'moving_averages',
  title: 'Moving averages',
  features: [rate, bqx].flatMap(({ level, suffix, unit, noun }) => [
    ...windows.map(w =>
      feature(`w${w}_sma_${suffix}`, mean(level, w), unit, `Mean of the ${noun} over ${w} rows.`),
    ),
    ...windows.map(n =>
      feature(
        `w${n}_ema_${suffix}`,
        ema(level, n),
        unit,
        `Exponential mean of the ${noun}, alpha 2/${n + 1}, finite horizon.`,
      ),
    ),
  ]),
});
