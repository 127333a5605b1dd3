import { blockSums } from '../support/blockSums.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';
import { bestOf } from '../support/regressions.ts';

const rows = 460;
const pairs = [
  ['walk', 'zeros'],
  ['ties', 'far'],
  ['far', 'walk'],
  ['holes', 'ties'],
  ['ties', 'holes'],
  ['constant', 'walk'],
  ['walk', 'constant'],
  ['ties', 'ramp'],
  ['infinite', 'ties'],
  ['outlier', 'ties'],
] as const;

const cases: KernelCase[] = pairs.flatMap(([left, right]) => {
  const [x, y] = [shapes[left](rows), shapes[right](rows)];
  return [
    [2, 1],
    [3, 2],
    [7, 7],
    [64, 5],
    [61, 20],
    [240, 60],
  ].map(([window, lags]): KernelCase => {
    const [w, last] = [window!, lags!];
    const m2 = (of: Float64Array) => Float64Array.from(of, (_, t) => blockSums(windowOf(of, t, w)).m2);
    const found = Array.from(x, (_, t) => {
      const windows = Array.from({ length: last }, (_, i) => windowOf(x, t - 1 - i, w));
      const current = windowOf(y, t, w);
      return [current, ...windows].some(row => !row.every(Number.isFinite))
        ? { lag: NaN, tight: false }
        : bestOf(current, windows);
    });
    return {
      label: `${left} and ${right}`,
      name: 'bestLag',
      planes: [x, y, m2(x), m2(y)],
      params: [w, last],
      span: w - 1 + last,
      scratchBytes: 1 << 20,
      naive: t => found[t]!.lag,
      // which of two correlations is larger is open where rounding decides
      tolerance: 1,
      magnitude: t => (found[t]!.tight ? last : 0),
    };
  });
});

keepsTheContract('bestLag', cases);
