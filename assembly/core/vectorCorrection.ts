import { along, factor, solveLower, solveUpper } from "./cholesky";
import { addProducts } from "./products";
import { orthogonal } from "./rotations";

// Johansen's reduced rank regression (1988, 1991) of n series over some rows, with one lagged difference and a constant that is
// not restricted. Of the changes a[t] = y[t] - y[t-1], the changes before b = a[t-1] and the levels before c = y[t-1], all less
// their means over t, what b explains is taken off; R_a and R_c are left. The eigenvalues are the squares of the canonical
// correlations of R_a and R_c, the relations are the combinations of R_c, and so of the levels, that have them.
//
// All 3n columns b, c, a have their products summed at once (core/products.ts), each less its own mean over the rows that it has. The first 2n columns of Cholesky's factor then are those of b'b and of R_c'R_c = G G', and what they leave in the
// rows of a is W = R_a'R_c G'^-1. With R_a'R_a = F F', the canonical correlations are the singular values of T = F^-1 W, and a
// right vector u of T has the relation v in G'v = u. No product of matrices is formed whose squares would lose digits.
//
// Relations have sum |v| = 1 and their first element that is not 0 above 0. Where two eigenvalues are equal to rounding, any
// relations of their common space are right; which are taken follows from the rows alone.

/** Rows whose columns lie in memory at a time. */
const chunk: i32 = 128;
/** From one column to the next. */
const stride: usize = 1024;

/**
 * Fits n series, whose first rows lie at the addresses stored at `series`, u32 each, over `rows` rows. Writes the newest value of
 * each series and its mean less that to `centres`, in twos; the eigenvalues, largest first, to `values`; the relations, one
 * behind the other, to `relations`. Returns 1; 0 where the matrices are singular to rounding (core/cholesky.ts), nothing but
 * rounding is left of a change beside the levels, or the vectors are not found; NaN where a number of the rows is none.
 */
export function vectorCorrection(
  series: usize, n: i32, rows: i32, centres: usize, values: usize, relations: usize, work: usize,
): f64 {
  const width = 3 * n;
  const used = rows - 2;
  const columns = work;
  const sums = columns + <usize>width * stride;
  const products = sums + ((<usize>width) << 4);
  const matrix = products + ((<usize>(width * width)) << 4);
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
    // of the columns: the changes before, the newest of the levels, their mean less that, the changes
    const own = means + ((<usize>s) << 5);
    const last = y + ((<usize>used) << 3);
    const level = load<f64>(last);
    store<f64>(own, (level - load<f64>(y)) / <f64>used);
    store<f64>(own, level, 8);
    store<f64>(own, meanFrom(level, y + 8, used), 16);
    store<f64>(own, (newest - load<f64>(y, 8)) / <f64>used, 24);
    total += offset;
  }
  if (!(abs<f64>(total) < Infinity)) return NaN;

  memory.fill(sums, 0, matrix - sums);
  for (let first = 0; first < used; first += chunk) {
    const count = min(chunk, used - first);
    for (let s = 0; s < n; s++) {
      const y = <usize>load<u32>(series + ((<usize>s) << 2)) + ((<usize>first) << 3);
      fill(columns + <usize>s * stride, columns + <usize>(n + s) * stride, columns + <usize>(2 * n + s) * stride,
        y, count, means + ((<usize>s) << 5));
    }
    const even = (count + 1) & ~1;
    for (let i = 0; i < width; i++) addColumn(sums + ((<usize>i) << 4), columns + <usize>i * stride, even);
    addProducts(products, columns, stride, width, even);
  }
  centred(matrix, squares, products, sums, width, used);

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

/** The mean of the rows less their newest. */
function meanFrom(newest: f64, y: usize, rows: i32): f64 {
  const base = f64x2.splat(newest);
  let sum = f64x2.splat(0);
  let p = y;
  for (const end = y + ((<usize>(rows & ~1)) << 3); p < end; p += 16) sum = f64x2.add(sum, f64x2.sub(v128.load(p), base));
  const last = rows & 1 ? load<f64>(p) - newest : 0;
  return (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + last) / <f64>rows;
}

/** The columns of one series, the first row of which has its oldest level at y; a zero behind an odd number of rows. */
function fill(before: usize, levels: usize, changes: usize, y: usize, count: i32, means: usize): void {
  const meanBefore = v128.load_splat<f64>(means);
  const newest = v128.load_splat<f64>(means, 8);
  const mean = v128.load_splat<f64>(means, 16);
  const meanChange = v128.load_splat<f64>(means, 24);
  const bytes = (<usize>count) << 3;
  for (let k: usize = 0; k + 8 < bytes; k += 16) {
    const level = v128.load(y + k, 8);
    v128.store(before + k, f64x2.sub(f64x2.sub(level, v128.load(y + k)), meanBefore));
    v128.store(levels + k, f64x2.sub(f64x2.sub(level, newest), mean));
    v128.store(changes + k, f64x2.sub(f64x2.sub(v128.load(y + k, 16), level), meanChange));
  }
  if (count & 1) {
    const k = bytes - 8;
    const level = load<f64>(y + k, 8);
    store<f64>(before + k, level - load<f64>(y + k) - load<f64>(means));
    store<f64>(levels + k, level - load<f64>(means, 8) - load<f64>(means, 16));
    store<f64>(changes + k, load<f64>(y + k, 16) - level - load<f64>(means, 24));
    store<f64>(before + k, 0, 8);
    store<f64>(levels + k, 0, 8);
    store<f64>(changes + k, 0, 8);
  }
}

function addColumn(place: usize, column: usize, rows: i32): void {
  let sum = v128.load(place);
  for (const end = column + ((<usize>rows) << 3); column < end; column += 16) sum = f64x2.add(sum, v128.load(column));
  v128.store(place, sum);
}

/** The lower triangle of the products less what is left in them of the means, and its diagonal. */
function centred(matrix: usize, squares: usize, products: usize, sums: usize, width: i32, rows: i32): void {
  for (let i = 0; i < width; i++) {
    const own = both(sums + ((<usize>i) << 4)) / <f64>rows;
    for (let j = 0; j <= i; j++) {
      const at = <usize>(i * width + j);
      store<f64>(matrix + (at << 3), both(products + (at << 4)) - own * both(sums + ((<usize>j) << 4)));
    }
    store<f64>(squares + ((<usize>i) << 3), load<f64>(matrix + ((<usize>(i * width + i)) << 3)));
  }
}

// @ts-ignore: decorator
@inline
function both(place: usize): f64 {
  return load<f64>(place) + load<f64>(place, 8);
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
