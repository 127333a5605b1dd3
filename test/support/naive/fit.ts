import {
  absolute,
  add,
  type Bounded,
  divide,
  exact,
  missing,
  multiply,
  root,
  scale,
  subtract,
  unit,
} from './bounded.ts';
import type { NaiveContext } from './context.ts';
import { once } from './derived.ts';
import type { DomainName } from './domains.ts';
import { at, type Series, seriesOf } from './series.ts';
import { centredPowers, deviations, roundings, sumOf, windowStart } from './window.ts';

/** Least squares of y = a2 u^2 + a1 u + b over a window, u = (i - mean i) / psd(i). */
export type Fit = {
  readonly a2: Series;
  readonly a1: Series;
  readonly b: Series;
  readonly prediction: Series;
  readonly rmse: Series;
  readonly r2: Series;
};

/** psd of 0..W-1, squared. */
export const rowVariance = (window: number): number => (window * window - 1) / 12;

type Row = { readonly [name in keyof Fit]: Bounded };

const nothing: Row = {
  a2: missing,
  a1: missing,
  b: missing,
  prediction: missing,
  rmse: missing,
  r2: missing,
};

type Basis = { readonly u: Float64Array; readonly p: Float64Array; readonly norm: number };

const bases = new Map<number, Basis>();

/** u and u^2 - 1 by row, and the sum of the squares of the latter, which the fourth moment of equal steps gives. */
const basisOf = (window: number): Basis => {
  const middle = (window - 1) / 2;
  const variance = rowVariance(window);
  const fourth = (9 * window * window - 21) / (5 * (window * window - 1));
  const made = bases.get(window) ?? {
    u: Float64Array.from({ length: window }, (_, k) => (k - middle) / Math.sqrt(variance)),
    p: Float64Array.from({ length: window }, (_, k) => ((k - middle) ** 2 - variance) / variance),
    norm: window * (fourth - 1),
  };
  bases.set(window, made);
  return made;
};

/**
 * By the polynomials 1, u and u^2 - 1, which are orthogonal over a window because its u are symmetric with mean square
 * 1: each coefficient is one projection of the deviations of X from its mean, and the squares of what is left of them
 * are summed as they are. An engine may have the sum of squares of the residuals as a difference from the total one, so
 * its slack is relative to the total.
 */
const fitAt = (x: Series, row: number, window: number): Row => {
  const first = windowStart(x, row, window);
  if (first < 0) return nothing;
  const { of, noise } = deviations(x, first, row);
  const centre = (() => {
    const rough = x.value[first]!;
    const shift = sumOf(first, row, i => x.value[i]! - rough) / window;
    return rough + shift;
  })();
  const size = sumOf(first, row, i => Math.abs(x.value[i]!)) / window;
  let isConstant = true;
  for (let i = first + 1; i <= row; i++) isConstant &&= x.still[i] === 1;
  const { u, p, norm } = basisOf(window);
  const project = (weights: Float64Array, below: number): Bounded => {
    const value = sumOf(0, window - 1, k => weights[k]! * of(first + k)) / below;
    let [spread, moved] = [0, 0];
    for (let k = 0; k < window; k++) {
      spread += Math.abs(weights[k]!);
      moved += Math.abs(weights[k]! * of(first + k));
    }
    return { value, slack: (noise * spread + (2 * roundings(window) + 8) * unit * moved) / below };
  };
  const mean: Bounded = isConstant
    ? exact(x.value[first]!)
    : { value: centre, slack: noise + roundings(window) * unit * size };
  const a1 = project(u, window);
  const a2 = project(p, norm);
  const left = (k: number) => of(first + k) - a1.value * u[k]! - a2.value * p[k]!;
  const squares = centredPowers(x, first, row, 2);
  const ssr = sumOf(0, window - 1, k => left(k) ** 2);
  const loose = sumOf(0, window - 1, k => {
    const off = noise + a1.slack * Math.abs(u[k]!) + a2.slack * Math.abs(p[k]!);
    return off * (2 * Math.abs(left(k)) + off);
  });
  const residual: Bounded = {
    value: ssr,
    slack: loose + 4 * roundings(window) * unit * squares.value + (noise === 0 ? 0 : window * noise * noise),
  };
  const last = u[window - 1]!;
  const rmse = root(scale(residual, 1 / window));
  const end = add(multiply(a1, exact(last)), multiply(a2, exact(last * last - 1)));
  return {
    a2,
    a1,
    b: isConstant ? mean : subtract(mean, a2),
    prediction: isConstant ? mean : add(mean, { ...end, slack: end.slack + 8 * unit * Math.abs(end.value) }),
    rmse,
    r2: subtract(exact(1), divide(residual, squares)),
  };
};

/** The fits of a series over a window. */
export const fitsOf = (x: Series, window: number): Fit => {
  const rows: Row[] = Array.from({ length: x.value.length }, (_, row) => fitAt(x, row, window));
  const isStill = (row: number) => {
    for (let i = row - window + 1; i <= row; i++) if (x.still[i] !== 1) return false;
    return true;
  };
  const column = (name: keyof Fit): Series => seriesOf(rows.length, row => rows[row]![name], isStill);
  return {
    a2: column('a2'),
    a1: column('a1'),
    b: column('b'),
    prediction: column('prediction'),
    rmse: column('rmse'),
    r2: column('r2'),
  };
};

export const fitOf = (context: NaiveContext, domain: DomainName, window: number): Fit =>
  once(context, `fit ${domain} ${window}`, () => fitsOf(context[domain].x, window));

/** Coefficients per row instead of per psd of the rows, so that windows compare: A2 = a2 / psd^2, A1 = a1 / psd. */
export const perRow = {
  a2: (fit: Fit, row: number, window: number): Bounded => divide(at(fit.a2, row), exact(rowVariance(window))),
  a1: (fit: Fit, row: number, window: number): Bounded => {
    const spread = Math.sqrt(rowVariance(window));
    return divide(at(fit.a1, row), { value: spread, slack: unit * spread });
  },
};

export const curvature = (fit: Fit, row: number): Bounded => absolute(at(fit.a2, row));
