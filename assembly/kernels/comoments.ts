import { stepOf } from "../core/offsets";
import { map4 } from "../core/rows";

// Co-moment sums of a window of two series by pairwise merging, after the scheme of moments.ts. d is the step between the
// block means of a series: the older block's (b) less the newer one's (a).

class Cross {
  // @ts-ignore: decorator
  @inline of(dx: v128, dy: v128, a: v128, b: v128, weight: v128): v128 {
    return f64x2.add(f64x2.add(a, b), f64x2.mul(f64x2.mul(dx, dy), weight));
  }
}

/** Sum of (x - mean x)(y - mean y) of both blocks; weight = na nb / (na + nb). */
export function mergeCross(out: usize, dx: usize, dy: usize, a: usize, b: usize, rows: i32, weight: f64): void {
  map4<Cross>(out, dx, dy, a, b, rows, f64x2.splat(weight));
}

/** r from a cross sum and two M2, 0 where either side is constant. */
// @ts-ignore: decorator
@inline
function orZero(cross: v128, m2X: v128, m2Y: v128): v128 {
  const zero = f64x2.splat(0);
  const scale = f64x2.sqrt(f64x2.mul(m2X, m2Y));
  const flat = v128.and(f64x2.eq(scale, zero), f64x2.eq(cross, cross));
  return v128.bitselect(zero, within(f64x2.div(cross, scale)), flat);
}

/** The same, NaN where the root of the product of both M2 is below `least`. */
// @ts-ignore: decorator
@inline
function orNaN(cross: v128, m2X: v128, m2Y: v128, least: v128): v128 {
  const scale = f64x2.sqrt(f64x2.mul(m2X, m2Y));
  return v128.bitselect(within(f64x2.div(cross, scale)), f64x2.splat(NaN), f64x2.ge(scale, least));
}

/** Pearson correlation from a cross sum and two M2; 0 where either side is constant; rounding never leaves -1..1. */
export function correlation(out: usize, cross: usize, m2X: usize, m2Y: usize, rows: i32): void {
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    v128.store(out + i, orZero(v128.load(cross + i), v128.load(m2X + i), v128.load(m2Y + i)));
  }
}

/** The same, but NaN where the root of the product of both M2 is below `least`. */
export function pearson(out: usize, cross: usize, m2X: usize, m2Y: usize, rows: i32, least: f64): void {
  const smallest = f64x2.splat(least);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    v128.store(out + i, orNaN(v128.load(cross + i), v128.load(m2X + i), v128.load(m2Y + i), smallest));
  }
}

// The same two in the pass of the last merge, which costs little while a root and a quotient are taken.

// @ts-ignore: decorator
@inline
function mergeM2(d: v128, m2A: usize, m2B: usize, weight: v128): v128 {
  return f64x2.add(f64x2.add(v128.load(m2A), v128.load(m2B)), f64x2.mul(f64x2.mul(d, d), weight));
}

// @ts-ignore: decorator
@inline
function mergeRows(
  isPearson: bool, out: usize,
  xA: usize, xB: usize, offsetXA: usize, offsetXB: usize, m2XA: usize, m2XB: usize,
  yA: usize, yB: usize, offsetYA: usize, offsetYB: usize, m2YA: usize, m2YB: usize,
  crossA: usize, crossB: usize, rows: i32, na: f64, nb: f64, least: f64,
): void {
  const f = changetype<Cross>(0);
  const smallest = f64x2.splat(least);
  const weight = f64x2.splat((na * nb) / (na + nb));
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const dx = stepOf(v128.load(xA + i), v128.load(xB + i), v128.load(offsetXA + i), v128.load(offsetXB + i));
    const dy = stepOf(v128.load(yA + i), v128.load(yB + i), v128.load(offsetYA + i), v128.load(offsetYB + i));
    const m2X = mergeM2(dx, m2XA + i, m2XB + i, weight);
    const m2Y = mergeM2(dy, m2YA + i, m2YB + i, weight);
    const cross = f.of(dx, dy, v128.load(crossA + i), v128.load(crossB + i), weight);
    v128.store(out + i, isPearson ? orNaN(cross, m2X, m2Y, smallest) : orZero(cross, m2X, m2Y));
  }
}

export function mergeCorrelation(
  out: usize, xA: usize, xB: usize, offsetXA: usize, offsetXB: usize, m2XA: usize, m2XB: usize,
  yA: usize, yB: usize, offsetYA: usize, offsetYB: usize, m2YA: usize, m2YB: usize,
  crossA: usize, crossB: usize, rows: i32, na: f64, nb: f64,
): void {
  mergeRows(
    false, out, xA, xB, offsetXA, offsetXB, m2XA, m2XB, yA, yB, offsetYA, offsetYB, m2YA, m2YB, crossA, crossB,
    rows, na, nb, 0,
  );
}

export function mergePearson(
  out: usize, xA: usize, xB: usize, offsetXA: usize, offsetXB: usize, m2XA: usize, m2XB: usize,
  yA: usize, yB: usize, offsetYA: usize, offsetYB: usize, m2YA: usize, m2YB: usize,
  crossA: usize, crossB: usize, rows: i32, na: f64, nb: f64, least: f64,
): void {
  mergeRows(
    true, out, xA, xB, offsetXA, offsetXB, m2XA, m2XB, yA, yB, offsetYA, offsetYB, m2YA, m2YB, crossA, crossB,
    rows, na, nb, least,
  );
}

