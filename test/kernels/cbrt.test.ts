import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

/** x as m 2^e, exactly. */
function parts(x: number): { m: bigint; e: number } {
  const bits = new BigUint64Array(Float64Array.of(x).buffer)[0]!;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return exponent === 0 ? { m: fraction, e: -1074 } : { m: fraction | 0x10000000000000n, e: exponent - 1075 };
}

function integerRoot(n: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 3));
  while (true) {
    const next = (2n * root + n / (root * root)) / 3n;
    if (next >= root) return root;
    root = next;
  }
}

/** Cube root from whole numbers of 70 bits, rounded once. */
function cubeRoot(x: number): number {
  if (x === 0 || !(Math.abs(x) < Infinity)) return x;
  const { m, e } = parts(Math.abs(x));
  const wide = 210 - m.toString(2).length;
  const up = wide + ((((e - wide) % 3) + 3) % 3); // so that 2^(e - up) is a cube
  const root = integerRoot(m << BigInt(up));
  return Math.sign(x) * Number(root) * 2 ** ((e - up) / 3);
}

const random = seeded(29);
const planes = {
  ...Object.fromEntries(Object.entries(shapes).map(([label, make]) => [label, make(700)])),
  products: Float64Array.from({ length: 4_000 }, () => (random() * 1e-4) ** 3),
  everywhere: Float64Array.from({ length: 4_000 }, () => (random() - 0.5) * 2 ** (random() * 2_000 - 1_000)),
  cubes: Float64Array.from({ length: 400 }, (_, t) => (t - 200) ** 3),
  edges: Float64Array.of(0, -0, 1, -1, NaN, Infinity, -Infinity, 5e-324, -5e-324, Number.MAX_VALUE),
};

const cases = Object.entries(planes).map(([label, a]) => ({
  label,
  name: 'cbrt',
  planes: [a],
  params: [],
  span: 0,
  tolerance: label === 'cubes' ? 0 : 2 ** -52,
  naive: (t: number) => cubeRoot(a[t]!),
}));

keepsTheContract('cbrt', cases);
