import { windowOf } from './kernelShapes.ts';
import { centred, energy, entropy, median, powersOf, singularOf, timesOf, waveletOf } from './transforms.ts';
import type { Twin } from './twinForms.ts';

// What is read off a transform, with what its rounding is worth: twins of the kernels and of the operators over them.

/** A value, and its error where each row of the window is off by some units of 2^-53 of the largest. */
export type Reading = { readonly value: number; readonly error: number };

const missing: Reading = { value: Number.NaN, error: 0 };
const u = 2 ** -53;
const total = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0);

/** Distance of one row of the window from the newest, and so of the rounding of each. */
const reach = (x: readonly number[]): number => Math.max(...x.map(value => Math.abs(value - x.at(-1)!)));

/** Each row of the window may be off by `noise`. */
type Read = (x: readonly number[], params: readonly (number | string)[], noise?: number) => Reading;

/** A guard is too close to call. */
const open: Reading = { value: Number.NaN, error: Number.NaN };

/** A sum that is neither rounding nor too large for a number. */
const isKnown = (sum: number, error: number): boolean =>
  sum - error >= 1e-12 && sum < Number.POSITIVE_INFINITY;

const isWhole = (x: readonly number[]): boolean => x.every(Number.isFinite);

/** Powers, each with its error, NULL where their sum is rounding, too close to call (undefined) where it may be. */
const spectrumOf = (x: readonly number[], noise: number) => {
  const powers = powersOf(x);
  const off = (60 * u * reach(x) + 2 * noise) * x.length;
  const errors = powers.map(p => off * (2 * Math.sqrt(p) + off));
  return { powers, errors, q: total(powers), qError: total(errors) };
};

const ofSpectrum =
  (
    of: (
      powers: readonly number[],
      q: number,
      error: number,
      params: readonly (number | string)[],
    ) => Reading,
  ): Read =>
  (x, params, noise = 0) => {
    if (!isWhole(x)) return missing;
    const { powers, q, qError, errors } = spectrumOf(x, noise);
    if (!isKnown(q, qError)) return q + qError < 1e-12 || q > 1 ? missing : open;
    return of(powers, q, Math.max(...errors, qError) / q, params);
  };

/** Place of the largest; open where another is as large to rounding. */
const largest = (
  powers: readonly number[],
  q: number,
  error: number,
  but = Number.NaN,
): Reading & { k: number } => {
  const rest = powers.map((p, i) => (Math.abs(i + 1 - but) <= 1 ? -1 : p));
  const k = rest.indexOf(Math.max(...rest)) + 1;
  const rivals = rest.filter(p => p >= 0 && rest[k - 1]! - p <= 2 * error * q).length;
  return { k, value: k / (2 * powers.length), error: rivals > 1 ? 1 : 0 };
};

const share = (value: number, error: number, times = 1): Reading => ({
  value,
  error: 4 * times * (error + u),
});

export const spectrumReads: Readonly<Record<string, Read>> = {
  fft_power: ofSpectrum((_, q, error) => ({ value: q, error: 2 * error * q })),
  fft_power_share: ofSpectrum((powers, q, error, [, low, high]) => {
    const n = 2 * powers.length;
    return share(
      total(powers.filter((_, i) => (i + 1) / n >= Number(low) && (i + 1) / n <= Number(high))) / q,
      error,
    );
  }),
  fft_dominant: ofSpectrum((powers, q, error) => largest(powers, q, error)),
  fft_dominant_share: ofSpectrum((powers, q, error) => share(Math.max(...powers) / q, error)),
  fft_secondary: ofSpectrum((powers, q, error) => {
    const first = largest(powers, q, error);
    return first.error > 0 ? first : largest(powers, q, error, first.k);
  }),
  fft_harmonics: ofSpectrum((powers, q, error) => {
    const { k, error: doubt } = largest(powers, q, error);
    const value = ((powers[2 * k - 1] ?? 0) + (powers[3 * k - 1] ?? 0)) / powers[k - 1]!;
    return { value, error: doubt > 0 ? 2 * powers.length : 4 * (1 + value) * powers.length * (error + u) };
  }),
  fft_entropy: ofSpectrum((powers, q, error) =>
    share(entropy(powers.map(p => p / q)), error, 40 * powers.length),
  ),
  fft_edge: ofSpectrum((powers, q, error, [, goal]) => {
    const step = 1 / (2 * powers.length);
    const reaches = (slack: number): number => {
      let sum = 0;
      const found = powers.findIndex(p => {
        sum += p;
        return sum >= q * Number(goal) - slack;
      });
      return (found < 0 ? powers.length : found + 1) * step;
    };
    const slack = 4 * (error + u) * q;
    return { value: reaches(0), error: reaches(-slack) - reaches(slack) };
  }),
  fft_contrast: ofSpectrum((powers, q, error) => {
    const middle = median(powers) / q;
    if (middle < 1e-12) return middle + error < 1e-12 ? missing : open;
    const value = Math.max(...powers) / q / middle;
    return { value, error: (4 * (1 + value) * (error + u)) / Math.max(middle - error, 1e-13) };
  }),
};

