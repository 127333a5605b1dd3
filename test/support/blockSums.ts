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

export function blockSums(block: readonly number[]): BlockSums {
  const mean = block[0]! + total(block.map(x => x - block[0]!)) / block.length;
  const power = (p: number) => total(block.map(x => (x - mean) ** p));
  return { mean, m2: power(2), m3: power(3), m4: power(4) };
}

/** Sum of |x - mean|^p: what the terms of a centred sum of power p add up to without their signs. */
export function absoluteSum(block: readonly number[], p: number): number {
  const { mean } = blockSums(block);
  return total(block.map(x => Math.abs(x - mean) ** p));
}

/** Sum of (x - mean x)(y - mean y). */
export function crossSum(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [blockSums(x).mean, blockSums(y).mean];
  return total(x.map((value, i) => (value - meanX) * (y[i]! - meanY)));
}
