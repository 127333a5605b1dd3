import type { Builder, Ref } from '../lowering.ts';
import type { Operator, Param } from './types.ts';

const lengthParam: Param = { name: 'n', min: 16, max: 256, integer: true, powerOfTwo: true };
/** Each level halves the numbers; of 16 the third level is the last that the filter does not go round twice. */
const levelsParam: Param = { name: 'levels', min: 1, max: 3, integer: true };

// What the kernel is asked for, mirrored by assembly/kernels/wavelet.ts.
const wants = { share: 0, trend: 1, entropy: 2, peak: 3, largest: 4 } as const;

const read = (b: Builder, x: Ref, n: number, levels: number, want: keyof typeof wants, level = 0): Ref =>
  b.kernel('wavelet', [x], [n, levels], Float64Array.of(wants[want], level));

const of = (
  name: string,
  want: keyof typeof wants,
  summary: string,
  more: { readonly nulls?: string; readonly params?: readonly Param[] } = {},
): Operator => ({
  name: `wavelet_${name}`,
  args: ['a'],
  params: [lengthParam, ...(more.params ?? [levelsParam])],
  summary: `${summary} in the periodic wavelet transform (Daubechies, 8 taps) of the last \`n\` rows less their mean, the current one included`,
  nulls: more.nulls === undefined ? silent : `${silent}, or ${more.nulls}`,
  fault: ([, levels, level = 0]) =>
    Number(level) > Number(levels) + 1
      ? `level is ${level}, expected at most ${Number(levels) + 1}, that of the averages behind ${levels} levels`
      : undefined,
  lower: (b, [x], [n, levels, level = 0]) => read(b, x!, Number(n), Number(levels), want, Number(level)),
});

const silent = 'the sum of squares about the mean is below 1e-12';

/** Wavelet transforms of a window: details of levels 1 to `levels`, and averages behind the last. */
export const wavelets: readonly Operator[] = [
  of('share', 'share', 'share of the energy that `level` has, levels + 1 being that of the averages,', {
    params: [levelsParam, { name: 'level', min: 1, max: 4, integer: true }],
  }),
  of(
    'trend',
    'trend',
    'slope of the least-squares line of the averages against their order, over their population sd,',
    {
      nulls: 'that of the averages below 1e-12',
    },
  ),
  of(
    'entropy',
    'entropy',
    'entropy of the shares that the levels of details have of their energy, over that of equal shares,',
    {
      nulls: 'the share of all details below 1e-12',
      params: [{ ...levelsParam, min: 2 }],
    },
  ),
  of('peak', 'peak', 'largest magnitude of a detail of the first level over the median magnitude / 0.6745,', {
    nulls: 'that below 1e-12',
  }),
  of(
    'largest',
    'largest',
    'level with the most energy, levels + 1 being that of the averages, the first of equals,',
  ),
];
