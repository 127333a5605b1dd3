import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';
import { waveletReads } from '../support/spectralTwins.ts';

const rows = 300;

const wants = (n: number, levels: number) => [
  ...Array.from({ length: levels + 1 }, (_, i) => ({
    name: 'wavelet_share',
    entry: [0, i + 1],
    params: [n, levels, i + 1],
  })),
  { name: 'wavelet_trend', entry: [1, 0], params: [n, levels] },
  ...(levels > 1 ? [{ name: 'wavelet_entropy', entry: [2, 0], params: [n, levels] }] : []),
  { name: 'wavelet_peak', entry: [3, 0], params: [n, levels] },
  { name: 'wavelet_largest', entry: [4, 0], params: [n, levels] },
];

const cases: KernelCase[] = Object.entries(shapes).flatMap(([label, make]) => {
  const x = make(rows);
  return [
    [16, 1],
    [16, 3],
    [64, 3],
    [256, 2],
  ].map(([window, levels]): KernelCase => {
    const [n, depth] = [window!, levels!];
    return {
      label,
      name: 'wavelet',
      planes: [x],
      params: [n, depth],
      span: n - 1,
      scratchBytes: 16 * (3 * n + 9 * (depth + 1)),
      table: Float64Array.from(wants(n, depth).flatMap(({ entry }) => entry)),
      twins: wants(n, depth).map(({ name, params }): Twin => {
        const read = (t: number) => waveletReads[name]!(windowOf(x, t, n), params);
        return { naive: t => read(t).value, tolerance: 1, magnitude: t => read(t).error };
      }),
    };
  });
});

keepsTheContract('wavelet', cases);
