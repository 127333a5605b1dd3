import { keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';
import { isRowsBack, rowsBack } from '../support/rowsBack.ts';

const cases = Object.entries(shapes).flatMap(([label, make]) => {
  const a = make(700);
  return [0, 1, 7, 40].map(cap => {
    const n = rowsBack(700, cap);
    return {
      label,
      name: 'lagBy',
      planes: [a, n],
      params: [cap],
      span: cap,
      naive: (t: number) => (isRowsBack(n[t]!, cap) ? (a[t - n[t]!] ?? NaN) : NaN),
    };
  });
});

keepsTheContract('lagBy', cases);
