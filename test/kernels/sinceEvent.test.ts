import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

const rows = 700;
const random = seeded(23);
/** Events that are far apart, and holes between them. */
const events = Float64Array.from({ length: rows }, (_, t) =>
  random() < 0.02 ? NaN : random() < 0.03 || (t > 300 && t < 320) ? 1 : 0,
);
const planes = {
  ...Object.fromEntries(Object.entries(shapes).map(([label, make]) => [label, make(rows)])),
  events,
  none: events.map(() => 0),
};

const since = (a: Float64Array, t: number, cap: number): number => {
  const seen = Array.from({ length: cap }, (_, n) => a[t - n] ?? 0);
  const newest = seen.findIndex(x => x !== 0 && !Number.isNaN(x));
  return newest < 0 ? cap : newest;
};

keepsTheContract(
  'sinceEvent',
  Object.entries(planes).flatMap(([label, a]) =>
    [1, 2, 5, 24, 256].map(cap => ({
      label,
      name: 'sinceEvent',
      planes: [a],
      params: [cap],
      span: cap - 1,
      naive: (t: number) => (Number.isNaN(a[t]!) ? NaN : since(a, t, cap)),
    })),
  ),
);
