import { lastNaN } from "../core/lastNaN";

// Mean of x over those of the last `window` rows that lie 1 to `after` rows behind an event, a row of the same window whose
// trigger is above the threshold of the current row; `otherwise` where there are none. `recent` is the largest trigger of the
// `after` rows before each row: where all of them lie in the window it tells at once whether one was an event. The first
// rows of the window, which have fewer, are asked one by one. Cost: window / 2 comparisons of two rows and as many sums, in an
// order that depends on window and `after` alone. NaN where the threshold is NaN, and x or the trigger in a row of the window.

export function afterEvents(
  out: usize, x: usize, trigger: usize, recent: usize, threshold: usize, otherwise: usize,
  rows: i32, window: f64, after: f64,
): void {
  const width = <i32>window;
  const first = (<usize>(width - 1)) << 3; // bytes back to the oldest row
  const whole = min((<usize>after) << 3, first + 8); // from the oldest row to the first with `after` rows before it
  const pairs = ((first + 8 - whole) >> 4) << 4;
  let unknown = max(lastNaN(x, width), lastNaN(trigger, width));
  for (const end = out + ((<usize>rows) << 3); out < end; out += 8) {
    const current = load<f64>(x);
    const event = load<f64>(trigger);
    const limit = load<f64>(threshold);
    if (current != current || event != event) unknown = width;
    let value = NaN;
    if (unknown > 0) {
      unknown--;
    } else if (limit == limit) {
      let sum: f64 = 0;
      let count: i64 = 0;
      let seen = false;
      for (let at: usize = 8; at < whole; at += 8) {
        seen = seen || load<f64>(trigger - first + at - 8) > limit;
        if (seen) {
          sum += load<f64>(x - first + at);
          count++;
        }
      }
      let p = x - first + whole;
      let q = recent - first + whole;
      const limits = f64x2.splat(limit);
      let sumA = f64x2.splat(0);
      let sumB = f64x2.splat(0);
      let sumC = f64x2.splat(0);
      let sumD = f64x2.splat(0);
      let counts = i64x2.splat(0);
      const last = p + pairs;
      for (; p + 64 <= last; p += 64, q += 64) {
        // a true lane is -1
        const isA = f64x2.gt(v128.load(q), limits);
        const isB = f64x2.gt(v128.load(q, 16), limits);
        const isC = f64x2.gt(v128.load(q, 32), limits);
        const isD = f64x2.gt(v128.load(q, 48), limits);
        sumA = f64x2.add(sumA, v128.and(v128.load(p), isA));
        sumB = f64x2.add(sumB, v128.and(v128.load(p, 16), isB));
        sumC = f64x2.add(sumC, v128.and(v128.load(p, 32), isC));
        sumD = f64x2.add(sumD, v128.and(v128.load(p, 48), isD));
        counts = i64x2.sub(counts, i64x2.add(i64x2.add(isA, isB), i64x2.add(isC, isD)));
      }
      for (; p < last; p += 16, q += 16) {
        const isA = f64x2.gt(v128.load(q), limits);
        sumA = f64x2.add(sumA, v128.and(v128.load(p), isA));
        counts = i64x2.sub(counts, isA);
      }
      if (p <= x && load<f64>(q) > limit) {
        sum += load<f64>(p);
        count++;
      }
      const both = f64x2.add(f64x2.add(sumA, sumB), f64x2.add(sumC, sumD));
      sum += f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
      count += i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1);
      value = count > 0 ? sum / <f64>count : load<f64>(otherwise);
    }
    store<f64>(out, value);
    x += 8;
    trigger += 8;
    recent += 8;
    threshold += 8;
    otherwise += 8;
  }
}
