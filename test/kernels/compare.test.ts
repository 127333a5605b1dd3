import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 101;
const names = Object.keys(shapes) as (keyof typeof shapes)[];

/** A truth value as a number; NaN where one of the operands is. */
const flag = (truth: boolean, ...operands: number[]): number =>
  operands.some(Number.isNaN) ? NaN : Number(truth);

const cases: KernelCase[] = names.flatMap((left, i) => {
  const right = names[(i + 5) % names.length]!;
  const [a, b, c] = [shapes[left](rows), shapes[right](rows), shapes.holes(rows).reverse()];
  const label = `${left} and ${right}`;
  const greater = (x: Float64Array, y: Float64Array): KernelCase => ({
    label,
    name: 'greater',
    planes: [x, y],
    params: [],
    span: 0,
    naive: t => flag(x[t]! > y[t]!, x[t]!, y[t]!),
  });
  const within = (low: number, high: number): KernelCase => ({
    label,
    name: 'within',
    planes: [a],
    params: [low, high],
    span: 0,
    naive: t => flag(a[t]! >= low && a[t]! < high, a[t]!),
  });
  const condition = a.map(x => (Number.isNaN(x) ? NaN : Number(x > 1)));
  return [
    greater(a, b),
    greater(b, a),
    greater(a, a),
    within(0, 1),
    within(100, 101),
    within(-Infinity, 0),
    {
      label,
      name: 'select',
      planes: [condition, b, c],
      params: [],
      span: 0,
      naive: t => (Number.isNaN(condition[t]) ? NaN : condition[t] !== 0 ? b[t]! : c[t]!),
    },
  ];
});

keepsTheContract('compare', cases);
