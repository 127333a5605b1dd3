import { blockKernels, plain } from './blockKernels.ts';
import {
  asInputs,
  bocpdBytes,
  enoughNeeds,
  firstBar,
  johansenBytes,
  leastInputs,
  leastPairs,
  mergesOf,
  orderedBytes,
  windowSpan,
  workPlaneBytes,
} from './kernelNeeds.ts';

/**
 * Every kernel of the module, as the planner sees it. `npm run generate` writes assembly/dispatch.ts from this table;
 * an opcode is the position in it and is stored nowhere.
 */
export type Kernel = {
  /** Export of `assembly/kernels/<file>.ts`. */
  readonly name: string;
  readonly file: string;
  /** Planes read; of a kernel that reads a list of them, 0. */
  readonly ins: number;
  /** Reads any number of planes: takes the address of a list of their addresses, and its length. */
  readonly list?: true;
  /** Names of the f64 immediates, in order. */
  readonly params: readonly string[];
  /**
   * Computes in one pass what these kernels compute, each over a prefix of the planes and with a prefix of the immediates: a
   * plane written per part. The planner uses it where it finds the parts; the values are theirs to the bit.
   */
  readonly parts?: readonly string[];
  /**
   * Writes any number of planes, one for each entry of its table, which says what is wanted; it takes the address of a list
   * of their addresses. Nodes that differ in their tables alone are computed in one pass, so that what is behind all of
   * them is computed once.
   */
  readonly results?: true;
  /** Takes the address and length of a constant table after the row count. */
  readonly table?: true;
  /** Bytes of scratch memory, its address passed after the row count (and the table). */
  readonly scratchBytes?: (params: readonly number[]) => number;
  /** Rows behind the current one of a plane, by its position, that a value may depend on; 0 when left out. */
  readonly span?: (params: readonly number[], plane: number) => number;
  /**
   * Bars that must exist before the first value, where these are not those that an input needs and its span more. Given
   * what the inputs need together, and each of them.
   */
  readonly needs?: (params: readonly number[], ofInputs: number, ofEach: readonly number[]) => number;
};

/** A kernel over a list of planes. */
const across = (names: string, params: readonly string[], needs: NonNullable<Kernel['needs']>): Kernel[] =>
  names.split(' ').map(name => ({ name, file: 'across', ins: 0, list: true, params, needs }));

