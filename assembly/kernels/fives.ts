// What is kept of a block of five rows, from the rows themselves: most windows are multiples of five, and three merges with
// a block of one row or two, whose sums are zeros, cost half as much again. Row a is the newest, e the oldest.
//
// Everything is taken from the steps of the other rows to the newest, which are exact for prices within a factor of two,
// and moments from the distances to the mean, of which nothing cancels. The weights of trend and curve, and of the cubic and
// the quartic whose squares are what a parabola leaves over, are the orthogonal polynomials of five points.
// NULL: a NaN in any row. Error: a few units of rounding of the range of the rows, as of the merges (moments.ts, fits.ts).

/** What `five` computes: constants where it is inlined, so that nothing of the rest is left. */
const OFFSET = 1;
const M2 = 2;
const M3 = 4;
const M4 = 8;
const TREND = 16;
const CURVE = 32;
const RESIDUAL = 64;

// @ts-ignore: decorator
@inline
function sum4(b: v128, c: v128, d: v128, e: v128): v128 {
  return f64x2.add(f64x2.add(b, c), f64x2.add(d, e));
}

// @ts-ignore: decorator
@inline
function square(x: v128): v128 {
  return f64x2.mul(x, x);
}

// @ts-ignore: decorator
@inline
function five(
  parts: i32, offset: usize, m2: usize, m3: usize, m4: usize, trend: usize, curve: usize, residual: usize,
  a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32,
): void {
  const fifth = f64x2.splat(0.2);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const newest = v128.load(a + i);
    const stepB = f64x2.sub(v128.load(b + i), newest);
    const stepC = f64x2.sub(v128.load(c + i), newest);
    const stepD = f64x2.sub(v128.load(d + i), newest);
    const stepE = f64x2.sub(v128.load(e + i), newest);
    if (parts & (OFFSET | M2 | M3 | M4)) {
      const mean = f64x2.mul(sum4(stepB, stepC, stepD, stepE), fifth);
      if (parts & OFFSET) v128.store(offset + i, mean);
      if (parts & (M2 | M3 | M4)) {
        const fromB = f64x2.sub(stepB, mean);
        const fromC = f64x2.sub(stepC, mean);
        const fromD = f64x2.sub(stepD, mean);
        const fromE = f64x2.sub(stepE, mean);
        const ofA = square(mean);
        const ofB = square(fromB);
        const ofC = square(fromC);
        const ofD = square(fromD);
        const ofE = square(fromE);
        if (parts & M2) v128.store(m2 + i, f64x2.add(ofA, sum4(ofB, ofC, ofD, ofE)));
        if (parts & M3) {
          const others = sum4(f64x2.mul(ofB, fromB), f64x2.mul(ofC, fromC), f64x2.mul(ofD, fromD), f64x2.mul(ofE, fromE));
          v128.store(m3 + i, f64x2.sub(others, f64x2.mul(ofA, mean)));
        }
        if (parts & M4) {
          v128.store(m4 + i, f64x2.add(square(ofA), sum4(square(ofB), square(ofC), square(ofD), square(ofE))));
        }
      }
    }
    if (parts & (TREND | CURVE | RESIDUAL)) {
      const two = f64x2.splat(2);
      const inner = f64x2.sub(stepD, stepB);
      if (parts & TREND) {
        // the row in the middle has no weight, but where it is NULL the block is
        const middle = f64x2.mul(stepC, f64x2.splat(0));
        v128.store(trend + i, f64x2.sub(middle, f64x2.add(f64x2.mul(stepE, two), inner)));
      }
      const sides = f64x2.add(stepB, stepD);
      if (parts & CURVE) v128.store(curve + i, f64x2.sub(f64x2.mul(f64x2.sub(stepE, stepC), two), sides));
      if (parts & RESIDUAL) {
        const cubic = f64x2.sub(stepE, f64x2.mul(inner, two));
        const middle = f64x2.mul(stepC, f64x2.splat(6));
        const quartic = f64x2.add(f64x2.sub(stepE, f64x2.mul(sides, f64x2.splat(4))), middle);
        v128.store(
          residual + i,
          f64x2.add(f64x2.mul(square(cubic), f64x2.splat(1.0 / 10)), f64x2.mul(square(quartic), f64x2.splat(1.0 / 70))),
        );
      }
    }
  }
}

export function sumOf5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const older = sum4(v128.load(b + i), v128.load(c + i), v128.load(d + i), v128.load(e + i));
    v128.store(out + i, f64x2.add(v128.load(a + i), older));
  }
}

/** The mean; of equal rows exactly their value. */
export function meanOf5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  const quarter = f64x2.splat(0.25);
  const share = f64x2.splat(0.8);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const newest = v128.load(a + i);
    const older = f64x2.mul(sum4(v128.load(b + i), v128.load(c + i), v128.load(d + i), v128.load(e + i)), quarter);
    v128.store(out + i, f64x2.add(newest, f64x2.mul(f64x2.sub(older, newest), share)));
  }
}

