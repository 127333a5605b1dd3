import { blockOf, blockSums, crossSum } from '../support/blockSums.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 130;
const blocks = [
  [1, 1],
  [2, 2],
  [4, 1],
  [16, 8],
  [64, 3],
] as const;
const pairs = [
  ['walk', 'ramp'],
  ['ties', 'walk'],
  ['holes', 'ties'],
  ['constant', 'walk'],
  ['outlier', 'falling'],
  ['infinite', 'walk'],
] as const;

/** Rows of a block as numbers that ascend by one: the time of a trend. */
const bars = (n: number) => Array.from({ length: n }, (_, i) => i);

/** sqrt(sum dx^2 sum dy^2): what a cross sum is at most. */
const bound = (x: number[], y: number[]) => Math.sqrt(blockSums(x).m2 * blockSums(y).m2);
const levelUnits = (block: number[]) => Math.max(...block.map(Math.abs)) * 2 ** -52 * block.length;

const cases: KernelCase[] = pairs.flatMap(([left, right]) => {
  const x = shapes[left](rows);
  const y = shapes[right](rows);
  const merges = blocks.flatMap(([na, nb]): KernelCase[] => {
    const plane = (of: (t: number) => number) => Float64Array.from(x, (_, t) => of(t));
    const mean = (values: Float64Array) => [
      plane(t => blockSums(blockOf(values, t, na)).mean),
      plane(t => blockSums(blockOf(values, t, nb, na)).mean),
    ];
    const both = (values: Float64Array, t: number) => blockOf(values, t, na + nb);
    const use = { label: `${left} and ${right}, ${na} and ${nb} rows`, span: 0, tolerance: 1e-13 };
    return [
      {
        ...use,
        name: 'mergeCross',
        planes: [
          ...mean(x),
          ...mean(y),
          plane(t => crossSum(blockOf(x, t, na), blockOf(y, t, na))),
          plane(t => crossSum(blockOf(x, t, nb, na), blockOf(y, t, nb, na))),
        ],
        params: [(na * nb) / (na + nb)],
        naive: t => crossSum(both(x, t), both(y, t)),
        magnitude: t =>
          bound(both(x, t), both(y, t)) + levelUnits(both(x, t)) * levelUnits(both(y, t)) * 1e13,
      },
      {
        ...use,
        name: 'mergeTrend',
        planes: [
          ...mean(x),
          plane(t => crossSum(bars(na), blockOf(x, t, na))),
          plane(t => crossSum(bars(nb), blockOf(x, t, nb, na))),
        ],
        params: [(na * nb) / 2],
        naive: t => crossSum(bars(na + nb), both(x, t)),
        magnitude: t => bound(bars(na + nb), both(x, t)) + levelUnits(both(x, t)) * (na + nb) * 1e13,
      },
    ];
  });
  const n = 20;
  const sums = Array.from(x, (_, t) => {
    const [a, b] = [blockOf(x, t, n), blockOf(y, t, n)];
    return { cross: crossSum(a, b), x: blockSums(a).m2, y: blockSums(b).m2 };
  });
  const correlation: KernelCase = {
    label: `${left} and ${right}`,
    name: 'correlation',
    planes: [
      Float64Array.from(sums, of => of.cross),
      Float64Array.from(sums, of => of.x),
      Float64Array.from(sums, of => of.y),
    ],
    params: [],
    span: 0,
    tolerance: 1e-15,
    naive: t => {
      const { cross, x: m2X, y: m2Y } = sums[t]!;
      if (Number.isNaN(cross)) return NaN;
      const scale = Math.sqrt(m2X) * Math.sqrt(m2Y);
      return scale === 0 ? 0 : Math.max(-1, Math.min(1, cross / scale));
    },
  };
  return [...merges, correlation];
});

keepsTheContract('comoments', cases);
