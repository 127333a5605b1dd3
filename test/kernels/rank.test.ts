import { kernelByName } from '../../host/catalog/kernels.ts';
import { keepsTheContract } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';

const cases = Object.entries(shapes).flatMap(([label, make]) => {
  const a = make(700);
  return [1, 2, 3, 4, 20, 61, 240, 399, 400, 470].map(window => ({
    label,
    name: 'rankBelow',
    planes: [a],
    params: [window],
    span: window - 1,
    scratchBytes: kernelByName.get('rankBelow')!.scratchBytes!([window]),
    naive: (t: number) => {
      const sample = windowOf(a, t, window);
      return sample.some(Number.isNaN) ? NaN : sample.filter(x => x < a[t]!).length;
    },
  }));
});

keepsTheContract('rank', cases);
