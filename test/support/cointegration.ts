// Johansen's cointegration again, over plain arrays: residuals and orthonormal columns by Gram and Schmidt's process, twice over,
// and eigenvalues of the symmetric matrix by Jacobi's rotations. No moments, no factorisation of them.

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);

const minus = (a: readonly number[], factor: number, b: readonly number[]): number[] =>
  a.map((x, i) => x - factor * b[i]!);

/** What the orthonormal columns leave of one more. */
const beside = (columns: readonly (readonly number[])[], column: readonly number[]): number[] => {
  let rest = [...column];
  for (let turn = 0; turn < 2; turn++) for (const q of columns) rest = minus(rest, dot(q, rest), q);
  return rest;
};

const unit = (column: readonly number[]): number[] => {
  const length = Math.sqrt(dot(column, column));
  return column.map(x => x / length);
};

/** Orthonormal columns for the given ones beside others; undefined where one depends on those before it. */
function orthonormal(
  before: readonly (readonly number[])[],
  given: readonly (readonly number[])[],
): { columns: number[][]; least: number } | undefined {
  const columns: number[][] = [];
  let least = 1;
  for (const column of given) {
    const level = beside(before.slice(0, 1), column);
    const rest = beside([...before, ...columns], level);
    const share = dot(rest, rest) / dot(level, level);
    if (!(share > 1e-12)) return undefined;
    least = Math.min(least, share);
    columns.push(unit(rest));
  }
  return { columns, least };
}

/** Eigenvalues and vectors of a symmetric matrix, largest first. */
function eigen(matrix: readonly (readonly number[])[]): { value: number; vector: number[] }[] {
  const n = matrix.length;
  const a = matrix.map(row => [...row]);
  const v = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (a[p]![q] === 0) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(1, theta));
        const c = 1 / Math.hypot(1, t);
        const s = t * c;
        const turn = (rows: number[][], byColumn: boolean) => {
          for (let k = 0; k < n; k++) {
            const [x, y] = byColumn ? [rows[k]![p]!, rows[k]![q]!] : [rows[p]![k]!, rows[q]![k]!];
            if (byColumn) [rows[k]![p], rows[k]![q]] = [c * x - s * y, s * x + c * y];
            else [rows[p]![k], rows[q]![k]] = [c * x - s * y, s * x + c * y];
          }
        };
        turn(a, true);
        turn(a, false);
        turn(v, true);
      }
  return a.map((row, i) => ({ value: row[i]!, vector: v.map(r => r[i]!) })).sort((x, y) => y.value - x.value);
}

export type Fit = {
  readonly values: readonly number[];
  /** Magnitudes sum to 1, the first that is not 0 is above 0. */
  readonly relations: readonly (readonly number[])[];
  readonly means: readonly number[];
  /** The smallest share that is left of a column, and by how much the nearest eigenvalues differ. */
  readonly least: number;
  readonly gap: number;
};

/** Undefined where a matrix is singular to rounding. The levels are rows of one series each, oldest first, without NULLs. */
export function johansen(levels: readonly (readonly number[])[]): Fit | undefined {
  const rows = levels[0]!.length;
  const means = levels.map(y => y.reduce((sum, x) => sum + (x - y[0]!), 0) / rows + y[0]!);
  const centred = levels.map((y, i) => y.map(x => x - means[i]!));
  const changes = levels.map(y => y.slice(1).map((x, i) => x - y[i]!));
  const one = unit(new Array<number>(rows - 2).fill(1));
  const before = orthonormal(
    [one],
    changes.map(d => d.slice(0, -1)),
  );
  const known = before && [one, ...before.columns];
  const own =
    known &&
    orthonormal(
      known,
      centred.map(y => y.slice(1, -1)),
    );
  const next =
    known &&
    orthonormal(
      known,
      changes.map(d => d.slice(1)),
    );
  if (!before || !own || !next) return undefined;
  const cross = next.columns.map(a => own.columns.map(c => dot(a, c)));
  const square = own.columns.map((_, i) =>
    own.columns.map((_, j) =>
      dot(
        cross.map(row => row[i]!),
        cross.map(row => row[j]!),
      ),
    ),
  );
  const found = eigen(square);
  if (!(found[0]!.value < 1 - 1e-12)) return undefined;
  const relations = found.map(({ vector }) => {
    // the levels whose residuals make this combination of their orthonormal columns
    const rests = centred.map(y => beside(known!, y.slice(1, -1)));
    const w = new Array<number>(levels.length).fill(0);
    let goal = own.columns[0]!.map((_, t) => own.columns.reduce((sum, q, i) => sum + vector[i]! * q[t]!, 0));
    for (let i = levels.length - 1; i >= 0; i--) {
      w[i] = dot(goal, own.columns[i]!) / dot(rests[i]!, own.columns[i]!);
      goal = minus(goal, w[i]!, rests[i]!);
    }
    const size = w.reduce((sum, x) => sum + Math.abs(x), 0);
    const sign = Math.sign(w.find(x => x !== 0) ?? 1);
    return w.map(x => (sign * x) / size);
  });
  const values = found.map(({ value }) => value);
  const gap = Math.min(...values.slice(1).map((value, i) => values[i]! - value), values[0]!);
  return { values, relations, means, least: Math.min(before.least, own.least, next.least), gap };
}
