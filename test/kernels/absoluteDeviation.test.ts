import { keepsTheContract } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';

/** Values less the newest, then their distances from their mean; both added newest first, as the kernel does. */
function naive(a: Float64Array, t: number, window: number): number {
  const steps = windowOf(a, t, window)
    .map(x => x - a[t]!)
    .reverse();
  const mean = steps.reduce((sum, step) => sum + step, 0) / window;
  return steps.reduce((sum, step) => sum + Math.abs(step - mean), 0) / window;
}

const cases = Object.entries(shapes).flatMap(([label, make]) => {
  const a = make(700);
  return [1, 2, 3, 5, 20, 64, 141].map(window => ({
    label,
    name: 'absoluteDeviation',
    planes: [a],
    params: [window],
    span: window - 1,
    naive: (t: number) => naive(a, t, window),
  }));
});

keepsTheContract('absoluteDeviation', cases);