/** Mean less the newest value. */
export function offsetOf5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  five(OFFSET, out, 0, 0, 0, 0, 0, 0, a, b, c, d, e, rows);
}

export function m2Of5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  five(M2, 0, out, 0, 0, 0, 0, 0, a, b, c, d, e, rows);
}

export function m3Of5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  five(M3, 0, 0, out, 0, 0, 0, 0, a, b, c, d, e, rows);
}

export function m4Of5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  five(M4, 0, 0, 0, out, 0, 0, 0, a, b, c, d, e, rows);
}

/** Sum of (j - mean j) x_j, j the bar number. */
export function trendOf5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  five(TREND, 0, 0, 0, 0, out, 0, 0, a, b, c, d, e, rows);
}

/** Sum of ((j - mean j)^2 - 2) x_j. */
export function curveOf5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  five(CURVE, 0, 0, 0, 0, 0, out, 0, a, b, c, d, e, rows);
}

/** Sum of squared distances from the least-squares parabola. */
export function residualOf5(out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32): void {
  five(RESIDUAL, 0, 0, 0, 0, 0, 0, out, a, b, c, d, e, rows);
}

/** Offset and M2. */
export function moments2Of5(
  offset: usize, m2: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32,
): void {
  five(OFFSET | M2, offset, m2, 0, 0, 0, 0, 0, a, b, c, d, e, rows);
}

/** Offset, M2 and M3. */
export function moments3Of5(
  offset: usize, m2: usize, m3: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32,
): void {
  five(OFFSET | M2 | M3, offset, m2, m3, 0, 0, 0, 0, a, b, c, d, e, rows);
}

/** Offset, M2, M3 and M4. */
export function moments4Of5(
  offset: usize, m2: usize, m3: usize, m4: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32,
): void {
  five(OFFSET | M2 | M3 | M4, offset, m2, m3, m4, 0, 0, 0, a, b, c, d, e, rows);
}

/** Offset and trend. */
export function fit2Of5(
  offset: usize, trend: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32,
): void {
  five(OFFSET | TREND, offset, 0, 0, 0, trend, 0, 0, a, b, c, d, e, rows);
}

/** Offset, trend and curve. */
export function fit3Of5(
  offset: usize, trend: usize, curve: usize, a: usize, b: usize, c: usize, d: usize, e: usize, rows: i32,
): void {
  five(OFFSET | TREND | CURVE, offset, 0, 0, 0, trend, curve, 0, a, b, c, d, e, rows);
}

/** Offset, trend, curve and residual. */
export function fit4Of5(
  offset: usize, trend: usize, curve: usize, residual: usize, a: usize, b: usize, c: usize, d: usize, e: usize,
  rows: i32,
): void {
  five(OFFSET | TREND | CURVE | RESIDUAL, offset, 0, 0, 0, trend, curve, residual, a, b, c, d, e, rows);
}

/** Mean of five rows less the newest of them. */
// @ts-ignore: decorator
@inline
function offsetAt(newest: v128, b: usize, c: usize, d: usize, e: usize): v128 {
  const steps = sum4(
    f64x2.sub(v128.load(b), newest),
    f64x2.sub(v128.load(c), newest),
    f64x2.sub(v128.load(d), newest),
    f64x2.sub(v128.load(e), newest),
  );
  return f64x2.mul(steps, f64x2.splat(0.2));
}

// @ts-ignore: decorator
@inline
function product(x: usize, firstX: v128, meanX: v128, y: usize, firstY: v128, meanY: v128): v128 {
  const fromX = f64x2.sub(f64x2.sub(v128.load(x), firstX), meanX);
  const fromY = f64x2.sub(f64x2.sub(v128.load(y), firstY), meanY);
  return f64x2.mul(fromX, fromY);
}

/** Sum of (x - mean x)(y - mean y) over five rows of both. */
export function crossOf5(
  out: usize, a: usize, b: usize, c: usize, d: usize, e: usize, v: usize, w: usize, x: usize, y: usize, z: usize, rows: i32,
): void {
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const newest = v128.load(a + i);
    const other = v128.load(v + i);
    const mean = offsetAt(newest, b + i, c + i, d + i, e + i);
    const meanOther = offsetAt(other, w + i, x + i, y + i, z + i);
    const products = sum4(
      product(b + i, newest, mean, w + i, other, meanOther),
      product(c + i, newest, mean, x + i, other, meanOther),
      product(d + i, newest, mean, y + i, other, meanOther),
      product(e + i, newest, mean, z + i, other, meanOther),
    );
    v128.store(out + i, f64x2.add(f64x2.mul(mean, meanOther), products));
  }
}
