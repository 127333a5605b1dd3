// Cube root, by the polynomial and one step of Halley's that AssemblyScript's NativeMath compiles into the module
// (FreeBSD's s_cbrt.c): below 0.67 ulp, for subnormal numbers and either sign, and no host arithmetic, so every machine has
// the same bits. NaN for NaN.

export function cbrt(out: usize, a: usize, rows: i32): void {
  for (const end = a + ((<usize>rows) << 3); a < end; a += 8) {
    store<f64>(out, NativeMath.cbrt(load<f64>(a)));
    out += 8;
  }
}
