import { call, type Expr, type Series } from './expr.ts';
import type { hmmFitFields, hmmStates } from './operators/hiddenMarkov.ts';

export { barClose, barHigh, barLow, barOpen, barSum, every } from './resampled.ts';

/** The vocabulary as functions, for declaring features in TypeScript. Each word is an operator of the same meaning. */
const one =
  (name: string) =>
  (a: Series): Expr =>
    call(name, [a]);
const two =
  (name: string) =>
  (a: Series, b: Series): Expr =>
    call(name, [a, b]);
const windowed =
  (name: string) =>
  (a: Series, window: number): Expr =>
    call(name, [a], [window]);
const paired =
  (name: string) =>
  (a: Series, b: Series, window: number): Expr =>
    call(name, [a, b], [window]);

const partial =
  (name: string) =>
  (a: Series, window: number, atLeast: number): Expr =>
    call(name, [a], [window, atLeast]);
const deep =
  (name: string) =>
  (a: Series, n: number, depth: number): Expr =>
    call(name, [a], [n, depth]);
const back =
  (name: string) =>
  (a: Series, n: Series, cap: number): Expr =>
    call(name, [a, n], [cap]);

export const add = two('add');
export const sub = two('sub');
export const mul = two('mul');
export const div = two('div');
export const ratio = two('ratio');
export const ratioOr = (a: Series, b: Series, neutral: number): Expr => call('ratio_or', [a, b], [neutral]);
export const minOf = two('min_of');
export const maxOf = two('max_of');
export const clip = (a: Series, low: Series, high: Series): Expr => call('clip', [a, low, high]);
export const orElse = two('or_else');
export const known = one('known');
export const abs = one('abs');
export const sqrt = one('sqrt');
export const cbrt = one('cbrt');
export const sign = one('sign');
export const log = one('log');
export const normalCdf = one('normal_cdf');
export const sin = one('sin');
export const cos = one('cos');
export const gt = two('gt');
export const lt = two('lt');
export const within = (a: Series, low: number, high: number): Expr => call('within', [a], [low, high]);
export const select = (condition: Series, a: Series, b: Series): Expr => call('select', [condition, a, b]);
export const lag = windowed('lag');
export const diff = windowed('diff');
export const sum = windowed('sum');
export const mean = windowed('mean');
export const drift = windowed('drift');
export const min = windowed('min');
export const max = windowed('max');
export const rowsSinceMax = windowed('rows_since_max');
export const rowsSinceMin = windowed('rows_since_min');
export const std = windowed('std');
export const pstd = windowed('pstd');
export const stdOf = (...series: readonly [Series, Series, ...Series[]]): Expr => call('std_of', series);
export const mad = windowed('mad');
/** Of the running sum inside the window. */
export const walkStd = windowed('walk_std');
export const skew = windowed('skew');
export const kurt = windowed('kurt');
export const slope = windowed('slope');
export const linearR2 = windowed('linear_r2');
/** The least-squares parabola a2 u^2 + a1 u + b of a window; u is the row number in sd about its mean. */
export const quadraticA2 = windowed('quadratic_a2');
export const quadraticA1 = windowed('quadratic_a1');
export const quadraticB = windowed('quadratic_b');
export const quadraticR2 = windowed('quadratic_r2');
export const quadraticRmse = windowed('quadratic_rmse');
export const quadraticLast = windowed('quadratic_last');
export const ema = windowed('ema');
export const wilder = windowed('wilder');
/** Exponential means over exactly the last `rows` rows. */
export const emaOver = (a: Series, n: number, rows: number): Expr => call('ema_over', [a], [n, rows]);
export const wilderOver = (a: Series, n: number, rows: number): Expr => call('wilder_over', [a], [n, rows]);
/** Windows that begin with the rows that there are and leave out those that are NULL, from `atLeast` numbers on. */
export const partialSum = partial('partial_sum');
export const partialMean = partial('partial_mean');
export const partialMin = partial('partial_min');
export const partialMax = partial('partial_max');
export const partialStd = partial('partial_std');
export const partialPstd = partial('partial_pstd');
export const partialEma = partial('partial_ema');
export const partialBeta = (a: Series, b: Series, window: number, atLeast: number): Expr =>
  call('partial_beta', [a, b], [window, atLeast]);
