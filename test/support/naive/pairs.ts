import { type Bounded, divide, exact, missing, multiply, root, scale, subtract, unit } from './bounded.ts';
import { ofPair, strict, unlessAnySmall } from './derived.ts';
import type { Series } from './series.ts';
import { centredPowers, centredProducts, roundings } from './window.ts';

// Statistics of two series over a window by rule B: NULL where a side does not move.

/** Centred sums of squares and products of a, up to rowA, and b, up to rowB. */
type Squares = { readonly aa: Bounded; readonly bb: Bounded; readonly ab: Bounded };

/** Deviations from the mean, what rounding can do to each of them, and their sum of sizes. */
type Centred = { readonly of: Float64Array; readonly noise: number; readonly size: number };

/** As `deviations` of window.ts, in plain loops: correlations are taken some hundred times a row. */
const centred = (x: Series, row: number, count: number): Centred => {
  const first = row - count + 1;
  const of = x.value.slice(first, row + 1);
  let [isStill, worst, level] = [true, 0, 0];
  for (let i = 0; i < count; i++) {
    if (i > 0 && x.still[first + i] !== 1) isStill = false;
    worst = Math.max(worst, x.slack[first + i]!);
    level += Math.abs(of[i]!);
  }
  if (isStill) return { of: of.fill(0), noise: 0, size: 0 };
  // The mean of what the last pass left, until it leaves nothing.
  for (let pass = 0; pass < 3; pass++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += of[i]!;
    const mean = sum / count;
    for (let i = 0; i < count; i++) of[i] = of[i]! - mean;
  }
  let size = 0;
  for (let i = 0; i < count; i++) size += Math.abs(of[i]!);
  return { of, noise: worst + (roundings(count) * unit * level) / count, size };
};

const productOf = (a: Centred, b: Centred): Bounded => {
  const count = a.of.length;
  let [sum, lost, size] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const x = a.of[i]! * b.of[i]!;
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
    size += Math.abs(x);
  }
  const moved = a.size * b.noise + b.size * a.noise + count * a.noise * b.noise;
  return { value: sum + lost, slack: moved + 2 * roundings(count) * unit * size };
};

const squaresOf = (a: Series, rowA: number, b: Series, rowB: number, count: number): Squares => {
  const [left, right] = [centred(a, rowA, count), centred(b, rowB, count)];
  return { aa: productOf(left, left), bb: productOf(right, right), ab: productOf(left, right) };
};

const isNothing = (square: Bounded): boolean => square.value === 0 && square.slack === 0;
const isNoise = (square: Bounded): boolean => square.value <= square.slack;

/** A quotient whose denominator is a sum of squares over `count` rows, or a variance or covariance of theirs. */
const overSquares = (above: Bounded, below: Bounded, count: number): Bounded => {
  if (isNothing(below)) return missing;
  if (isNoise(below)) return { ...missing, maybeNull: true };
  return unlessAnySmall([below, scale(below, 1 / count)], divide(above, below));
};

const correlationOf = ({ aa, bb, ab }: Squares, count: number): Bounded => {
  if (isNothing(aa) || isNothing(bb)) return missing;
  if (isNoise(aa) || isNoise(bb)) return { value: 0, slack: 2, maybeNull: true };
  const size = multiply(root(aa), root(bb));
  const quotient = divide(divide(ab, root(aa)), root(bb));
  const value = Math.max(-1, Math.min(1, quotient.value));
  // The covariance of two quiet series is below 1e-12 although both move: by which of the multiples, is open.
  const guarded = unlessAnySmall([size, scale(size, 1 / count), exact(1)], {
    value,
    slack: Math.min(2, quotient.slack),
  });
  return guarded;
};

/** Pearson's correlation of a[rowA - k] and b[rowB - k], k = 0..count-1. */
export const pearson = (a: Series, rowA: number, b: Series, rowB: number, count: number): Bounded =>
  ofPair(a, rowA, b, rowB, count, () => correlationOf(squaresOf(a, rowA, b, rowB, count), count));

