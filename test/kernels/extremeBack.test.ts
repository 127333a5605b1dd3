import { keepsTheContract } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';
import { isRowsBack, rowsBack } from '../support/rowsBack.ts';

const cases = Object.entries(shapes).flatMap(([label, make]) => {
  const a = make(700);
  return [0, 1, 7, 40].flatMap(cap => {
    const n = rowsBack(700, cap);
    return (['min', 'max'] as const).map(extreme => ({
      label,
      name: `${extreme}Back`,
      planes: [a, n],
      params: [cap],
      span: cap,
      naive: (t: number) => (isRowsBack(n[t]!, cap) ? Math[extreme](...windowOf(a, t, n[t]! + 1)) : NaN),
    }));
  });
});

keepsTheContract('extremeBack', cases);
