import { eigenOf, type Matrix, times, transposed } from './symmetric.ts';

// Johansen's reduced rank regression with one lagged difference and an unrestricted constant: what K = 2 is to urca and
// k_ar_diff = 1, det_order = 0 to statsmodels. Johansen, Estimation and hypothesis testing of cointegration vectors in
// Gaussian vector autoregressive models, Econometrica 59 (1991).

export type Johansen = {
  /** The largest first. */
  readonly values: readonly number[];
  /** Of each eigenvalue the vector, of any length and sign. */
  readonly vectors: readonly (readonly number[])[];
  /** The least eigenvalue of a matrix that is inverted, all of them as correlations: 0 is singular. */
  readonly least: number;
};

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Columns at right angles to one another that span the same. */
const basisOf = (columns: readonly Float64Array[]): Float64Array[] => {
  const basis: Float64Array[] = [];
  for (const column of columns) {
    const left = without(column, basis);
    const length = Math.sqrt(dot(left, left));
    if (length > 0) basis.push(left.map(x => x / length));
  }
  return basis;
};

/** What least squares on a basis leaves of a column, taken twice so that rounding does not add up. */
const without = (column: Float64Array, basis: readonly Float64Array[]): Float64Array => {
  const left = column.slice();
  for (let pass = 0; pass < 2; pass++)
    for (const one of basis) {
      const share = dot(left, one);
      for (let i = 0; i < left.length; i++) left[i] = left[i]! - share * one[i]!;
    }
  return left;
};

const productsOf = (a: readonly Float64Array[], b: readonly Float64Array[]): number[][] =>
  a.map(left => b.map(right => dot(left, right) / left.length));

const unitRows = (columns: readonly Float64Array[]): Float64Array[] =>
  columns.map(column => {
    const length = Math.sqrt(dot(column, column) / column.length);
    return column.map(x => x / length);
  });

/** A matrix whose square, taken as root times transposed root, is the inverse; from its eigenvectors. */
const inverseRoot = (matrix: Matrix): { readonly root: number[][]; readonly least: number } => {
  const { values, vectors } = eigenOf(matrix);
  return {
    root: transposed(vectors.map((vector, i) => vector.map(x => x / Math.sqrt(values[i]!)))),
    least: values.at(-1)!,
  };
};

/**
 * Levels as columns over time; `others` are regressors besides the constant and the lagged differences, such as seasonal
 * dummies. Undefined where a matrix to invert is singular.
 */
export const johansen = (
  levels: readonly Float64Array[],
  others: readonly Float64Array[] = [],
): Johansen | undefined => {
  const rows = levels[0]!.length;
  const changes = levels.map(x =>
    Float64Array.from({ length: rows }, (_, t) => (t > 0 ? x[t]! - x[t - 1]! : 0)),
  );
  const fixed = [new Float64Array(rows - 2).fill(1), ...others.map(x => x.slice(2))];
  const lagged = changes.map(x => x.slice(1, -1));
  const basis = basisOf([...fixed, ...lagged]);
  if (basis.length < fixed.length + levels.length) return undefined;
  const present = changes.map(x => without(x.slice(2), basis));
  const before = levels.map(x => without(x.slice(1, -1), basis));
  const scales = before.map(x => Math.sqrt(dot(x, x) / x.length));
  if (scales.includes(0)) return undefined;
  const [r0, r1] = [unitRows(present), unitRows(before)];
  const own = unitRows(lagged.map(x => without(x, basisOf(fixed))));
  const [s00, s11, s01] = [productsOf(r0, r0), productsOf(r1, r1), productsOf(r0, r1)];
  const [inner, outer] = [inverseRoot(s00), inverseRoot(s11)];
  const least = Math.min(inner.least, outer.least, inverseRoot(productsOf(own, own)).least);
  if (!(least > 0)) return undefined;
  // S11^-1/2 S10 S00^-1 S01 S11^-1/2 as a matrix times its transposed.
  const half = times(times(transposed(outer.root), transposed(s01)), inner.root);
  const { values, vectors } = eigenOf(times(half, transposed(half)));
  const back = vectors.map(vector =>
    outer.root.map((row, i) => row.reduce((sum, x, k) => sum + x * vector[k]!, 0) / scales[i]!),
  );
  return { values, vectors: back, least };
};

/** The leading vector with sum |w| = 1 and a first element that is not negative. */
export const leadingWeights = ({ vectors }: Johansen): number[] => {
  const leading = vectors[0]!;
  const size = leading.reduce((sum, x) => sum + Math.abs(x), 0) * (leading[0]! < 0 ? -1 : 1);
  return leading.map(x => x / size);
};
