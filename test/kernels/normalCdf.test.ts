import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';
import { normalCdf } from '../support/normalCdf.ts';

// mpmath.ncdf(x) of mpmath 1.3.0 with mp.dps = 50, rounded to doubles.
const published: readonly (readonly [x: number, cdf: number])[] = [];

const cdfOf = new Map(published);
const random = seeded(7);
const spread = (size: number) => Float64Array.from({ length: 2_000 }, () => (random() - 0.5) * size);
const planes = {
  ...Object.fromEntries(Object.entries(shapes).map(([label, make]) => [label, make(700)])),
  near: spread(2.5),
  wide: spread(16),
  edges: Float64Array.of(0, -0, 1, -1, NaN, Infinity, -Infinity, 5e-324, 0.9999999999999999, -38, 40, -41),
};

const use = { name: 'normalCdf', params: [], span: 0 };
const cases: KernelCase[] = [
  {
    ...use,
    label: 'published values',
    planes: [Float64Array.from(published, ([x]) => x)],
    // 4 ulp
    tolerance: 2 ** -50,
    naive: t => cdfOf.get(published[t]![0])!,
  },
  ...Object.entries(planes).map(([label, a]) => ({
    ...use,
    label,
    planes: [a],
    // the twin's density loses digits with x^2; below 3 its tail is a difference
    tolerance: 1e-12,
    naive: (t: number) => normalCdf(a[t]!),
    magnitude: (t: number) => (Math.abs(a[t]!) < 3 ? 1e-3 : normalCdf(a[t]!) + 1e-300),
  })),
];

keepsTheContract('normalCdf', cases);
