// Symmetric matrices made tridiagonal by Householder's reflections (Golub and Van Loan 2013, Matrix Computations, 8.3), two
// matrices side by side, one in each lane of a vector. An element is a vector of 16 bytes; of a matrix the lower triangle is
// read, row by row.

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 4);
}

/**
 * Overwrites the matrix of `size` rows; writes its diagonal and, one behind the other, the elements beside it. The vectors of
 * the reflections stay in the columns, their weights are written to `weights`. `work` holds 2 `size` elements.
 */
export function tridiagonal(matrix: usize, size: i32, diagonal: usize, beside: usize, weights: usize, work: usize): void {
  const rowBytes = (<usize>size) << 4;
  const zero = f64x2.splat(0);
  let squares = zero; // of the column below the corner
  for (let i = 1; i < size; i++) {
    const x = v128.load(at(matrix, i * size));
    squares = f64x2.add(squares, f64x2.mul(x, x));
  }
  for (let k = 0; k < size - 2; k++) {
    const corner = matrix + <usize>k * (rowBytes + 16);
    v128.store(at(diagonal, k), v128.load(corner));
    const count = size - 1 - k;
    // the column below the corner is the reflection's vector, but for its first element
    const column = corner + rowBytes;
    const first = v128.load(column);
    const norm = f64x2.sqrt(squares);
    const down = f64x2.lt(first, zero);
    v128.store(at(beside, k), v128.bitselect(norm, f64x2.neg(norm), down));
    v128.store(column, v128.bitselect(f64x2.sub(first, norm), f64x2.add(first, norm), down));
    const scale = f64x2.mul(norm, f64x2.add(norm, f64x2.abs(first)));
    const weight = v128.bitselect(f64x2.div(f64x2.splat(1), scale), zero, f64x2.gt(scale, zero));
    v128.store(at(weights, k), weight);
    squares = reflect(column + 16, rowBytes, column, count, weight, work);
  }
  const corner = matrix + <usize>(size - 2) * (rowBytes + 16);
  v128.store(at(diagonal, size - 2), v128.load(corner));
  v128.store(at(beside, size - 2), v128.load(corner + rowBytes));
  v128.store(at(diagonal, size - 1), v128.load(corner + rowBytes + 16));
}

/**
 * A - v w' - w v' with p = weight A v, w = p - v (weight v'p / 2): A seen in the mirror. Two rows at a time, so that v and w are
 * read once for both; `w` has room for v behind it. Returns the squares of the first column below the corner, which add up
 * while the rest goes on.
 */
