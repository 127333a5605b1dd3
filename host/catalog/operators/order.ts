import { type Operator, windowParam } from './types.ts';

/** Order statistics of a window, each by its own kernel. */
export const order: readonly Operator[] = [
  {
    name: 'median',
    args: ['a'],
    params: [windowParam],
    summary: 'median of the last `window` rows, the current one included',
    lower: (b, [x], [window]) => b.kernel('median', [x!], [Number(window)]),
  },
  {
    name: 'quantile',
    args: ['a'],
    params: [windowParam, { name: 'q', min: 0, max: 1 }],
    summary:
      'quantile q of the last `window` rows, linear between order statistics (type 7 of Hyndman and Fan)',
    lower: (b, [x], [window, q]) => b.kernel('quantile', [x!], [Number(window), Number(q)]),
  },
  {
    name: 'rank',
    args: ['a'],
    params: [windowParam],
    summary:
      'share of the last `window` rows, the current one included, whose value lies strictly below the current one',
    lower: (b, [x], [window]) =>
      b.kernel('div', [b.kernel('rankBelow', [x!], [Number(window)]), b.constant(Number(window))]),
  },
  {
    name: 'carry_sign',
    args: ['a'],
    params: [windowParam],
    summary: 'sign of the newest value other than 0 among the last `window` rows, 0 where there is none',
    nulls: 'a NULL comes before a value other than 0',
    lower: (b, [x], [window]) => b.kernel('carrySign', [x!], [Number(window)]),
  },
];
