import { blockSums } from '../support/blockSums.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';
import { laggedShare, regression } from '../support/regressions.ts';

const rows = 460;
const pairs = [
  ['walk', 'zeros'],
  ['zeros', 'walk'],
  ['ties', 'far'],
  ['holes', 'ties'],
  ['ties', 'holes'],
  ['constant', 'walk'],
  ['walk', 'constant'],
  ['ties', 'ramp'],
  ['infinite', 'ties'],
  ['outlier', 'ties'],
] as const;

const cases: KernelCase[] = pairs.flatMap(([left, right]) => {
  const [y, x] = [shapes[left](rows), shapes[right](rows)];
  return [
    [2, 0],
    [3, 1],
    [15, 2],
    [60, 4],
    [64, 0],
    [130, 9],
  ].map(([window, lags]): KernelCase => {
    const [w, k] = [window!, lags!];
    const m2 = (of: Float64Array) => Float64Array.from(of, (_, t) => blockSums(windowOf(of, t, w)).m2);
    const at = (t: number) => ({
      current: windowOf(y, t, w),
      columns: Array.from({ length: k + 1 }, (_, lag) => windowOf(x, t - lag, w)),
    });
    return {
      label: `${left} and ${right}`,
      name: 'laggedR2',
      planes: [y, x, m2(y), m2(x)],
      params: [w, k],
      span: w - 1 + k,
      scratchBytes: 1 << 20,
      tolerance: 1e-13,
      naive: t => {
        const { current, columns } = at(t);
        return [current, ...columns].some(row => !row.every(Number.isFinite))
          ? NaN
          : laggedShare(current, columns);
      },
      magnitude: t => {
        const { current, columns } = at(t);
        return 1 / regression(current, columns).leastPivot;
      },
    };
  });
});

keepsTheContract('laggedR2', cases);
