/** Mean and centred power sums of a block of rows, in two passes over a plain array. */
export type BlockSums = {
  readonly mean: number;
  readonly m2: number;
  readonly m3: number;
  readonly m4: number;
};

/** A list whose terms are added in pairs, so that the twin of a merge loses as few digits as the merge does. */
export const total = (terms: readonly number[]): number => within(terms, 0, terms.length);

function within(terms: readonly number[], from: number, to: number): number {
  const half = (to - from) >> 1;
  if (to - from > 2) return within(terms, from, from + half) + within(terms, from + half, to);
  let sum = 0;
  for (let i = from; i < to; i++) sum += terms[i]!;
  return sum;
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
  // a twin reads one of them, over some million windows
  return {
    mean,
    get m2() {
      return power(2);
    },
    get m3() {
      return power(3);
    },
    get m4() {
      return power(4);
    },
  };
}

/** Sum of (x - mean x)(y - mean y). */
export function crossSum(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [deviations(x).of, deviations(y).of];
  return total(a.map((d, i) => d * b[i]!));
}
