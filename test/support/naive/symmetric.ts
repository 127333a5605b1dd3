/** Eigenvalues, the largest first, and for each a column of the vectors. */
export type Eigen = { readonly values: readonly number[]; readonly vectors: readonly (readonly number[])[] };

export type Matrix = readonly (readonly number[])[];

export const transposed = (a: Matrix): number[][] => a[0]!.map((_, j) => a.map(row => row[j]!));

export const times = (a: Matrix, b: Matrix): number[][] => {
  const columns = transposed(b);
  return a.map(row => columns.map(column => row.reduce((sum, x, k) => sum + x * column[k]!, 0)));
};

/** By Jacobi's rotations, until nothing is left beside the diagonal; vectors as rows. */
export const eigenOf = (symmetric: Matrix): Eigen => {
  const size = symmetric.length;
  const a = symmetric.map(row => [...row]);
  const v: number[][] = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)));
  const beside = (): number =>
    a.reduce((sum, row, i) => sum + row.reduce((part, x, j) => part + (i === j ? 0 : x * x), 0), 0);
  const whole = beside() + a.reduce((sum, row, i) => sum + row[i]! ** 2, 0);
  for (let sweep = 0; sweep < 60 && beside() > 1e-40 * whole; sweep++) {
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        if (a[p]![q] === 0) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < size; k++) {
          const [x, y] = [a[k]![p]!, a[k]![q]!];
          a[k]![p] = c * x - s * y;
          a[k]![q] = s * x + c * y;
        }
        for (let k = 0; k < size; k++) {
          const [x, y] = [a[p]![k]!, a[q]![k]!];
          a[p]![k] = c * x - s * y;
          a[q]![k] = s * x + c * y;
        }
        for (const row of v) {
          const [x, y] = [row[p]!, row[q]!];
          row[p] = c * x - s * y;
          row[q] = s * x + c * y;
        }
      }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  const columns = transposed(v);
  return { values: order.map(i => a[i]![i]!), vectors: order.map(i => columns[i]!) };
};
