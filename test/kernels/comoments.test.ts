import { blockOf, blockSums, crossSum } from '../support/blockSums.ts';
import { exactCross, exactStep, exactSums } from '../support/exactMoments.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';
import { correlationGiven, lineResidual, residualSlope, slopeGiven } from '../support/regressions.ts';

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
const pairs = [
  ['walk', 'ramp'],
  ['far', 'walk'],
  ['far', 'ties'],
  ['ties', 'walk'],
  ['holes', 'ties'],
  ['constant', 'walk'],
  ['outlier', 'falling'],
  ['infinite', 'walk'],
] as const;

const u = 2 ** -53;

/** sqrt(sum dx^2 sum dy^2): what a cross sum is at most, and what the sums and the step of a merge add up to at most. */
const bound = (x: readonly number[], y: readonly number[]) => Math.sqrt(exactSums(x).m2 * exactSums(y).m2);

const cases: KernelCase[] = pairs.flatMap(([left, right]) => {
  const x = shapes[left](rows);
  const y = shapes[right](rows);
  const merges = blocks.flatMap(([na, nb]): KernelCase[] => {
    const plane = (of: (t: number) => number) => Float64Array.from(x, (_, t) => of(t));
    const step = (values: Float64Array) =>
      plane(t => exactStep(blockOf(values, t, na), blockOf(values, t, nb, na)));
    const both = (values: Float64Array, t: number) => blockOf(values, t, na + nb);
    const use = { label: `${left} and ${right}, ${na} and ${nb} rows`, span: 0 };
    const ofBlocks = (values: Float64Array) => [
      values,
      Float64Array.from(values, (_, t) => values[t - na] ?? NaN),
      ...(['offset', 'm2'] as const).flatMap(key => [
        plane(t => exactSums(blockOf(values, t, na))[key]),
        plane(t => exactSums(blockOf(values, t, nb, na))[key]),
      ]),
    ];
    const n = na + nb;
    const least = 1e-9;
    const merged = {
      ...use,
      planes: [
        ...ofBlocks(x),
        ...ofBlocks(y),
        plane(t => exactCross(blockOf(x, t, na), blockOf(y, t, na))),
        plane(t => exactCross(blockOf(x, t, nb, na), blockOf(y, t, nb, na))),
      ],
      tolerance: 64 * u,
      // steps are off by units of the range, which the root of the sum of squares may be a part of
      magnitude: (t: number) =>
        [x, y].reduce((most, values) => {
          const block = both(values, t);
          const reach = (Math.max(...block) - Math.min(...block)) * Math.sqrt(n);
          return Math.max(most, 1, reach / Math.sqrt(exactSums(block).m2) || 0);
        }, 0),
    };
    const parts = (t: number) => {
      const [a, b] = [both(x, t), both(y, t)];
      return { cross: exactCross(a, b), scale: bound(a, b) };
    };
    const r = (cross: number, scale: number) => Math.max(-1, Math.min(1, cross / scale));
    return [
      {
        ...merged,
        name: 'mergeCorrelation',
        params: [na, nb],
        naive: t => {
          const { cross, scale } = parts(t);
          return scale === 0 ? 0 : r(cross, scale);
        },
      },
      {
        ...merged,
        name: 'mergePearson',
        params: [na, nb, least],
        naive: t => {
          const { cross, scale } = parts(t);
          return scale >= least ? r(cross, scale) : NaN;
        },
      },
      {
        ...use,
        name: 'mergeCross',
        planes: [
          step(x),
          step(y),
          plane(t => exactCross(blockOf(x, t, na), blockOf(y, t, na))),
          plane(t => exactCross(blockOf(x, t, nb, na), blockOf(y, t, nb, na))),
        ],
        params: [(na * nb) / (na + nb)],
        naive: t => exactCross(both(x, t), both(y, t)),
        // steps read 2, their product, the weight, its product and the sum 4; sums read, added, added: 3; the exact value 1
        tolerance: 7 * u,
        magnitude: t => bound(both(x, t), both(y, t)),
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
  const least = 1e-12 * (n - 1);
  const pearson: KernelCase = {
    ...correlation,
    name: 'pearson',
    params: [least],
    naive: t => {
      const { cross, x: m2X, y: m2Y } = sums[t]!;
      const scale = Math.sqrt(m2X) * Math.sqrt(m2Y);
      return scale >= least ? Math.max(-1, Math.min(1, cross / scale)) : NaN;
    },
  };
  const z = shapes.zeros(rows).map((value, t) => value + (t % 7));
  const windows = (t: number) =>
    [x, y, z].map(values => blockOf(values, t, n)) as [number[], number[], number[]];
  const plane = (of: (...windows: [number[], number[], number[]]) => number) =>
    Float64Array.from(x, (_, t) => of(...windows(t)));
  const m2 = (block: readonly number[]) => blockSums(block).m2;
  const use = { label: `${left} and ${right}`, span: 0, tolerance: 1e-13 };
  const crosses = [
    plane((a, b) => crossSum(a, b)),
    plane((a, _, c) => crossSum(a, c)),
    plane((_, b, c) => crossSum(b, c)),
  ];
  const lineOf = (t: number) => windows(t).slice(0, 2) as [number[], number[]];
  const isKnown = (t: number) => windows(t).flat().every(Number.isFinite);
  const given: KernelCase[] = [
    {
      ...use,
      name: 'pearsonGiven',
      planes: [...crosses, plane(m2), plane((_, b) => m2(b)), plane((_a, _b, c) => m2(c))],
      params: [least],
      naive: t => (isKnown(t) ? correlationGiven(...windows(t)).value : NaN),
      magnitude: t => 1 / correlationGiven(...windows(t)).left,
    },
    {
      ...use,
      name: 'slopeGiven',
      planes: [...crosses, plane((_, b) => m2(b)), plane((_a, _b, c) => m2(c))],
      params: [],
      naive: t => (isKnown(t) ? slopeGiven(...windows(t)).value : NaN),
      magnitude: t => {
        const [a, b] = windows(t);
        return Math.sqrt(m2(a) / m2(b)) / slopeGiven(...windows(t)).left;
      },
    },
    {
      ...use,
      name: 'residualM2',
      planes: [crosses[0]!, plane(m2), plane((_, b) => m2(b))],
      params: [],
      naive: t => (isKnown(t) ? lineResidual(...lineOf(t)).sd ** 2 * (n - 2) : NaN),
      magnitude: t => m2(windows(t)[0]),
    },
    {
      ...use,
      name: 'residualSlope',
      planes: [
        plane((a, b) => (m2(b) < 1e-12 ? NaN : crossSum(a, b) / m2(b))),
        plane(a => crossSum(a.slice(1), a.slice(0, -1))),
        plane((a, b) => crossSum(a.slice(1), b.slice(0, -1))),
        plane((a, b) => crossSum(b.slice(1), a.slice(0, -1))),
        plane((_, b) => crossSum(b.slice(1), b.slice(0, -1))),
        plane(a => m2(a.slice(0, -1))),
        plane((a, b) => crossSum(a.slice(0, -1), b.slice(0, -1))),
        plane((_, b) => m2(b.slice(0, -1))),
      ],
      params: [],
      naive: t => {
        const [a, b] = windows(t);
        return [a, b].flat().every(Number.isFinite) ? residualSlope(a, b).value : NaN;
      },
      magnitude: t => {
        const [a, b] = windows(t);
        return 1 / residualSlope(a, b).left;
      },
    },
  ];
  return [...merges, correlation, pearson, ...given];
});

keepsTheContract('comoments', cases);
