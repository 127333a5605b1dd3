import type { Domain } from '../domains.ts';
import { type Expr, named } from '../expr.ts';
import { type Family, feature } from '../family.ts';
import {
  add,
  div,
  lag,
  maxOf,
  minOf,
  mul,
  ratio,
  sqrt,
  sub,
  waveletEntropy,
  waveletLargest,
  waveletPeak,
  waveletShare,
  waveletTrend,
} from '../vocabulary.ts';

const n = 64;
const levels = 3;

const total = (parts: readonly Expr[]): Expr => parts.reduce((sum, part) => add(sum, part));

/** Pearson correlation of what several series have in the row with what they had `rows` rows ago. */
const agreement = (series: readonly Expr[], rows: number): Expr => {
  const mean = named('energy_mean', div(total(series), series.length));
  const deviations = series.map((x, i) => named(`energy_${i + 1}`, sub(x, mean)));
  const below = series.length - 1;
  const variance = named('energy_variance', div(total(deviations.map(x => mul(x, x))), below));
  const cross = div(total(deviations.map(x => mul(x, lag(x, rows)))), below);
  const r = ratio(cross, mul(sqrt(variance), sqrt(lag(variance, rows))));
  return maxOf(-1, minOf(1, r));
};

/** Energy by scale of 64 rows, by the wavelet transform of Daubechies (1992) with 8 taps. */
export const wavelet = ({ name, level, noun }: Domain): Family => {
  const [d1, d2, d3, a3] = [1, 2, 3, 4].map(scale => waveletShare(level, n, levels, scale)) as [
    Expr,
    Expr,
    Expr,
    Expr,
  ];
  const about = `in the wavelet transform of the ${noun} over ${n} rows`;
  return {
    name: `wavelet_features_${name}`,
    title: `Wavelets, ${name} domain`,
    sources: ['Daubechies 1992'],
    features: [
      feature(
        'w64_wavelet_d1_energy',
        d1,
        '0..1',
        `Share of the details of 2 to 4 rows in the energy ${about}.`,
      ),
      feature(
        'w64_wavelet_d2_energy',
        d2,
        '0..1',
        `Share of the details of 4 to 8 rows in the energy ${about}.`,
      ),
      feature(
        'w64_wavelet_d3_energy',
        d3,
        '0..1',
        `Share of the details of 8 to 16 rows in the energy ${about}.`,
      ),
      feature(
        'w64_wavelet_a3_energy',
        a3,
        '0..1',
        `Share of what is slower than 16 rows in the energy ${about}.`,
      ),
      feature(
        'w64_wavelet_energy_ratio_d1_d3',
        ratio(d1, d3),
        'ratio',
        `Energy of the finest details over that of the coarsest ${about}.`,
      ),
      feature(
        'w64_wavelet_trend_strength',
        waveletTrend(level, n, levels),
        'none',
        `Least-squares slope of the 8 averages on their order over their population sd ${about}.`,
      ),
      feature(
        'w64_wavelet_detail_entropy',
        waveletEntropy(level, n, levels),
        '0..1',
        `Entropy of the shares of the three details over that of equal ones ${about}.`,
        'Shannon 1948',
      ),
      feature(
        'w64_wavelet_singularity',
        waveletPeak(level, n, levels),
        'ratio',
        `Largest of the finest details over their median magnitude / 0.6745 ${about}.`,
        'Donoho and Johnstone 1994',
      ),
      feature(
        'w64_wavelet_scale_energy_max',
        waveletLargest(level, n, levels),
        '1..4',
        `The scale with the most energy, 1 to 3 for details and 4 for averages, ${about}.`,
      ),
      feature(
        'w64_wavelet_coherence',
        agreement([d1, d2, d3, a3], 15),
        'corr',
        `Correlation of the energies by scale with those of 15 rows ago ${about}.`,
      ),
    ],
  };
};