export const kernels: readonly Kernel[] = [
  ...plain('arithmetic', 2, 'add sub mul div ratio least greatest'),
  ...plain('arithmetic', 2, 'ratioOr', ['neutral']),
  ...plain('arithmetic', 2, 'lerp', ['t']),
  { name: 'lerp8', file: 'arithmetic', ins: 1, params: ['t1', 't2', 't4'], span: () => 7 },
  ...plain('arithmetic', 1, 'abs sqrt sign'),
  ...plain('compare', 2, 'greater'),
  ...plain('compare', 1, 'within', ['low', 'high']),
  ...plain('compare', 3, 'select'),
  ...plain('known', 2, 'orElse').map(kernel => ({ ...kernel, needs: firstBar })),
  ...plain('known', 1, 'known').map(kernel => ({ ...kernel, needs: firstBar })),
  ...plain('known', 2, 'given leastKnown greatestKnown'),
  // a bound that is not there does not bind
  ...plain('known', 3, 'clip').map(kernel => ({
    ...kernel,
    needs: (_: readonly number[], __: number, [value]: readonly number[]) => value!,
  })),
  ...blockKernels,
  { name: 'enough', file: 'counted', ins: 2, params: ['least', 'window'], needs: enoughNeeds },
  ...across('meanAcross stdAcross medianAcross leastAcross greatestAcross', ['least'], leastInputs),
  ...across('countAcross', [], firstBar),
  ...across('countAbove countBelow countEqual', [], (_, __, [first]) => Math.max(1, first!)),
  ...across('spearmanAcross', ['least'], leastPairs),
  ...plain('log', 1, 'log'),
  ...plain('exp', 1, 'exp'),
  ...plain('normalCdf', 1, 'normalCdf'),
  ...plain('sine', 1, 'sine'),
  ...plain('cosine', 1, 'cosine'),
  ...plain('cbrt', 1, 'cbrt'),
  ...plain('extremeAge', 4, 'ageOfGreatest ageOfLeast', ['back']),
  {
    name: 'median',
    file: 'median',
    ins: 1,
    params: ['window'],
    span: windowSpan,
    scratchBytes: orderedBytes,
  },
  {
    name: 'quantile',
    file: 'median',
    ins: 1,
    params: ['window', 'q'],
    span: windowSpan,
    scratchBytes: orderedBytes,
  },
  {
    name: 'rankBelow',
    file: 'rank',
    ins: 1,
    params: ['window'],
    span: windowSpan,
    scratchBytes: orderedBytes,
  },
  { name: 'tercile', file: 'tercile', ins: 1, params: ['window'], span: windowSpan },
  { name: 'absoluteDeviation', file: 'absoluteDeviation', ins: 1, params: ['window'], span: windowSpan },
  {
    name: 'carrySign',
    file: 'carrySign',
    ins: 1,
    params: ['window'],
    span: windowSpan,
    needs: asInputs,
  },
  {
    name: 'runLength',
    file: 'runLength',
    ins: 1,
    params: ['cap'],
    // one row more than it counts: to see that a run is too long
    span: ([cap]) => cap! + 1,
    needs: asInputs,
  },
  {
    name: 'runUpTo',
    file: 'runLength',
    ins: 1,
    params: ['cap'],
    span: ([cap]) => cap!,
    needs: (_, ofInputs) => ofInputs + 1,
  },
  ...['sameRows', 'exitRows'].map(name => ({
    name,
    file: 'sameValue',
    ins: 1,
    params: ['window'],
    span: windowSpan,
  })),
  {
    name: 'sinceEvent',
    file: 'sinceEvent',
    ins: 1,
    params: ['cap'],
    span: ([cap]) => cap! - 1,
    needs: asInputs,
  },
  ...['lagBy', 'minBack', 'maxBack'].map(name => ({
    name,
    file: name === 'lagBy' ? name : 'extremeBack',
    ins: 2,
    params: ['cap'],
    // how far back it looks is read at the current row
    span: ([cap]: readonly number[], plane: number) => (plane === 0 ? cap! : 0),
    needs: asInputs,
  })),
  {
    name: 'afterEvents',
    file: 'afterEvents',
    ins: 5,
    params: ['window', 'after'],
    // the newest triggers are asked of rows that have enough before them; threshold and what holds without events are those
    // of the current row
    span: ([window, after], plane) =>
      plane < 2 ? window! - 1 : plane === 2 ? Math.max(0, window! - 1 - after!) : 0,
  },
  {
    name: 'bestLag',
    file: 'bestLag',
    ins: 4,
    params: ['window', 'lags'],
    // two series and their M2, which is wanted of every shift of the first
    span: ([window, lags], plane) => [window! - 1 + lags!, window! - 1, lags!, 0][plane]!,
    scratchBytes: ([window, lags]) => (2 * mergesOf(window!) + 7) * workPlaneBytes(window! + lags!),
  },
  {
    name: 'laggedR2',
    file: 'laggedR2',
    ins: 4,
    params: ['window', 'lags'],
    span: ([window, lags], plane) => [window! - 1, window! - 1 + lags!, 0, lags!][plane]!,
    scratchBytes: ([window, lags]) =>
      (3 * mergesOf(window!) + 2 * lags! + 5) * workPlaneBytes(window! + lags!) +
      16 * (lags! + 1) * (lags! + 3),
  },
  {
    name: 'spectrum',
    file: 'spectrum',
    ins: 1,
    params: ['window'],
    table: true,
    results: true,
    span: windowSpan,
    scratchBytes: ([n]) => 2 * n! + 8 * (n! + 2) + 32 * n!,
  },
  {
    name: 'wavelet',
    file: 'wavelet',
    ins: 1,
    params: ['window', 'levels'],
    table: true,
    results: true,
    span: windowSpan,
    scratchBytes: ([n, levels]) => 16 * (3 * n! + 9 * (levels! + 1)),
  },
  {
    name: 'singular',
    file: 'singular',
    ins: 1,
    params: ['window', 'embedding'],
    table: true,
    results: true,
    span: windowSpan,
    scratchBytes: ([n, size]) => 16 * (6 * n! + size! * (size! + 25) + 53),
  },
  {
    name: 'hmm',
    file: 'hmm',
    ins: 3,
    params: ['maxRows', 'minRows'],
    table: true,
    results: true,
    // of the times one row more than of the values: to see that the months are too long
    span: ([maxRows], plane) => (plane === 0 ? maxRows! : maxRows! - 1),
    needs: ([, minRows], ofInputs) => ofInputs + minRows!,
    // two months kept of either coordinate; a fit of a month takes 10 numbers a row
    scratchBytes: ([maxRows]) => 688 + 112 * Math.ceil(maxRows! / 2),
  },
  {
    name: 'johansen',
    file: 'johansen',
    // the times and the series
    ins: 0,
    list: true,
    params: ['series', 'window', 'minutes'],
    table: true,
    results: true,
    // one row more than a stretch may have: to see that it has too many
    span: ([, window, minutes], plane) => (plane === 0 ? minutes! : window! + minutes! - 1),
    // the first row behind a window begins a stretch, if it comes early
    needs: ([, window], ofInputs) => ofInputs + window!,
    scratchBytes: johansenBytes,
  },
  {
    name: 'garch',
    file: 'garch',
    ins: 2,
    params: ['maxRows', 'minRows', 'free'],
    table: true,
    results: true,
    // of the times one row more: to see that the months have too many
    span: ([maxRows], plane) => (plane === 0 ? maxRows! : maxRows! - 1),
    needs: ([, minRows], ofInputs) => ofInputs + minRows!,
    scratchBytes: ([maxRows]) => 8 + 16 * maxRows! + 24 + 80 + 1216,
  },
  {
    name: 'garchWindow',
    file: 'garch',
    ins: 1,
    params: ['window', 'free'],
    table: true,
    results: true,
    span: windowSpan,
    scratchBytes: ([window]) => 80 + 1216 + 8 * window!,
  },
  {
    name: 'cusum',
    file: 'cusum',
    ins: 2,
    params: ['drift', 'limit', 'maxRows'],
    table: true,
    results: true,
    // of the times one row more than of the values: to see that a day is too long
    span: ([, , maxRows], plane) => maxRows! - (plane === 0 ? 0 : 1),
    needs: asInputs,
  },
  {
    name: 'bocpd',
    file: 'bocpd',
    ins: 2,
    params: ['hazard', 'longest', 'kappa', 'alpha', 'beta', 'maxRows'],
    table: true,
    results: true,
    // of the times one row more than of the values: to see that a day is too long
    span: ([, , , , , maxRows], plane) => maxRows! - (plane === 0 ? 0 : 1),
    needs: asInputs,
    scratchBytes: bocpdBytes,
  },
  { name: 'localTime', file: 'localTime', ins: 1, params: [], table: true },
  { name: 'calendar', file: 'calendar', ins: 1, params: ['field'] },
  { name: 'daysUntil', file: 'daysUntil', ins: 1, params: ['cap'], table: true },
  {
    name: 'sessionRows',
    file: 'session',
    ins: 1,
    params: ['maxRows'],
    table: true,
    // one row more than it counts: to see that a session is too long
    span: ([maxRows]) => maxRows!,
    needs: asInputs,
  },
  {
    name: 'sessionStd',
    file: 'session',
    ins: 2,
    params: ['minRows', 'maxRows'],
    table: true,
    // of the times one row more than of the values: to see that a session is too long
    span: ([, maxRows], plane) => (plane === 0 ? maxRows! : maxRows! - 1),
    needs: ([minRows], bars) => bars + minRows! - 1,
  },
  {
    name: 'seasonalTercile',
    file: 'seasonalTercile',
    ins: 3,
    params: ['count', 'maxRows', 'minRows'],
    // the session's rows so far are read at the current row
    span: ([, maxRows], plane) => (plane === 2 ? 0 : maxRows! - 1),
    needs: firstBar,
    scratchBytes: () => 4 * 64,
  },
];

/** Rows behind the current one that a value may depend on, of each plane read. */
export const spansOf = ({ ins, span }: Kernel, params: readonly number[], planes = ins): readonly number[] =>
  span ? none(planes).map((_, plane) => span(params, plane)) : none(planes);

const zeros: (readonly number[])[] = [];

/** So many zeros: most planes share them. */
function none(count: number): readonly number[] {
  zeros[count] ??= new Array<number>(count).fill(0);
  return zeros[count];
}

export const kernelByName: ReadonlyMap<string, Kernel & { readonly opcode: number }> = new Map(
  kernels.map((kernel, opcode) => [kernel.name, { ...kernel, opcode }]),
);
