import { blockSums, crossSum, total } from './blockSums.ts';

// Regressions over plain arrays, by orthogonalising columns instead of solving normal equations.

const centred = (x: readonly number[]): number[] => {
  const newest = x.at(-1)!;
  const steps = x.map(value => value - newest);
  const offset = total(steps) / x.length;
  return steps.map(step => step - offset);
};

const dot = (x: readonly number[], y: readonly number[]): number => total(x.map((value, i) => value * y[i]!));

/** x less its projection on each of the columns, twice, so that rounding leaves nothing of them. */
const beside = (x: readonly number[], columns: readonly (readonly number[])[]): number[] => {
  let rest = [...x];
  for (let pass = 0; pass < 2; pass++)
    for (const column of columns) {
      const factor = dot(rest, column) / dot(column, column);
      rest = rest.map((value, i) => value - factor * column[i]!);
    }
  return rest;
};

/**
 * Share of the sum of squares of y that the columns explain, a constant being one more of them; and the smallest share of
 * a column's own sum of squares that the columns before it leave.
 */
export function regression(y: readonly number[], columns: readonly (readonly number[])[]) {
  const right = centred(y);
  const orthogonal: number[][] = [];
  let leastPivot = Number.POSITIVE_INFINITY;
  for (const column of columns.map(centred)) {
    const rest = beside(column, orthogonal);
    const pivot = dot(rest, rest) / dot(column, column);
    // of a column that depends on those before it the rest is noise and must not be divided by
    leastPivot = Math.min(leastPivot, Number.isNaN(pivot) ? 0 : pivot);
    if (!(pivot > 1e-14)) return { share: NaN, leastPivot: 0 };
    orthogonal.push(rest);
  }
  const explained = total(orthogonal.map(column => dot(right, column) ** 2 / dot(column, column)));
  return { share: Math.min(1, explained / dot(right, right)), leastPivot };
}

/** Share explained by x of 0 to k rows back; NaN by the rule of `lagged_r2`. */
export function laggedShare(y: readonly number[], x: readonly (readonly number[])[]): number {
  const { share, leastPivot } = regression(y, x);
  return leastPivot < 1e-12 || blockSums(y).m2 / (y.length - 1) < 1e-12 ? NaN : share;
}

/** Correlation by the rule of `pearson`. */
export function correlationOf(x: readonly number[], y: readonly number[]): number {
  const scale = Math.sqrt(blockSums(x).m2) * Math.sqrt(blockSums(y).m2);
  if (!(scale >= 1e-12 * (x.length - 1))) return NaN;
  return Math.max(-1, Math.min(1, crossSum(x, y) / scale));
}

/** The first of the shifted windows with the largest correlation in magnitude; whether another comes close to it. */
export function bestOf(y: readonly number[], shifted: readonly (readonly number[])[]) {
  const sizes = shifted.map(x => Math.abs(correlationOf(x, y)));
  if (sizes.some(Number.isNaN)) return { lag: NaN, tight: false };
  const largest = Math.max(...sizes);
  return {
    lag: sizes.indexOf(largest) + 1,
    tight: sizes.filter(size => size > largest - 1e-9).length > 1,
  };
}

const square = (x: readonly number[]): number => dot(x, x);

/** What a constant and c leave of a and of b, and the shares of their sums of squares that it is. */
function leftBeside(a: readonly number[], b: readonly number[], c: readonly number[]) {
  const [x, y, z] = [a, b, c].map(centred) as [number[], number[], number[]];
  const [restX, restY] = [beside(x, [z]), beside(y, [z])];
  return {
    restX,
    restY,
    shareX: square(z) === 0 ? NaN : square(restX) / square(x),
    shareY: square(z) === 0 ? NaN : square(restY) / square(y),
  };
}

/** Partial correlation by the rule of `pearson_given`, and the smaller share left. */
export function correlationGiven(a: readonly number[], b: readonly number[], c: readonly number[]) {
  const { restX, restY, shareX, shareY } = leftBeside(a, b, c);
  const scale = Math.sqrt(square(restX)) * Math.sqrt(square(restY));
  const known = shareX > 1e-12 && shareY > 1e-12 && scale >= 1e-12 * (a.length - 1);
  const value = Math.max(-1, Math.min(1, dot(restX, restY) / scale));
  return { value: known ? value : NaN, left: Math.min(shareX, shareY) };
}

/** Slope by the rule of `beta_given`, and the share left of b. */
export function slopeGiven(a: readonly number[], b: readonly number[], c: readonly number[]) {
  const { restX, restY, shareY } = leftBeside(a, b, c);
  const known = shareY > 1e-12 && square(restY) >= 1e-12;
  return { value: known ? dot(restX, restY) / square(restY) : NaN, left: shareY };
}

/** What the line of a on b leaves in the last row, and its deviation (ddof 2), by the rules of `line_residual`; the share left. */
export function lineResidual(a: readonly number[], b: readonly number[]) {
  const [x, y] = [centred(a), centred(b)];
  const rest = beside(x, square(y) === 0 ? [] : [y]);
  const left = square(rest) / square(x);
  const sd = left > 1e-12 ? Math.sqrt(square(rest) / (a.length - 2)) : 0;
  const none = square(y) === 0;
  return { residual: none ? NaN : rest.at(-1)!, sd: none ? NaN : sd, left };
}

/** Autoregression of the residual by the rule of `residual_ar1`, and what the residuals are of all that they come from. */
export function residualSlope(a: readonly number[], b: readonly number[]) {
  const [x, y] = [centred(a), centred(b)];
  const slope = dot(x, y) / square(y);
  const residual = x.map((value, i) => value - slope * y[i]!);
  const [later, earlier] = [residual.slice(1), residual.slice(0, -1)].map(centred) as [number[], number[]];
  const rest = square(earlier);
  const isLeft = rest > 1e-12 * square(centred(a.slice(0, -1)));
  const value = dot(later, earlier) / rest;
  return {
    value: square(y) >= 1e-12 && rest >= 1e-12 && isLeft ? value : NaN,
    left: rest / square(x) / (1 + Math.abs(value)),
  };
}