/** Of those of several series that are numbers in the row, from `atLeast` on. */
const across =
  (name: string) =>
  (series: readonly Series[], atLeast: number): Expr =>
    call(name, series, [atLeast]);
export const partialMeanOf = across('partial_mean_of');
export const partialStdOf = across('partial_std_of');
export const partialMedianOf = across('partial_median_of');
export const partialMinOf = across('partial_min_of');
export const partialMaxOf = across('partial_max_of');
export const countOf = (series: readonly Series[]): Expr => call('count_of', series);
/** How many of the others stand so to a. */
const among =
  (name: string) =>
  (a: Series, others: readonly Series[]): Expr =>
    call(name, [a, ...others]);
export const countAbove = among('count_above');
export const countBelow = among('count_below');
export const countEqual = among('count_equal');
/** Rank correlation of pairs. */
export const spearmanOf = (pairs: readonly (readonly [Series, Series])[], atLeast: number): Expr =>
  call('spearman_of', pairs.flat(), [atLeast]);
export const rank = windowed('rank');
export const median = windowed('median');
export const quantile = (a: Series, window: number, q: number): Expr => call('quantile', [a], [window, q]);
export const tercile = windowed('tercile');
export const carrySign = windowed('carry_sign');
/** Rows right before the current one with its value; NULL beyond `cap`. */
export const runLength = windowed('run_length');
/** The same, `cap` where there are more. */
export const runUpTo = windowed('run_up_to');
/** Of the last rows those with the value of the newest, and those of them, the newest aside, that another value follows. */
export const countSame = windowed('count_same');
export const countExits = windowed('count_exits');
/** Rows since a was other than 0, at most `cap`. */
export const rowsSince = windowed('rows_since');
/** a of n[t] rows ago, and its extremes since then; n is 0 to `cap`, else the result NULL. */
export const lagBy = back('lag_by');
export const minBack = back('min_back');
export const maxBack = back('max_back');
export const cov = paired('cov');
export const corr = paired('corr');
export const beta = paired('beta');
/** As corr, but NULL where its denominator is rounding noise. */
export const pearson = paired('pearson');
/** Share of the variance of y that x of 0 to `lags` rows back explains. */
export const laggedR2 = (y: Series, x: Series, window: number, lags: number): Expr =>
  call('lagged_r2', [y, x], [window, lags]);
/** The shift 1..lags of x with the largest correlation with y, either way. */
export const bestLag = (x: Series, y: Series, window: number, lags: number): Expr =>
  call('best_lag', [x, y], [window, lags]);
/** Of the power spectrum of the last n rows, n a power of two from 16 to 256. */
export const fftPower = windowed('fft_power');
export const fftPowerShare = (a: Series, n: number, low: number, high: number): Expr =>
  call('fft_power_share', [a], [n, low, high]);
export const fftDominant = windowed('fft_dominant');
export const fftDominantShare = windowed('fft_dominant_share');
export const fftSecondary = windowed('fft_secondary');
export const fftHarmonics = windowed('fft_harmonics');
export const fftEntropy = windowed('fft_entropy');
export const fftEdge = (a: Series, n: number, share: number): Expr => call('fft_edge', [a], [n, share]);
export const fftContrast = windowed('fft_contrast');
/** Of the wavelet transform of the last n rows in so many levels. */
export const waveletShare = (a: Series, n: number, levels: number, level: number): Expr =>
  call('wavelet_share', [a], [n, levels, level]);
export const waveletTrend = deep('wavelet_trend');
export const waveletEntropy = deep('wavelet_entropy');
export const waveletPeak = deep('wavelet_peak');
export const waveletLargest = deep('wavelet_largest');
/** Of the singular spectrum of the last n rows, vectors of `embedding` numbers. */
export const ssaComponent = (
  a: Series,
  n: number,
  embedding: number,
  component: 'trend' | 'oscillation' | 'noise',
): Expr => call('ssa_component', [a], [n, embedding, component]);
export const ssaShare = (
  a: Series,
  n: number,
  embedding: number,
  component: 'trend' | 'oscillation' | 'noise',
): Expr => call('ssa_share', [a], [n, embedding, component]);
/** Of GARCH(1,1) of the previous calendar month: what `read` says, fitted in a form to at least so many of at most so many rows. */
export const garchMonth = (
  a: Series,
  read: string,
  form: 'targeted' | 'free',
  rows: number,
  atLeast: number,
): Expr => call('garch_month', [a], [read, form, rows, atLeast]);
export const ssaSeparability = deep('ssa_separability');
export const ssaError = deep('ssa_error');
const given =
  (name: string) =>
  (a: Series, b: Series, c: Series, window: number): Expr =>
    call(name, [a, b, c], [window]);
