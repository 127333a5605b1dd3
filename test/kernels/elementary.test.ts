import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

const random = seeded(23);
const spread = (low: number, high: number) =>
  Float64Array.from({ length: 4_000 }, () => low + random() * (high - low));
const planes = {
  ...Object.fromEntries(Object.entries(shapes).map(([label, make]) => [label, make(700)])),
  unit: spread(0, 2),
  angles: spread(-7, 7),
  wide: spread(-800, 800),
  large: spread(-1e15, 1e15),
  ratios: spread(0.92, 1.08), // two rows at a time, or one, by the edges of what is near 1
  edges: Float64Array.of(
    0,
    -0,
    1,
    -1,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    Number.MAX_VALUE,
    710,
    -746,
    Math.PI,
    1e22,
  ),
};

// The host's own functions are the twin: other code, errors below 1 ulp each, so both together stay within 2 ulp.
const twoUlp = 2 ** -51;
const finite = (f: (x: number) => number) => (x: number) => (Math.abs(x) < Infinity ? f(x) : NaN);
const functions: Record<string, (x: number) => number> = {
  log: x => (x > 0 ? Math.log(x) : NaN),
  exp: Math.exp,
  sine: finite(Math.sin),
  cosine: finite(Math.cos),
};

for (const [name, twin] of Object.entries(functions)) {
  const cases = Object.entries(planes).map(([label, a]) => ({
    label,
    name,
    planes: [a],
    params: [],
    span: 0,
    tolerance: twoUlp,
    naive: (t: number) => twin(a[t]!),
  }));
  keepsTheContract(name, cases);
}
