import type { Kernel } from './kernels.ts';

// Kernels that merge what is kept of neighbouring blocks, and those that read the sums of a window (windows.ts).

/** Kernels of a file that read so many planes. */
export const plain = (file: string, ins: number, names: string, params: readonly string[] = []): Kernel[] =>
  names.split(' ').map(name => ({ name, file, ins, params }));

/** Merges of what is kept of a block of one series, by order; each reads the planes of those before it. */
export const moments = ['mergeOffset', 'mergeM2', 'mergeM3', 'mergeM4'];

/** The same for a series of which only the numbers count. */
export const numbers = ['mergeCount', 'mergeNewest', 'mergeCountedOffset', 'mergeCountedM2'];

/** Merges of what is kept of a block of one series against time: further orders beside the offset. */
export const fits = ['mergeOffset', 'mergeTrend', 'mergeCurve', 'mergeResidual'];

/** What is kept of a block of five rows, as `moments` and `fits` have it. */
export const momentsOf5 = ['offsetOf5', 'm2Of5', 'm3Of5', 'm4Of5'];
export const fitsOf5 = ['offsetOf5', 'trendOf5', 'curveOf5', 'residualOf5'];

/** A pass over what is kept of a block, up to the given order: two planes each and the newest values. */
const blockPass = (file: string, name: string, order: number, parts: readonly string[]): Kernel => ({
  name,
  file,
  ins: 2 * order + 2,
  params: ['na', 'nb'],
  parts,
});

export const blockKernels: readonly Kernel[] = [
  ...plain('moments', 2, 'mergeMean', ['na', 'nb']),
  ...plain('moments', 4, 'mergeStep', ['na', 'nb']),
  ...moments.map((name, i) => ({ name, file: 'moments', ins: 2 * i + 4, params: ['na', 'nb'] })),
  ...[2, 3, 4].map(order => blockPass('moments', `mergeMoments${order}`, order, moments.slice(0, order))),
  ...[1, 2, 3, 4].map(order =>
    blockPass('moments', `stepMoments${order}`, order, ['mergeStep', ...moments.slice(0, order)]),
  ),
  { name: 'mergeDeviation', file: 'moments', ins: 6, params: ['na', 'nb', 'ddof'] },
  {
    name: 'momentsDeviation',
    file: 'moments',
    ins: 6,
    params: ['na', 'nb', 'ddof'],
    parts: [...moments.slice(0, 2), 'mergeDeviation'],
  },
  ...plain('moments', 8, 'mergeSkewness', ['na', 'nb']),
  ...plain('moments', 10, 'mergeKurtosis', ['na', 'nb']),
  blockPass('moments', 'mergeShape', 4, ['mergeSkewness', 'mergeKurtosis']),
  blockPass('moments', 'momentsSkewness', 3, [...moments.slice(0, 3), 'mergeSkewness']),
  blockPass('moments', 'momentsKurtosis', 4, [...moments, 'mergeKurtosis']),
  blockPass('moments', 'momentsShape', 4, [...moments, 'mergeSkewness', 'mergeKurtosis']),
  ...plain('moments', 1, 'deviation', ['divisor']),
  ...plain('moments', 2, 'skewness kurtosis', ['n']),
  ...plain('fives', 5, 'sumOf5 meanOf5'),
  ...[...momentsOf5, ...fitsOf5.slice(1)].flatMap(name => plain('fives', 5, name)),
  ...plain('fives', 10, 'crossOf5'),
  ...[2, 3, 4].flatMap(order => [
    { name: `moments${order}Of5`, file: 'fives', ins: 5, params: [], parts: momentsOf5.slice(0, order) },
    { name: `fit${order}Of5`, file: 'fives', ins: 5, params: [], parts: fitsOf5.slice(0, order) },
  ]),
  ...plain('comoments', 4, 'mergeCross', ['weight']),
  ...plain('comoments', 14, 'mergeCorrelation', ['na', 'nb']),
  ...plain('comoments', 14, 'mergePearson', ['na', 'nb', 'least']),
  ...plain('comoments', 3, 'correlation'),
  ...plain('comoments', 3, 'pearson', ['least']),
  ...plain('comoments', 6, 'pearsonGiven', ['least']),
  ...plain('comoments', 5, 'slopeGiven'),
  ...plain('comoments', 3, 'residualM2'),
  ...plain('comoments', 8, 'residualSlope'),
  ...fits.slice(1).map((name, i) => ({ name, file: 'fits', ins: 2 * i + 6, params: ['na', 'nb'] })),
  ...[2, 3, 4].map(order => blockPass('fits', `mergeFit${order}`, order, fits.slice(0, order))),
  ...plain('fits', 6, 'mergeSlope', ['na', 'nb']),
  blockPass('fits', 'fitSlope', 2, [...fits.slice(0, 2), 'mergeSlope']),
  blockPass('fits', 'trendAndCurve', 3, fits.slice(1, 3)),
  blockPass('fits', 'trendToResidual', 4, fits.slice(1)),
  ...plain('fits', 4, 'fitted', ['byTrend', 'byCurve']),
  ...plain('fits', 3, 'parabolaR2', ['byTrend', 'byCurve']),
  ...plain('fits', 2, 'lineR2', ['byTrend']),
  ...plain('counted', 1, 'counted'),
  ...plain('counted', 2, 'mergeCount'),
  ...plain('counted', 4, 'mergeCountedSum mergeCountedMean'),
  ...plain('counted', 4, 'mergeNewest'),
  ...plain('counted', 6, 'mergeCountedOffset'),
  ...plain('counted', 8, 'mergeCountedM2'),
  { name: 'mergeNumbers', file: 'counted', ins: 8, params: [], parts: numbers },
  ...plain('counted', 6, 'mergeCountedCross'),
  ...plain('counted', 2, 'mergeWeight', ['q']),
  ...plain('counted', 4, 'mergeWeightedMean', ['q']),
  ...plain('counted', 2, 'countedDeviation', ['ddof']),
];
