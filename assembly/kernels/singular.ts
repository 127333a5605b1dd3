import { largestThree, VALUES_BYTES, vectorsOfThree } from "../core/eigenpairs";
import { storeResult } from "../core/results";
import { tridiagonal, turnBackThree } from "../core/tridiagonal";

// Singular spectrum analysis of the last n rows less their mean (Broomhead and King 1986; Golyandina, Nekrutkin and Zhigljavsky
// 2001): the rows in vectors of L as the columns of the trajectory matrix, L x K with K = n - L + 1, the eigenvalues l_1 >= l_2
// >= ... of its Gram matrix, T their sum, and the series of the eigenvectors, averaged over the diagonals. The trend is that of
// the first eigenvector, the oscillation that of the second and third, noise is the rest.
//
// The rows count from the newest of them. The Gram matrix is G_(i,0) = sum of the K products x_k x_(k+i), in their order, and
// G_(i+1,j+1) = G_(i,j) + x_(i+K) x_(j+K) - x_i x_j. Eigenvalues are those of G over T to some 2^-50, vectors have that error
// over the distance of their eigenvalues from the others (core/tridiagonal.ts, core/eigenpairs.ts): where l_1 and l_2, or l_3
// and l_4, are equal to rounding it is rounding that says what is trend and what oscillation, and the same rows always have
// the same answer. Signs of vectors do not matter. Two rows go side by side, each with its own window in its lane of every
// vector. Cost at n = 60 and L = 20: 3.1 us a row; making G tridiagonal takes a third of it, the vectors a quarter.
//
// An entry of the table wants one plane: what it is, and of which component. NaN, for all of them, where the window holds a
// NaN or an infinity, where T overflows, and where T is below 1e-12.

// What an entry of the table wants; mirrored by host/catalog/operators/singular.ts. Components: 0 trend, 1 oscillation, 2 noise.
const COMPONENT: i32 = 0; // its value at the newest row
const SHARE: i32 = 1; // its eigenvalues over T
const SEPARABILITY: i32 = 2; // 1 less the magnitude of the w-correlation of trend and oscillation
const ERROR: i32 = 3; // root mean square of the noise over the population sd of the rows

/** Numbers of an entry. */
const ENTRY: i32 = 2;
const least: f64 = 1e-12;

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 4);
}

export function singular(
  outs: usize, a: usize, rows: i32, table: usize, length: i32, scratch: usize, window: f64, embedding: f64,
): void {
  const n = <i32>window;
  const size = <i32>embedding;
  const series = scratch;
  const columns = n - size + 1;
  // rows go in twos and sums in fours: some room behind each
  const trend = at(series, n + 4);
  const swing = at(trend, n + 2);
  const parts = at(swing, n + 2);
  const partBytes = (<usize>(columns + 4)) << 4;
  const matrix = parts + 3 * partBytes;
  const diagonal = at(matrix, size * size);
  const beside = at(diagonal, size);
  const squares = at(beside, size);
  const weights = at(squares, size);
  const vectors = at(weights, size);
  const values = at(vectors, 3 * size);
  const work = values + VALUES_BYTES;
  const count = length / ENTRY;
  const first = a - ((<usize>(n - 1)) << 3);
  const one = f64x2.splat(1);
  for (let row: usize = 0, end = (<usize>rows) << 3; row < end; row += 16) {
    centred(series, first + row, n);
    gram(matrix, series, n, size);
    let total = f64x2.splat(0);
    for (let i = 0; i < size; i++) total = f64x2.add(total, v128.load(at(matrix, i * size + i)));
    const valid = v128.and(f64x2.ge(total, f64x2.splat(least)), f64x2.lt(total, f64x2.splat(Infinity)));
    tridiagonal(matrix, size, diagonal, beside, weights, work);
    const unit = f64x2.div(one, total);
    for (let i = 0; i < size; i++) v128.store(at(diagonal, i), f64x2.mul(v128.load(at(diagonal, i)), unit));
    for (let i = 0; i < size - 1; i++) {
      const b = f64x2.mul(v128.load(at(beside, i)), unit);
      v128.store(at(beside, i), b);
      // far below rounding, and not 0
      v128.store(at(squares, i), f64x2.pmax(f64x2.mul(b, b), f64x2.splat(1e-40)));
    }
    largestThree(values, diagonal, squares, size);
    vectorsOfThree(vectors, values, diagonal, beside, size, work);
    turnBackThree(vectors, matrix, size, weights);
    projections(parts, partBytes, vectors, series, columns, size);
    reconstruct(trend, swing, parts, partBytes, vectors, n, size);

    const firstValue = v128.load(values);
    const others = f64x2.add(v128.load(values, 16), v128.load(values, 32));
    for (let i = 0; i < count; i++) {
      const entry = table + ((<usize>(i * ENTRY)) << 3);
      const component = <i32>load<f64>(entry, 8);
      let value: v128;
      switch (<i32>load<f64>(entry)) {
        case SHARE: {
          const rest = f64x2.sub(f64x2.sub(one, firstValue), others);
          value = component == 0 ? firstValue : component == 1 ? others : f64x2.pmax(f64x2.splat(0), rest);
          break;
        }
        case SEPARABILITY: {
          value = separability(trend, swing, n, size);
          break;
        }
        case ERROR: {
          value = error(series, trend, swing, n);
          break;
        }
        default: {
          const f = v128.load(at(trend, n - 1));
          const g = v128.load(at(swing, n - 1));
          const rest = f64x2.sub(f64x2.sub(v128.load(at(series, n - 1)), f), g);
          value = component == 0 ? f : component == 1 ? g : rest;
        }
      }
      storeResult(outs, i, row, value, valid);
    }
  }
}

