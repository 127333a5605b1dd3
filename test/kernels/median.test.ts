import { kernelByName } from '../../host/catalog/kernels.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';

const rows = 700;

/** Ascending, -0 as 0; undefined where the window holds a NaN. */
function ordered(values: Float64Array, t: number, window: number): number[] | undefined {
  const sample = windowOf(values, t, window).map(x => x + 0);
  return sample.some(Number.isNaN) ? undefined : sample.sort((a, b) => a - b);
}

function cases(): KernelCase[] {
  return Object.entries(shapes).flatMap(([label, make]) => {
    const a = make(rows);
    const windows = [1, 2, 3, 8, 20, 33, 199, 200].map(window => ({
      window,
      span: window - 1,
      scratchBytes: kernelByName.get('median')!.scratchBytes!([window]),
    }));
    const medians = windows.map(({ window, ...use }) => ({
      ...use,
      label,
      name: 'median',
      planes: [a],
      params: [window],
      naive: (t: number) => {
        const sorted = ordered(a, t, window);
        return sorted ? (sorted[(window - 1) >> 1]! + sorted[window >> 1]!) / 2 : NaN;
      },
    }));
    const quantiles = windows.flatMap(({ window, ...use }) =>
      [0, 0.1, 0.75, 1].map(q => ({
        ...use,
        label,
        name: 'quantile',
        planes: [a],
        params: [window, q],
        naive: (t: number) => {
          const sorted = ordered(a, t, window);
          if (!sorted) return NaN;
          const rank = q * (window - 1);
          const low = sorted[Math.floor(rank)]!;
          const share = rank % 1;
          return share === 0 ? low : low + (sorted[Math.floor(rank) + 1]! - low) * share;
        },
      })),
    );
    return [...medians, ...quantiles];
  });
}

keepsTheContract('median', cases());
