import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

const random = seeded(11);
const sparse = Float64Array.from({ length: 700 }, (_, t) => {
  if (t % 149 === 60) return NaN;
  return random() < 0.9 ? (random() < 0.5 ? 0 : -0) : random() - 0.5;
});
const planes = {
  ...Object.fromEntries(Object.entries(shapes).map(([label, make]) => [label, make(700)])),
  sparse,
};

const cases = Object.entries(planes).flatMap(([label, a]) =>
  [1, 2, 5, 24, 256].map(window => ({
    label,
    name: 'carrySign',
    planes: [a],
    params: [window],
    span: window - 1,
    naive: (t: number) => {
      for (let back = 0; back < window; back++) {
        const x = a[t - back] ?? NaN;
        if (x !== 0) return Math.sign(x);
      }
      return 0;
    },
  })),
);

keepsTheContract('carrySign', cases);
