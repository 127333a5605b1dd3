// Exponential function, by the table-driven form of ARM's optimized routines that AssemblyScript's NativeMath compiles
// into the module: below 0.52 ulp, and no host arithmetic, so every machine has the same bits. NaN for NaN.

export function exp(out: usize, a: usize, rows: i32): void {
  for (const end = a + ((<usize>rows) << 3); a < end; a += 8) {
    const x = load<f64>(a);
    store<f64>(out, x == x ? NativeMath.exp(x) : NaN);
    out += 8;
  }
}
