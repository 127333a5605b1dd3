import type { Domain } from '../domains.ts';
import { type Family, feature } from '../family.ts';
import { kurt, max, mean, min, ratioOr, skew, std, sub } from '../vocabulary.ts';

const windows = [20, 50, 120];

/** Moments and extremes of the level. */
export const statistics = ({ name, level, unit, noun }: Domain): Family => ({
  name: `statistics_${name}`,
  title: `Statistical moments, ${name} domain`,
  features: windows.flatMap(w => {
    const about = `of the ${noun} over ${w} rows`;
    return [
      feature(`w${w}_mean`, mean(level, w), unit, `Mean ${about}.`),
      feature(`w${w}_std`, std(level, w), unit, `Sample standard deviation ${about}.`, 'Pebay 2008'),
      feature(
        `w${w}_skew`,
        skew(level, w),
        'none',
        `Biased skewness g1 ${about}.`,
        'Joanes and Gill 1998',
        'Pebay 2008',
      ),
      feature(
        `w${w}_kurt`,
        kurt(level, w),
        'none',
        `Biased excess kurtosis g2 ${about}.`,
        'Joanes and Gill 1998',
        'Pebay 2008',
      ),
      feature(`w${w}_min`, min(level, w), unit, `Minimum ${about}.`),
      feature(`w${w}_max`, max(level, w), unit, `Maximum ${about}.`),
      feature(`w${w}_range`, sub(max(level, w), min(level, w)), unit, `Maximum minus minimum ${about}.`),
      feature(
        `w${w}_z_score`,
        ratioOr(sub(level, mean(level, w)), std(level, w), 0),
        'sd units',
        `Distance from the mean in sample sd ${about}; 0 where the sd is 0.`,
      ),
    ];
  }),
});
