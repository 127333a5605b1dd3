// Leading eigenvalues and eigenvectors of symmetric tridiagonal matrices whose eigenvalues lie in 0..1 and add up to 1, two
// matrices side by side, one in each lane of a vector. No lane knows of the other.
//
// The characteristic polynomial p has its roots there, so that Laguerre's method comes down on the largest of them from above and
// triples the digits with each step (Parlett 1964); sums over the roots behind those found give the next one (Maehly 1954). Where
// Sturm's sequence does not agree with a value, because eigenvalues lie too close, all three are found by its bisection (Givens
// 1954; Barth, Martin and Wilkinson 1967). Inverse iteration finds the vectors (Golub and Van Loan 2013, Matrix Computations,
// 8.2 and 8.4).

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 4);
}

/** What eigenvalues may be off, 2^-50, and halvings of 0..1 to there. */
const resolution: f64 = 8.881784197001252e-16;
const halvings: i32 = 50;
/** Where both sequences begin: they fall by 2^-50 a row at most, and grow by 2. */
const begin: f64 = 1e250;
/** Steps of Laguerre's method at most: five are common. */
const mostSteps: i32 = 12;

/** Bytes of the memory that `largestThree` writes its values to and works in. */
export const VALUES_BYTES: usize = 144;
const PLACES: usize = 48;
const COUNTS: usize = 96;

/**
 * The three largest eigenvalues of the tridiagonal matrix, largest first, to 2^-50. The squares beside the diagonal are not 0.
 */
export function largestThree(values: usize, diagonal: usize, squares: usize, size: i32): void {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const first = nextRoot(diagonal, squares, size, 0, one, zero, zero);
  // none is larger than the one before, nor than what those before leave of the sum
  const left = f64x2.sub(one, first);
  const second = nextRoot(diagonal, squares, size, 1, f64x2.pmin(first, left), first, zero);
  const third = nextRoot(diagonal, squares, size, 2, f64x2.pmin(second, f64x2.sub(left, second)), first, second);
  v128.store(values, first);
  v128.store(values, second, 16);
  v128.store(values, third, 32);
  const certain = isCertain(values, diagonal, squares, size);
  if (v128.any_true(v128.not(certain))) {
    bisect(values, diagonal, squares, size);
    v128.store(values, v128.bitselect(first, v128.load(values), certain));
    v128.store(values, v128.bitselect(second, v128.load(values, 16), certain), 16);
    v128.store(values, v128.bitselect(third, v128.load(values, 32), certain), 32);
  }
}

/** The largest root but for `found` larger ones, from a place that is above it. */
function nextRoot(diagonal: usize, squares: usize, size: i32, found: i32, from: v128, first: v128, second: v128): v128 {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const degree = f64x2.splat(<f64>(size - found));
  const others = f64x2.splat(<f64>(size - found - 1));
  let x = f64x2.add(from, f64x2.splat(0.000244140625)); // no root itself
  let moves = i64x2.splat(-1);
  for (let step = 0; step < mostSteps; step++) {
    // p, p', and half of p''
    let before = f64x2.splat(begin);
    let before1 = zero;
    let before2 = zero;
    let now = f64x2.mul(f64x2.sub(v128.load(diagonal), x), before);
    let now1 = f64x2.neg(before);
    let now2 = zero;
    for (let i = 1; i < size; i++) {
      const d = f64x2.sub(v128.load(at(diagonal, i)), x);
      const square = v128.load(at(squares, i - 1));
      const next = f64x2.sub(f64x2.mul(d, now), f64x2.mul(square, before));
      const next1 = f64x2.sub(f64x2.mul(d, now1), f64x2.add(f64x2.mul(square, before1), now));
      const next2 = f64x2.sub(f64x2.mul(d, now2), f64x2.add(f64x2.mul(square, before2), now1));
      before = now;
      before1 = now1;
      before2 = now2;
      now = next;
      now1 = next1;
      now2 = next2;
    }
    // sums over the roots of 1 / (x - root) and of its square
    const inverse = f64x2.div(one, now);
    let sum = f64x2.mul(now1, inverse);
    const curve = f64x2.mul(now2, inverse);
    let sum2 = f64x2.sub(f64x2.mul(sum, sum), f64x2.add(curve, curve));
    for (let k = 0; k < found; k++) {
      const part = f64x2.div(one, f64x2.sub(x, k == 0 ? first : second));
      sum = f64x2.sub(sum, part);
      sum2 = f64x2.sub(sum2, f64x2.mul(part, part));
    }
    const spread = f64x2.mul(others, f64x2.sub(f64x2.mul(degree, sum2), f64x2.mul(sum, sum)));
    const down = f64x2.div(degree, f64x2.add(sum, f64x2.sqrt(f64x2.pmax(zero, spread))));
    moves = v128.and(moves, f64x2.gt(down, f64x2.splat(0.25 * resolution))); // neither where p is 0
    x = f64x2.sub(x, v128.and(down, moves));
    moves = v128.and(moves, f64x2.gt(down, f64x2.splat(resolution)));
    if (!v128.any_true(moves)) break;
  }
  return f64x2.pmax(zero, x);
}

