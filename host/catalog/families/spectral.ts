import type { Domain } from '../domains.ts';
import { type Family, feature } from '../family.ts';
import {
  add,
  div,
  fftContrast,
  fftDominant,
  fftDominantShare,
  fftEdge,
  fftEntropy,
  fftHarmonics,
  fftPower,
  fftPowerShare,
  fftSecondary,
  log,
  mul,
  pstd,
  ratio,
  slope,
} from '../vocabulary.ts';

const n = 64;
/** Periods of 20 minutes and more, and of 5 minutes and less. */
const slow = 0.05;
const fast = 0.2;

/** What a power spectrum of 64 rows shows, by its fast Fourier transform. */
export const spectral = ({ name, level, noun }: Domain): Family => {
  const low = fftPowerShare(level, n, 0, slow);
  const high = fftPowerShare(level, n, fast, 0.5);
  const about = `in the power spectrum of the ${noun} over ${n} rows`;
  return {
    name: `spectral_features_${name}`,
    title: `Power spectrum, ${name} domain`,
    sources: ['Cooley and Tukey 1965'],
    features: [
      feature(
        'w64_fft_dominant_freq',
        fftDominant(level, n),
        'cyc/bar',
        `Frequency with the most power ${about}.`,
      ),
      feature(
        'w64_fft_dominant_power',
        fftDominantShare(level, n),
        '0..1',
        `Share of the frequency with the most power ${about}.`,
      ),
      feature(
        'w64_fft_secondary_freq',
        fftSecondary(level, n),
        'cyc/bar',
        `Frequency with the most power but for the dominant one and its neighbours ${about}.`,
      ),
      feature(
        'w64_fft_harmonic_ratio',
        fftHarmonics(level, n),
        'ratio',
        `Power of twice and three times the dominant frequency over its own ${about}.`,
      ),
      feature(
        'w64_fft_low_freq_power',
        low,
        '0..1',
        `Share of frequencies up to ${slow}, periods of at least 20 rows, ${about}.`,
      ),
      feature(
        'w64_fft_high_freq_power',
        high,
        '0..1',
        `Share of frequencies from ${fast} on, periods of at most 5 rows, ${about}.`,
      ),
      feature(
        'w64_fft_spectral_entropy',
        fftEntropy(level, n),
        '0..1',
        `Entropy of the shares over that of ${n / 2} equal ones ${about}.`,
        'Shannon 1948',
      ),
      feature(
        'w64_fft_spectral_edge_freq',
        fftEdge(level, n, 0.95),
        'cyc/bar',
        `Lowest frequency up to which there is 95 % of the power ${about}.`,
      ),
      feature(
        'w64_fft_power_trend',
        slope(log(fftPower(level, n)), 20),
        '1/bar',
        `Least-squares slope over 20 rows of the logarithm of all power ${about}.`,
      ),
      feature(
        'w64_fft_freq_stability',
        div(1, add(1, mul(n, pstd(fftDominant(level, n), 20)))),
        '0..1',
        `1 / (1 + ${n} times the population sd over 20 rows of the dominant frequency) ${about}.`,
      ),
      feature(
        'w64_fft_noise_ratio',
        ratio(high, low),
        'ratio',
        `Share of the fast frequencies over that of the slow ones ${about}.`,
      ),
      feature(
        'w64_fft_cyclic_strength',
        fftContrast(level, n),
        'ratio',
        `Largest power of a frequency over the median of all ${about}.`,
      ),
    ],
  };
};
