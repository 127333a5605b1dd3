import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 101;
const pairs: [keyof typeof shapes, keyof typeof shapes][] = [
  ['walk', 'holes'],
  ['holes', 'ties'],
  ['zeros', 'ties'],
  ['ties', 'zeros'],
  ['zeros', 'zeros'],
  ['huge', 'tiny'],
  ['tiny', 'huge'],
  ['huge', 'huge'],
  ['outlier', 'falling'],
  ['infinite', 'infinite'],
  ['infinite', 'zeros'],
  ['constant', 'ramp'],
];

const binary: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => (b === 0 ? NaN : a / b),
  ratio: (a, b) => (Math.abs(b) < 1e-12 ? NaN : a / b),
  least: (a, b) => Math.min(a, b),
  greatest: (a, b) => Math.max(a, b),
};
const unary: Record<string, (a: number) => number> = {
  abs: Math.abs,
  sqrt: Math.sqrt,
  sign: a => Math.sign(a) + 0, // -0 gives 0
};
const tuned: Record<string, (a: number, b: number, p: number) => number> = {
  ratioOr: (a, b, neutral) => (b === 0 && !Number.isNaN(a) ? neutral : a / b),
  lerp: (a, b, t) => a + (b - a) * t,
};

/** Three levels of `lerp`, each of what the one before has of two rows. */
function blended(a: Float64Array, shares: readonly number[], t: number): number {
  const before = shares.slice(0, -1);
  const at = (row: number): number => (before.length > 0 ? blended(a, before, row) : (a[row] ?? NaN));
  return tuned.lerp!(at(t), at(t - 2 ** before.length), shares.at(-1)!);
}

const levels: KernelCase[] = (['walk', 'holes', 'ties', 'outlier', 'infinite', 'constant'] as const).flatMap(
  shape => {
    const a = shapes[shape](rows);
    return [
      [0.5, 0.5, 0.5],
      [0.46, 0.43, 1 / 3],
    ].map(params => ({
      ...{ label: shape, name: 'lerp8', planes: [a], params, span: 7 },
      naive: (t: number) => blended(a, params, t),
    }));
  },
);

const cases: KernelCase[] = pairs.flatMap(([left, right]) => {
  const a = shapes[left](rows);
  const b = shapes[right](rows);
  const two = { label: `${left} and ${right}`, planes: [a, b], span: 0 };
  return [
    ...Object.entries(binary).map(([name, f]) => ({
      ...two,
      name,
      params: [],
      naive: (t: number) => f(a[t]!, b[t]!),
    })),
    ...Object.entries(unary).map(([name, f]) => ({
      ...two,
      name,
      planes: [a],
      params: [],
      naive: (t: number) => f(a[t]!),
    })),
    ...Object.entries(tuned).flatMap(([name, f]) =>
      [0, 0.5, 1 / 3].map(p => ({ ...two, name, params: [p], naive: (t: number) => f(a[t]!, b[t]!, p) })),
    ),
  ];
});

keepsTheContract('arithmetic', [...cases, ...levels]);
