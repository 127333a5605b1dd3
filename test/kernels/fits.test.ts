import { blockOf } from '../support/blockSums.ts';
import { type ExactFit, exactFit } from '../support/exactFits.ts';
import { exactSums } from '../support/exactMoments.ts';
import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 130;
/** Rows of the newer and the older block: without a slope, without a curve, with all, of equal size and not. */
const blocks = [
  [1, 1],
  [2, 2],
  [32, 32],
  [1, 2],
  [1, 4],
  [2, 4],
  [3, 2],
  [7, 8],
  [3, 64],
  [4, 1],
  [16, 8],
] as const;
const series = ['walk', 'far', 'holes', 'ties', 'constant', 'ramp', 'outlier', 'infinite'] as const;
/** What the kernels write of a block, in their order: `mergeFit3` the first three, `trendAndCurve` two beside the first. */
const parts = ['mergeOffset', 'mergeTrend', 'mergeCurve', 'mergeResidual'] as const;
const keys = { mergeTrend: 'trend', mergeCurve: 'curve', mergeResidual: 'residual' } as const;

const u = 2 ** -53;

// How far a merge may be from the exact sums, in units u of rounding, to the first order. R is the range of the n rows. With
// deviations of at most R, every part of T is at most R n^2 / 4, of Q at most R n^3 / 12: V has three of them. Each of the
// three forms, divided by its norm, is the root of a part of M2 <= n R^2 / 4 and what it cancels from is at most twice that
// root. Every plane read is the exact sum rounded once, and the exact value is rounded once too.
//
//   T   d has 6 R, and |d| <= R: (6 + 1) na nb / 2 by d, the product and the sum 2, the sums read, added and added 3
//   Q   V: the products of T read, multiplied and added twice: 4 each; d: 6 + 3; the sums read and added twice: 3
//   R   a form: 12 u of what it cancels from, squared: 24; read, added, squared, weighted, added: 8
const units = { mergeTrend: 12, mergeCurve: 16, mergeResidual: 32 } as const;

const range = (block: readonly number[]): number => Math.max(...block) - Math.min(...block);

const cases: KernelCase[] = series.flatMap(shape => {
  const x = shapes[shape](rows);
  const known = new Map<number, readonly ExactFit[]>();
  const fitsOf = (n: number): readonly ExactFit[] => {
    const exact = known.get(n) ?? Array.from(x, (_, t) => exactFit(blockOf(x, t, n)));
    known.set(n, exact);
    return exact;
  };
  const back = (values: ArrayLike<number>, count: number) =>
    Float64Array.from(x, (_, t) => values[t - count] ?? NaN);
  return blocks.flatMap(([na, nb]): KernelCase[] => {
    const n = na + nb;
    const both = fitsOf(n);
    const offsets = (count: number) => Float64Array.from(x, (_, t) => exactSums(blockOf(x, t, count)).offset);
    const sums = (count: number, key: keyof ExactFit) => Float64Array.from(fitsOf(count), of => of[key]);
    const planes = [
      x,
      back(x, na),
      offsets(na),
      back(offsets(nb), na),
      ...(['trend', 'curve', 'residual'] as const).flatMap(key => [sums(na, key), back(sums(nb, key), na)]),
    ];
    const spread = (t: number) => range(blockOf(x, t, n));
    const twin = (part: keyof typeof keys, magnitude: (t: number) => number): Twin => ({
      naive: t => both[t]![keys[part]],
      tolerance: units[part] * u,
      magnitude,
    });
    const twins: Readonly<Record<(typeof parts)[number], Twin>> = {
      mergeOffset: {
        naive: t => exactSums(blockOf(x, t, n)).offset,
        tolerance: 9 * u,
        magnitude: spread,
      },
      mergeTrend: twin('mergeTrend', t => (spread(t) * n * n) / 4),
      mergeCurve: twin('mergeCurve', t => (spread(t) * n ** 3) / 12),
      mergeResidual: twin('mergeResidual', t => spread(t) * Math.sqrt(n * exactSums(blockOf(x, t, n)).m2)),
    };
    const use = { label: `${shape} of ${na} and ${nb} rows`, span: 0, params: [na, nb] };
    const writing = (name: string, from: number, to: number): KernelCase => ({
      ...use,
      name,
      planes: planes.slice(0, 2 * to + 2),
      twins: parts.slice(from, to).map(part => twins[part]),
    });
    // the trend's error and two more roundings, over the sum of squares of the rows
    const squares = (n * (n * n - 1)) / 12;
    const slope: Twin = {
      naive: t => both[t]!.trend / squares,
      tolerance: (units.mergeTrend + 2) * u,
      magnitude: t => (spread(t) * n * n) / 4 / squares,
    };
    return [
      { ...use, name: 'mergeSlope', planes: planes.slice(0, 6), ...slope },
      {
        ...use,
        name: 'fitSlope',
        planes: planes.slice(0, 6),
        twins: [twins.mergeOffset, twins.mergeTrend, slope],
      },
      ...parts.slice(1).map((name, i) => writing(name, i + 1, i + 2)),
      ...[2, 3, 4].map(order => writing(`mergeFit${order}`, 0, order)),
      writing('trendAndCurve', 1, 3),
      writing('trendToResidual', 1, 4),
    ];
  });
});

const readers: KernelCase[] = series.flatMap((shape): KernelCase[] => {
  const x = shapes[shape](rows);
  const n = 20;
  const fits = Array.from(x, (_, t) => exactFit(blockOf(x, t, n)));
  const sums = Array.from(x, (_, t) => exactSums(blockOf(x, t, n)));
  const plane = (key: keyof ExactFit) => Float64Array.from(fits, of => of[key]);
  const offset = Float64Array.from(sums, of => of.offset);
  const m2 = Float64Array.from(sums, of => of.m2);
  const s2 = (n * (n * n - 1)) / 12;
  const s4 = (s2 * (n * n - 4)) / 15;
  const flat = (t: number) => sums[t]!.m2 === 0;
  const use = { label: shape, span: 0 };
  return [
    {
      ...use,
      name: 'fitted',
      planes: [x, offset, plane('trend'), plane('curve')],
      params: [(n - 1) / 2 / s2, ((n - 1) * (n - 2)) / 6 / s4],
      naive: t => fits[t]!.last,
      tolerance: 8 * u,
      magnitude: t => Math.max(...blockOf(x, t, n).map(Math.abs)) + range(blockOf(x, t, n)),
    },
    {
      ...use,
      name: 'parabolaR2',
      planes: [plane('trend'), plane('curve'), plane('residual')],
      params: [1 / s2, 1 / s4],
      naive: t => (flat(t) ? NaN : fits[t]!.r2),
      tolerance: 16 * u,
    },
    {
      ...use,
      name: 'lineR2',
      planes: [plane('trend'), m2],
      params: [1 / s2],
      naive: t => (flat(t) ? NaN : fits[t]!.lineR2),
      tolerance: 8 * u,
    },
  ];
});

keepsTheContract('fits', [...cases, ...readers]);
