// Extremes of the current row and the n rows before it, n being read from the current row: a whole number from 0 to
// `cap`. Compared directly: n comparisons per row, exact, and a function of these rows alone. NaN where one of them is NaN,
// and for any other n.

class Least {
  // @ts-ignore: decorator
  @inline of(x: f64, y: f64): f64 {
    return min<f64>(x, y);
  }
}

class Greatest {
  // @ts-ignore: decorator
  @inline of(x: f64, y: f64): f64 {
    return max<f64>(x, y);
  }
}

// @ts-ignore: decorator
@inline
function extremeBack<F>(out: usize, a: usize, n: usize, rows: i32, cap: f64): void {
  const f = changetype<F>(0);
  for (const end = a + ((<usize>rows) << 3); a < end; a += 8) {
    const back = load<f64>(n);
    let extreme = NaN;
    if (back >= 0 && back <= cap && floor<f64>(back) == back) {
      extreme = load<f64>(a);
      for (let p = a - ((<usize>back) << 3); p < a; p += 8) extreme = f.of(extreme, load<f64>(p));
    }
    store<f64>(out, extreme);
    n += 8;
    out += 8;
  }
}

export function minBack(out: usize, a: usize, n: usize, rows: i32, cap: f64): void {
  extremeBack<Least>(out, a, n, rows, cap);
}

export function maxBack(out: usize, a: usize, n: usize, rows: i32, cap: f64): void {
  extremeBack<Greatest>(out, a, n, rows, cap);
}
