import { bqx, type Domain, rate } from '../domains.ts';
import { type Family, type Feature, feature } from '../family.ts';
import { volume as v } from '../quotes.ts';
import { abs, corr, diff, gt, lt, mean, mul, ratio, sign, slope, std, sub, sum } from '../vocabulary.ts';

const over = <T>(windows: readonly number[], declare: (window: number) => T): T[] => windows.map(declare);

/** Distance travelled in standard deviations of a walk of `window` steps, and the same for volume against its past. */
const priceScore = ({ level, change }: Domain, w: number) =>
  ratio(diff(level, w), mul(std(change, w), Math.sqrt(w)));
const volumeScore = (w: number) => ratio(diff(sum(v, w), w), mul(std(v, 2 * w), Math.sqrt(2 * w)));

function features(domain: Domain): Feature[] {
  const { level, change, returns, suffix, unit, returnUnit, noun } = domain;
  // volume counts as it is beside the rate, and weighted with the size of the change beside the momentum
  const activity = domain.name === 'rate' ? v : mul(v, abs(change));
  const traded = domain.name === 'rate' ? 'volume' : 'volume times absolute change';
  const of = (w: number) => `over ${w} rows`;
  const share = (signed: Feature['expr'], w: number) => ratio(sum(mul(v, signed), w), sum(v, w));
  return [
    ...over([5, 15, 30, 60, 120], w =>
      feature(
        `w${w}_vwap_${suffix}`,
        ratio(sum(mul(v, level), w), sum(v, w)),
        unit,
        `Volume-weighted mean of the ${noun} ${of(w)}.`,
      ),
    ),
    ...over([15, 30, 60], w =>
      feature(
        `w${w}_vol_corr_${suffix}`,
        corr(v, abs(returns), w),
        'corr',
        `Correlation of volume with the absolute return of the ${noun} ${of(w)}; 0 where either is constant.`,
      ),
    ),
    ...over([5, 15, 30, 60], w =>
      feature(
        `w${w}_vol_momentum_div_${suffix}`,
        sub(abs(priceScore(domain, w)), volumeScore(w)),
        'sd units',
        `Size of the move of the ${noun} ${of(w)} minus the rise of volume, both in sd; positive when price moved without volume.`,
      ),
    ),
    ...over([5, 15, 30, 60], w =>
      feature(
        `w${w}_uptick_ratio_${suffix}`,
        share(gt(change, 0), w),
        '0..1',
        `Share of volume in rows where the ${noun} rose, ${of(w)}.`,
      ),
    ),
    ...over([5, 15, 30, 60], w =>
      feature(
        `w${w}_downtick_ratio_${suffix}`,
        share(lt(change, 0), w),
        '0..1',
        `Share of volume in rows where the ${noun} fell, ${of(w)}.`,
      ),
    ),
    ...over([15, 30, 60], w =>
      feature(
        `w${w}_vol_volatility_${suffix}`,
        mul(mean(v, w), std(returns, w)),
        `ticks*${returnUnit}`,
        `Mean volume times the sample sd of returns of the ${noun} ${of(w)}.`,
      ),
    ),
    ...over([15, 30, 60], w =>
      feature(
        `w${w}_vol_trend_${suffix}`,
        ratio(slope(activity, w), mean(activity, w)),
        '1/bar',
        `Slope of ${traded} on the row number relative to its mean ${of(w)}.`,
      ),
    ),
    ...over([15, 30, 60], w =>
      feature(
        `w${w}_vol_spike_${suffix}`,
        gt(sub(activity, mean(activity, w)), mul(2, std(activity, w))),
        'flag',
        `1 where ${traded} is more than 2 sample sd above its mean ${of(w)}.`,
      ),
    ),
    ...over([15, 30, 60], w =>
      feature(
        `w${w}_cumulative_delta_${suffix}`,
        sum(mul(v, sign(change)), w),
        'ticks',
        `Volume of rising rows minus volume of falling rows ${of(w)}, by the ${noun}.`,
      ),
    ),
    ...over([15, 30, 60], w =>
      feature(
        `w${w}_vol_imbalance_${suffix}`,
        share(sign(change), w),
        '-1..1',
        `Volume of rising minus falling rows relative to all volume ${of(w)}, by the ${noun}.`,
      ),
    ),
  ];
}

/** Volume with both domains in one table. */
export const volumeFeatures = (): Family => ({
  name: 'volume_features',
  title: 'Volume',
  features: [...features(rate), ...features(bqx)],
});
