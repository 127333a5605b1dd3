// Cholesky's factor of a matrix of sums of products, in place (Golub and Van Loan 2013, Matrix Computations, 4.2). An element is
// an f64, the lower triangle is read, row by row, `width` of them in each.

/** Of a column's sum of squares no more is left beside the columns before it: they depend on each other to rounding. */
const least: f64 = 1e-12;

/**
 * The first `columns` columns of the factor, for `rows` rows: what lies below and right of them stays as it is. `squares` are the
 * sums of squares that pivots are held against. False where one of the columns depends on those before it.
 */
export function factor(matrix: usize, width: i32, columns: i32, rows: i32, squares: usize): bool {
  const rowBytes = (<usize>width) << 3;
  for (let j = 0; j < columns; j++) {
    const row = matrix + <usize>j * rowBytes;
    const corner = row + ((<usize>j) << 3);
    const pivot = load<f64>(corner) - along(row, row, j);
    if (!(pivot > least * load<f64>(squares + ((<usize>j) << 3)) && pivot < Infinity)) return false;
    const root = sqrt<f64>(pivot);
    store<f64>(corner, root);
    for (let i = j + 1; i < rows; i++) {
      const below = matrix + <usize>i * rowBytes;
      const place = below + ((<usize>j) << 3);
      store<f64>(place, (load<f64>(place) - along(below, row, j)) / root);
    }
  }
  return true;
}

/** Sum of the products of the first `count` elements. */
// @ts-ignore: decorator
@inline
export function along(a: usize, b: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (const end = a + ((<usize>count) << 3); a < end; a += 8, b += 8) sum += load<f64>(a) * load<f64>(b);
  return sum;
}

/** Solves L x = x for the lower triangle L. */
export function solveLower(matrix: usize, width: i32, size: i32, x: usize): void {
  const rowBytes = (<usize>width) << 3;
  for (let i = 0; i < size; i++) {
    const row = matrix + <usize>i * rowBytes;
    const place = x + ((<usize>i) << 3);
    store<f64>(place, (load<f64>(place) - along(row, x, i)) / load<f64>(row + ((<usize>i) << 3)));
  }
}

/** Solves L' x = x for the lower triangle L. */
export function solveUpper(matrix: usize, width: i32, size: i32, x: usize): void {
  const rowBytes = (<usize>width) << 3;
  for (let i = size - 1; i >= 0; i--) {
    const column = matrix + ((<usize>i) << 3);
    let rest = load<f64>(x + ((<usize>i) << 3));
    for (let k = i + 1; k < size; k++) rest -= load<f64>(column + <usize>k * rowBytes) * load<f64>(x + ((<usize>k) << 3));
    store<f64>(x + ((<usize>i) << 3), rest / load<f64>(column + <usize>i * rowBytes));
  }
}
