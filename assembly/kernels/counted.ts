import { map1, map2, map4 } from "../core/rows";

// What is merged of a window of which only the numbers count: the formulas of moments.ts and comoments.ts with the
// numbers of two neighbouring blocks in place of their rows. Block a is the newer one, block b the older; na and nb are
// planes. A block without a number has the count NaN, as the rows before the first bar have, and is what merging leaves
// out: the other block is the result. So a window that is all numbers has the bits that the strict merges give it.
// Constant numbers have exactly their own mean and exactly zero M2. Error grows with the logarithm of the window.
// Chan, Golub and LeVeque (1983), "Algorithms for computing the sample variance".

/** What both blocks have: `both` where both have numbers, else what the one with numbers has. */
// @ts-ignore: decorator
@inline
function merged(na: v128, nb: v128, a: v128, b: v128, both: v128): v128 {
  return v128.bitselect(v128.bitselect(both, b, f64x2.eq(na, na)), a, f64x2.eq(nb, nb));
}

class Counted {
  // @ts-ignore: decorator
  @inline of(a: v128, one: v128): v128 {
    return v128.bitselect(one, a, f64x2.eq(a, a));
  }
}

/** The count of a block of one row: 1 where a is a number, else NaN. */
export function counted(out: usize, a: usize, rows: i32): void {
  map1<Counted>(out, a, rows, f64x2.splat(1));
}

class Count {
  // @ts-ignore: decorator
  @inline of(na: v128, nb: v128, _: v128): v128 {
    return merged(na, nb, na, nb, f64x2.add(na, nb));
  }
}

/** Numbers of both blocks. */
export function mergeCount(out: usize, na: usize, nb: usize, rows: i32): void {
  map2<Count>(out, na, nb, rows, i64x2.splat(0));
}

class Sum {
  // @ts-ignore: decorator
  @inline of(na: v128, nb: v128, a: v128, b: v128, _: v128): v128 {
    return merged(na, nb, a, b, f64x2.add(a, b));
  }
}

/** Sum of the numbers of both blocks. */
export function mergeCountedSum(out: usize, na: usize, nb: usize, a: usize, b: usize, rows: i32): void {
  map4<Sum>(out, na, nb, a, b, rows, i64x2.splat(0));
}

class Mean {
  // @ts-ignore: decorator
  @inline of(na: v128, nb: v128, a: v128, b: v128, half: v128): v128 {
    const share = f64x2.div(nb, f64x2.add(na, nb));
    const mean = f64x2.add(a, f64x2.mul(f64x2.sub(b, a), share));
    const middle = f64x2.mul(f64x2.add(a, b), half);
    return merged(na, nb, a, b, v128.bitselect(middle, mean, f64x2.eq(na, nb)));
  }
}

/** Mean of the numbers of both blocks from their means. */
export function mergeCountedMean(out: usize, na: usize, nb: usize, a: usize, b: usize, rows: i32): void {
  map4<Mean>(out, na, nb, a, b, rows, f64x2.splat(0.5));
}

/** The newest number of both blocks. */
export function mergeNewest(out: usize, na: usize, nb: usize, xA: usize, xB: usize, rows: i32): void {
  mergeRows(NEWEST, 0, out, 0, 0, na, nb, xA, xB, 0, 0, 0, 0, rows);
}

/** Mean less the newest number, from the newest numbers and the offsets of both blocks. */
export function mergeCountedOffset(
  out: usize, na: usize, nb: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, rows: i32,
): void {
  mergeRows(OFFSET, 0, 0, out, 0, na, nb, xA, xB, offsetA, offsetB, 0, 0, rows);
}

/** M2 of the numbers of both blocks. */
export function mergeCountedM2(
  out: usize, na: usize, nb: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize,
  rows: i32,
): void {
  mergeRows(M2, 0, 0, 0, out, na, nb, xA, xB, offsetA, offsetB, m2A, m2B, rows);
}

/** Count, newest number, offset and M2 in one pass. */
export function mergeNumbers(
  count: usize, newest: usize, offset: usize, m2: usize, na: usize, nb: usize, xA: usize, xB: usize,
  offsetA: usize, offsetB: usize, m2A: usize, m2B: usize, rows: i32,
): void {
  mergeRows(COUNT | NEWEST | OFFSET | M2, count, newest, offset, m2, na, nb, xA, xB, offsetA, offsetB, m2A, m2B, rows);
}

// What `mergeRows` computes: constants where it is inlined, so that nothing of the rest is left.
const COUNT = 1;
const NEWEST = 2;
const OFFSET = 4;
const M2 = 8;

