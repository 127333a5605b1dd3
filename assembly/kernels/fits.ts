import { offsetOf, stepOf } from "../core/offsets";

// Least-squares parabola of a window on its rows, by pairwise merging of neighbouring blocks after the scheme of
// moments.ts: block a is the newer one, b the older, na and nb are their rows. Kept of a block are, with p1 = j - mean j and
// p2 = p1^2 - (n^2 - 1) / 12 (orthogonal on its rows, with the square sums S2 and S4 below),
//
//   trend T = sum p1 x    curve Q = sum p2 x    residual R = sum of squared distances from its own least-squares parabola
//
// and the offset of its mean from its newest value, as in moments.ts. d is the step between the block means, b less a:
//
//   T = Ta + Tb - d na nb / 2
//   V = nb Ta - na Tb + d na nb (na - nb) / 6      G = Qa + Qb      Q = G + V
//   R = Ra + Rb + F^2 / |F|^2 + (V / |V|^2 - G / |G|^2)^2 |V|^2 |G|^2 / (|V|^2 + |G|^2)
//         + (Qb / S4b - Qa / S4a)^2 S4a S4b / (S4a + S4b)
//   F = d + (2 na + nb) Ta / (6 S2a) + (na + 2 nb) Tb / (6 S2b)
//
// The three squares are what both parabolas together can tell that one parabola cannot: forms orthogonal to each other and
// to 1, p1 and p2 of the union. |.|^2 is the sum of squares of a form's coefficients, |V|^2 + |G|^2 = S4. A block of one or
// two rows has no slope or no curve, and the squares that need it are left out. R is a sum of squares and never a difference,
// so that it keeps its digits however good the fit is; T^2 / S2 + Q^2 / S4 + R is the sum of squares about the mean.
// NULL: a NaN anywhere in the window. Error: a few units of rounding of the window's range in each step, as in moments.ts.

// @ts-ignore: decorator
@inline
function square2(n: f64): f64 {
  return (n * (n * n - 1)) / 12;
}

// @ts-ignore: decorator
@inline
function square4(n: f64): f64 {
  return (n * (n * n - 1) * (n * n - 4)) / 180;
}

// What `merge` computes: constants where it is inlined, so that nothing of the rest is left.
const OFFSET = 1;
const TREND = 2;
const CURVE = 4;
const RESIDUAL = 8;
const EQUAL = 16;
const SLOPE = 32;

