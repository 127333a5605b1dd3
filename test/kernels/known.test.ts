import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 101;
const names = Object.keys(shapes) as (keyof typeof shapes)[];

/** Rows of `a` in which this or that is missing. */
const pierced = (a: Float64Array, every: number, at: number): Float64Array =>
  a.map((x, t) => (t % every === at ? NaN : x));

const numbers = (...values: number[]): number[] => values.filter(value => !Number.isNaN(value));

const cases: KernelCase[] = names.flatMap((left, i) => {
  const right = names[(i + 3) % names.length]!;
  const a = pierced(shapes[left](rows), 7, 2);
  const b = pierced(shapes[right](rows), 5, 2);
  const c = pierced(shapes.ties(rows).reverse(), 3, 1);
  const use = { label: `${left} and ${right}`, span: 0, params: [] };
  const two = (name: string, of: (a: number, b: number) => number): KernelCase => ({
    ...use,
    name,
    planes: [a, b],
    naive: t => of(a[t]!, b[t]!),
  });
  return [
    two('orElse', (x, y) => numbers(x, y)[0] ?? NaN),
    two('given', (x, y) => (Number.isNaN(y) ? NaN : x)),
    two('leastKnown', (x, y) => (numbers(x, y).length === 0 ? NaN : Math.min(...numbers(x, y)))),
    two('greatestKnown', (x, y) => (numbers(x, y).length === 0 ? NaN : Math.max(...numbers(x, y)))),
    { ...use, name: 'known', planes: [a], naive: t => numbers(a[t]!).length },
    {
      ...use,
      name: 'clip',
      planes: [a, b, c],
      naive: t => {
        const raised = Math.max(a[t]!, ...numbers(b[t]!));
        return Math.min(raised, ...numbers(c[t]!));
      },
    },
  ];
});

keepsTheContract('known', cases);
