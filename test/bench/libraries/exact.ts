import type { Bars } from '../../../host/catalog/bars.ts';
import { exactFit } from '../../support/exactFits.ts';
import {
  exactCorrelation,
  exactMoments,
  exactSlope,
  quotient,
  scaleBits,
  scaled,
} from '../../support/exactMoments.ts';
import { pairColumns } from './inputs.ts';

// Values of windows by exact arithmetic on integers, each rounded once.

type OfWindow = (window: Float64Array) => number;

const moments: Readonly<Record<string, OfWindow>> = {
  mean: window => exactMoments(window).mean,
  sd: window => exactMoments(window).std * Math.sqrt((window.length - 1) / window.length),
  skew: window => exactMoments(window).skew,
  kurt: window => exactMoments(window).kurt,
  min: window => Math.min(...window),
  max: window => Math.max(...window),
  slope: exactSlope,
  r2: window => exactFit(window).lineR2,
  residual: window =>
    window.at(-1)! - exactMoments(window).mean - (exactSlope(window) * (window.length - 1)) / 2,
};

const [first, second] = pairColumns;

const guardBits = 200n;

/** The recursion from the first row on, with 290 binary places. */
function exactEma(values: Float64Array, n: number): Float64Array {
  let mean = scaled(values[0]!) << guardBits;
  return values.map(value => {
    mean += (((scaled(value) << guardBits) - mean) * 2n) / BigInt(n + 1);
    return quotient(mean, 1n << (scaleBits + guardBits));
  });
}

/** Exact values of a kind over n rows, in some rows. */
export function exactValues(kind: string, n: number, { columns }: Bars, rows: readonly number[]): number[] {
  const window = (plane: Float64Array, row: number) => plane.subarray(row - n + 1, row + 1);
  if (kind === 'ema') {
    const plane = exactEma(columns.close!, n);
    return rows.map(row => plane[row]!);
  }
  if (kind === 'corr') {
    const [x, y] = [columns[first]!, columns[second]!];
    return rows.map(row => exactCorrelation(window(x, row), window(y, row)));
  }
  const plane = columns[kind === 'skew' || kind === 'kurt' ? first : 'close']!;
  return rows.map(row => moments[kind]!(window(plane, row)));
}
