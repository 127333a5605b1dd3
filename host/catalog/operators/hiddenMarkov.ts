import type { Operator, Param } from './types.ts';

/** The states of a model, in its order. */
export const hmmStates = ['calm', 'trend', 'shock'] as const;
/** What there is to know of a fit, in the order that the kernel numbers it. */
export const hmmFitFields = ['log_likelihood', 'iterations', 'converged', 'observations'] as const;

const rowsParam: Param = { name: 'rows', min: 2, max: 95_000, integer: true };
const leastParam: Param = { name: 'at_least', min: 10, max: 95_000, integer: true };
const state = (name: string): Param => ({ name, oneOf: hmmStates });
const coordinateParam: Param = { name: 'coordinate', min: 1, max: 2, integer: true };

// What the kernel is asked for, mirrored by assembly/kernels/hmm.ts.
const wants = {
  probability: 0,
  duration: 1,
  leaving: 2,
  persistence: 3,
  start: 4,
  transition: 5,
  mean: 6,
  variance: 7,
  fit: 8,
} as const;

const model =
  'the hidden Markov model of the observations (x, y) in the calendar month before that of the row, three Gaussian states with diagonal covariance';
const tooLong = 'the month before or the current one has more than half of `rows` up to the row';
const silent = `${tooLong}, or the month before fewer than \`at_least\` with an observation`;
const filtered = `${silent}, the fit did not converge, or the row has no observation`;

/** How the kernel numbers a state, a coordinate or a field. */
const numberOf = ({ oneOf, min = 0 }: Param, value: number | string): number =>
  oneOf ? oneOf.indexOf(String(value)) : Number(value) - min;

const of = (
  want: keyof typeof wants,
  summary: string,
  nulls: string,
  params: readonly Param[] = [],
): Operator => ({
  name: `hmm_${want}`,
  args: ['x', 'y'],
  params: [rowsParam, leastParam, ...params],
  summary: `${summary} ${model}`,
  nulls,
  forgiving: true,
  fault: ([rows, atLeast]) =>
    2 * Number(atLeast) > Number(rows)
      ? `at_least is ${atLeast}, expected at most half of rows, ${rows}`
      : undefined,
  lower: (b, [x, y], [rows, atLeast, ...rest]) => {
    const [first = 0, second = 0] = rest.map((value, i) => numberOf(params[i]!, value));
    const table = Float64Array.of(wants[want], first, second);
    return b.kernel('hmm', [b.time(), x!, y!], [Number(rows), Number(atLeast)], table);
  },
});

/** A model of regimes, fitted to the month before and filtered forward from the month's first row. */
export const hiddenMarkov: readonly Operator[] = [
  of('probability', 'probability of the state, given the observations up to the row, by', filtered, [
    state('state'),
  ]),
  of(
    'duration',
    'rows with an observation, since the month began, for which the most likely state has been the same, the first not counted and at most `cap`, by',
    filtered,
    [{ name: 'cap', min: 0, max: 1e9, integer: true }],
  ),
  of('leaving', 'probability that the next row has another state, by', filtered),
  of('persistence', 'probability that the most likely state stays, by', filtered),
  of('start', 'probability of the state in the first row, a parameter of', silent, [state('state')]),
  of('transition', 'probability of a state behind another, a parameter of', silent, [
    state('from'),
    state('to'),
  ]),
  of('mean', 'mean of a coordinate in the state, a parameter of', silent, [state('state'), coordinateParam]),
  of('variance', 'variance of a coordinate in the state, a parameter of', silent, [
    state('state'),
    coordinateParam,
  ]),
  of('fit', 'how the fit went, of', `${silent}: then only the log likelihood`, [
    { name: 'field', oneOf: hmmFitFields },
  ]),
];
