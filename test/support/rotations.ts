/**
 * Eigenvalues, largest first, and unit eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan 2013,
 * 8.5): slow, and as accurate as the matrix allows.
 */
export function rotations(
  symmetric: readonly (readonly number[])[],
): { readonly value: number; readonly vector: readonly number[] }[] {
  const a = symmetric.map(row => Float64Array.from(row));
  const size = a.length;
  const v = a.map((_, i) => Float64Array.from(a, (__, j) => Number(i === j)));
  const scale = Math.max(...a.map((row, i) => Math.abs(row[i]!)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let largest = 0;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const off = a[p]![q]!;
        largest = Math.max(largest, Math.abs(off));
        if (Math.abs(off) <= 1e-18 * scale) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * off);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < size; k++) {
          const [x, y] = [a[p]![k]!, a[q]![k]!];
          a[p]![k] = c * x - s * y;
          a[q]![k] = s * x + c * y;
        }
        for (const rows of [a, v]) {
          for (const row of rows) {
            const [x, y] = [row[p]!, row[q]!];
            row[p] = c * x - s * y;
            row[q] = s * x + c * y;
          }
        }
      }
    }
    if (largest <= 1e-17 * scale) break;
  }
  return a
    .map((row, i) => ({ value: row[i]!, vector: v.map(column => column[i]!) }))
    .sort((x, y) => y.value - x.value);
}