/** Whether each of the values has as many eigenvalues below it as it should, closer than the resolution. */
function isCertain(values: usize, diagonal: usize, squares: usize, size: i32): v128 {
  let certain = i64x2.splat(-1);
  for (let side = 0; side < 2; side++) {
    const off = f64x2.splat(side == 0 ? resolution : -resolution);
    for (let k: usize = 0; k < 48; k += 16) v128.store(values + k, f64x2.add(v128.load(values + k), off), PLACES);
    countBelow(values, diagonal, squares, size);
    for (let k = 0; k < 3; k++) {
      const more = i64x2.gt_s(v128.load(at(values, k), COUNTS), i64x2.splat(size - 1 - k));
      certain = v128.and(certain, side == 0 ? more : v128.not(more));
    }
  }
  return certain;
}

/** The three values by halving 0..1. */
function bisect(values: usize, diagonal: usize, squares: usize, size: i32): void {
  memory.fill(values, 0, 48);
  let width = f64x2.splat(0.5);
  for (let step = 0; step < halvings; step++) {
    for (let k: usize = 0; k < 48; k += 16) v128.store(values + k, f64x2.add(v128.load(values + k), width), PLACES);
    countBelow(values, diagonal, squares, size);
    for (let k = 0; k < 3; k++) {
      const value = at(values, k);
      const more = i64x2.gt_s(v128.load(value, COUNTS), i64x2.splat(size - 1 - k));
      v128.store(value, v128.bitselect(v128.load(value), v128.load(value, PLACES), more));
    }
    width = f64x2.mul(width, f64x2.splat(0.5));
  }
}

/** Eigenvalues below each of the three places. */
function countBelow(values: usize, diagonal: usize, squares: usize, size: i32): void {
  const x0 = v128.load(values, PLACES);
  const x1 = v128.load(values, PLACES + 16);
  const x2 = v128.load(values, PLACES + 32);
  let before0 = f64x2.splat(begin);
  let before1 = before0;
  let before2 = before0;
  const first = v128.load(diagonal);
  let now0 = f64x2.mul(f64x2.sub(first, x0), before0);
  let now1 = f64x2.mul(f64x2.sub(first, x1), before1);
  let now2 = f64x2.mul(f64x2.sub(first, x2), before2);
  // changes of sign
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
  v128.store(values, below0, COUNTS);
  v128.store(values, below1, COUNTS + 16);
  v128.store(values, below2, COUNTS + 32);
}

/** Solutions of the same equations, each from the one before. */
const turns: i32 = 2;
/** No pivot is smaller in magnitude, and no two eigenvalues are closer: the equations must have a solution each. */
const smallest: f64 = 4.440892098500626e-16;

// A factorisation L U of the tridiagonal matrix less a value, with rows exchanged where that is the larger pivot: field offsets of
// a row. The rows of the three lie side by side.
const INVERSE: usize = 0; // 1 / u_ii
const SECOND: usize = 16; // u_(i,i+1) / u_ii
const THIRD: usize = 32;
const FACTOR: usize = 48; // l
const SWAP: usize = 64; // mask
const PIVOT: usize = 80; // u_ii and u_(i,i+1) before an exchange
const RIGHT: usize = 96;
const FACTOR_BYTES: usize = 112;
const ROW_BYTES: usize = 3 * FACTOR_BYTES;

/**
 * Unit eigenvectors of the tridiagonal matrix to the three eigenvalues, one behind the other and orthogonal. Where eigenvalues
 * are equal to rounding these are some orthogonal vectors of their common space. `work` holds 21 elements for each row and one
 * row more. Each step of a solution waits for the one
 * before, so that the three go side by side.
 */