const ofWavelet =
  (
    of: (
      transform: ReturnType<typeof waveletOf>,
      energies: readonly number[],
      off: number,
      params: readonly (number | string)[],
    ) => Reading,
  ): Read =>
  (x, params, noise = 0) => {
    if (!isWhole(x)) return missing;
    const transform = waveletOf(x, Number(params[1]));
    const energies = [...transform.details, transform.averages].map(energy);
    const all = total(energies);
    const off = 200 * u * reach(x) + 20 * noise;
    const allError = x.length * off * (2 * Math.sqrt(all) + off);
    if (!isKnown(all, allError)) return all + allError < 1e-12 || all > 1 ? missing : open;
    return of(transform, energies, off, params);
  };

/** Relative error of the energies' sum, given that of a number. */
const relative = (energies: readonly number[], off: number): number =>
  (20 * off) / Math.sqrt(total(energies)) + 100 * u;

export const waveletReads: Readonly<Record<string, Read>> = {
  wavelet_share: ofWavelet((_, energies, off, [, , level]) =>
    share(energies[Number(level) - 1]! / total(energies), relative(energies, off)),
  ),
  wavelet_trend: ofWavelet(({ averages }, _, off) => {
    const y = centred(averages);
    const sd = Math.sqrt(energy(y) / y.length);
    const middle = (y.length - 1) / 2;
    if (sd < 1e-12) return missing;
    const slope =
      total(y.map((value, i) => value * (i - middle))) / total(y.map((_, i) => (i - middle) ** 2));
    return { value: slope / sd, error: (4 * off) / sd + 100 * u };
  }),
  wavelet_entropy: ofWavelet(({ details }, energies, off) => {
    const fine = details.map(energy);
    const all = total(fine);
    if (all / total(energies) < 1e-12) return missing;
    return share(entropy(fine.map(e => e / all)), 100 * relative(fine, off));
  }),
  wavelet_peak: ofWavelet(({ details }, _, off) => {
    const sizes = details[0]!.map(Math.abs);
    const sd = median(sizes) / 0.6745;
    if (sd < 1e-12 + 2 * off) return sd + 2 * off < 1e-12 ? missing : open;
    const value = Math.max(...sizes) / sd;
    return { value, error: (8 * off * (1 + value)) / sd + 10 * u * value };
  }),
  wavelet_largest: ofWavelet((_, energies, off) => {
    const most = Math.max(...energies);
    const near = energies.filter(e => most - e <= 4 * relative(energies, off) * most).length;
    return { value: energies.indexOf(most) + 1, error: near > 1 ? 3 : 0 };
  }),
};

const ofSingular =
  (
    of: (
      found: ReturnType<typeof singularOf>,
      error: { share: number; trend: number; swing: number },
      params: readonly (number | string)[],
    ) => Reading,
  ): Read =>
  (x, params, noise = 0) => {
    if (!isWhole(x)) return missing;
    const found = singularOf(x, Number(params[1]));
    const { values, total: all, series } = found;
    const off = (100 * u * reach(x) + 2 * noise) * x.length;
    const allError = off * (2 * Math.sqrt(all) + off);
    if (!isKnown(all, allError)) return all + allError < 1e-12 || all > 1 ? missing : open;
    // of the eigenvalues' sum, and of a component by the angle that its space is off
    const loose = off / Math.sqrt(all) + 400 * u;
    const gap = (k: number): number => (values[k]! - values[k + 1]!) / all;
    const size = Math.max(...series.map(Math.abs)) * Math.sqrt(Number(params[1]));
    const angle = (distance: number): number => 2 * size * Math.min(1, loose / Math.max(distance, 1e-300));
    const first = angle(gap(0));
    return of(found, { share: loose, trend: first, swing: first + angle(gap(2)) }, params);
  };

