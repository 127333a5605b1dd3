// Clusters of points with two coordinates (Lloyd 1982), with a beginning that no draw decides: what a mixture or a hidden
// Markov model is fitted from. Distances are of coordinates over their population sd about their mean; one that does not vary
// counts for nothing. Points are pairs of numbers, one behind the other.
import { sort } from "./sorted";

export const CLUSTERS: i32 = 3;
const mostRounds: i32 = 50;

// Field offsets of the work memory.
/** Mean of both coordinates. */
const MEAN: usize = 0;
/** One over their sd, or 0. */
const SCALE: usize = 16;
/** Of each cluster, in scaled coordinates: its centre, and the sums and the number of its points, twice. */
const CENTRES: usize = 32;
const SUMS: usize = 80;
const COUNTS: usize = 128;
const HEADER: usize = 176;

/** Bytes of work memory for points. */
// @ts-ignore: decorator
@inline
export function clusterBytes(points: i32): usize {
  return HEADER + ((<usize>points) << 4);
}

/**
 * Parts `n` points into clusters and writes the cluster of each to `assigned`, a byte each and one behind them. First centres are the points in the
 * middle of each third by the first coordinate, the earlier of equals first; of equally near centres the first counts; a
 * cluster without points stays where it is. Goes on until no point moves, at most 50 rounds.
 */
export function cluster(assigned: usize, points: usize, n: i32, work: usize): void {
  scale(points, n, work);
  const values = work + HEADER;
  for (let i = 0; i < n; i++) store<f64>(values + ((<usize>i) << 3), load<f64>(points + ((<usize>i) << 4)) + 0.0);
  sort(values, n);
  for (let k = 0; k < CLUSTERS; k++) {
    const point = scaled(work, v128.load(points + ((<usize>ranked(points, values, ((2 * k + 1) * n) / 6)) << 4)));
    v128.store(work + ((<usize>k) << 4), point, CENTRES);
  }
  memory.fill(assigned, 0xff, <usize>(n + 1));
  for (let round = 0; round < mostRounds; round++) {
    if (!assign(assigned, points, n, work)) return;
    for (let k: usize = 0; k < <usize>CLUSTERS; k++) {
      const count = v128.load(work + (k << 4), COUNTS);
      if (f64x2.extract_lane(count, 0) == 0) continue;
      v128.store(work + (k << 4), f64x2.div(v128.load(work + (k << 4), SUMS), count), CENTRES);
    }
  }
}

/** The centre of a cluster in the points' coordinates, as the rounds left it. */
export function centreOf(work: usize, k: i32): v128 {
  const centre = v128.load(work + ((<usize>k) << 4), CENTRES);
  const factor = v128.load(work, SCALE);
  const away = f64x2.div(centre, factor);
  const varies = f64x2.gt(factor, f64x2.splat(0));
  return f64x2.add(v128.load(work, MEAN), v128.and(away, varies));
}

function scale(points: usize, n: i32, work: usize): void {
  const end = points + ((<usize>n) << 4);
  const count = f64x2.splat(<f64>n);
  let sum = f64x2.splat(0);
  for (let p = points; p < end; p += 16) sum = f64x2.add(sum, v128.load(p));
  const mean = f64x2.div(sum, count);
  let squares = f64x2.splat(0);
  for (let p = points; p < end; p += 16) {
    const d = f64x2.sub(v128.load(p), mean);
    squares = f64x2.add(squares, f64x2.mul(d, d));
  }
  const sd = f64x2.sqrt(f64x2.div(squares, count));
  const varies = f64x2.gt(sd, f64x2.splat(0));
  v128.store(work, mean, MEAN);
  v128.store(work, v128.and(f64x2.div(f64x2.splat(1), sd), varies), SCALE);
}

// @ts-ignore: decorator
@inline
function scaled(work: usize, point: v128): v128 {
  return f64x2.mul(f64x2.sub(point, v128.load(work, MEAN)), v128.load(work, SCALE));
}

/**
 * The place of the point that has `rank` points before it by the first coordinate, whose `values` are in order, the earlier of
 * equals first.
 */
