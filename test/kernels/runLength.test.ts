import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

const random = seeded(23);
let value = 0;
/** Runs of very different lengths, with a hole now and then. */
const runs = Float64Array.from({ length: 700 }, (_, t) => {
  if (random() < 0.07) value = [0, -0, 1, 2][Math.floor(random() * 4)]!;
  return t % 173 === 90 ? NaN : value;
});
const planes = {
  ...Object.fromEntries(Object.entries(shapes).map(([label, make]) => [label, make(700)])),
  runs,
};

/** Rows right before row t with its value, as far as `most`. */
const run = (a: Float64Array, t: number, most: number): number => {
  let n = 0;
  while (n < most && t - n - 1 >= 0 && a[t - n - 1] === a[t]) n++;
  return n;
};

const cases = Object.entries(planes).flatMap(([label, a]) => [
  ...[0, 1, 2, 5, 24, 256].map(cap => ({
    label,
    name: 'runLength',
    planes: [a],
    params: [cap],
    span: cap + 1,
    naive: (t: number) => {
      const n = run(a, t, cap + 1);
      return Number.isNaN(a[t]) || n > cap ? NaN : n;
    },
  })),
  ...[1, 2, 5, 24, 256].map(cap => ({
    label,
    name: 'runUpTo',
    planes: [a],
    params: [cap],
    span: cap,
    naive: (t: number) => (Number.isNaN(a[t]! + (a[t - 1] ?? NaN)) ? NaN : run(a, t, cap)),
  })),
]);

keepsTheContract('runLength', cases);
