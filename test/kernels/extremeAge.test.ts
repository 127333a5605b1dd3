import { keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const names = ['walk', 'ties', 'zeros', 'holes', 'constant', 'infinite'] as const;

const cases = names.flatMap(label => {
  const a = shapes[label](700);
  const b = shapes.ties(700).reverse();
  const ages = [shapes.ramp(700), shapes.far(700)] as const;
  return ['ageOfGreatest', 'ageOfLeast'].flatMap(name =>
    [1, 4, 1024].map(back => ({
      label,
      name,
      planes: [a, b, ...ages],
      params: [back],
      span: 0,
      naive: (t: number) => {
        const [newer, older] = [a[t]!, b[t]!];
        if (Number.isNaN(newer) || Number.isNaN(older)) return NaN;
        const isOlder = name === 'ageOfGreatest' ? older > newer : older < newer;
        return isOlder ? ages[1][t]! + back : ages[0][t]!;
      },
    })),
  );
});

keepsTheContract('extremeAge', cases);
