import { isNumber } from "../core/numbers";

// What the values of several series in one row come to. NaN are left out, where fewer than `least` are numbers the result
// is NaN; counts are NaN nowhere, or where the value is that the others are held against. The planes are a list of
// addresses, so that one pass reads any number of them, two rows at a time.
//
// The mean is the first number plus the mean of the steps from it, and deviations are taken from that: equal values have
// exactly their own mean and no deviation, and values of a large level lose nothing. Order statistics are found by
// counting how many lie below each value: n^2 comparisons of two rows at a time, no room to sort in, exact. Spearman's
// correlation is that of the sums of sgn(x - x j) over all others j, which is twice the mean rank less a constant: whole
// numbers, so that it is exact but for one root and one quotient, and 1 where the order is the same.

// @ts-ignore: decorator
@inline
function zero(): v128 {
  return f64x2.splat(0);
}

// @ts-ignore: decorator
@inline
function bytesOf(rows: i32): usize {
  return (<usize>((rows + 1) & ~1)) << 3;
}

/** Values of the plane whose address lies at `entry` of the list. */
// @ts-ignore: decorator
@inline
function at(entry: usize, i: usize): v128 {
  return v128.load(<usize>load<u32>(entry) + i);
}

/** 1 in the lanes that a comparison has set. */
// @ts-ignore: decorator
@inline
function one(mask: v128): v128 {
  return v128.and(f64x2.splat(1), mask);
}

// @ts-ignore: decorator
@inline
function where(value: v128, mask: v128): v128 {
  return v128.bitselect(value, f64x2.splat(NaN), mask);
}

/** How many are numbers. */
export function countAcross(out: usize, list: usize, count: i32, rows: i32): void {
  const end = list + ((<usize>count) << 2);
  for (let i: usize = 0, bytes = bytesOf(rows); i < bytes; i += 16) {
    let n = zero();
    for (let p = list; p < end; p += 4) n = f64x2.add(n, one(isNumber(at(p, i))));
    v128.store(out + i, n);
  }
}

// @ts-ignore: decorator
@inline
function moments(out: usize, list: usize, count: i32, rows: i32, least: f64, deviation: bool): void {
  const enough = f64x2.splat(least);
  const end = list + ((<usize>count) << 2);
  for (let i: usize = 0, bytes = bytesOf(rows); i < bytes; i += 16) {
    let first = f64x2.splat(NaN);
    let n = zero();
    let sum = zero();
    for (let p = list; p < end; p += 4) {
      const x = at(p, i);
      const known = isNumber(x);
      first = v128.bitselect(first, x, isNumber(first));
      n = f64x2.add(n, one(known));
      sum = f64x2.add(sum, v128.and(f64x2.sub(x, first), known));
    }
    const offset = f64x2.div(sum, n);
    let result = f64x2.add(first, offset);
    if (deviation) {
      let squares = zero();
      for (let p = list; p < end; p += 4) {
        const x = at(p, i);
        const d = f64x2.sub(f64x2.sub(x, first), offset);
        squares = f64x2.add(squares, v128.and(f64x2.mul(d, d), isNumber(x)));
      }
      result = f64x2.sqrt(f64x2.div(squares, f64x2.sub(n, f64x2.splat(1))));
    }
    v128.store(out + i, where(result, f64x2.ge(n, enough)));
  }
}

export function meanAcross(out: usize, list: usize, count: i32, rows: i32, least: f64): void {
  moments(out, list, count, rows, least, false);
}

/** Sample standard deviation; `least` is 2 or more. */
export function stdAcross(out: usize, list: usize, count: i32, rows: i32, least: f64): void {
  moments(out, list, count, rows, least, true);
}

// @ts-ignore: decorator
@inline
function extreme(out: usize, list: usize, count: i32, rows: i32, least: f64, largest: bool): void {
  const enough = f64x2.splat(least);
  const end = list + ((<usize>count) << 2);
  for (let i: usize = 0, bytes = bytesOf(rows); i < bytes; i += 16) {
    let best = f64x2.splat(largest ? -Infinity : Infinity);
    let n = zero();
    for (let p = list; p < end; p += 4) {
      const x = at(p, i);
      const known = isNumber(x);
      n = f64x2.add(n, one(known));
      best = v128.bitselect(largest ? f64x2.max(best, x) : f64x2.min(best, x), best, known);
    }
    v128.store(out + i, where(best, f64x2.ge(n, enough)));
  }
}

export function leastAcross(out: usize, list: usize, count: i32, rows: i32, least: f64): void {
  extreme(out, list, count, rows, least, false);
}

export function greatestAcross(out: usize, list: usize, count: i32, rows: i32, least: f64): void {
  extreme(out, list, count, rows, least, true);
}