// @ts-ignore: decorator
@inline
function reflect(block: usize, rowBytes: usize, column: usize, count: i32, weight: v128, w: usize): v128 {
  const bytes = (<usize>count) << 4;
  const v = w + bytes;
  for (let i: usize = 0, from = column; i < bytes; i += 16, from += rowBytes) {
    v128.store(v + i, v128.load(from));
    v128.store(w + i, f64x2.splat(0));
  }
  let i: usize = 0;
  let row = block;
  for (; i + 16 < bytes; i += 32, row += rowBytes << 1) {
    const below = row + rowBytes;
    const own0 = v128.load(v + i);
    const own1 = v128.load(v + i, 16);
    const between = v128.load(below + i);
    let sum0 = f64x2.add(f64x2.mul(v128.load(row + i), own0), f64x2.mul(between, own1));
    let sum1 = f64x2.add(f64x2.mul(between, own0), f64x2.mul(v128.load(below + i, 16), own1));
    for (let j: usize = 0; j < i; j += 16) {
      const a0 = v128.load(row + j);
      const a1 = v128.load(below + j);
      const x = v128.load(v + j);
      sum0 = f64x2.add(sum0, f64x2.mul(a0, x));
      sum1 = f64x2.add(sum1, f64x2.mul(a1, x));
      const more = f64x2.add(f64x2.mul(a0, own0), f64x2.mul(a1, own1));
      v128.store(w + j, f64x2.add(v128.load(w + j), more));
    }
    v128.store(w + i, f64x2.add(v128.load(w + i), sum0));
    v128.store(w + i, f64x2.add(v128.load(w + i, 16), sum1), 16);
  }
  if (i < bytes) {
    const own = v128.load(v + i);
    let sum = f64x2.mul(v128.load(row + i), own);
    for (let j: usize = 0; j < i; j += 16) {
      const a = v128.load(row + j);
      sum = f64x2.add(sum, f64x2.mul(a, v128.load(v + j)));
      v128.store(w + j, f64x2.add(v128.load(w + j), f64x2.mul(a, own)));
    }
    v128.store(w + i, f64x2.add(v128.load(w + i), sum));
  }
  let along = f64x2.splat(0);
  for (let k: usize = 0; k < bytes; k += 16) {
    const p = f64x2.mul(weight, v128.load(w + k));
    v128.store(w + k, p);
    along = f64x2.add(along, f64x2.mul(p, v128.load(v + k)));
  }
  const half = f64x2.mul(f64x2.mul(weight, f64x2.splat(0.5)), along);
  for (let k: usize = 0; k < bytes; k += 16) {
    v128.store(w + k, f64x2.sub(v128.load(w + k), f64x2.mul(half, v128.load(v + k))));
  }
  let squares = f64x2.splat(0);
  i = 0;
  row = block;
  for (; i + 16 < bytes; i += 32, row += rowBytes << 1) {
    const below = row + rowBytes;
    const v0 = v128.load(v + i);
    const w0 = v128.load(w + i);
    const v1 = v128.load(v + i, 16);
    const w1 = v128.load(w + i, 16);
    // the element above the diagonal is written too and never read
    for (let j: usize = 0; j <= i + 16; j += 16) {
      const x = v128.load(v + j);
      const y = v128.load(w + j);
      const change0 = f64x2.add(f64x2.mul(v0, y), f64x2.mul(w0, x));
      const change1 = f64x2.add(f64x2.mul(v1, y), f64x2.mul(w1, x));
      v128.store(row + j, f64x2.sub(v128.load(row + j), change0));
      v128.store(below + j, f64x2.sub(v128.load(below + j), change1));
    }
    if (i > 0) squares = withSquare(squares, row);
    squares = withSquare(squares, below);
  }
  if (i < bytes) {
    const vi = v128.load(v + i);
    const wi = v128.load(w + i);
    for (let j: usize = 0; j <= i; j += 16) {
      const change = f64x2.add(f64x2.mul(vi, v128.load(w + j)), f64x2.mul(wi, v128.load(v + j)));
      v128.store(row + j, f64x2.sub(v128.load(row + j), change));
    }
    squares = withSquare(squares, row);
  }
  return squares;
}

// @ts-ignore: decorator
@inline
function withSquare(squares: v128, at: usize): v128 {
  const x = v128.load(at);
  return f64x2.add(squares, f64x2.mul(x, x));
}

/**
 * Turns three eigenvectors of the tridiagonal matrix, one behind the other, into those of the matrix that was made so. Sums of
 * the three wait for nothing but their own.
 */
export function turnBackThree(vectors: usize, matrix: usize, size: i32, weights: usize): void {
  const rowBytes = (<usize>size) << 4;
  for (let k = size - 3; k >= 0; k--) {
    const column = matrix + <usize>k * (rowBytes + 16) + rowBytes;
    const first = at(vectors, k + 1);
    const end = first + ((<usize>(size - 1 - k)) << 4);
    let sum0 = f64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    for (let a = first, b = first + rowBytes, c = b + rowBytes, from = column; a < end; a += 16, b += 16, c += 16, from += rowBytes) {
      const v = v128.load(from);
      sum0 = f64x2.add(sum0, f64x2.mul(v, v128.load(a)));
      sum1 = f64x2.add(sum1, f64x2.mul(v, v128.load(b)));
      sum2 = f64x2.add(sum2, f64x2.mul(v, v128.load(c)));
    }
    const weight = v128.load(at(weights, k));
    sum0 = f64x2.mul(sum0, weight);
    sum1 = f64x2.mul(sum1, weight);
    sum2 = f64x2.mul(sum2, weight);
    for (let a = first, b = first + rowBytes, c = b + rowBytes, from = column; a < end; a += 16, b += 16, c += 16, from += rowBytes) {
      const v = v128.load(from);
      v128.store(a, f64x2.sub(v128.load(a), f64x2.mul(sum0, v)));
      v128.store(b, f64x2.sub(v128.load(b), f64x2.mul(sum1, v)));
      v128.store(c, f64x2.sub(v128.load(c), f64x2.mul(sum2, v)));
    }
  }
}