/** The rows less their mean. */
// @ts-ignore: decorator
@inline
function centred(series: usize, first: usize, n: i32): void {
  const newest = v128.load(first + ((<usize>(n - 1)) << 3));
  let sum = f64x2.splat(0);
  for (let i = 0; i < n; i++) {
    const x = f64x2.sub(v128.load(first + ((<usize>i) << 3)), newest);
    v128.store(at(series, i), x);
    sum = f64x2.add(sum, x);
  }
  const mean = f64x2.div(sum, f64x2.splat(<f64>n));
  for (let i = 0; i < n; i++) v128.store(at(series, i), f64x2.sub(v128.load(at(series, i)), mean));
}

/** The lower triangle of the Gram matrix. */
// @ts-ignore: decorator
@inline
function gram(matrix: usize, series: usize, n: i32, size: i32): void {
  const columns = n - size + 1;
  // four sums side by side, or each addition would wait for the one before; what a sum too many reads lies behind the series
  for (let i = 0; i < size; i += 4) {
    let sum0 = f64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let k = series, end = at(series, columns), shifted = at(series, i); k < end; k += 16, shifted += 16) {
      const x = v128.load(k);
      sum0 = f64x2.add(sum0, f64x2.mul(x, v128.load(shifted)));
      sum1 = f64x2.add(sum1, f64x2.mul(x, v128.load(shifted, 16)));
      sum2 = f64x2.add(sum2, f64x2.mul(x, v128.load(shifted, 32)));
      sum3 = f64x2.add(sum3, f64x2.mul(x, v128.load(shifted, 48)));
    }
    const row = at(matrix, i * size);
    v128.store(row, sum0);
    if (i + 1 < size) v128.store(at(row, size), sum1);
    if (i + 2 < size) v128.store(at(row, 2 * size), sum2);
    if (i + 3 < size) v128.store(at(row, 3 * size), sum3);
  }
  for (let i = 1; i < size; i++) {
    const row = at(matrix, i * size);
    const before = row - ((<usize>size) << 4);
    const went = v128.load(at(series, i - 1));
    const came = v128.load(at(series, i - 1 + columns));
    for (let j = 1; j <= i; j++) {
      const x = at(series, j - 1);
      const more = f64x2.mul(came, v128.load(at(x, columns)));
      const sum = f64x2.add(v128.load(at(before, j - 1)), more);
      v128.store(at(row, j), f64x2.sub(sum, f64x2.mul(went, v128.load(x))));
    }
  }
}

/** Rows times each of the three vectors, from every place on where they fit. Before the first and behind the last is 0. */
// @ts-ignore: decorator
@inline
function projections(parts: usize, bytes: usize, vectors: usize, series: usize, columns: i32, size: i32): void {
  const vectorBytes = (<usize>size) << 4;
  for (let k = 0; k < columns; k += 2) {
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    for (let u = vectors, end = vectors + vectorBytes, x = at(series, k); u < end; u += 16, x += 16) {
      const here = v128.load(x);
      const next = v128.load(x, 16);
      const a = v128.load(u);
      const b = v128.load(u + vectorBytes);
      const c = v128.load(u + 2 * vectorBytes);
      a0 = f64x2.add(a0, f64x2.mul(a, here));
      a1 = f64x2.add(a1, f64x2.mul(a, next));
      b0 = f64x2.add(b0, f64x2.mul(b, here));
      b1 = f64x2.add(b1, f64x2.mul(b, next));
      c0 = f64x2.add(c0, f64x2.mul(c, here));
      c1 = f64x2.add(c1, f64x2.mul(c, next));
    }
    const place = at(parts, k + 1);
    v128.store(place, a0);
    v128.store(place, a1, 16);
    v128.store(place + bytes, b0);
    v128.store(place + bytes, b1, 16);
    v128.store(place + 2 * bytes, c0);
    v128.store(place + 2 * bytes, c1, 16);
  }
  for (let part = parts; part < parts + 3 * bytes; part += bytes) {
    v128.store(part, f64x2.splat(0));
    v128.store(at(part, columns + 1), f64x2.splat(0));
  }
}

