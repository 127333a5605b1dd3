/** Mean and centred power sums of a block of rows, in two passes over a plain array. */
export type BlockSums = { mean: number; m2: number; m3: number; m4: number };

/** A list whose terms are added in pairs, so that the twin of a merge loses as few digits as the merge does. */
export function total(terms: readonly number[]): number {
  if (terms.length < 3) return terms.reduce((sum, x) => sum + x, 0);
  const half = terms.length >> 1;
  return total(terms.slice(0, half)) + total(terms.slice(half));
}

/** The rows t - back - rows + 1 to t - back. */
export function blockOf(values: Float64Array, t: number, rows: number, back = 0): number[] {
  return Array.from({ length: rows }, (_, i) => values[t - back - rows + 1 + i] ?? NaN);
}

/** Deviations from the mean, by way of those from the newest value: the digits are those of the steps between rows. */
function deviations(block: readonly number[]): { readonly mean: number; readonly of: readonly number[] } {
  const newest = block.at(-1)!;
  const steps = block.map(x => x - newest);
  const offset = total(steps) / block.length;
  return { mean: newest + offset, of: steps.map(step => step - offset) };
}

export function blockSums(block: readonly number[]): BlockSums {
  const { mean, of } = deviations(block);
  const power = (p: number) => total(of.map(d => d ** p));
  return { mean, m2: power(2), m3: power(3), m4: power(4) };
}

/** Sum of (x - mean x)(y - mean y). */
export function crossSum(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [deviations(x).of, deviations(y).of];
  return total(a.map((d, i) => d * b[i]!));
}
