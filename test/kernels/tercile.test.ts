import { keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes, windowOf } from '../support/kernelShapes.ts';

const random = seeded(37);
let level = 0;
/** Slow waves, as volatility has them, that cross the quantiles of their window again and again. */
const waves = Float64Array.from({ length: 700 }, (_, t) => {
  level = 0.97 * level + random() - 0.5;
  return t % 301 === 200 ? NaN : level;
});
const planes = {
  ...Object.fromEntries(Object.entries(shapes).map(([label, make]) => [label, make(700)])),
  waves,
};

/** Type 7 of Hyndman and Fan. */
function quantile(sample: readonly number[], q: number): number {
  const x = sample.map(value => value + 0).sort((a, b) => a - b);
  const place = q * (x.length - 1);
  const low = x[Math.floor(place)]!;
  return place % 1 === 0 ? low : low + (x[Math.ceil(place)]! - low) * (place % 1);
}

const cases = Object.entries(planes).flatMap(([label, a]) =>
  // the quantile between two huge values is beyond what a number holds
  [2, 3, 4, 5, 6, 7, 20, 61, 240, 400].map(window => ({
    label,
    name: 'tercile',
    planes: [a],
    params: [window],
    span: window - 1,
    naive: (t: number) => {
      const sample = windowOf(a, t, window);
      if (sample.some(Number.isNaN)) return NaN;
      const above = sample.filter(x => x > a[t]!).length;
      const expected = [1, 2].filter(
        thirds => above < window - Math.ceil((thirds * (window - 1)) / 3),
      ).length;
      if (sample.every(x => Math.abs(x) < 1e290 && (x === 0 || Math.abs(x) > 1e-290))) {
        const byQuantile = [1, 2].filter(thirds => a[t]! >= quantile(sample, thirds / 3)).length;
        if (byQuantile !== expected)
          throw new Error(`row ${t}: ${byQuantile} by quantiles, ${expected} by counts`);
      }
      return expected;
    },
  })),
);

keepsTheContract('tercile', cases);