function ranked(points: usize, values: usize, rank: i32): i32 {
  const value = load<f64>(values + ((<usize>rank) << 3));
  let left = rank;
  while (left > 0 && load<f64>(values + ((<usize>(left - 1)) << 3)) == value) left--;
  let equals = rank - left;
  let place = 0;
  while (load<f64>(points + ((<usize>place) << 4)) != value || equals-- > 0) place++;
  return place;
}

/**
 * Gives each point to the nearest centre and adds up what each is given, two points at a time, without a branch on where they
 * are. Returns whether any has moved.
 */
function assign(assigned: usize, points: usize, n: i32, work: usize): bool {
  const x0 = v128.load64_splat(work, CENTRES), y0 = v128.load64_splat(work, CENTRES + 8);
  const x1 = v128.load64_splat(work, CENTRES + 16), y1 = v128.load64_splat(work, CENTRES + 24);
  const x2 = v128.load64_splat(work, CENTRES + 32), y2 = v128.load64_splat(work, CENTRES + 40);
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let count1 = i64x2.splat(0);
  let count2 = count1;
  let moved = 0;
  for (let i: usize = 0; i < <usize>n; i += 2) {
    const both = i + 1 < <usize>n;
    const u = scaled(work, v128.load(points + (i << 4)));
    const v = both ? scaled(work, v128.load(points + (i << 4), 16)) : f64x2.splat(0);
    const x = v128.shuffle<f64>(u, v, 0, 2);
    const y = v128.shuffle<f64>(u, v, 1, 3);
    const a = square(x, y, x0, y0);
    const b = square(x, y, x1, y1);
    const nearer = f64x2.lt(b, a);
    let third = f64x2.lt(square(x, y, x2, y2), v128.bitselect(b, a, nearer));
    let second = v128.andnot(nearer, third);
    if (!both) {
      second = i64x2.replace_lane(second, 1, 0);
      third = i64x2.replace_lane(third, 1, 0);
    }
    count1 = i64x2.sub(count1, second);
    count2 = i64x2.sub(count2, third);
    const one = i64x2.bitmask(second);
    const two = i64x2.bitmask(third);
    const code = (one & 1) | ((two & 1) << 1) | ((one >> 1) << 8) | ((two >> 1) << 9);
    moved |= code ^ <i32>load<u16>(assigned + i);
    store<u16>(assigned + i, <u16>code);
    const uOf1 = v128.shuffle<f64>(second, second, 0, 0);
    const uOf2 = v128.shuffle<f64>(third, third, 0, 0);
    sum0 = f64x2.add(sum0, v128.andnot(u, v128.or(uOf1, uOf2)));
    sum1 = f64x2.add(sum1, v128.and(u, uOf1));
    sum2 = f64x2.add(sum2, v128.and(u, uOf2));
    const vOf1 = v128.shuffle<f64>(second, second, 1, 1);
    const vOf2 = v128.shuffle<f64>(third, third, 1, 1);
    sum0 = f64x2.add(sum0, v128.andnot(v, v128.or(vOf1, vOf2)));
    sum1 = f64x2.add(sum1, v128.and(v, vOf1));
    sum2 = f64x2.add(sum2, v128.and(v, vOf2));
  }
  const of1 = <f64>(i64x2.extract_lane(count1, 0) + i64x2.extract_lane(count1, 1));
  const of2 = <f64>(i64x2.extract_lane(count2, 0) + i64x2.extract_lane(count2, 1));
  v128.store(work, sum0, SUMS);
  v128.store(work, sum1, SUMS + 16);
  v128.store(work, sum2, SUMS + 32);
  v128.store(work, f64x2.splat(<f64>n - of1 - of2), COUNTS);
  v128.store(work, f64x2.splat(of1), COUNTS + 16);
  v128.store(work, f64x2.splat(of2), COUNTS + 32);
  return moved != 0;
}

/** Squared distances of two points from a centre. */
// @ts-ignore: decorator
@inline
function square(x: v128, y: v128, centreX: v128, centreY: v128): v128 {
  const dx = f64x2.sub(x, centreX);
  const dy = f64x2.sub(y, centreY);
  return f64x2.add(f64x2.mul(dx, dx), f64x2.mul(dy, dy));
}