/** r limited to -1..1; a NaN stays. */
// @ts-ignore: decorator
@inline
function within(r: v128): v128 {
  return f64x2.pmax(f64x2.pmin(r, f64x2.splat(1)), f64x2.splat(-1));
}

/** What c leaves of the cross sum of a and b (or of an M2, a being b), from the cross sums with c. */
// @ts-ignore: decorator
@inline
function beside(ab: v128, ac: v128, bc: v128, m2C: v128): v128 {
  return f64x2.sub(ab, f64x2.div(f64x2.mul(ac, bc), m2C));
}

/** All bits of a lane where what is left of a sum of squares is more than rounding. */
// @ts-ignore: decorator
@inline
function isLeft(rest: v128, m2: v128): v128 {
  return f64x2.gt(rest, f64x2.mul(m2, f64x2.splat(1e-12)));
}

/**
 * Correlation of what a constant and c leave of a and of b, in -1..1. NaN where c leaves no more than 1e-12 of the sum of
 * squares of either, and where the root of the product of what it leaves is below `least`.
 */
export function pearsonGiven(
  out: usize, ab: usize, ac: usize, bc: usize, m2A: usize, m2B: usize, m2C: usize, rows: i32, least: f64,
): void {
  const none = f64x2.splat(NaN);
  const smallest = f64x2.splat(least);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const crossA = v128.load(ac + i);
    const crossB = v128.load(bc + i);
    const squareA = v128.load(m2A + i);
    const squareB = v128.load(m2B + i);
    const squareC = v128.load(m2C + i);
    const restA = beside(squareA, crossA, crossA, squareC);
    const restB = beside(squareB, crossB, crossB, squareC);
    const scale = f64x2.sqrt(f64x2.mul(restA, restB));
    const r = within(f64x2.div(beside(v128.load(ab + i), crossA, crossB, squareC), scale));
    const left = v128.and(isLeft(restA, squareA), isLeft(restB, squareB));
    v128.store(out + i, v128.bitselect(r, none, v128.and(left, f64x2.ge(scale, smallest))));
  }
}

/** Slope of b in the regression of a on 1, b and c. NaN where c leaves of b no more than 1e-12 of its sum of squares, or 1e-12. */
export function slopeGiven(out: usize, ab: usize, ac: usize, bc: usize, m2B: usize, m2C: usize, rows: i32): void {
  const none = f64x2.splat(NaN);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const crossB = v128.load(bc + i);
    const squareB = v128.load(m2B + i);
    const squareC = v128.load(m2C + i);
    const rest = beside(squareB, crossB, crossB, squareC);
    const slope = f64x2.div(beside(v128.load(ab + i), v128.load(ac + i), crossB, squareC), rest);
    const known = v128.and(isLeft(rest, squareB), f64x2.ge(rest, f64x2.splat(1e-12)));
    v128.store(out + i, v128.bitselect(slope, none, known));
  }
}

/** Sum of squares that the line on b leaves of a; 0 where that is no more than 1e-12 of all, NaN where b is constant. */
export function residualM2(out: usize, cross: usize, m2A: usize, m2B: usize, rows: i32): void {
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const c = v128.load(cross + i);
    const squareA = v128.load(m2A + i);
    const squareB = v128.load(m2B + i);
    const rest = beside(squareA, c, c, squareB);
    const zero = f64x2.splat(0);
    const known = v128.bitselect(v128.bitselect(rest, zero, isLeft(rest, squareA)), f64x2.splat(NaN), f64x2.eq(rest, rest));
    v128.store(out + i, v128.bitselect(known, f64x2.splat(NaN), f64x2.gt(squareB, zero)));
  }
}

/**
 * Slope with a constant of e = a - slope b on its row before, over pairs of rows: from the cross sums of a and b with a and b
 * of the row before (the first letter is the later row), and those of the earlier rows of the pairs among themselves. NaN
 * where the sum of squares of the earlier e is no more than 1e-12 of that of a, or below 1e-12.
 */
export function residualSlope(
  out: usize, slope: usize, aa: usize, ab: usize, ba: usize, bb: usize, m2A: usize, crossAB: usize, m2B: usize, rows: i32,
): void {
  const none = f64x2.splat(NaN);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const s = v128.load(slope + i);
    const mixed = f64x2.add(v128.load(ab + i), v128.load(ba + i));
    const joint = f64x2.add(v128.load(aa + i), f64x2.mul(s, f64x2.sub(f64x2.mul(s, v128.load(bb + i)), mixed)));
    const squareA = v128.load(m2A + i);
    const both = v128.load(crossAB + i);
    const twice = f64x2.add(both, both);
    const square = f64x2.add(squareA, f64x2.mul(s, f64x2.sub(f64x2.mul(s, v128.load(m2B + i)), twice)));
    const known = v128.and(isLeft(square, squareA), f64x2.ge(square, f64x2.splat(1e-12)));
    v128.store(out + i, v128.bitselect(f64x2.div(joint, square), none, known));
  }
}
