import { dayStart, rowsSince } from "../core/anchors";
import { dayMicros } from "../core/day";
import { resultAt } from "../core/results";

// Sums of what exceeds a drift, either way, since the start of the UTC day (Page 1954): U = max(0, U + z - drift) and
// D = max(0, D - z - drift), both 0 before the day's first row. A row in which one of them is above the limit is an alarm; it
// shows its sums, and the next begins from 0. A row whose z is NaN or infinite leaves both as they are.
//
// An entry of the table wants one plane: U - D, or 1 in an alarm and else 0. NaN in rows without a bar, where z is no finite
// number, and where the day has more than `maxRows` rows up to there. A call looks back for the day's first row and runs through
// it: 1 ns a row. Rounding is that of the sums.

// What an entry of the table wants; mirrored by host/catalog/operators/changes.ts.
const ALARM: i32 = 1;

export function cusum(
  outs: usize, time: usize, z: usize, rows: i32, table: usize, length: i32, drift: f64, limit: f64, maxRows: f64,
): void {
  const most = <i32>maxRows;
  let end: f64 = NaN; // of the day
  let since = 0; // rows of the day before the current one
  let up: f64 = 0;
  let down: f64 = 0;
  let alarm = false;
  const start = dayStart(load<f64>(time));
  const back = rowsSince(time, start, most);
  for (let r = -back; r < rows; r++, since++) {
    const at = (<isize>r) << 3;
    const t = load<f64>(time + at);
    if (!(t < end)) {
      end = dayStart(t) + dayMicros;
      since = 0;
      up = 0;
      down = 0;
      alarm = false;
    }
    const x = load<f64>(z + at);
    const known = x - x == 0;
    if (known) {
      if (alarm) {
        up = 0;
        down = 0;
      }
      up = max<f64>(0, up + x - drift);
      down = max<f64>(0, down - x - drift);
      alarm = max<f64>(up, down) > limit;
    }
    if (r < 0) continue;
    const valid = known && t == t && since < most;
    for (let i = 0; i < length; i++) {
      const value = load<f64>(table + ((<usize>i) << 3)) == ALARM ? (alarm ? 1.0 : 0.0) : up - down;
      store<f64>(resultAt(outs, i) + at, valid ? value : NaN);
    }
  }
}
