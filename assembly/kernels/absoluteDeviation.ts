// Mean absolute deviation of the last `window` values from their own mean. Values count from the newest of them, whose
// differences to the others are exact where these are near: a constant window has exactly 0, and a series on a high level
// keeps its digits. A first turn through the window adds the differences, a second their distances from the mean
// difference, both newest first, so the bits depend on the window alone; nothing can be kept from row to row, because the
// mean moves. Eight rows go side by side, each with sums of its own, or the additions would wait for each other: window
// additions and 1.5 window subtractions of vectors per row. Relative error below 2 window 2^-53 of the sum of the distances.
// NaN where the window holds a NaN.

export function absoluteDeviation(out: usize, a: usize, rows: i32, window: f64): void {
  const count = f64x2.splat(window);
  const oldest = (<usize>(<i32>window - 1)) << 3;
  const end = out + ((<usize>((rows + 1) & ~1)) << 3);
  for (; out + 64 <= end; out += 64, a += 64) {
    const x0 = v128.load(a);
    const x1 = v128.load(a, 16);
    const x2 = v128.load(a, 32);
    const x3 = v128.load(a, 48);
    let m0 = f64x2.sub(x0, x0);
    let m1 = f64x2.sub(x1, x1);
    let m2 = f64x2.sub(x2, x2);
    let m3 = f64x2.sub(x3, x3);
    const last = a - oldest;
    for (let p = a; p > last; ) {
      p -= 8;
      m0 = f64x2.add(m0, f64x2.sub(v128.load(p), x0));
      m1 = f64x2.add(m1, f64x2.sub(v128.load(p, 16), x1));
      m2 = f64x2.add(m2, f64x2.sub(v128.load(p, 32), x2));
      m3 = f64x2.add(m3, f64x2.sub(v128.load(p, 48), x3));
    }
    m0 = f64x2.div(m0, count);
    m1 = f64x2.div(m1, count);
    m2 = f64x2.div(m2, count);
    m3 = f64x2.div(m3, count);
    let s0 = f64x2.abs(m0);
    let s1 = f64x2.abs(m1);
    let s2 = f64x2.abs(m2);
    let s3 = f64x2.abs(m3);
    for (let p = a; p > last; ) {
      p -= 8;
      s0 = f64x2.add(s0, f64x2.abs(f64x2.sub(f64x2.sub(v128.load(p), x0), m0)));
      s1 = f64x2.add(s1, f64x2.abs(f64x2.sub(f64x2.sub(v128.load(p, 16), x1), m1)));
      s2 = f64x2.add(s2, f64x2.abs(f64x2.sub(f64x2.sub(v128.load(p, 32), x2), m2)));
      s3 = f64x2.add(s3, f64x2.abs(f64x2.sub(f64x2.sub(v128.load(p, 48), x3), m3)));
    }
    v128.store(out, f64x2.div(s0, count));
    v128.store(out, f64x2.div(s1, count), 16);
    v128.store(out, f64x2.div(s2, count), 32);
    v128.store(out, f64x2.div(s3, count), 48);
  }
  for (; out < end; out += 16, a += 16) {
    const x = v128.load(a);
    let m = f64x2.sub(x, x);
    const last = a - oldest;
    for (let p = a; p > last; ) {
      p -= 8;
      m = f64x2.add(m, f64x2.sub(v128.load(p), x));
    }
    m = f64x2.div(m, count);
    let s = f64x2.abs(m);
    for (let p = a; p > last; ) {
      p -= 8;
      s = f64x2.add(s, f64x2.abs(f64x2.sub(f64x2.sub(v128.load(p), x), m)));
    }
    v128.store(out, f64x2.div(s, count));
  }
}
