// The singular values of a small matrix and the right vectors to them: rotations of two columns at a time until all are
// orthogonal (Hestenes 1958; Golub and Van Loan 2013, Matrix Computations, 8.6.3). Small values keep their digits beside large
// ones, which those of tridiagonal matrices (core/eigenpairs.ts) do not, and all of them are found at once. An element is an f64;
// column follows column.

/** Two columns are orthogonal when the cosine between them is no larger: a few roundings of the sum for eight elements. */
const straight: f64 = 3.552713678800501e-15;
/** Sweeps over all pairs; five to eight do. */
const most: i32 = 40;

/**
 * Turns the columns of the matrix, of `size` elements each, into orthogonal ones, whose lengths are the singular values, in the
 * order in which they come about, and writes the right vectors to them. False where the sweeps did not do.
 */
export function orthogonal(columns: usize, vectors: usize, size: i32): bool {
  const bytes = (<usize>size) << 3;
  memory.fill(vectors, 0, bytes * <usize>size);
  for (let i = 0; i < size; i++) store<f64>(vectors + <usize>i * (bytes + 8), 1);
  for (let sweep = 0; sweep < most; sweep++) {
    let turned = false;
    for (let i = 0; i < size - 1; i++) {
      for (let j = i + 1; j < size; j++) {
        const left = columns + <usize>i * bytes;
        const right = columns + <usize>j * bytes;
        let squareLeft: f64 = 0;
        let squareRight: f64 = 0;
        let product: f64 = 0;
        for (let k: usize = 0; k < bytes; k += 8) {
          const x = load<f64>(left + k);
          const y = load<f64>(right + k);
          squareLeft += x * x;
          squareRight += y * y;
          product += x * y;
        }
        if (!(abs<f64>(product) > straight * sqrt<f64>(squareLeft * squareRight))) continue;
        turned = true;
        const slope = (squareRight - squareLeft) / (2 * product);
        const tangent = copysign<f64>(1 / (abs<f64>(slope) + sqrt<f64>(1 + slope * slope)), slope);
        const cosine = 1 / sqrt<f64>(1 + tangent * tangent);
        const sine = cosine * tangent;
        turn(left, right, bytes, cosine, sine);
        turn(vectors + <usize>i * bytes, vectors + <usize>j * bytes, bytes, cosine, sine);
      }
    }
    if (!turned) return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function turn(left: usize, right: usize, bytes: usize, cosine: f64, sine: f64): void {
  for (let k: usize = 0; k < bytes; k += 8) {
    const x = load<f64>(left + k);
    const y = load<f64>(right + k);
    store<f64>(left + k, cosine * x - sine * y);
    store<f64>(right + k, sine * x + cosine * y);
  }
}
