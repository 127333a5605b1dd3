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
/** Of each cluster, in scaled coordinates: its centre, and the sums and the number of its points. */
const CENTRES: usize = 32;
const SUMS: usize = 80;
const COUNTS: usize = 128;
const HEADER: usize = 152;

/** Bytes of work memory for points. */
// @ts-ignore: decorator
@inline
export function clusterBytes(points: i32): usize {
  return HEADER + ((<usize>points) << 4);
}

/**
 * Parts `n` points into clusters and writes the cluster of each to `assigned`, a byte each. First centres are the points in the
 * middle of each third by the first coordinate, the earlier of equals first; of equally near centres the first counts; a
 * cluster without points stays where it is. Goes on until no point moves, at most 50 rounds.
 */
export function cluster(assigned: usize, points: usize, n: i32, work: usize): void {
  scale(points, n, work);
  for (let k = 0; k < CLUSTERS; k++) {
    const point = scaled(work, v128.load(points + ((<usize>ranked(points, n, ((2 * k + 1) * n) / 6, work)) << 4)));
    v128.store(work + ((<usize>k) << 4), point, CENTRES);
  }
  memory.fill(assigned, 0xff, <usize>n);
  for (let round = 0; round < mostRounds; round++) {
    if (!assign(assigned, points, n, work)) return;
    for (let k: usize = 0; k < <usize>CLUSTERS; k++) {
      const count = load<f64>(work + (k << 3), COUNTS);
      if (count == 0) continue;
      v128.store(work + (k << 4), f64x2.div(v128.load(work + (k << 4), SUMS), f64x2.splat(count)), CENTRES);
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

/** The place of the point that has `rank` points before it by the first coordinate, the earlier of equals first. */
function ranked(points: usize, n: i32, rank: i32, work: usize): i32 {
  const values = work + HEADER;
  for (let i = 0; i < n; i++) store<f64>(values + ((<usize>i) << 3), load<f64>(points + ((<usize>i) << 4)) + 0.0);
  sort(values, n);
  const value = load<f64>(values + ((<usize>rank) << 3));
  let left = rank;
  while (left > 0 && load<f64>(values + ((<usize>(left - 1)) << 3)) == value) left--;
  let equals = rank - left;
  let place = 0;
  while (load<f64>(points + ((<usize>place) << 4)) != value || equals-- > 0) place++;
  return place;
}

/** Gives each point to the nearest centre and adds up what each is given. Returns whether any has moved. */
function assign(assigned: usize, points: usize, n: i32, work: usize): bool {
  memory.fill(work + SUMS, 0, HEADER - SUMS);
  const first = v128.load(work, CENTRES);
  const second = v128.load(work, CENTRES + 16);
  const third = v128.load(work, CENTRES + 32);
  let moved = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const point = scaled(work, v128.load(points + (i << 4)));
    const a = distance(point, first);
    const b = distance(point, second);
    const c = distance(point, third);
    let k: usize = b < a ? 1 : 0;
    k = c < (b < a ? b : a) ? 2 : k;
    moved |= i32(<i32>load<u8>(assigned + i) != <i32>k);
    store<u8>(assigned + i, <u8>k);
    const sums = work + SUMS + (k << 4);
    v128.store(sums, f64x2.add(v128.load(sums), point));
    const counts = work + COUNTS + (k << 3);
    store<f64>(counts, load<f64>(counts) + 1);
  }
  return moved != 0;
}

// @ts-ignore: decorator
@inline
function distance(point: v128, centre: v128): f64 {
  const d = f64x2.sub(point, centre);
  const squares = f64x2.mul(d, d);
  return f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
}
