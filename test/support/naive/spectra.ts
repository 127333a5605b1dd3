import { type Reading, singularReads, spectrumReads, waveletReads } from '../spectralTwins.ts';
import { add, type Bounded, divide, divideOrNull, exact, missing, scale } from './bounded.ts';
import type { Naive, NaiveContext } from './context.ts';
import { derive, listed, psd, slope, strict, through } from './derived.ts';
import { byRow, type DomainName } from './domains.ts';
import { pearson } from './pairs.ts';
import { at, type Series } from './series.ts';
import { deviations, windowStart } from './window.ts';

type Parameters = readonly (number | string)[];

const unknown: Bounded = { ...missing, maybeNull: true };

const bounded = ({ value, error }: Reading): Bounded => {
  if (Number.isNaN(error)) return unknown;
  return Number.isNaN(value) ? missing : { value, slack: error };
};

/** What is read off the transform of a window, row by row; of every so many rows, and anything is right in the others. */
const read = (
  context: NaiveContext,
  domain: DomainName,
  reads: typeof spectrumReads,
  name: string,
  parameters: Parameters,
  every = 1,
): Series =>
  derive(context, `${name} ${domain} ${parameters}`, row => {
    const { x } = context[domain];
    const first = windowStart(x, row, Number(parameters[0]));
    if (first < 0) return missing;
    if (row % every > 0) return unknown;
    return bounded(
      reads[name]!(windowAt(context, domain, first, row), parameters, deviations(x, first, row).noise),
    );
  });

const windows = new WeakMap<Series, Map<string, readonly number[]>>();

/** The same array for the same window, by which a transform is found again. */
const windowAt = (
  context: NaiveContext,
  domain: DomainName,
  first: number,
  row: number,
): readonly number[] => {
  const { x } = context[domain];
  const known = windows.get(x) ?? new Map<string, readonly number[]>();
  windows.set(x, known);
  const key = `${first} ${row}`;
  const made = known.get(key) ?? [...x.value.subarray(first, row + 1)];
  known.set(key, made);
  return made;
};

type Cell = (context: NaiveContext, domain: DomainName, row: number) => Bounded;

const n = 64;

/** By what is read off a transform of the given parameters. */
const cellOf =
  (reads: typeof spectrumReads, parameters: Parameters, every = 1) =>
  (name: string, ...more: Parameters): Cell =>
  (context, domain, row) =>
    at(read(context, domain, reads, name, [...parameters, ...more], every), row);

const spectrum = cellOf(spectrumReads, [n]);
const low = spectrum('fft_power_share', 0, 0.05);
const high = spectrum('fft_power_share', 0.2, 0.5);

const logPower = (context: NaiveContext, domain: DomainName): Series =>
  derive(context, `ln Q ${domain}`, row => through(spectrum('fft_power')(context, domain, row), Math.log));

const spectralCells: Record<string, Cell> = {
  w64_fft_dominant_freq: spectrum('fft_dominant'),
  w64_fft_dominant_power: spectrum('fft_dominant_share'),
  w64_fft_secondary_freq: spectrum('fft_secondary'),
  w64_fft_harmonic_ratio: spectrum('fft_harmonics'),
  w64_fft_low_freq_power: low,
  w64_fft_high_freq_power: high,
  w64_fft_spectral_entropy: spectrum('fft_entropy'),
  w64_fft_spectral_edge_freq: spectrum('fft_edge', 0.95),
  w64_fft_power_trend: (context, domain, row) => slope(logPower(context, domain), row, 20),
  w64_fft_freq_stability: (context, domain, row) => {
    const frequency = read(context, domain, spectrumReads, 'fft_dominant', [n]);
    return divide(exact(1), add(exact(1), scale(psd(frequency, row, 20), n)));
  },
  w64_fft_noise_ratio: (...where) => divideOrNull(high(...where), low(...where)),
  w64_fft_cyclic_strength: spectrum('fft_contrast'),
};

/** Of three rows one: the coherence is with 15 rows ago. */
const transform = cellOf(waveletReads, [n, 3], 3);
const energy = (level: number): Cell => transform('wavelet_share', level);

const waveletCells: Record<string, Cell> = {
  w64_wavelet_d1_energy: energy(1),
  w64_wavelet_d2_energy: energy(2),
  w64_wavelet_d3_energy: energy(3),
  w64_wavelet_a3_energy: energy(4),
  w64_wavelet_energy_ratio_d1_d3: (...where) => divideOrNull(energy(1)(...where), energy(3)(...where)),
  w64_wavelet_trend_strength: transform('wavelet_trend'),
  w64_wavelet_detail_entropy: transform('wavelet_entropy'),
  w64_wavelet_singularity: transform('wavelet_peak'),
  w64_wavelet_scale_energy_max: transform('wavelet_largest'),
  w64_wavelet_coherence: (context, domain, row) => {
    const [now, before] = [row, row - 15].map(when =>
      [1, 2, 3, 4].map(level => energy(level)(context, domain, when)),
    ) as [Bounded[], Bounded[]];
    return strict([...now, ...before], () => pearson(listed(now), 3, listed(before), 3, 4));
  },
};

/** Jacobi's rotations take a while: of thirteen rows one. */
const singular = cellOf(singularReads, [60, 20], 13);

const singularCells: Record<string, Cell> = {
  w60_ssa_trend_component: singular('ssa_component', 'trend'),
  w60_ssa_oscillatory_component: singular('ssa_component', 'oscillation'),
  w60_ssa_noise_component: singular('ssa_component', 'noise'),
  w60_ssa_trend_variance_explained: singular('ssa_share', 'trend'),
  w60_ssa_osc_variance_explained: singular('ssa_share', 'oscillation'),
  w60_ssa_noise_variance: singular('ssa_share', 'noise'),
  w60_ssa_separability: singular('ssa_separability'),
  w60_ssa_reconstruction_error: singular('ssa_error'),
};

const family =
  (cells: Record<string, Cell>) =>
  (domain: DomainName): Record<string, Naive> =>
    Object.fromEntries(
      Object.entries(cells).map(([name, cell]) => [
        name,
        byRow((context, row) => cell(context, domain, row)),
      ]),
    );

/** spectral_features (12), wavelet_features (10) and ssa_features (8) of a domain. */
export const spectral = family(spectralCells);
export const wavelet = family(waveletCells);
export const ssa = family(singularCells);
