import { columnMeans, meanFrom, productsOf, productsWorkBytes } from "./blockProducts";
import { along, factor, solveLower, solveUpper } from "./cholesky";
import { orthogonal } from "./rotations";

// Johansen's reduced rank regression (1988, 1991) of n series over some rows, with one lagged difference and a constant that is
// not restricted. Of the changes a[t] = y[t] - y[t-1], the changes before b = a[t-1] and the levels before c = y[t-1], all less
// their means over t, what b explains is taken off; R_a and R_c are left. The eigenvalues are the squares of the canonical
// correlations of R_a and R_c, the relations are the combinations of R_c, and so of the levels, that have them.
//
// All 3n columns b, c, a have their products summed at once (core/blockProducts.ts). The first 2n columns of Cholesky's factor then are those of b'b and of R_c'R_c = G G', and what they leave in the
// rows of a is W = R_a'R_c G'^-1. With R_a'R_a = F F', the canonical correlations are the singular values of T = F^-1 W, and a
// right vector u of T has the relation v in G'v = u. No product of matrices is formed whose squares would lose digits.
//
// Relations have sum |v| = 1 and their first element that is not 0 above 0. Where two eigenvalues are equal to rounding, any
// relations of their common space are right; which are taken follows from the rows alone.

/**
 * Fits n series, whose first rows lie at the addresses stored at `series`, u32 each, over `rows` rows. Writes the newest value of
 * each series and its mean less that to `centres`, in twos; the eigenvalues, largest first, to `values`; the relations, one
 * behind the other, to `relations`. `blocks` keeps products of `block` rows each; `moved` says that it has those of the rows
 * moved back by a block. Returns 1; 0 where the matrices are singular to rounding (core/cholesky.ts), nothing but
 * rounding is left of a change beside the levels, or the vectors are not found; NaN where a number of the rows is none.
 */
export function vectorCorrection(
  series: usize, n: i32, rows: i32, centres: usize, values: usize, relations: usize, blocks: usize, block: i32, moved: bool,
  work: usize,
): f64 {
  const width = 3 * n;
  const used = rows - 2;
  const matrix = work + productsWorkBytes(n);
  const squares = matrix + ((<usize>(width * width)) << 3);
  const ofChanges = squares + ((<usize>width) << 3);
  const turned = ofChanges + ((<usize>(n * n)) << 3);
  const vectors = turned + ((<usize>(n * n)) << 3);
  const means = vectors + ((<usize>(n * n)) << 3);

  let total: f64 = 0;
  for (let s = 0; s < n; s++) {
    const y = <usize>load<u32>(series + ((<usize>s) << 2));
    const newest = load<f64>(y + ((<usize>(rows - 1)) << 3));
    const offset = meanFrom(newest, y, rows);
    store<f64>(centres + ((<usize>s) << 4), newest);
    store<f64>(centres + ((<usize>s) << 4), offset, 8);
    columnMeans(means + ((<usize>s) << 5), y, used);
    total += offset;
  }
  if (!(abs<f64>(total) < Infinity)) return NaN;

  productsOf(matrix, squares, series, n, used, means, blocks, block, moved, work);
  if (!factor(matrix, width, 2 * n, width, squares)) return 0;
  const rowBytes = (<usize>width) << 3;
  const bytes = (<usize>n) << 3;
  // R_a'R_a: what b leaves of the products of the changes
  for (let i = 0; i < n; i++) {
    const row = matrix + <usize>(2 * n + i) * rowBytes;
    for (let j = 0; j <= i; j++) {
      const other = matrix + <usize>(2 * n + j) * rowBytes;
      const left = load<f64>(row + ((<usize>(2 * n + j)) << 3)) - along(row, other, n);
      store<f64>(ofChanges + <usize>i * bytes + ((<usize>j) << 3), left);
    }
  }
  if (!factor(ofChanges, n, n, n, squares + 2 * bytes)) return 0;
  for (let j = 0; j < n; j++) {
    const column = turned + <usize>j * bytes;
    for (let i = 0; i < n; i++) {
      store<f64>(column + ((<usize>i) << 3), load<f64>(matrix + <usize>(2 * n + i) * rowBytes + ((<usize>(n + j)) << 3)));
    }
    solveLower(ofChanges, n, n, column);
  }
  if (!orthogonal(turned, vectors, n)) return 0;

  const levels = matrix + <usize>n * (rowBytes + 8);
  for (let r = 0; r < n; r++) {
    const next = largest(turned, n);
    const column = turned + <usize>next * bytes;
    store<f64>(values + ((<usize>r) << 3), along(column, column, n));
    store<f64>(column, NaN); // taken
    const relation = relations + <usize>r * bytes;
    memory.copy(relation, vectors + <usize>next * bytes, bytes);
    solveUpper(levels, width, n, relation);
    scale(relation, n);
  }
  return load<f64>(values) < 1 - 1e-12 ? 1 : 0;
}

/** The longest column that is not taken yet, the first of equals. */
function largest(columns: usize, n: i32): i32 {
  let found = -1;
  let most: f64 = -1;
  for (let i = 0; i < n; i++) {
    const column = columns + ((<usize>(i * n)) << 3);
    const square = along(column, column, n);
    if (square > most) {
      most = square;
      found = i;
    }
  }
  return found;
}

/** Magnitudes sum to 1, the first element that is not 0 is above it. */
function scale(relation: usize, n: i32): void {
  let sum: f64 = 0;
  let sign: f64 = 0;
  for (let i = 0; i < n; i++) {
    const x = load<f64>(relation + ((<usize>i) << 3));
    sum += abs<f64>(x);
    if (sign == 0) sign = x > 0 ? 1 : x < 0 ? -1 : 0;
  }
  for (let i = 0; i < n; i++) {
    const place = relation + ((<usize>i) << 3);
    store<f64>(place, sign * load<f64>(place) / sum);
  }
}
