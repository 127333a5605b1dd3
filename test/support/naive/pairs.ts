import { type Bounded, divide, exact, missing, multiply, root, scale, subtract } from './bounded.ts';
import { ofPair, strict, unlessAnySmall } from './derived.ts';
import type { Series } from './series.ts';
import { centredPowers, centredProducts } from './window.ts';

// Statistics of two series over a window by rule B: NULL where a side does not move.

/** Centred sums of squares and products of a, up to rowA, and b, up to rowB. */
type Squares = { readonly aa: Bounded; readonly bb: Bounded; readonly ab: Bounded };

const squaresOf = (a: Series, rowA: number, b: Series, rowB: number, count: number): Squares => ({
  aa: centredPowers(a, rowA - count + 1, rowA, 2),
  bb: centredPowers(b, rowB - count + 1, rowB, 2),
  ab: centredProducts(a, rowA, b, rowB, count),
});

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

const sumsOf = (a: Ending, b: Ending, count: number): Bounded =>
  a === b ? centredPowers(a.x, a.row - count + 1, a.row, 2) : centredProducts(a.x, a.row, b.x, b.row, count);

/** What least squares on z (and a constant) leaves of the sums of y and x. */
const without = (y: Ending, x: Ending, z: Ending, count: number) => {
  const zz = sumsOf(z, z, count);
  const [yz, xz] = [sumsOf(y, z, count), sumsOf(x, z, count)];
  const left = (a: Ending, b: Ending, az: Bounded, bz: Bounded) =>
    subtract(sumsOf(a, b, count), divide(multiply(az, bz), zz));
  return { zz, yy: left(y, y, yz, yz), xx: left(x, x, xz, xz), yx: left(y, x, yz, xz) };
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
    const { zz, xx, yx } = without(y, x, z, count);
    if (isNothing(zz) || isNothing(sumsOf(x, x, count))) return missing;
    if (isNoise(zz) || isNoise(xx)) return { ...missing, maybeNull: true };
    const guards = [multiply(zz, xx), scale(multiply(zz, xx), 1 / (count * count)), xx, exact(1)];
    return unlessAnySmall(guards, divide(yx, xx));
  });

/** Partial correlation of y and x given z. */
export const partialCorrelation = (y: Ending, x: Ending, z: Ending, count: number): Bounded =>
  allThree(y, x, z, count, () => {
    const { zz, xx, yy, yx } = without(y, x, z, count);
    if ([x, y, z].some(side => isNothing(sumsOf(side, side, count)))) return missing;
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
