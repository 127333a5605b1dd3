import type { Builder, Ref } from '../lowering.ts';
import type { Operator, Param } from './types.ts';

const lengthParam: Param = { name: 'n', min: 16, max: 256, integer: true, powerOfTwo: true };

// What the kernel is asked for, mirrored by assembly/kernels/spectrum.ts.
const wants = {
  power: 0,
  share: 1,
  dominant: 2,
  dominantShare: 3,
  secondary: 4,
  harmonics: 5,
  entropy: 6,
  edge: 7,
  contrast: 8,
} as const;

const read = (b: Builder, x: Ref, n: number, want: keyof typeof wants, first = 0, second = 0): Ref =>
  b.kernel('spectrum', [x], [n], Float64Array.of(wants[want], first, second));

const silent = 'the power of all frequencies together is below 1e-12';

const of = (
  name: string,
  want: keyof typeof wants,
  summary: string,
  more: { readonly nulls?: string; readonly share?: true } = {},
): Operator => ({
  name: `fft_${name}`,
  args: ['a'],
  params: [lengthParam, ...(more.share ? [{ name: 'share', min: 0, max: 1 }] : [])],
  summary: `${summary} in the power spectrum of the last \`n\` rows, the current one included`,
  nulls: more.nulls ?? silent,
  lower: (b, [x], [n, share]) => read(b, x!, Number(n), want, Number(share ?? 0)),
});

/** Power spectra of a window: its line taken off, weighted by Hann's window, frequencies in cycles per row. */
export const spectra: readonly Operator[] = [
  of('power', 'power', 'power of the frequencies 1/n to 1/2 together'),
  {
    name: 'fft_power_share',
    args: ['a'],
    params: [lengthParam, { name: 'low', min: 0, max: 0.5 }, { name: 'high', min: 0, max: 0.5 }],
    summary:
      'share of the frequencies from `low` to `high`, both included, in the power spectrum of the last `n` rows, the current one included',
    nulls: silent,
    lower: (b, [x], [n, low, high]) => {
      // n is a power of two: the products are exact
      const first = Math.max(1, Math.ceil(Number(low) * Number(n)));
      return read(b, x!, Number(n), 'share', first, Math.floor(Number(high) * Number(n)));
    },
  },
  of('dominant', 'dominant', 'frequency with the most power, the lowest of equals,'),
  of('dominant_share', 'dominantShare', 'share of the frequency with the most power'),
  of(
    'secondary',
    'secondary',
    'frequency with the most power beside that with the most of all and those next to it, the lowest of equals,',
  ),
  of(
    'harmonics',
    'harmonics',
    'power of twice and three times the frequency with the most power, up to 1/2, over the power of that',
  ),
  of('entropy', 'entropy', 'entropy of the shares of the frequencies over that of equal shares'),
  of('edge', 'edge', 'lowest frequency up to which there is `share` of the power', { share: true }),
  of('contrast', 'contrast', 'largest power of a frequency over the median of all', {
    nulls: `${silent}, or the median below 1e-12 of it`,
  }),
];
