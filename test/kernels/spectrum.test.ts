import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';
import { spectrumReads } from '../support/spectralTwins.ts';

const rows = 300;

/** Entries of the table beside what they are, and the parameters of the operator of that name. */
const wants = (n: number) =>
  [
    ['fft_power', [0, 0, 0], [n]],
    ['fft_power_share', [1, 1, Math.floor(0.05 * n)], [n, 0, 0.05]],
    ['fft_power_share', [1, Math.ceil(0.2 * n), n / 2], [n, 0.2, 0.5]],
    ['fft_dominant', [2, 0, 0], [n]],
    ['fft_dominant_share', [3, 0, 0], [n]],
    ['fft_secondary', [4, 0, 0], [n]],
    ['fft_harmonics', [5, 0, 0], [n]],
    ['fft_entropy', [6, 0, 0], [n]],
    ['fft_edge', [7, 0.95, 0], [n, 0.95]],
    ['fft_contrast', [8, 0, 0], [n]],
  ] as const;

const cases: KernelCase[] = Object.entries(shapes).flatMap(([label, make]) => {
  const x = make(rows);
  return [16, 64, 256].map((n): KernelCase => {
    const window = windowsOf(x, n);
    return {
      label,
      name: 'spectrum',
      planes: [x],
      params: [n],
      span: n - 1,
      scratchBytes: 42 * n + 16,
      table: Float64Array.from(wants(n).flatMap(([, entry]) => entry)),
      twins: wants(n).map(([name, , params]): Twin => {
        const read = (t: number) => spectrumReads[name]!(window(t), params);
        return { naive: t => read(t).value, tolerance: 1, magnitude: t => read(t).error };
      }),
    };
  });
});

function windowsOf(x: Float64Array, n: number): (t: number) => number[] {
  return t => windowOf(x, t, n);
}

keepsTheContract('spectrum', cases);
