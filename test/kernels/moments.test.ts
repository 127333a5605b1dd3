import { absoluteSum, type BlockSums, blockOf, blockSums } from '../support/blockSums.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 130;
const blocks = [
  [1, 1],
  [2, 2],
  [4, 1],
  [16, 8],
  [64, 3],
  [32, 32],
] as const;
const series = ['walk', 'holes', 'ties', 'constant', 'ramp', 'outlier', 'infinite'] as const;

const cases: KernelCase[] = series.flatMap(shape => {
  const x = shapes[shape](rows);
  return blocks.flatMap(([na, nb]): KernelCase[] => {
    const newer = Array.from(x, (_, t) => blockSums(blockOf(x, t, na)));
    const older = Array.from(x, (_, t) => blockSums(blockOf(x, t, nb, na)));
    const planes = (...keys: (keyof BlockSums)[]) =>
      keys.flatMap(key => [
        Float64Array.from(newer, sums => sums[key]),
        Float64Array.from(older, sums => sums[key]),
      ]);
    const both = (t: number) => blockOf(x, t, na + nb);
    // the deviations of the merge are those of a mean rounded to an ulp of the level
    const level = (t: number) => Math.max(...both(t).map(Math.abs)) * 2 ** -52;
    const use = { label: `${shape} of ${na} and ${nb} rows`, span: 0, tolerance: 1e-13 };
    const magnitude = (p: number) => (t: number) =>
      absoluteSum(both(t), p) + (na + nb) * level(t) ** p * 1e13;
    return [
      {
        ...use,
        name: 'mergeM2',
        planes: planes('mean', 'm2'),
        params: [(na * nb) / (na + nb)],
        naive: t => blockSums(both(t)).m2,
        magnitude: magnitude(2),
      },
      {
        ...use,
        name: 'mergeM3',
        planes: planes('mean', 'm2', 'm3'),
        params: [na, nb],
        naive: t => blockSums(both(t)).m3,
        magnitude: magnitude(3),
      },
      {
        ...use,
        name: 'mergeM4',
        planes: planes('mean', 'm2', 'm3', 'm4'),
        params: [na, nb],
        naive: t => blockSums(both(t)).m4,
        magnitude: magnitude(4),
      },
    ];
  });
});

const ratios: KernelCase[] = series.flatMap((shape): KernelCase[] => {
  const x = shapes[shape](rows);
  const n = 20;
  const sums = Array.from(x, (_, t) => blockSums(blockOf(x, t, n)));
  const plane = (key: keyof BlockSums) => Float64Array.from(sums, of => of[key]);
  const use = { label: shape, span: 0, params: [n], tolerance: 1e-14 };
  const variance = (t: number) => sums[t]!.m2 / n;
  const orNaN = (t: number, value: number) => (Math.sqrt(variance(t)) < 1e-12 ? NaN : value);
  return [
    {
      ...use,
      name: 'deviation',
      planes: [plane('m2')],
      params: [n - 1],
      naive: t => Math.sqrt(sums[t]!.m2 / (n - 1)),
    },
    {
      ...use,
      name: 'skewness',
      planes: [plane('m2'), plane('m3')],
      naive: t => orNaN(t, sums[t]!.m3 / n / variance(t) ** 1.5),
    },
    {
      ...use,
      name: 'kurtosis',
      planes: [plane('m2'), plane('m4')],
      naive: t => orNaN(t, sums[t]!.m4 / n / variance(t) ** 2 - 3),
      magnitude: () => 3,
    },
  ];
});

keepsTheContract('moments', [...cases, ...ratios]);
