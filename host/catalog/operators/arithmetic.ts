import { inPlace, shift } from '../lowering.ts';
import { maxWindow, type Operator } from './types.ts';

const binary = (
  name: string,
  kernel: string,
  summary: string,
  more: Pick<Operator, 'infix' | 'nulls'> = {},
): Operator => ({
  name,
  args: ['a', 'b'],
  summary,
  ...more,
  lower: (b, [x, y]) => b.kernel(kernel, [x!, y!]),
});

const unary = (name: string, kernel: string, summary: string, nulls?: string): Operator => ({
  name,
  args: ['a'],
  summary,
  ...(nulls === undefined ? {} : { nulls }),
  lower: (b, [x]) => b.kernel(kernel, [x!]),
});

const lagParam = { name: 'lag', min: 0, max: maxWindow, integer: true } as const;

/** Element-wise arithmetic, comparison, selection and shifts. */
export const arithmetic: readonly Operator[] = [
  binary('add', 'add', 'a + b', { infix: '+' }),
  binary('sub', 'sub', 'a - b', { infix: '-' }),
  binary('mul', 'mul', 'a * b', { infix: '*' }),
  binary('div', 'div', 'a / b', { infix: '/', nulls: 'b = 0' }),
  binary('ratio', 'ratio', 'a / b, guarded against a denominator that is rounding noise', {
    nulls: '|b| < 1e-12',
  }),
  {
    name: 'ratio_or',
    args: ['a', 'b'],
    params: [{ name: 'neutral' }],
    summary: 'a / b, and the neutral value where b is exactly 0',
    lower: (b, [x, y], [neutral]) => b.kernel('ratioOr', [x!, y!], [Number(neutral)]),
  },
  binary('min_of', 'least', 'the smaller of a and b'),
  binary('max_of', 'greatest', 'the larger of a and b'),
  unary('abs', 'abs', 'magnitude of a'),
  unary('sqrt', 'sqrt', 'square root of a', 'a < 0'),
  unary('cbrt', 'cbrt', 'cube root of a'),
  unary('sign', 'sign', '-1, 0 or 1'),
  unary('log', 'log', 'natural logarithm of a', 'a <= 0'),
  unary('normal_cdf', 'normalCdf', 'distribution function of the standard normal distribution at a'),
  unary('sin', 'sine', 'sine of a, in radians'),
  unary('cos', 'cosine', 'cosine of a, in radians'),
  binary('gt', 'greater', '1 where a > b, else 0'),
  {
    name: 'lt',
    args: ['a', 'b'],
    summary: '1 where a < b, else 0',
    lower: (b, [x, y]) => b.kernel('greater', [y!, x!]),
  },
  {
    name: 'within',
    args: ['a'],
    params: [{ name: 'low' }, { name: 'high' }],
    summary: '1 where low <= a < high, else 0',
    lower: (b, [x], [low, high]) => b.kernel('within', [x!], [Number(low), Number(high)]),
  },
  {
    name: 'select',
    args: ['condition', 'a', 'b'],
    summary: 'a where the condition is not 0, else b',
    nulls: 'only where the condition is, or the one that it chooses',
    forgiving: true,
    lower: (b, [condition, x, y]) => b.kernel('select', [condition!, x!, y!]),
  },
  {
    name: 'or_else',
    args: ['a', 'b'],
    summary: 'a where it is a number, else b',
    nulls: 'only where both are',
    forgiving: true,
    lower: (b, [x, y]) => b.kernel('orElse', [inPlace(b, x!), inPlace(b, y!)]),
  },
  {
    name: 'known',
    args: ['a'],
    summary: '1 where a is a number, else 0',
    nulls: 'nowhere',
    forgiving: true,
    lower: (b, [x]) => b.kernel('known', [inPlace(b, x!)]),
  },
  {
    name: 'clip',
    args: ['a', 'low', 'high'],
    summary: 'a limited to low..high; a bound that is NULL does not bind, and the upper one wins',
    nulls: 'only where a is',
    forgiving: true,
    lower: (b, [x, low, high]) => b.kernel('clip', [x!, low!, high!]),
  },
  {
    name: 'lag',
    args: ['a'],
    params: [lagParam],
    summary: 'a, the given number of rows ago',
    lower: (_, [x], [rows]) => shift(x!, Number(rows)),
  },
  {
    name: 'diff',
    args: ['a'],
    params: [{ ...lagParam, min: 1 }],
    summary: 'a minus its value the given number of rows ago',
    lower: (b, [x], [rows]) => b.kernel('sub', [x!, shift(x!, Number(rows))]),
  },
];
