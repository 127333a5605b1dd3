// What a hidden Markov model is fitted from: the clusters of its observations, and how they follow each other.
import { centreOf, cluster, clusterBytes } from "./clusters";
import { leastVariance, MEAN, START, STATES, TRANSITION, VARIANCE } from "./hiddenModel";

/** The model that the clusters of the observations suggest. */
export function begin(model: usize, points: usize, n: i32, work: usize): void {
  const assigned = work + clusterBytes(n);
  cluster(assigned, points, n, work);
  for (let k = 0; k < STATES; k++) {
    let count: f64 = 0;
    let sum = f64x2.splat(0);
    for (let i: usize = 0; i < <usize>n; i++) {
      if (<i32>load<u8>(assigned + i) != k) continue;
      count += 1;
      sum = f64x2.add(sum, v128.load(points + (i << 4)));
    }
    const mean = count > 0 ? f64x2.div(sum, f64x2.splat(count)) : centreOf(work, k);
    let squares = f64x2.splat(0);
    for (let i: usize = 0; i < <usize>n; i++) {
      if (<i32>load<u8>(assigned + i) != k) continue;
      const d = f64x2.sub(v128.load(points + (i << 4)), mean);
      squares = f64x2.add(squares, f64x2.mul(d, d));
    }
    const variance = f64x2.div(squares, f64x2.splat(max<f64>(count, 1)));
    store<f64>(model + ((<usize>k) << 3), count / <f64>n, START);
    v128.store(model + ((<usize>k) << 4), mean, MEAN);
    v128.store(model + ((<usize>k) << 4), f64x2.pmax(f64x2.splat(leastVariance), variance), VARIANCE);
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
