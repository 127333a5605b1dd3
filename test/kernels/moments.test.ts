import { type BlockSums, blockOf, blockSums } from '../support/blockSums.ts';
import { type ExactSums, exactStep, exactSums } from '../support/exactMoments.ts';
import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 130;
/** Rows of the newer and the older block. */
const blocks = [
  [1, 1],
  [2, 2],
  [32, 32],
  [1, 2],
  [7, 8],
  [3, 64],
  [4, 1],
  [16, 8],
] as const;
/** What the kernels write of a block, in their order: `mergeMoments3` the first three, `stepMoments3` the step besides. */
const sums = ['mergeOffset', 'mergeM2', 'mergeM3', 'mergeM4'];
const series = ['walk', 'far', 'holes', 'ties', 'constant', 'ramp', 'outlier', 'infinite'] as const;

const u = 2 ** -53;

// How far a merge may be from the exact sums, in units u of rounding, to the first order. R is the range of the rows, s the
// sum of squares M2, w = na nb / n; |offset|, |d| and |row - mean| are at most R, w d^2 + M2a + M2b = M2, and
// w |d| <= sum |row - mean| / 2 <= sqrt(n M2) / 2. Every plane read is the exact sum rounded once. No bound has the level
// of the series in it, except that of the mean, which is at that level.
//
//   d        6 R: offsets 1 + 1, their difference (at most 2 R) 2, the difference of values 1, the sum 1
//   offset   8 R: the offsets, as a weighted mean, 1; the other 4 of d; the weight nb / n and the product 2; the sum 1
//   M2       2 w |d| 6 R <= 6 R sqrt(n M2) by d, and 4 M2 <= 4 R sqrt(n M2): read, square, weight, product, two sums
//   M3       the derivative by d is at most 3 M2, so 18 R M2; 3 |d| M2a and |M3a| have 7 and 3 roundings: 24 R M2
//   M4       the derivative by d is at most 16 R M2, so 96 R^2 M2; 6 d^2 M2a, 4 |d M3a| and M4a have 9, 7 and 3 roundings:
//            85 R^2 M2
//
// The exact value is rounded too: one unit more each.
const units = { step: 7, offset: 9, m2: 11, m3: 43, m4: 182 } as const;

const range = (block: readonly number[]): number => Math.max(...block) - Math.min(...block);

