// Leading eigenvalues and eigenvectors of symmetric tridiagonal matrices whose eigenvalues lie in 0..1, two matrices side by
// side, one in each lane of a vector: bisection by Sturm's sequence finds the values (Givens 1954; Barth, Martin and Wilkinson
// 1967), inverse iteration the vectors (Golub and Van Loan 2013, Matrix Computations, 8.2 and 8.4). No step depends on the
// numbers, so that both lanes take the same ones and none knows of the other.

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 4);
}

/** Halvings of 0..1. */
const steps: i32 = 50;
/** Where the sequence begins: it falls by 2^-50 a row at most, and grows by 2. */
const begin: f64 = 1e250;

/**
 * The three largest eigenvalues of the tridiagonal matrix, whose eigenvalues lie in 0..1, largest first, to 2^-50. The squares
 * beside the diagonal are not 0.
 */
export function largestThree(values: usize, diagonal: usize, squares: usize, size: i32): void {
  const half = f64x2.splat(0.5);
  let low0 = f64x2.splat(0);
  let low1 = low0;
  let low2 = low0;
  let width = half;
  const most0 = i64x2.splat(size - 1);
  const most1 = i64x2.splat(size - 2);
  const most2 = i64x2.splat(size - 3);
  for (let step = 0; step < steps; step++) {
    const x0 = f64x2.add(low0, width);
    const x1 = f64x2.add(low1, width);
    const x2 = f64x2.add(low2, width);
    let before0 = f64x2.splat(begin);
    let before1 = before0;
    let before2 = before0;
    const first = v128.load(diagonal);
    let now0 = f64x2.mul(f64x2.sub(first, x0), before0);
    let now1 = f64x2.mul(f64x2.sub(first, x1), before1);
    let now2 = f64x2.mul(f64x2.sub(first, x2), before2);
    // changes of sign: eigenvalues below x
    let below0 = i64x2.shr_u(now0, 63);
    let below1 = i64x2.shr_u(now1, 63);
    let below2 = i64x2.shr_u(now2, 63);
    for (let i = 1; i < size; i++) {
      const d = v128.load(at(diagonal, i));
      const square = v128.load(at(squares, i - 1));
      const next0 = f64x2.sub(f64x2.mul(f64x2.sub(d, x0), now0), f64x2.mul(square, before0));
      const next1 = f64x2.sub(f64x2.mul(f64x2.sub(d, x1), now1), f64x2.mul(square, before1));
      const next2 = f64x2.sub(f64x2.mul(f64x2.sub(d, x2), now2), f64x2.mul(square, before2));
      below0 = i64x2.add(below0, i64x2.shr_u(v128.xor(next0, now0), 63));
      below1 = i64x2.add(below1, i64x2.shr_u(v128.xor(next1, now1), 63));
      below2 = i64x2.add(below2, i64x2.shr_u(v128.xor(next2, now2), 63));
      before0 = now0;
      before1 = now1;
      before2 = now2;
      now0 = next0;
      now1 = next1;
      now2 = next2;
    }
    low0 = v128.bitselect(low0, x0, i64x2.gt_s(below0, most0));
    low1 = v128.bitselect(low1, x1, i64x2.gt_s(below1, most1));
    low2 = v128.bitselect(low2, x2, i64x2.gt_s(below2, most2));
    width = f64x2.mul(width, half);
  }
  v128.store(values, low0);
  v128.store(values, low1, 16);
  v128.store(values, low2, 32);
}

/** Solutions of the same equations, each from the one before. */
const turns: i32 = 2;
/** No pivot is smaller in magnitude, and no two eigenvalues are closer: the equations must have a solution each. */
const smallest: f64 = 4.440892098500626e-16;

/**
 * Unit eigenvectors of the tridiagonal matrix to the three eigenvalues, one behind the other and orthogonal. `work` holds
 * 5 `size` elements. Where eigenvalues are equal to rounding these are some orthogonal vectors of their common space.
 */
export function vectorsOfThree(
  vectors: usize, values: usize, diagonal: usize, beside: usize, size: i32, work: usize,
): void {
  let above = f64x2.splat(2);
  for (let k = 0; k < 3; k++) {
    const value = f64x2.pmin(v128.load(at(values, k)), f64x2.sub(above, f64x2.splat(smallest)));
    above = value;
    decompose(work, diagonal, beside, size, value);
    const vector = at(vectors, k * size);
    for (let i = 0; i < size; i++) v128.store(at(vector, i), f64x2.splat(1));
    solveUpper(vector, work, size);
    for (let turn = 0; turn < turns; turn++) {
      unlessEmpty(vector, project(vector, vectors, k, size), size);
      solveLower(vector, work, size);
      solveUpper(vector, work, size);
    }
    straighten(vector, vectors, k, size);
  }
}