// @ts-ignore: decorator
@inline
function mergeRows(
  parts: i32, outOffset: usize, outTrend: usize, outCurve: usize, outResidual: usize,
  xA: usize, xB: usize, offsetA: usize, offsetB: usize, trendA: usize, trendB: usize,
  curveA: usize, curveB: usize, residualA: usize, residualB: usize, rows: i32, na: f64, nb: f64, outSlope: usize = 0,
): void {
  const n = na + nb;
  const bySquares = f64x2.splat(12 / (n * (n * n - 1)));
  const equal = (parts & EQUAL) != 0;
  const share = f64x2.splat(nb / n);
  const half = f64x2.splat((na * nb) / 2);
  const newer = f64x2.splat(na);
  const older = f64x2.splat(nb);
  const step = (na * nb * (na - nb)) / 6;
  const stepV = f64x2.splat(step);

  const a2 = square2(na);
  const b2 = square2(nb);
  const a4 = square4(na);
  const b4 = square4(nb);
  const lines = a2 > 0 && b2 > 0;
  const slopeA = (2 * na + nb) / 6;
  const slopeB = (na + 2 * nb) / 6;
  const fA = f64x2.splat(lines ? slopeA / a2 : 0);
  const fB = f64x2.splat(lines ? slopeB / b2 : 0);
  const weightF = f64x2.splat(lines ? 1 / (n / (na * nb) + (slopeA * slopeA) / a2 + (slopeB * slopeB) / b2) : 0);
  const v2 = nb * nb * a2 + na * na * b2 + (step * step * n) / (na * nb);
  const g2 = a4 + b4;
  const ofG = f64x2.splat(g2 > 0 ? v2 / g2 : 0);
  const weightV = f64x2.splat(g2 > 0 ? g2 / (v2 * (v2 + g2)) : 0);
  const curves = a4 > 0 && b4 > 0;
  const ofQb = f64x2.splat(curves ? a4 / b4 : 0);
  const weightQ = f64x2.splat(curves ? b4 / (a4 * (a4 + b4)) : 0);

  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const offset = v128.load(offsetA + i);
    const d = stepOf(v128.load(xA + i), v128.load(xB + i), offset, v128.load(offsetB + i));
    if (parts & OFFSET) v128.store(outOffset + i, offsetOf(offset, d, share));
    if (parts & (TREND | CURVE | RESIDUAL | SLOPE)) {
      const ta = v128.load(trendA + i);
      const tb = v128.load(trendB + i);
      const both = f64x2.add(ta, tb);
      const trend = f64x2.sub(both, f64x2.mul(d, half));
      if (parts & TREND) v128.store(outTrend + i, trend);
      if (parts & SLOPE) v128.store(outSlope + i, f64x2.mul(trend, bySquares));
      if (parts & (CURVE | RESIDUAL)) {
        const qa = v128.load(curveA + i);
        const qb = v128.load(curveB + i);
        const g = f64x2.add(qa, qb);
        const v = equal
          ? f64x2.mul(f64x2.sub(ta, tb), older)
          : f64x2.add(f64x2.sub(f64x2.mul(ta, older), f64x2.mul(tb, newer)), f64x2.mul(d, stepV));
        if (parts & CURVE) v128.store(outCurve + i, f64x2.add(g, v));
        if (parts & RESIDUAL) {
          const f = f64x2.add(d, equal ? f64x2.mul(both, fA) : f64x2.add(f64x2.mul(ta, fA), f64x2.mul(tb, fB)));
          const bend = f64x2.sub(v, f64x2.mul(g, ofG));
          const twist = f64x2.sub(equal ? qb : f64x2.mul(qb, ofQb), qa);
          const added = f64x2.add(
            f64x2.mul(f64x2.mul(f, f), weightF),
            f64x2.add(f64x2.mul(f64x2.mul(bend, bend), weightV), f64x2.mul(f64x2.mul(twist, twist), weightQ)),
          );
          const own = f64x2.add(v128.load(residualA + i), v128.load(residualB + i));
          v128.store(outResidual + i, f64x2.add(own, added));
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function merge(
  parts: i32, outOffset: usize, outTrend: usize, outCurve: usize, outResidual: usize,
  xA: usize, xB: usize, offsetA: usize, offsetB: usize, trendA: usize, trendB: usize,
  curveA: usize, curveB: usize, residualA: usize, residualB: usize, rows: i32, na: f64, nb: f64,
): void {
  if (na == nb) {
    mergeRows(
      parts | EQUAL, outOffset, outTrend, outCurve, outResidual, xA, xB, offsetA, offsetB,
      trendA, trendB, curveA, curveB, residualA, residualB, rows, na, nb,
    );
  } else {
    mergeRows(
      parts, outOffset, outTrend, outCurve, outResidual, xA, xB, offsetA, offsetB,
      trendA, trendB, curveA, curveB, residualA, residualB, rows, na, nb,
    );
  }
}

// a part of the passes below, which a test of this file calls beside them
export { mergeOffset } from "./moments";

/** Sum of (j - mean j) x_j, j the bar number. */
export function mergeTrend(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, trendA: usize, trendB: usize,
  rows: i32, na: f64, nb: f64,
): void {
  mergeRows(TREND, 0, out, 0, 0, xA, xB, offsetA, offsetB, trendA, trendB, 0, 0, 0, 0, rows, na, nb);
}

/** Sum of ((j - mean j)^2 - (n^2 - 1) / 12) x_j. */
export function mergeCurve(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, trendA: usize, trendB: usize,
  curveA: usize, curveB: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(CURVE, 0, 0, out, 0, xA, xB, offsetA, offsetB, trendA, trendB, curveA, curveB, 0, 0, rows, na, nb);
}

/** Sum of squared distances from the least-squares parabola. */
export function mergeResidual(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, trendA: usize, trendB: usize,
  curveA: usize, curveB: usize, residualA: usize, residualB: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(
    RESIDUAL, 0, 0, 0, out, xA, xB, offsetA, offsetB,
    trendA, trendB, curveA, curveB, residualA, residualB, rows, na, nb,
  );
}

/** Offset and trend. */
export function mergeFit2(
  offset: usize, trend: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, trendA: usize, trendB: usize,
  rows: i32, na: f64, nb: f64,
): void {
  mergeRows(
    OFFSET | TREND, offset, trend, 0, 0, xA, xB, offsetA, offsetB, trendA, trendB, 0, 0, 0, 0, rows, na, nb,
  );
}

/** Slope of the least-squares line: the trend over the sum of squares of the rows. */
export function mergeSlope(
  out: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize, trendA: usize, trendB: usize,
  rows: i32, na: f64, nb: f64,
): void {
  mergeRows(SLOPE, 0, 0, 0, 0, xA, xB, offsetA, offsetB, trendA, trendB, 0, 0, 0, 0, rows, na, nb, out);
}

/** Offset, trend and slope. */
export function fitSlope(
  offset: usize, trend: usize, slope: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  trendA: usize, trendB: usize, rows: i32, na: f64, nb: f64,
): void {
  mergeRows(
    OFFSET | TREND | SLOPE, offset, trend, 0, 0, xA, xB, offsetA, offsetB, trendA, trendB, 0, 0, 0, 0, rows, na, nb, slope,
  );
}

/** Offset, trend and curve. */
export function mergeFit3(
  offset: usize, trend: usize, curve: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  trendA: usize, trendB: usize, curveA: usize, curveB: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(
    OFFSET | TREND | CURVE, offset, trend, curve, 0, xA, xB, offsetA, offsetB,
    trendA, trendB, curveA, curveB, 0, 0, rows, na, nb,
  );
}

/** Offset, trend, curve and residual. */
export function mergeFit4(
  offset: usize, trend: usize, curve: usize, residual: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  trendA: usize, trendB: usize, curveA: usize, curveB: usize, residualA: usize, residualB: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(
    OFFSET | TREND | CURVE | RESIDUAL, offset, trend, curve, residual, xA, xB, offsetA, offsetB,
    trendA, trendB, curveA, curveB, residualA, residualB, rows, na, nb,
  );
}

/** The same without the offset, which the moments of the series may have written. */
export function trendAndCurve(
  trend: usize, curve: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  trendA: usize, trendB: usize, curveA: usize, curveB: usize, rows: i32, na: f64, nb: f64,
): void {
  merge(
    TREND | CURVE, 0, trend, curve, 0, xA, xB, offsetA, offsetB,
    trendA, trendB, curveA, curveB, 0, 0, rows, na, nb,
  );
}

export function trendToResidual(
  trend: usize, curve: usize, residual: usize, xA: usize, xB: usize, offsetA: usize, offsetB: usize,
  trendA: usize, trendB: usize, curveA: usize, curveB: usize, residualA: usize, residualB: usize,
  rows: i32, na: f64, nb: f64,
): void {
  merge(
    TREND | CURVE | RESIDUAL, 0, trend, curve, residual, xA, xB, offsetA, offsetB,
    trendA, trendB, curveA, curveB, residualA, residualB, rows, na, nb,
  );
}

/** Value of the parabola: newest value + (offset + (byTrend T + byCurve Q)). */
export function fitted(
  out: usize, x: usize, offset: usize, trend: usize, curve: usize, rows: i32, byTrend: f64, byCurve: f64,
): void {
  const weightT = f64x2.splat(byTrend);
  const weightQ = f64x2.splat(byCurve);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const bent = f64x2.add(
      f64x2.mul(v128.load(trend + i), weightT),
      f64x2.mul(v128.load(curve + i), weightQ),
    );
    v128.store(out + i, f64x2.add(v128.load(x + i), f64x2.add(v128.load(offset + i), bent)));
  }
}

/**
 * Share of the sum of squares that the parabola explains, T^2 byTrend + Q^2 byCurve over itself and R: in 0..1 to the last
 * bit, since no term is negative; NaN where the sum of squares is 0.
 */
export function parabolaR2(
  out: usize, trend: usize, curve: usize, residual: usize, rows: i32, byTrend: f64, byCurve: f64,
): void {
  const weightT = f64x2.splat(byTrend);
  const weightQ = f64x2.splat(byCurve);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const t = v128.load(trend + i);
    const q = v128.load(curve + i);
    const explained = f64x2.add(f64x2.mul(f64x2.mul(t, t), weightT), f64x2.mul(f64x2.mul(q, q), weightQ));
    v128.store(out + i, f64x2.div(explained, f64x2.add(explained, v128.load(residual + i))));
  }
}

/** The same of the least-squares line, T^2 byTrend / M2, rounding never beyond 1; NaN where M2 is 0. */
export function lineR2(out: usize, trend: usize, m2: usize, rows: i32, byTrend: f64): void {
  const weight = f64x2.splat(byTrend);
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const none = f64x2.splat(NaN);
  for (let i: usize = 0, end = (<usize>((rows + 1) & ~1)) << 3; i < end; i += 16) {
    const t = v128.load(trend + i);
    const all = v128.load(m2 + i);
    const share = f64x2.pmin(f64x2.div(f64x2.mul(f64x2.mul(t, t), weight), all), one);
    v128.store(out + i, v128.bitselect(none, share, f64x2.eq(all, zero)));
  }
}