export function vectorsOfThree(
  vectors: usize, values: usize, diagonal: usize, beside: usize, size: i32, work: usize,
): void {
  let above = f64x2.splat(2);
  for (let k = 0; k < 3; k++) {
    const value = f64x2.pmin(v128.load(at(values, k)), f64x2.sub(above, f64x2.splat(smallest)));
    above = value;
    v128.store(at(values, k), value);
  }
  decompose(work, values, diagonal, beside, size);
  for (let i = 0; i < 3 * size; i++) v128.store(at(vectors, i), f64x2.splat(1));
  solveUpper(vectors, work, size);
  for (let turn = 0; turn < turns; turn++) {
    for (let k = 0; k < 3; k++) straighten(at(vectors, k * size), vectors, k, size);
    solveLower(vectors, work, size);
    solveUpper(vectors, work, size);
  }
  for (let k = 0; k < 3; k++) {
    straighten(at(vectors, k * size), vectors, k, size);
    // once more: what was taken off may have been most of it
    if (k > 0) straighten(at(vectors, k * size), vectors, k, size);
  }
}

function decompose(work: usize, values: usize, diagonal: usize, beside: usize, size: i32): void {
  const zero = f64x2.splat(0);
  for (let k: usize = 0; k < 3; k++) {
    const place = work + k * FACTOR_BYTES;
    v128.store(place, f64x2.sub(v128.load(diagonal), v128.load(values + (k << 4))), PIVOT);
    v128.store(place, v128.load(beside), RIGHT);
  }
  for (let i = 0; i < size; i++) {
    const last = i == size - 1;
    const below = last ? zero : v128.load(at(beside, i));
    const diagonalBelow = last ? zero : v128.load(at(diagonal, i + 1));
    const right = i < size - 2 ? v128.load(at(beside, i + 1)) : zero;
    for (let k: usize = 0; k < 3; k++) {
      const place = work + <usize>i * ROW_BYTES + k * FACTOR_BYTES;
      const u = v128.load(place, PIVOT);
      const v = v128.load(place, RIGHT);
      const d = f64x2.sub(diagonalBelow, v128.load(values + (k << 4)));
      const swap = f64x2.gt(f64x2.abs(below), f64x2.abs(u));
      const pivot = v128.bitselect(below, u, swap);
      const tiny = f64x2.lt(f64x2.abs(pivot), f64x2.splat(smallest));
      const inverse = f64x2.div(f64x2.splat(1), v128.bitselect(f64x2.splat(smallest), pivot, tiny));
      const second = v128.bitselect(d, v, swap);
      const third = v128.bitselect(right, zero, swap);
      const factor = f64x2.mul(v128.bitselect(u, below, swap), inverse);
      v128.store(place, inverse, INVERSE);
      v128.store(place, f64x2.mul(second, inverse), SECOND);
      v128.store(place, f64x2.mul(third, inverse), THIRD);
      v128.store(place, factor, FACTOR);
      v128.store(place, swap, SWAP);
      v128.store(place, f64x2.sub(v128.bitselect(v, d, swap), f64x2.mul(factor, second)), ROW_BYTES + PIVOT);
      v128.store(place, f64x2.sub(v128.bitselect(zero, right, swap), f64x2.mul(factor, third)), ROW_BYTES + RIGHT);
    }
  }
}

function solveLower(vectors: usize, work: usize, size: i32): void {
  const bytes = (<usize>size) << 4;
  // what a step hands on to the next stays out of memory
  let here0 = v128.load(vectors);
  let here1 = v128.load(vectors + bytes);
  let here2 = v128.load(vectors + 2 * bytes);
  const end = vectors + bytes - 16;
  for (let a = vectors, place = work; a < end; a += 16, place += ROW_BYTES) {
    here0 = lowerStep(a, place, here0);
    here1 = lowerStep(a + bytes, place + FACTOR_BYTES, here1);
    here2 = lowerStep(a + 2 * bytes, place + 2 * FACTOR_BYTES, here2);
  }
  v128.store(end, here0);
  v128.store(end + bytes, here1);
  v128.store(end + 2 * bytes, here2);
}

/** Stores the element, and returns the one behind it. */
// @ts-ignore: decorator
@inline
function lowerStep(element: usize, place: usize, here: v128): v128 {
  const swap = v128.load(place, SWAP);
  const next = v128.load(element, 16);
  const kept = v128.bitselect(next, here, swap);
  v128.store(element, kept);
  return f64x2.sub(v128.bitselect(here, next, swap), f64x2.mul(v128.load(place, FACTOR), kept));
}

