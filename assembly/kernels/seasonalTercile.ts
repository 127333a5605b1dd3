// Where the current value stands among its own values at the same time on earlier days: 0, 1 or 2 for the lower,
// middle and upper third. Compared are the `count` nearest rows whose time is exactly k days (k = 1, 2, ...) before
// and whose value is not NaN, among the last `maxRows` rows. With c of them strictly below: min(2, floor(3 c / count)).
// 1 when fewer than `count` exist. Where the value itself is NaN: 1 while its session, whose rows so far are in `n`,
// has fewer than `minRows`, else NaN. NaN where there is no bar. Exact; -0 equals 0. Times ascend.
// Cost: one step per day looked at, because the row of every earlier day moves on with the current one; these places
// are found by binary search where the call begins and kept in `scratch`.
import { dayMicros } from '../core/day';
import { lowerBound } from '../core/sorted';

/** Earlier days whose place is kept from row to row; those behind them are searched for each time. */
const keptDays: i32 = 64;

/** Scratch: 4 bytes for each kept day. */
export function seasonalTercile(
  out: usize, time: usize, s: usize, n: usize, rows: i32, scratch: usize, count: f64, maxRows: f64, minRows: f64,
): void {
  const wanted = <i32>count;
  const reach = (<usize>(<i32>maxRows - 1)) << 3;
  const toValue = s - time; // from a row's time to its value
  let kept = 0; // days that have a place in scratch
  for (let r = 0; r < rows; r++) {
    const t = load<f64>(time);
    const value = load<f64>(time + toValue);
    if (value == value && t == t) {
      const oldest = time - reach;
      let place = time; // first row at or after the target
      let target = t;
      let found = 0;
      let below = 0;
      for (let k = 0; found < wanted; k++) {
        target -= dayMicros;
        const slot = scratch + ((<usize>k) << 2);
        if (k < kept) {
          place = max<usize>(load<u32>(slot), oldest);
          while (!(load<f64>(place) >= target)) place += 8;
        } else {
          place = lowerBound(oldest, place, target);
          if (k < keptDays) kept = k + 1;
        }
        if (k < keptDays) store<u32>(slot, <u32>place);
        if (load<f64>(place) == target) {
          const other = load<f64>(place + toValue);
          found += i32(other == other);
          below += i32(other < value);
        } else if (place == oldest || isNaN<f64>(load<f64>(place - 8))) {
          break; // no bars before the target
        }
      }
      store<f64>(out, found < wanted ? 1 : <f64>min<i32>(2, (3 * below) / wanted));
    } else {
      store<f64>(out, t == t && load<f64>(n) < minRows ? 1 : NaN);
    }
    time += 8;
    n += 8;
    out += 8;
  }
}
