import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';
import { singularReads } from '../support/spectralTwins.ts';

const rows = 150;
const components = ['trend', 'oscillation', 'noise'];

const wants = (n: number, size: number) => [
  ...components.map((component, i) => ({
    name: 'ssa_component',
    entry: [0, i],
    params: [n, size, component],
  })),
  ...components.map((component, i) => ({ name: 'ssa_share', entry: [1, i], params: [n, size, component] })),
  { name: 'ssa_separability', entry: [2, 0], params: [n, size] },
  { name: 'ssa_error', entry: [3, 0], params: [n, size] },
];

const cases: KernelCase[] = Object.entries(shapes).flatMap(([label, make]) => {
  const x = make(rows);
  return [
    [8, 4],
    [60, 20],
    [75, 7],
  ].map(([window, embedding]): KernelCase => {
    const [n, size] = [window!, embedding!];
    const windows = Array.from(x, (_, t) => windowOf(x, t, n));
    return {
      label,
      name: 'singular',
      planes: [x],
      params: [n, size],
      span: n - 1,
      scratchBytes: 16 * (6 * n + size * (size + 25) + 53),
      table: Float64Array.from(wants(n, size).flatMap(({ entry }) => entry)),
      twins: wants(n, size).map(({ name, params }): Twin => {
        const read = (t: number) => singularReads[name]!(windows[t]!, params);
        return { naive: t => read(t).value, tolerance: 1, magnitude: t => read(t).error };
      }),
    };
  });
});

keepsTheContract('singular', cases);