/** Correlation of a and b, and slope of a on b, beside c. */
export const pearsonGiven = given('pearson_given');
export const betaGiven = given('beta_given');
/** What the least-squares line on b leaves of a in the row, and its standard deviation. */
export const lineResidual = paired('line_residual');
export const lineResidualStd = paired('line_residual_std');
/** Autoregression of the residual of a on b. */
export const residualAr1 = paired('residual_ar1');
/** Mean of a over the rows 1..after behind those whose trigger is above the threshold, inside the window. */
export const afterEvents = (
  a: Series,
  trigger: Series,
  threshold: Series,
  otherwise: Series,
  window: number,
  after: number,
): Expr => call('after_events', [a, trigger, threshold, otherwise], [window, after]);
export const clock = (field: string): Expr => call('clock', [], [field]);
export const localClock = (field: string, zone: string): Expr => call('local_clock', [], [field, zone]);
export const daysToHoliday = (country: string, cap: number): Expr =>
  call('days_to_holiday', [], [country, cap]);
export const sessionTercile = one('session_tercile');
type HmmState = (typeof hmmStates)[number];
/** Of a hidden Markov model of (x, y), fitted to the month before; both months have at most `rows`, a fit needs `atLeast`. */
export const hiddenMarkov = (x: Series, y: Series, rows: number, atLeast: number) => {
  const of = (name: string, ...params: (number | string)[]): Expr =>
    call(`hmm_${name}`, [x, y], [rows, atLeast, ...params]);
  return {
    probability: (state: HmmState): Expr => of('probability', state),
    duration: (cap: number): Expr => of('duration', cap),
    leaving: of('leaving'),
    persistence: of('persistence'),
    start: (state: HmmState): Expr => of('start', state),
    transition: (from: HmmState, to: HmmState): Expr => of('transition', from, to),
    mean: (state: HmmState, coordinate: 1 | 2): Expr => of('mean', state, coordinate),
    variance: (state: HmmState, coordinate: 1 | 2): Expr => of('variance', state, coordinate),
    fit: (field: (typeof hmmFitFields)[number]): Expr => of('fit', field),
  };
};

/** Cointegration of series, fitted to so many rows before the current stretch of so many minutes; relations count from 1. */
export const johansen = (series: readonly Series[], rows: number, minutes: number) => {
  const of = (name: string, ...params: (number | string)[]): Expr =>
    call(`johansen_${name}`, series, [rows, minutes, ...params]);
  return {
    combination: (relation: number): Expr => of('combination', relation),
    weight: (relation: number, series: number): Expr => of('weight', relation, series),
    eigenvalue: (relation: number): Expr => of('eigenvalue', relation),
    trace: (relation: number): Expr => of('trace', relation),
    maximum: (relation: number): Expr => of('maximum', relation),
    rank: (statistic: 'trace' | 'maximum', level: '90' | '95' | '99'): Expr => of('rank', statistic, level),
    rows: of('rows'),
    fitted: of('fitted'),
  };
};
/** Sums of what exceeds a drift either way since the day began, and whether one of them is above the limit. */
export const cusum = (a: Series, drift: number, limit: number, maxRows: number) => ({
  value: call('cusum', [a], [drift, limit, maxRows]),
  alarm: call('cusum_alarm', [a], [drift, limit, maxRows]),
});
/** Probabilities of run lengths since the day began, and of the variance in the run. */
export const bocpd = (
  a: Series,
  { hazard, longest, maxRows }: { hazard: number; longest: number; maxRows: number },
  { mu, kappa, alpha, beta }: { mu: number; kappa: number; alpha: number; beta: number },
) => {
  const of = (want: string, ...more: number[]): Expr =>
    call(`bocpd_${want}`, [a], [hazard, longest, mu, kappa, alpha, beta, maxRows, ...more]);
  return {
    length: of('length'),
    mass: (upTo: number): Expr => of('mass', upTo),
    above: (variance: number): Expr => of('above', variance),
    below: (variance: number): Expr => of('below', variance),
  };
};
