import { maxWindow, type Operator, windowParam } from './types.ts';

const capParam = { name: 'cap', min: 0, max: maxWindow, integer: true } as const;

/** Reads a as far back as n, another series, says in each row. */
const back = (name: string, kernel: string, summary: string): Operator => ({
  name,
  args: ['a', 'n'],
  params: [capParam],
  summary,
  nulls: 'n is not a whole number from 0 to `cap`',
  lower: (b, [x, n], [cap]) => b.kernel(kernel, [x!, n!], [Number(cap)]),
});

/** Order statistics of a window, runs, and windows as long as a series says, each by its own kernel. */
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
    name: 'tercile',
    args: ['a'],
    params: [{ ...windowParam, min: 2 }],
    summary:
      'third of the last `window` rows, the current one included, in which the current value lies: 0 below the quantile 1/3 ' +
      '(type 7 of Hyndman and Fan), 2 from the quantile 2/3 on, else 1',
    lower: (b, [x], [window]) => b.kernel('tercile', [x!], [Number(window)]),
  },
  {
    name: 'carry_sign',
    args: ['a'],
    params: [windowParam],
    summary: 'sign of the newest value other than 0 among the last `window` rows, 0 where there is none',
    nulls: 'only where the newest row that is not 0 is NULL',
    forgiving: true,
    lower: (b, [x], [window]) => b.kernel('carrySign', [x!], [Number(window)]),
  },
  {
    name: 'run_length',
    args: ['a'],
    params: [capParam],
    summary:
      'rows right before the current one that have the value that it has: 0 where it has changed, and in the first bar',
    nulls: 'only where a is in the current row, and where the run is longer than `cap`',
    forgiving: true,
    lower: (b, [x], [cap]) => b.kernel('runLength', [x!], [Number(cap)]),
  },
  {
    name: 'run_up_to',
    args: ['a'],
    params: [{ ...capParam, min: 1 }],
    summary:
      'rows right before the current one that have the value that it has, at most `cap`: 0 where it has changed',
    nulls: 'only where a is in the current row or in the one before',
    forgiving: true,
    lower: (b, [x], [cap]) => b.kernel('runUpTo', [x!], [Number(cap)]),
  },
  {
    name: 'count_same',
    args: ['a'],
    params: [windowParam],
    summary:
      'how many of the last `window` rows, the current one included, have the value that the current one has',
    lower: (b, [x], [window]) => b.kernel('sameRows', [x!], [Number(window)]),
  },
  {
    name: 'count_exits',
    args: ['a'],
    params: [{ ...windowParam, min: 2 }],
    summary:
      'how many of the last `window` rows before the current one have the value that the current one has and are followed by another',
    lower: (b, [x], [window]) => b.kernel('exitRows', [x!], [Number(window)]),
  },
  {
    name: 'rows_since',
    args: ['a'],
    params: [{ ...capParam, min: 1 }],
    summary:
      'rows since the newest in which a is other than 0, 0 in that row; `cap` where there is none among the last `cap` rows',
    nulls: 'only where a is in the current row; other rows with NULL are as those with 0',
    forgiving: true,
    lower: (b, [x], [cap]) => b.kernel('sinceEvent', [x!], [Number(cap)]),
  },
  back('lag_by', 'lagBy', 'a, n rows ago'),
  back('min_back', 'minBack', 'minimum of a over the current row and the n rows before it'),
  back('max_back', 'maxBack', 'maximum of a over the current row and the n rows before it'),
];
