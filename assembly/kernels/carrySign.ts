// The sign of the newest value that is not zero among the last `window` rows, the current one included; 0 when all of
// them are zero. The scan goes back from the current row and stops at the first value that is not zero: where that is a
// NaN, the sign is unknown and the result NaN. Exact. O(1) per row after one scan back where the call begins.

export function carrySign(out: usize, a: usize, rows: i32, window: f64): void {
  const width = <i32>window;
  let sign: f64 = 0;
  let left = 0; // rows, from the current one on, that the carried sign still reaches
  let p = a;
  for (let reach = width - 1; reach > 0; reach--) {
    p -= 8;
    const x = load<f64>(p);
    if (x == 0) continue;
    sign = signOf(x);
    left = reach;
    break;
  }
  for (let r = 0; r < rows; r++) {
    const x = load<f64>(a);
    if (x != 0) {
      sign = signOf(x);
      left = width;
    }
    store<f64>(out, left > 0 ? sign : 0);
    left--;
    a += 8;
    out += 8;
  }
}

/** 1 or -1; NaN for NaN. Not asked for zero. */
function signOf(x: f64): f64 {
  return x == x ? copysign<f64>(1, x) : NaN;
}