// @ts-ignore: decorator
@inline
function mergeRows(
  parts: i32, outCount: usize, outNewest: usize, outOffset: usize, out2: usize, na: usize, nb: usize,
  xA: usize, xB: usize, offsetA: usize, offsetB: usize, m2A: usize, m2B: usize, rows: i32,
): void {
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const countA = v128.load(na + i);
    const countB = v128.load(nb + i);
    const n = f64x2.add(countA, countB);
    if (parts & COUNT) v128.store(outCount + i, merged(countA, countB, countA, countB, n));
    const newestA = v128.load(xA + i);
    const newestB = v128.load(xB + i);
    if (parts & NEWEST) v128.store(outNewest + i, v128.bitselect(newestA, newestB, f64x2.eq(newestA, newestA)));
    if (parts & (OFFSET | M2)) {
      const a = v128.load(offsetA + i);
      const b = v128.load(offsetB + i);
      const d = f64x2.add(f64x2.sub(b, a), f64x2.sub(newestB, newestA));
      if (parts & OFFSET) {
        const both = f64x2.add(a, f64x2.mul(d, f64x2.div(countB, n)));
        v128.store(outOffset + i, merged(countA, countB, a, b, both));
      }
      if (parts & M2) {
        const sumA = v128.load(m2A + i);
        const sumB = v128.load(m2B + i);
        const weight = f64x2.div(f64x2.mul(countA, countB), n);
        const both = f64x2.add(f64x2.add(sumA, sumB), f64x2.mul(f64x2.mul(d, d), weight));
        v128.store(out2 + i, merged(countA, countB, sumA, sumB, both));
      }
    }
  }
}

/** Sum of (x - mean x)(y - mean y) of both blocks. dx and dy are the steps between the means. */
export function mergeCountedCross(
  out: usize, na: usize, nb: usize, dx: usize, dy: usize, a: usize, b: usize, rows: i32,
): void {
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const countA = v128.load(na + i);
    const countB = v128.load(nb + i);
    const sumA = v128.load(a + i);
    const sumB = v128.load(b + i);
    const weight = f64x2.div(f64x2.mul(countA, countB), f64x2.add(countA, countB));
    const between = f64x2.mul(f64x2.mul(v128.load(dx + i), v128.load(dy + i)), weight);
    v128.store(out + i, merged(countA, countB, sumA, sumB, f64x2.add(f64x2.add(sumA, sumB), between)));
  }
}

class Weight {
  // @ts-ignore: decorator
  @inline of(a: v128, b: v128, q: v128): v128 {
    const older = f64x2.mul(b, q);
    return merged(a, b, a, older, f64x2.add(a, older));
  }
}

/** Weight of the numbers of both blocks, that of the older one's times q; NaN for none, as with counts. */
export function mergeWeight(out: usize, a: usize, b: usize, rows: i32, q: f64): void {
  map2<Weight>(out, a, b, rows, f64x2.splat(q));
}

class WeightedMean {
  // @ts-ignore: decorator
  @inline of(weightA: v128, weightB: v128, a: v128, b: v128, q: v128): v128 {
    const older = f64x2.mul(weightB, q);
    const share = f64x2.div(older, f64x2.add(weightA, older));
    return merged(weightA, weightB, a, b, f64x2.add(a, f64x2.mul(f64x2.sub(b, a), share)));
  }
}

/** Mean of both blocks by the weights that `mergeWeight` adds up. */
export function mergeWeightedMean(
  out: usize, weightA: usize, weightB: usize, a: usize, b: usize, rows: i32, q: f64,
): void {
  map4<WeightedMean>(out, weightA, weightB, a, b, rows, f64x2.splat(q));
}

class Deviation {
  // @ts-ignore: decorator
  @inline of(n: v128, m2: v128, ddof: v128): v128 {
    return f64x2.sqrt(f64x2.mul(m2, f64x2.div(f64x2.splat(1), f64x2.sub(n, ddof))));
  }
}

/** Standard deviation from M2: sqrt(M2 / (n - ddof)), by the reciprocal, so that a whole window has the bits of `deviation`. */
export function countedDeviation(out: usize, n: usize, m2: usize, rows: i32, ddof: f64): void {
  map2<Deviation>(out, n, m2, rows, f64x2.splat(ddof));
}

class Enough {
  // @ts-ignore: decorator
  @inline of(n: v128, a: v128, least: v128): v128 {
    return v128.bitselect(a, f64x2.splat(NaN), f64x2.ge(n, least));
  }
}

/** a where the window has at least `least` numbers, else NaN. `window` is what the planner counts first values by. */
export function enough(out: usize, n: usize, a: usize, rows: i32, least: f64, _window: f64): void {
  map2<Enough>(out, n, a, rows, f64x2.splat(least));
}