const components = ['trend', 'oscillation', 'noise'];

export const singularReads: Readonly<Record<string, Read>> = {
  ssa_component: ofSingular(({ series, trend, swing }, error, [, , component]) => {
    const [f, g] = [trend.at(-1)!, swing.at(-1)!];
    const which = components.indexOf(String(component));
    return {
      value: [f, g, series.at(-1)! - f - g][which]!,
      error: [error.trend, error.swing, error.trend + error.swing][which]!,
    };
  }),
  ssa_share: ofSingular(({ values, total: all }, error, [, , component]) => {
    const [first, others] = [values[0]! / all, (values[1]! + values[2]!) / all];
    const which = components.indexOf(String(component));
    return { value: [first, others, Math.max(0, 1 - first - others)][which]!, error: 8 * error.share };
  }),
  ssa_separability: ofSingular(({ trend, swing }, error, [n, size]) => {
    const dot = (a: readonly number[], b: readonly number[]): number =>
      total(a.map((value, t) => timesOf(t, Number(n), Number(size)) * value * b[t]!));
    const [f, g] = [Math.sqrt(dot(trend, trend)), Math.sqrt(dot(swing, swing))];
    const root = Math.sqrt(Number(n) * Number(size));
    const off = root * (error.trend / f + error.swing / g) * 4;
    if (f * g < 1e-12) return f * g * (1 + off) < 1e-12 ? missing : open;
    return {
      value: Math.max(0, 1 - Math.abs(dot(trend, swing)) / (f * g)),
      error: Math.min(1, off) + 40 * u,
    };
  }),
  ssa_error: ofSingular(({ series, trend, swing }, error) => {
    const rest = series.map((value, t) => value - trend[t]! - swing[t]!);
    const sd = Math.sqrt(energy(series) / series.length);
    if (sd < 1e-12) return missing;
    const value = Math.sqrt(energy(rest) / series.length) / sd;
    return { value, error: (error.trend + error.swing) / sd + 40 * u };
  }),
};

/** A twin of an operator from what is read off its window, in the given units of rounding. */
const twin = (read: Read, params: readonly (readonly (number | string)[])[]): Twin => {
  // asked for the value and for its error, one after the other
  let last: { x: Float64Array; list: unknown; t: number; reading: Reading } | undefined;
  const at = ([x]: readonly Float64Array[], list: readonly (number | string)[], t: number): Reading => {
    if (!last || last.x !== x || last.list !== list || last.t !== t)
      last = { x: x!, list, t, reading: read(windowOf(x!, t, Number(list[0])), list) };
    return last.reading;
  };
  return {
    params,
    tolerance: 1,
    value: (series, list, t) => at(series, list, t).value,
    magnitude: (series, list, t) => at(series, list, t).error,
  };
};

const lengths = [16, 64];
const depths = [
  [16, 3],
  [64, 2],
];
const embeddings = [
  [8, 4],
  [60, 20],
];
const each = (lists: readonly (readonly number[])[], more: readonly (number | string)[]) =>
  lists.flatMap(list => more.map(one => [...list, one]));

/** Twins of the operators over transforms of a window. */
export const spectralTwins: Readonly<Record<string, Twin>> = {
  ...Object.fromEntries(
    Object.entries(spectrumReads).map(([name, read]) => [
      name,
      twin(
        read,
        name === 'fft_edge'
          ? each(
              lengths.map(n => [n]),
              [0.5, 0.95],
            )
          : name === 'fft_power_share'
            ? lengths.flatMap(n => [
                [n, 0, 0.05],
                [n, 0.2, 0.5],
              ])
            : lengths.map(n => [n]),
      ),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(waveletReads).map(([name, read]) => [
      name,
      twin(read, name === 'wavelet_share' ? each(depths, [1, 3]) : depths),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(singularReads).map(([name, read]) => [
      name,
      twin(
        read,
        name === 'ssa_component' || name === 'ssa_share' ? each(embeddings, components) : embeddings,
      ),
    ]),
  ),
};
