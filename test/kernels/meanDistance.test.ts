import { keepsTheContract } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';

const centre = shapes.walk(700);
const cases = Object.entries(shapes).flatMap(([label, make]) => {
  const a = make(700);
  return [1, 2, 3, 5, 20, 64, 141].map(window => ({
    label,
    name: 'meanDistance',
    planes: [a, centre],
    params: [window],
    span: window - 1,
    // newest first, as the kernel adds
    naive: (t: number) =>
      windowOf(a, t, window).reduceRight((sum, x) => sum + Math.abs(x - centre[t]!), 0) / window,
  }));
});

keepsTheContract('meanDistance', cases);