/** L U of the matrix less x, with rows exchanged where that is the larger pivot: of row i 1/u_ii, two more over u_ii, l, mask. */
function decompose(work: usize, diagonal: usize, beside: usize, size: i32, x: v128): void {
  const zero = f64x2.splat(0);
  let u = f64x2.sub(v128.load(diagonal), x);
  let v = v128.load(beside);
  for (let i = 0; i < size; i++) {
    const place = work + <usize>i * 80;
    const last = i == size - 1;
    const below = last ? zero : v128.load(at(beside, i));
    const d = last ? zero : f64x2.sub(v128.load(at(diagonal, i + 1)), x);
    const right = i < size - 2 ? v128.load(at(beside, i + 1)) : zero;
    const swap = f64x2.gt(f64x2.abs(below), f64x2.abs(u));
    const pivot = v128.bitselect(below, u, swap);
    const tiny = f64x2.lt(f64x2.abs(pivot), f64x2.splat(smallest));
    const inverse = f64x2.div(f64x2.splat(1), v128.bitselect(f64x2.splat(smallest), pivot, tiny));
    const second = v128.bitselect(d, v, swap);
    const third = v128.bitselect(right, zero, swap);
    const factor = f64x2.mul(v128.bitselect(u, below, swap), inverse);
    v128.store(place, inverse);
    v128.store(place, f64x2.mul(second, inverse), 16);
    v128.store(place, f64x2.mul(third, inverse), 32);
    v128.store(place, factor, 48);
    v128.store(place, swap, 64);
    u = f64x2.sub(v128.bitselect(v, d, swap), f64x2.mul(factor, second));
    v = f64x2.sub(v128.bitselect(zero, right, swap), f64x2.mul(factor, third));
  }
}

function solveLower(vector: usize, work: usize, size: i32): void {
  for (let i = 0; i < size - 1; i++) {
    const place = work + <usize>i * 80;
    const swap = v128.load(place, 64);
    const here = v128.load(at(vector, i));
    const next = v128.load(at(vector, i + 1));
    const kept = v128.bitselect(next, here, swap);
    v128.store(at(vector, i), kept);
    v128.store(
      at(vector, i + 1),
      f64x2.sub(v128.bitselect(here, next, swap), f64x2.mul(v128.load(place, 48), kept)),
    );
  }
}

function solveUpper(vector: usize, work: usize, size: i32): void {
  let one = f64x2.splat(0);
  let two = one;
  for (let i = size - 1; i >= 0; i--) {
    const place = work + <usize>i * 80;
    // what is known longest first: each step waits for one product and one difference
    const known = f64x2.mul(v128.load(at(vector, i)), v128.load(place));
    const rest = f64x2.sub(known, f64x2.mul(v128.load(place, 32), two));
    two = one;
    one = f64x2.sub(rest, f64x2.mul(v128.load(place, 16), one));
    v128.store(at(vector, i), one);
  }
}

/** Makes the largest element 1 in magnitude and takes off what lies along the first `count` vectors. Returns the square sum. */
function project(vector: usize, vectors: usize, count: i32, size: i32): v128 {
  let most = f64x2.splat(1e-300);
  for (let i = 0; i < size; i++) most = f64x2.pmax(most, f64x2.abs(v128.load(at(vector, i))));
  const scale = f64x2.div(f64x2.splat(1), most);
  for (let i = 0; i < size; i++) v128.store(at(vector, i), f64x2.mul(v128.load(at(vector, i)), scale));
  for (let k = 0; k < count; k++) {
    const other = at(vectors, k * size);
    let along = f64x2.splat(0);
    for (let i = 0; i < size; i++) {
      along = f64x2.add(along, f64x2.mul(v128.load(at(vector, i)), v128.load(at(other, i))));
    }
    for (let i = 0; i < size; i++) {
      const place = at(vector, i);
      v128.store(place, f64x2.sub(v128.load(place), f64x2.mul(along, v128.load(at(other, i)))));
    }
  }
  let squares = f64x2.splat(0);
  for (let i = 0; i < size; i++) {
    const x = v128.load(at(vector, i));
    squares = f64x2.add(squares, f64x2.mul(x, x));
  }
  return squares;
}

/** Where next to nothing is left of a vector, which is rounding, another one begins anew. */
function unlessEmpty(vector: usize, squares: v128, size: i32): void {
  const empty = f64x2.lt(squares, f64x2.splat(1e-20));
  for (let i = 0; i < size; i++) {
    const other = <f64>(i + 1) * 0.6180339887498949;
    const fresh = f64x2.splat(other - floor<f64>(other) - 0.3);
    const place = at(vector, i);
    v128.store(place, v128.bitselect(fresh, v128.load(place), empty));
  }
}

/** A unit vector of what is not along the first `count`. */
function straighten(vector: usize, vectors: usize, count: i32, size: i32): void {
  unlessEmpty(vector, project(vector, vectors, count, size), size);
  // once more: what was taken off may have been most of it
  const inverse = f64x2.div(f64x2.splat(1), f64x2.sqrt(project(vector, vectors, count, size)));
  for (let i = 0; i < size; i++) v128.store(at(vector, i), f64x2.mul(v128.load(at(vector, i)), inverse));
}