const cases: KernelCase[] = series.flatMap(shape => {
  const x = shapes[shape](rows);
  const known = new Map<number, readonly ExactSums[]>();
  const sumsOf = (n: number): readonly ExactSums[] => {
    const exact = known.get(n) ?? Array.from(x, (_, t) => exactSums(blockOf(x, t, n)));
    known.set(n, exact);
    return exact;
  };
  const nothing = exactSums([NaN]);
  return blocks.flatMap(([na, nb]): KernelCase[] => {
    const both = sumsOf(na + nb);
    const block = (t: number) => blockOf(x, t, na + nb);
    const back = <T>(values: ArrayLike<T>, none: T) => Array.from(x, (_, t) => values[t - na] ?? none);
    const [newer, older] = [sumsOf(na), back(sumsOf(nb), nothing)];
    const pair = (key: keyof ExactSums) =>
      [newer, older].map(exact => Float64Array.from(exact, of => of[key]));
    const planes = [
      x,
      Float64Array.from(back(x, NaN)),
      ...(['offset', 'm2', 'm3', 'm4'] as const).flatMap(key => pair(key)),
    ];

    const spread = (t: number) => range(block(t));
    const twin = (
      key: keyof typeof units,
      magnitude: (t: number) => number,
      naive?: Twin['naive'],
    ): Twin => ({
      naive: naive ?? (t => both[t]![key as 'm2']),
      tolerance: units[key] * u,
      magnitude,
    });
    const twins: Readonly<Record<string, Twin>> = {
      mergeStep: twin('step', spread, t => exactStep(blockOf(x, t, na), blockOf(x, t, nb, na))),
      mergeOffset: twin('offset', spread),
      mergeM2: twin('m2', t => spread(t) * Math.sqrt((na + nb) * both[t]!.m2)),
      mergeM3: twin('m3', t => spread(t) * both[t]!.m2),
      mergeM4: twin('m4', t => spread(t) ** 2 * both[t]!.m2),
    };
    const use = { label: `${shape} of ${na} and ${nb} rows`, span: 0, params: [na, nb] };
    const writing = (name: string, order: number, written: readonly string[]): KernelCase => ({
      ...use,
      name,
      planes: planes.slice(0, 2 * order + 2),
      twins: written.map(part => twins[part]!),
    });
    // M2 is off by 11 u R sqrt(n M2), and its root by that over twice the root, n times that of the variance: half of 11 u R
    const deviation = {
      params: [na, nb, 0],
      planes: planes.slice(0, 6),
    };
    const root: Twin = {
      naive: t => Math.sqrt(both[t]!.m2 / (na + nb)),
      tolerance: units.m2 * u,
      magnitude: t => (both[t]!.m2 === 0 ? 0 : spread(t)),
    };
    // with s the range over the deviation, at most s^2 and s^3 times: M3 is at most R M2 and has 43 u, M2 has 11 u s, which
    // is taken 1.5 times; M4 is at most R^2 M2 and has 182 u, M2 is taken twice; 6 and 8 roundings
    const variance = (t: number) => both[t]!.m2 / (na + nb);
    const orNaN = (t: number, value: number) => (variance(t) < 1e-24 ? NaN : value);
    const stretch = (t: number, power: number) => (spread(t) / Math.sqrt(variance(t))) ** power;
    const ends: Readonly<Record<string, Twin>> = {
      ...twins,
      mergeSkewness: {
        naive: t => orNaN(t, both[t]!.m3 / (na + nb) / variance(t) ** 1.5),
        tolerance: (units.m3 + 1.5 * units.m2 + 6) * u,
        magnitude: t => stretch(t, 2),
      },
      mergeKurtosis: {
        naive: t => orNaN(t, both[t]!.m4 / (na + nb) / variance(t) ** 2 - 3),
        tolerance: (units.m4 + 2 * units.m2 + 8) * u,
        magnitude: t => stretch(t, 3),
      },
    };
    const ending = (name: string, order: number, written: readonly string[]): KernelCase => ({
      ...writing(name, order, []),
      twins: written.map(part => ends[part]!),
    });
    const mean: KernelCase = {
      ...use,
      name: 'mergeMean',
      planes: pair('mean'),
      naive: t => both[t]!.mean,
      // means read 1, mean 1, the exact one 1, all of the level; the difference and its weight 3, at most R each
      tolerance: 3 * u,
      magnitude: t => Math.max(...block(t).map(Math.abs)) + spread(t),
    };
    return [
      mean,
      { ...use, ...deviation, ...root, name: 'mergeDeviation' },
      {
        ...use,
        ...deviation,
        name: 'momentsDeviation',
        twins: [twins.mergeOffset!, twins.mergeM2!, root],
      },
      ending('mergeSkewness', 3, ['mergeSkewness']),
      ending('mergeKurtosis', 4, ['mergeKurtosis']),
      ending('mergeShape', 4, ['mergeSkewness', 'mergeKurtosis']),
      ending('momentsSkewness', 3, [...sums.slice(0, 3), 'mergeSkewness']),
      ending('momentsKurtosis', 4, [...sums, 'mergeKurtosis']),
      ending('momentsShape', 4, [...sums, 'mergeSkewness', 'mergeKurtosis']),
      writing('mergeStep', 1, ['mergeStep']),
      ...sums.map((name, i) => writing(name, i + 1, [name])),
      ...[2, 3, 4].map(order => writing(`mergeMoments${order}`, order, sums.slice(0, order))),
      ...[1, 2, 3, 4].map(order =>
        writing(`stepMoments${order}`, order, ['mergeStep', ...sums.slice(0, order)]),
      ),
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
