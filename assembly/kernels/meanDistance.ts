// Mean distance of the last `window` values from a centre that is given with the current row: about the window's own
// mean it is the mean absolute deviation. A window's distances are added newest first, so the bits depend on the window
// alone; nothing can be kept from row to row, because the centre moves. Eight rows go side by side, each with a sum of its
// own, or the additions would wait for each other: window / 2 subtractions and additions of vectors per row. Relative error
// below window * 2^-53. NaN where the window or the centre is NaN.

export function meanDistance(out: usize, a: usize, centre: usize, rows: i32, window: f64): void {
  const count = f64x2.splat(window);
  const oldest = (<usize>(<i32>window - 1)) << 3;
  const end = out + ((<usize>((rows + 1) & ~1)) << 3);
  for (; out + 64 <= end; out += 64, a += 64, centre += 64) {
    const c0 = v128.load(centre);
    const c1 = v128.load(centre, 16);
    const c2 = v128.load(centre, 32);
    const c3 = v128.load(centre, 48);
    let s0 = f64x2.abs(f64x2.sub(v128.load(a), c0));
    let s1 = f64x2.abs(f64x2.sub(v128.load(a, 16), c1));
    let s2 = f64x2.abs(f64x2.sub(v128.load(a, 32), c2));
    let s3 = f64x2.abs(f64x2.sub(v128.load(a, 48), c3));
    const last = a - oldest;
    for (let p = a; p > last; ) {
      p -= 8;
      s0 = f64x2.add(s0, f64x2.abs(f64x2.sub(v128.load(p), c0)));
      s1 = f64x2.add(s1, f64x2.abs(f64x2.sub(v128.load(p, 16), c1)));
      s2 = f64x2.add(s2, f64x2.abs(f64x2.sub(v128.load(p, 32), c2)));
      s3 = f64x2.add(s3, f64x2.abs(f64x2.sub(v128.load(p, 48), c3)));
    }
    v128.store(out, f64x2.div(s0, count));
    v128.store(out, f64x2.div(s1, count), 16);
    v128.store(out, f64x2.div(s2, count), 32);
    v128.store(out, f64x2.div(s3, count), 48);
  }
  for (; out < end; out += 16, a += 16, centre += 16) {
    const c = v128.load(centre);
    let s = f64x2.abs(f64x2.sub(v128.load(a), c));
    const last = a - oldest;
    for (let p = a; p > last; ) {
      p -= 8;
      s = f64x2.add(s, f64x2.abs(f64x2.sub(v128.load(p), c)));
    }
    v128.store(out, f64x2.div(s, count));
  }
}