/** Slope of least squares, with constant, of y on x. */
export const slopeOn = (y: Series, rowY: number, x: Series, rowX: number, count: number): Bounded =>
  ofPair(y, rowY, x, rowX, count, () => {
    const { bb, ab } = squaresOf(y, rowY, x, rowX, count);
    return overSquares(ab, bb, count);
  });

/** A series ending at a row. */
export type Ending = { readonly x: Series; readonly row: number };

/** The sums of y and x, and what least squares on z (and a constant) leaves of them. */
const without = (y: Ending, x: Ending, z: Ending, count: number) => {
  const [cy, cx, cz] = [y, x, z].map(side => centred(side.x, side.row, count)) as [Centred, Centred, Centred];
  const zz = productOf(cz, cz);
  const left = (a: Centred, b: Centred) =>
    subtract(productOf(a, b), divide(multiply(productOf(a, cz), productOf(b, cz)), zz));
  const own = [cy, cx, cz].map(side => productOf(side, side));
  return { own, zz, yy: left(cy, cy), xx: left(cx, cx), yx: left(cy, cx) };
};

const allThree = (y: Ending, x: Ending, z: Ending, count: number, result: () => Bounded): Bounded =>
  strict(
    [
      ofPair(y.x, y.row, x.x, x.row, count, () => exact(0)),
      ofPair(z.x, z.row, z.x, z.row, count, () => exact(0)),
    ],
    result,
  );

/** Coefficient of x in least squares of y on x, z and a constant. */
export const partialSlope = (y: Ending, x: Ending, z: Ending, count: number): Bounded =>
  allThree(y, x, z, count, () => {
    const { own, zz, xx, yx } = without(y, x, z, count);
    if (own.slice(1).some(isNothing)) return missing;
    if (isNoise(zz) || isNoise(xx)) return { ...missing, maybeNull: true };
    return unlessAnySmall([xx, scale(xx, 1 / count), exact(1)], divide(yx, xx));
  });

/** Partial correlation of y and x given z. */
export const partialCorrelation = (y: Ending, x: Ending, z: Ending, count: number): Bounded =>
  allThree(y, x, z, count, () => {
    const { own, zz, xx, yy, yx } = without(y, x, z, count);
    if (own.some(isNothing)) return missing;
    if (isNoise(zz) || isNoise(xx) || isNoise(yy)) return { ...missing, maybeNull: true };
    return correlationOf({ aa: yy, bb: xx, ab: yx }, count);
  });

/** R2 of least squares on the row number: the square of the correlation with it; NULL where all are equal. */
export const trendFit = (x: Series, row: number, count: number): Bounded => {
  const rows: Series = {
    value: Float64Array.from({ length: count }, (_, i) => i),
    slack: new Float64Array(count),
    still: new Uint8Array(count),
  };
  return ofPair(x, row, rows, count - 1, count, () => {
    const { aa, bb, ab } = squaresOf(x, row, rows, count - 1, count);
    if (isNothing(aa)) return missing;
    if (isNoise(aa)) return { value: 0, slack: 1, maybeNull: true };
    const { value, slack } = divide(divide(multiply(ab, ab), aa), bb);
    return { value: Math.min(1, value), slack: Math.min(1, slack) };
  });
};

/** A series with the row that its window ends at. */
export const ending = (x: Series, row: number): Ending => ({ x, row });

export const covariance = (a: Series, rowA: number, b: Series, rowB: number, count: number): Bounded =>
  ofPair(a, rowA, b, rowB, count, () => divide(centredProducts(a, rowA, b, rowB, count), exact(count - 1)));

export const variance = (x: Series, row: number, count: number): Bounded =>
  ofPair(x, row, x, row, count, () => divide(centredPowers(x, row - count + 1, row, 2), exact(count - 1)));
