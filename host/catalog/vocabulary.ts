import { call, type Expr, type Series } from './expr.ts';

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

export const add = two('add');
export const sub = two('sub');
export const mul = two('mul');
export const div = two('div');
export const ratio = two('ratio');
export const ratioOr = (a: Series, b: Series, neutral: number): Expr => call('ratio_or', [a, b], [neutral]);
export const maxOf = two('max_of');
export const abs = one('abs');
export const sqrt = one('sqrt');
export const sign = one('sign');
export const log = one('log');
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
export const min = windowed('min');
export const max = windowed('max');
export const std = windowed('std');
export const pstd = windowed('pstd');
export const skew = windowed('skew');
export const kurt = windowed('kurt');
export const slope = windowed('slope');
export const ema = windowed('ema');
export const rank = windowed('rank');
export const carrySign = windowed('carry_sign');
export const cov = paired('cov');
export const corr = paired('corr');
export const clock = (field: string): Expr => call('clock', [], [field]);
export const daysToHoliday = (country: string, cap: number): Expr =>
  call('days_to_holiday', [], [country, cap]);
export const sessionTercile = one('session_tercile');
