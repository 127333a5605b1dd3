// Discrete Fourier transform of complex numbers, a power of two of them, in place: four at first and then by radix 2 (Cooley and
// Tukey 1965). A number is two vectors, its real and its imaginary parts; each lane is a transform of its own.

/** Bytes from the first number of the transform to each, in the order of bits reversed. */
export function reverseBits(places: usize, count: i32): void {
  let reversed = 0;
  for (let i = 0; i < count; i++) {
    store<u32>(places + ((<usize>i) << 2), <u32>reversed << 5);
    let bit = count >> 1;
    while (reversed & bit) {
      reversed ^= bit;
      bit >>= 1;
    }
    reversed |= bit;
  }
}

/**
 * Transforms `count` complex numbers, 8 at least, that lie in the order of bits reversed. `cosines` are those of twice as many
 * steps (cosines.ts).
 */
// @ts-ignore: decorator
@inline
export function transform(numbers: usize, cosines: usize, count: i32): void {
  const end = numbers + ((<usize>count) << 5);
  for (let at = numbers; at < end; at += 128) {
    const aRe = f64x2.add(v128.load(at), v128.load(at, 32));
    const aIm = f64x2.add(v128.load(at, 16), v128.load(at, 48));
    const bRe = f64x2.sub(v128.load(at), v128.load(at, 32));
    const bIm = f64x2.sub(v128.load(at, 16), v128.load(at, 48));
    const cRe = f64x2.add(v128.load(at, 64), v128.load(at, 96));
    const cIm = f64x2.add(v128.load(at, 80), v128.load(at, 112));
    const dRe = f64x2.sub(v128.load(at, 64), v128.load(at, 96));
    const dIm = f64x2.sub(v128.load(at, 80), v128.load(at, 112));
    v128.store(at, f64x2.add(aRe, cRe));
    v128.store(at, f64x2.add(aIm, cIm), 16);
    v128.store(at, f64x2.add(bRe, dIm), 32);
    v128.store(at, f64x2.sub(bIm, dRe), 48);
    v128.store(at, f64x2.sub(aRe, cRe), 64);
    v128.store(at, f64x2.sub(aIm, cIm), 80);
    v128.store(at, f64x2.sub(bRe, dIm), 96);
    v128.store(at, f64x2.add(bIm, dRe), 112);
  }
  const sines = cosines + ((<usize>(count + 1)) << 3);
  for (let size = 8; size <= count; size <<= 1) {
    const apart = (<usize>size) << 4;
    // the table has 2 count steps
    const step = (<usize>((count << 1) / size)) << 3;
    let angle: usize = 0;
    for (let j = numbers; j < numbers + apart; j += 32, angle += step) {
      const re = v128.load64_splat(cosines + angle);
      const im = v128.load64_splat(sines + angle);
      for (let at = j; at < end; at += apart << 1) {
        const other = at + apart;
        const x = v128.load(other);
        const y = v128.load(other, 16);
        const turnedRe = f64x2.add(f64x2.mul(re, x), f64x2.mul(im, y));
        const turnedIm = f64x2.sub(f64x2.mul(re, y), f64x2.mul(im, x));
        const atRe = v128.load(at);
        const atIm = v128.load(at, 16);
        v128.store(at, f64x2.add(atRe, turnedRe));
        v128.store(at, f64x2.add(atIm, turnedIm), 16);
        v128.store(other, f64x2.sub(atRe, turnedRe));
        v128.store(other, f64x2.sub(atIm, turnedIm), 16);
      }
    }
  }
}
