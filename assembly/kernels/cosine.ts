// Cosine of an angle in radians, by the FreeBSD form that AssemblyScript's NativeMath compiles into the module: below
// 1 ulp, and no host arithmetic, so every machine has the same bits. NaN for NaN and for infinity.

export function cosine(out: usize, a: usize, rows: i32): void {
  for (const end = a + ((<usize>rows) << 3); a < end; a += 8) {
    const x = load<f64>(a);
    store<f64>(out, abs<f64>(x) < Infinity ? NativeMath.cos(x) : NaN);
    out += 8;
  }
}