/** The series of the first vector, and of the second and third together, averaged over the diagonals. */
// @ts-ignore: decorator
@inline
function reconstruct(trend: usize, swing: usize, parts: usize, bytes: usize, vectors: usize, n: i32, size: i32): void {
  const vectorBytes = (<usize>size) << 4;
  const columns = n - size + 1;
  for (let t = 0; t < n; t += 2) {
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    // one of the two rows may have a place less than the other: there it meets a 0
    const first = max(0, t - columns + 1);
    const last = min(t + 1, size - 1);
    let u = at(vectors, first);
    for (let part = at(parts, t - first + 1); u <= at(vectors, last); u += 16, part -= 16) {
      const a = v128.load(u);
      const b = v128.load(u + vectorBytes);
      const c = v128.load(u + 2 * vectorBytes);
      a0 = f64x2.add(a0, f64x2.mul(a, v128.load(part)));
      a1 = f64x2.add(a1, f64x2.mul(a, v128.load(part, 16)));
      b0 = f64x2.add(b0, f64x2.mul(b, v128.load(part + bytes)));
      b1 = f64x2.add(b1, f64x2.mul(b, v128.load(part + bytes, 16)));
      c0 = f64x2.add(c0, f64x2.mul(c, v128.load(part + 2 * bytes)));
      c1 = f64x2.add(c1, f64x2.mul(c, v128.load(part + 2 * bytes, 16)));
    }
    const times0 = f64x2.splat(1 / timesOf(t, n, size));
    const times1 = f64x2.splat(1 / timesOf(t + 1, n, size));
    v128.store(at(trend, t), f64x2.mul(a0, times0));
    v128.store(at(trend, t + 1), f64x2.mul(a1, times1));
    v128.store(at(swing, t), f64x2.mul(f64x2.add(b0, c0), times0));
    v128.store(at(swing, t + 1), f64x2.mul(f64x2.add(b1, c1), times1));
  }
}

/** Elements of the trajectory matrix that are row t. */
// @ts-ignore: decorator
@inline
function timesOf(t: i32, n: i32, size: i32): f64 {
  return <f64>min(min(t + 1, size), n - t);
}

function separability(trend: usize, swing: usize, n: i32, size: i32): v128 {
  let cross = f64x2.splat(0);
  let ofTrend = cross;
  let ofSwing = cross;
  for (let t = 0; t < n; t++) {
    const times = f64x2.splat(timesOf(t, n, size));
    const f = v128.load(at(trend, t));
    const g = v128.load(at(swing, t));
    const weighted = f64x2.mul(times, f);
    ofTrend = f64x2.add(ofTrend, f64x2.mul(weighted, f));
    ofSwing = f64x2.add(ofSwing, f64x2.mul(f64x2.mul(times, g), g));
    cross = f64x2.add(cross, f64x2.mul(weighted, g));
  }
  const scale = f64x2.mul(f64x2.sqrt(ofTrend), f64x2.sqrt(ofSwing));
  const apart = f64x2.sub(f64x2.splat(1), f64x2.div(f64x2.abs(cross), scale));
  const known = f64x2.ge(scale, f64x2.splat(least));
  return v128.bitselect(f64x2.pmax(f64x2.splat(0), apart), f64x2.splat(NaN), known);
}

function error(series: usize, trend: usize, swing: usize, n: i32): v128 {
  let noise = f64x2.splat(0);
  let all = noise;
  for (let t = 0; t < n; t++) {
    const x = v128.load(at(series, t));
    const rest = f64x2.sub(f64x2.sub(x, v128.load(at(trend, t))), v128.load(at(swing, t)));
    noise = f64x2.add(noise, f64x2.mul(rest, rest));
    all = f64x2.add(all, f64x2.mul(x, x));
  }
  const inverse = f64x2.splat(1 / <f64>n);
  const sd = f64x2.sqrt(f64x2.mul(all, inverse));
  const known = f64x2.ge(sd, f64x2.splat(least));
  return v128.bitselect(f64x2.div(f64x2.sqrt(f64x2.mul(noise, inverse)), sd), f64x2.splat(NaN), known);
}
