import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes, windowOf } from '../support/kernelShapes.ts';

const rows = 600;
const random = seeded(29);
let state = 0;
/** States that hold on for some rows, and now and then for one alone. */
const states = Float64Array.from({ length: rows }, (_, t) => {
  if (random() < 0.08) state = [0, -0, 1, 2, 3, -1][Math.floor(random() * 6)]!;
  return t % 241 === 150 ? NaN : state;
});
const planes = {
  ...Object.fromEntries(Object.entries(shapes).map(([label, make]) => [label, make(rows)])),
  states,
};

const cases = Object.entries(planes).flatMap(([label, a]) =>
  [1, 2, 3, 4, 20, 61, 240].flatMap(window => {
    const of = (name: string, count: (sample: readonly number[], newest: number) => number) => ({
      ...{ label, name, planes: [a], params: [window], span: window - 1 },
      naive: (t: number) => {
        const sample = windowOf(a, t, window);
        return sample.some(Number.isNaN) ? NaN : count(sample, a[t]!);
      },
    });
    return [
      of('sameRows', (sample, newest) => sample.filter(x => x === newest).length),
      of(
        'exitRows',
        (sample, newest) => sample.slice(1).filter((x, i) => sample[i] === newest && x !== newest).length,
      ),
    ];
  }),
);

keepsTheContract('sameValue', cases);
