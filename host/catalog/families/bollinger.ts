import type { Domain } from '../domains.ts';
import { type Family, feature } from '../family.ts';
import { add, mean, mul, pstd, ratio, ratioOr, sub } from '../vocabulary.ts';

const windows = [20, 50];
const width = 2;

/** Bollinger bands: mean and two population standard deviations on either side (Bollinger 2001). */
export const bollinger = ({ name, level, unit, noun }: Domain): Family => ({
  name: `bollinger_${name}`,
  title: `Bollinger bands, ${name} domain`,
  sources: ['Bollinger 2001'],
  features: windows.flatMap(window => {
    const middle = mean(level, window);
    const sd = pstd(level, window);
    const band = mul(2 * width, sd);
    const about = `of the ${noun} over ${window} rows`;
    return [
      feature(
        `w${window}_bb_upper`,
        add(middle, mul(width, sd)),
        unit,
        `Upper band ${about}: mean plus ${width} population sd.`,
      ),
      feature(`w${window}_bb_middle`, middle, unit, `Middle band ${about}: the mean.`),
      feature(
        `w${window}_bb_lower`,
        sub(middle, mul(width, sd)),
        unit,
        `Lower band ${about}: mean minus ${width} population sd.`,
      ),
      // the momentum's middle band crosses zero, so its width stays absolute
      name === 'rate'
        ? feature(
            `w${window}_bb_bandwidth`,
            ratio(band, middle),
            'ratio',
            `Distance between the bands ${about} relative to the middle.`,
          )
        : feature(`w${window}_bb_bandwidth`, band, unit, `Distance between the bands ${about}.`),
      // (X - lower) / (upper - lower), written so that the bands' rounding cannot cancel
      feature(
        `w${window}_bb_percent_b`,
        add(0.5, ratioOr(sub(level, middle), band, 0)),
        'ratio',
        `Place between the lower (0) and the upper band (1) ${about}; 0.5 where they meet.`,
      ),
    ];
  }),
});
