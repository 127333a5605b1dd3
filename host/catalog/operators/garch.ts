import type { Operator, Param } from './types.ts';

/** What of a fit and of its run can be read, in the order in which the kernel numbers it (assembly/kernels/garch.ts). */
export const garchReads = [
  'mu',
  'omega',
  'alpha',
  'beta',
  'variance',
  'log_likelihood',
  'iterations',
  'converged',
  'observations',
  'forecast',
  'next_forecast',
] as const;

const readParam: Param = { name: 'read', oneOf: garchReads };
const formParam: Param = { name: 'form', oneOf: ['targeted', 'free'] };
const isFree = (form: string | number | undefined): number => Number(form === 'free');
const wanted = (read: string | number | undefined): Float64Array =>
  Float64Array.of(garchReads.indexOf(read as never));

const model =
  'GARCH(1,1) by Gaussian quasi-maximum likelihood, `targeted` with mean 0 and the variance of the rows or `free` with both estimated';
const reads =
  'a parameter, `variance` (the mean squared innovation), how the fit went, `forecast` (the variance of the current row as the row before it has it) or `next_forecast` (of the next row)';

/** Variance that follows its own past, fitted anew. */
export const garch: readonly Operator[] = [
  {
    name: 'garch_month',
    args: ['a'],
    params: [
      readParam,
      formParam,
      { name: 'rows', min: 2, max: 95_000, integer: true },
      { name: 'at_least', min: 10, max: 95_000, integer: true },
    ],
    summary: `${model}, fitted to the numbers of the previous UTC calendar month and run forward in the current one: ${reads}`,
    nulls:
      'there are more than `rows` rows in both months up to the current one; all but observations, iterations and converged (0) only where the previous month has fewer than `at_least` numbers, all are 0, or the fit did not converge; forecasts also where a is NULL',
    forgiving: true,
    fault: ([, , rows, atLeast]) =>
      Number(atLeast) >= Number(rows)
        ? `at_least is ${atLeast}, expected fewer than rows, ${rows}`
        : undefined,
    lower: (b, [x], [read, form, rows, atLeast]) =>
      b.kernel('garch', [b.time(), x!], [Number(rows), Number(atLeast), isFree(form)], wanted(read)),
  },
  {
    name: 'garch_window',
    args: ['a'],
    params: [readParam, formParam, { name: 'n', min: 10, max: 65_536, integer: true }],
    summary: `${model}, fitted to the last \`n\` rows, the current one included, anew in every row: ${reads}`,
    nulls:
      'all but observations, iterations and converged (0) where all rows are 0 or the fit did not converge',
    lower: (b, [x], [read, form, n]) =>
      b.kernel('garchWindow', [x!], [Number(n), isFree(form)], wanted(read)),
  },
];