/** The value in the middle, of an even number the mean of the two in the middle. */
export function medianAcross(out: usize, list: usize, count: i32, rows: i32, least: f64): void {
  const enough = f64x2.splat(least);
  const half = f64x2.splat(0.5);
  const end = list + ((<usize>count) << 2);
  for (let i: usize = 0, bytes = bytesOf(rows); i < bytes; i += 16) {
    let n = zero();
    for (let p = list; p < end; p += 4) n = f64x2.add(n, one(isNumber(at(p, i))));
    const upperPlace = f64x2.floor(f64x2.mul(n, half));
    const lowerPlace = f64x2.floor(f64x2.mul(f64x2.sub(n, f64x2.splat(1)), half));
    let lower = zero();
    let upper = zero();
    for (let p = list; p < end; p += 4) {
      const x = at(p, i);
      let place = zero(); // those below it, and those equal to it that come before it
      for (let q = list; q < p; q += 4) place = f64x2.add(place, one(f64x2.le(at(q, i), x)));
      for (let q = p + 4; q < end; q += 4) place = f64x2.add(place, one(f64x2.lt(at(q, i), x)));
      const known = isNumber(x);
      lower = v128.bitselect(x, lower, v128.and(known, f64x2.eq(place, lowerPlace)));
      upper = v128.bitselect(x, upper, v128.and(known, f64x2.eq(place, upperPlace)));
    }
    // -0 has no place of its own among zeros: both zeros are 0
    const sum = f64x2.add(f64x2.add(lower, upper), zero());
    v128.store(out + i, where(f64x2.mul(sum, half), f64x2.ge(n, enough)));
  }
}

class Above {
  // @ts-ignore: decorator
  @inline of(x: v128, a: v128): v128 {
    return f64x2.gt(x, a);
  }
}

class Below {
  // @ts-ignore: decorator
  @inline of(x: v128, a: v128): v128 {
    return f64x2.lt(x, a);
  }
}

class Equal {
  // @ts-ignore: decorator
  @inline of(x: v128, a: v128): v128 {
    return f64x2.eq(x, a);
  }
}

/** How many behind the first of the list stand to it as F says. */
// @ts-ignore: decorator
@inline
function countWhere<F>(out: usize, list: usize, count: i32, rows: i32): void {
  const f = changetype<F>(0);
  const end = list + ((<usize>count) << 2);
  for (let i: usize = 0, bytes = bytesOf(rows); i < bytes; i += 16) {
    const a = at(list, i);
    let n = zero();
    for (let p = list + 4; p < end; p += 4) n = f64x2.add(n, one(f.of(at(p, i), a)));
    v128.store(out + i, where(n, isNumber(a)));
  }
}

export function countAbove(out: usize, list: usize, count: i32, rows: i32): void {
  countWhere<Above>(out, list, count, rows);
}

export function countBelow(out: usize, list: usize, count: i32, rows: i32): void {
  countWhere<Below>(out, list, count, rows);
}

export function countEqual(out: usize, list: usize, count: i32, rows: i32): void {
  countWhere<Equal>(out, list, count, rows);
}

/**
 * Spearman's correlation of pairs: planes x, y, x, y, ..., a value being NaN where the other of its pair is. NaN also where
 * all x or all y are equal.
 */
export function spearmanAcross(out: usize, list: usize, count: i32, rows: i32, least: f64): void {
  const enough = f64x2.splat(least);
  const end = list + ((<usize>count) << 2);
  for (let i: usize = 0, bytes = bytesOf(rows); i < bytes; i += 16) {
    let n = zero();
    let squaresX = zero();
    let squaresY = zero();
    let products = zero();
    for (let p = list; p < end; p += 8) {
      const x = at(p, i);
      const y = at(p + 4, i);
      let a = zero(); // a mask is -1: those below it less those above
      let b = zero();
      for (let q = list; q < end; q += 8) {
        const otherX = at(q, i);
        const otherY = at(q + 4, i);
        a = i64x2.add(i64x2.sub(a, f64x2.gt(x, otherX)), f64x2.lt(x, otherX));
        b = i64x2.add(i64x2.sub(b, f64x2.gt(y, otherY)), f64x2.lt(y, otherY));
      }
      n = f64x2.add(n, one(isNumber(x)));
      const ofX = f64x2.convert_low_i32x4_s(i32x4.shuffle(a, a, 0, 2, 0, 2));
      const ofY = f64x2.convert_low_i32x4_s(i32x4.shuffle(b, b, 0, 2, 0, 2));
      squaresX = f64x2.add(squaresX, f64x2.mul(ofX, ofX));
      squaresY = f64x2.add(squaresY, f64x2.mul(ofY, ofY));
      products = f64x2.add(products, f64x2.mul(ofX, ofY));
    }
    const r = f64x2.div(products, f64x2.sqrt(f64x2.mul(squaresX, squaresY)));
    v128.store(out + i, where(r, f64x2.ge(n, enough)));
  }
}
