// What a hidden Markov model is fitted from: the clusters of its observations, and how they follow each other.
import { centreOf, cluster, clusterBytes } from "./clusters";
import { leastVariance, MEAN, START, STATES, TRANSITION, VARIANCE } from "./hiddenModel";

// Field offsets of what is added up of each state, by 16 bytes: points, their number, squares of their distance to the mean.
const COUNTS: usize = 48;
const SQUARES: usize = 96;
const SUMS_BYTES: usize = 144;

/** The model that the clusters of the observations suggest. */
export function begin(model: usize, points: usize, n: i32, work: usize): void {
  const assigned = work + clusterBytes(n);
  cluster(assigned, points, n, work);
  const sums = work + clusterBytes(n) + ((<usize>(n + 16)) & ~15);
  memory.fill(sums, 0, SUMS_BYTES);
  for (let i: usize = 0; i < <usize>n; i++) {
    const own = sums + ((<usize>load<u8>(assigned + i)) << 4);
    v128.store(own, f64x2.add(v128.load(own), v128.load(points + (i << 4))));
    v128.store(own, f64x2.add(v128.load(own, COUNTS), f64x2.splat(1)), COUNTS);
  }
  for (let k: usize = 0; k < <usize>STATES << 4; k += 16) {
    const count = v128.load(sums + k, COUNTS);
    const some = f64x2.extract_lane(count, 0) > 0;
    v128.store(model + k, some ? f64x2.div(v128.load(sums + k), count) : centreOf(work, <i32>(k >> 4)), MEAN);
  }
  for (let i: usize = 0; i < <usize>n; i++) {
    const place = (<usize>load<u8>(assigned + i)) << 4;
    const d = f64x2.sub(v128.load(points + (i << 4)), v128.load(model + place, MEAN));
    v128.store(sums + place, f64x2.add(v128.load(sums + place, SQUARES), f64x2.mul(d, d)), SQUARES);
  }
  for (let k: usize = 0; k < <usize>STATES; k++) {
    const count = load<f64>(sums + (k << 4), COUNTS);
    const variance = f64x2.div(v128.load(sums + (k << 4), SQUARES), f64x2.splat(max<f64>(count, 1)));
    store<f64>(model + (k << 3), count / <f64>n, START);
    v128.store(model + (k << 4), f64x2.pmax(f64x2.splat(leastVariance), variance), VARIANCE);
  }
  const transition = model + TRANSITION;
  for (let i = 0; i < STATES * STATES; i++) store<f64>(transition + ((<usize>i) << 3), 1);
  for (let i: usize = 1; i < <usize>n; i++) {
    const place = transition + ((<usize>(3 * load<u8>(assigned + i - 1) + load<u8>(assigned + i))) << 3);
    store<f64>(place, load<f64>(place) + 1);
  }
  for (let row = transition; row < transition + 72; row += 24) {
    const sum = load<f64>(row) + load<f64>(row, 8) + load<f64>(row, 16);
    for (let i: usize = 0; i < 24; i += 8) store<f64>(row + i, load<f64>(row + i) / sum);
  }
}