function solveUpper(vectors: usize, work: usize, size: i32): void {
  const bytes = (<usize>size) << 4;
  // the two elements behind: there are none behind the last, and none behind the one before it but the last
  let place = work + <usize>(size - 1) * ROW_BYTES;
  let a = vectors + bytes - 16;
  let next0 = upperStep(a, place);
  let next1 = upperStep(a + bytes, place + FACTOR_BYTES);
  let next2 = upperStep(a + 2 * bytes, place + 2 * FACTOR_BYTES);
  v128.store(a, next0);
  v128.store(a + bytes, next1);
  v128.store(a + 2 * bytes, next2);
  if (size < 2) return;
  a -= 16;
  place -= ROW_BYTES;
  let x0 = less(upperStep(a, place), place, SECOND, next0);
  let x1 = less(upperStep(a + bytes, place + FACTOR_BYTES), place + FACTOR_BYTES, SECOND, next1);
  let x2 = less(upperStep(a + 2 * bytes, place + 2 * FACTOR_BYTES), place + 2 * FACTOR_BYTES, SECOND, next2);
  v128.store(a, x0);
  v128.store(a + bytes, x1);
  v128.store(a + 2 * bytes, x2);
  while (a > vectors) {
    a -= 16;
    place -= ROW_BYTES;
    const further0 = next0;
    const further1 = next1;
    const further2 = next2;
    next0 = x0;
    next1 = x1;
    next2 = x2;
    x0 = rest(a, place, next0, further0);
    x1 = rest(a + bytes, place + FACTOR_BYTES, next1, further1);
    x2 = rest(a + 2 * bytes, place + 2 * FACTOR_BYTES, next2, further2);
    v128.store(a, x0);
    v128.store(a + bytes, x1);
    v128.store(a + 2 * bytes, x2);
  }
}

// @ts-ignore: decorator
@inline
function upperStep(element: usize, place: usize): v128 {
  return f64x2.mul(v128.load(element), v128.load(place, INVERSE));
}

// @ts-ignore: decorator
@inline
function less(x: v128, place: usize, field: usize, by: v128): v128 {
  return f64x2.sub(x, f64x2.mul(v128.load(place + field), by));
}

// @ts-ignore: decorator
@inline
function rest(element: usize, place: usize, next: v128, further: v128): v128 {
  return less(less(upperStep(element, place), place, THIRD, further), place, SECOND, next);
}

/** The sum of the products of two vectors. */
// @ts-ignore: decorator
@inline
function product(a: usize, b: usize, size: i32): v128 {
  let even = f64x2.splat(0);
  let odd = even;
  const end = at(a, size & ~1);
  for (; a < end; a += 32, b += 32) {
    even = f64x2.add(even, f64x2.mul(v128.load(a), v128.load(b)));
    odd = f64x2.add(odd, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
  }
  if (size & 1) even = f64x2.add(even, f64x2.mul(v128.load(a), v128.load(b)));
  return f64x2.add(even, odd);
}

/** Makes the largest element 1 in magnitude, but for vectors that fit as they are. */
function rescale(vector: usize, fits: v128, size: i32): void {
  let most = f64x2.splat(1e-300);
  for (let i = 0; i < size; i++) most = f64x2.pmax(most, f64x2.abs(v128.load(at(vector, i))));
  const one = f64x2.splat(1);
  const scale = v128.bitselect(one, f64x2.div(one, most), fits);
  for (let i = 0; i < size; i++) v128.store(at(vector, i), f64x2.mul(v128.load(at(vector, i)), scale));
}

/**
 * Makes it a unit vector of what is not along the first `count`. Where next to nothing is left of it, which is rounding, it is
 * one that begins anew.
 */
function straighten(vector: usize, vectors: usize, count: i32, size: i32): void {
  let whole = product(vector, vector, size);
  const fits = v128.and(f64x2.gt(whole, f64x2.splat(1e-200)), f64x2.lt(whole, f64x2.splat(1e200)));
  if (i64x2.bitmask(fits) != 3) {
    rescale(vector, fits, size);
    whole = product(vector, vector, size);
  }
  for (let k = 0; k < count; k++) {
    const other = at(vectors, k * size);
    const along = product(vector, other, size);
    for (let i = 0; i < size; i++) {
      const place = at(vector, i);
      v128.store(place, f64x2.sub(v128.load(place), f64x2.mul(along, v128.load(at(other, i)))));
    }
  }
  let squares = product(vector, vector, size);
  // NaN as well, of what has overflown
  const full = f64x2.gt(squares, f64x2.mul(whole, f64x2.splat(1e-20)));
  if (i64x2.bitmask(full) != 3) {
    for (let i = 0; i < size; i++) {
      const other = <f64>(i + 1) * 0.6180339887498949;
      const fresh = f64x2.splat(other - floor<f64>(other) - 0.3);
      v128.store(at(vector, i), v128.bitselect(v128.load(at(vector, i)), fresh, full));
    }
    squares = product(vector, vector, size);
  }
  const inverse = f64x2.div(f64x2.splat(1), f64x2.sqrt(squares));
  for (let i = 0; i < size; i++) v128.store(at(vector, i), f64x2.mul(v128.load(at(vector, i)), inverse));
}
