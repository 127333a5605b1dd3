import { blockOf, blockSums, crossSum, total } from '../support/blockSums.ts';
import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

const rows = 130;
const blocks = [
  [1, 1],
  [2, 2],
  [4, 1],
  [16, 8],
  [64, 3],
] as const;
const names = ['walk', 'holes', 'ties', 'constant', 'ramp', 'outlier'] as const;

const random = seeded(5);
/** Rows that are there, in runs, so that some blocks are full, some have gaps and some have nothing. */
const there = Array.from({ length: rows }, (_, t) => (t > 50 && t < 62) || random() < 0.6);
const planeOf = (of: (t: number) => number): Float64Array =>
  Float64Array.from({ length: rows }, (_, t) => of(t));
const numbers = (block: readonly number[]): number[] => block.filter(x => !Number.isNaN(x));
const orNone = (block: readonly number[], of: (of: readonly number[]) => number): number =>
  block.length === 0 ? NaN : of(block);
const level = (block: readonly number[]): number => Math.max(0, ...block.map(Math.abs));

/** Sum of q^j over the numbers, j rows back, times the row's value. */
const weighted = (block: readonly number[], q: number, value: (x: number) => number): number =>
  total(block.flatMap((x, i) => (Number.isNaN(x) ? [] : [q ** (block.length - 1 - i) * value(x)])));

const cases: KernelCase[] = names.flatMap(shape => {
  const x = shapes[shape](rows).map((value, t) => (there[t] ? value : NaN));
  const y = shapes.walk(rows).map((value, t) => (Number.isNaN(x[t]!) ? NaN : value));
  const merges = blocks.flatMap(([na, nb]): KernelCase[] => {
    const use = { label: `${shape} of ${na} and ${nb} rows`, span: 0, params: [], tolerance: 1e-13 };
    const newer = (values: Float64Array, t: number) => numbers(blockOf(values, t, na));
    const older = (values: Float64Array, t: number) => numbers(blockOf(values, t, nb, na));
    const both = (values: Float64Array, t: number) => numbers(blockOf(values, t, na + nb));
    /** What is kept of the newer blocks and of the older ones. */
    const planes = (of: (block: readonly number[]) => number, values = x) => [
      planeOf(t => orNone(newer(values, t), of)),
      planeOf(t => orNone(older(values, t), of)),
    ];
    const counts = planes(block => block.length);
    const mean = (block: readonly number[]) => blockSums(block).mean;
    const offset = (block: readonly number[]) => mean(block.map(value => value - block.at(-1)!));
    const step = (values: Float64Array) =>
      planeOf(t => {
        const [a, b] = [newer(values, t), older(values, t)];
        return a.length * b.length === 0 ? NaN : mean(b) - mean(a);
      });
    const cross = (back: number, length: number) =>
      planeOf(t => {
        const [a, b] = [x, y].map(values => numbers(blockOf(values, t, length, back)));
        return orNone(a!, () => crossSum(a!, b!));
      });
    const q = 0.75;
    const weights = (back: number, length: number) =>
      planeOf(t => weighted(blockOf(x, t, length, back), q, () => 1) || NaN);
    const means = (back: number, length: number) =>
      planeOf(t => {
        const block = blockOf(x, t, length, back);
        return weighted(block, q, value => value) / weighted(block, q, () => 1);
      });
    const bothRows = (t: number) => blockOf(x, t, na + nb);
    const newest = (block: readonly number[]) => block.at(-1)!;
    const m2 = (block: readonly number[]) => blockSums(block).m2;
    // a sum, its twin, and the planes of blocks that it reads after those of the sums before it
    const kept: readonly (Twin & { readonly name: string; readonly planes: readonly Float64Array[] })[] = [
      { name: 'mergeCount', planes: counts, naive: t => both(x, t).length || NaN },
      { name: 'mergeNewest', planes: planes(newest), naive: t => orNone(both(x, t), newest) },
      {
        name: 'mergeCountedOffset',
        planes: planes(offset),
        naive: t => orNone(both(x, t), offset),
        tolerance: 1e-13,
        magnitude: t => level(both(x, t)),
      },
      {
        name: 'mergeCountedM2',
        planes: planes(m2),
        naive: t => orNone(both(x, t), m2),
        tolerance: 1e-13,
        magnitude: t => level(both(x, t)) ** 2 * (na + nb),
      },
    ];
    const blocksOf = (sums: typeof kept) => sums.flatMap(sum => sum.planes);
    return [
      ...kept.map((sum, i) => ({
        ...sum,
        label: use.label,
        span: 0,
        params: [],
        planes: blocksOf(kept.slice(0, i + 1)),
      })),
      { label: use.label, span: 0, params: [], name: 'mergeNumbers', planes: blocksOf(kept), twins: kept },
      {
        ...use,
        name: 'mergeCountedSum',
        planes: [...counts, ...planes(total)],
        naive: t => orNone(both(x, t), total),
        magnitude: t => total(both(x, t).map(Math.abs)),
      },
      {
        ...use,
        name: 'mergeCountedMean',
        planes: [...counts, ...planes(mean)],
        naive: t => orNone(both(x, t), mean),
        magnitude: t => level(both(x, t)),
      },
      {
        ...use,
        name: 'mergeCountedCross',
        planes: [...counts, step(x), step(y), cross(0, na), cross(na, nb)],
        naive: t => orNone(both(x, t), () => crossSum(both(x, t), both(y, t))),
        magnitude: t => level(both(x, t)) * level(both(y, t)) * (na + nb),
      },
      {
        ...use,
        name: 'mergeWeight',
        params: [q ** na],
        planes: [weights(0, na), weights(na, nb)],
        naive: t => weighted(bothRows(t), q, () => 1) || NaN,
      },
      {
        ...use,
        name: 'mergeWeightedMean',
        params: [q ** na],
        planes: [weights(0, na), weights(na, nb), means(0, na), means(na, nb)],
        naive: t => weighted(bothRows(t), q, value => value) / weighted(bothRows(t), q, () => 1),
        magnitude: t => level(both(x, t)),
      },
    ];
  });
  const window = (t: number) => numbers(blockOf(x, t, 8));
  const count = planeOf(t => window(t).length || NaN);
  const m2 = planeOf(t => orNone(window(t), block => blockSums(block).m2));
  const use = { label: shape, span: 0 };
  return [
    ...merges,
    { ...use, name: 'counted', planes: [x], params: [], naive: t => (Number.isNaN(x[t]!) ? NaN : 1) },
    ...[0, 1].map(ddof => ({
      ...use,
      name: 'countedDeviation',
      planes: [count, m2],
      params: [ddof],
      naive: (t: number) => Math.sqrt(m2[t]! * (1 / (count[t]! - ddof))),
    })),
    ...[1, 5, 9].map(least => ({
      ...use,
      name: 'enough',
      planes: [count, m2],
      params: [least, 8],
      naive: (t: number) => (count[t]! >= least ? m2[t]! : NaN),
    })),
  ];
});

keepsTheContract('counted', cases);
