import { total } from './blockSums.ts';

/** Least-squares line and parabola of a block against the row number, in two passes over a plain array. */
export type Fit = Readonly<Record<'a2' | 'a1' | 'b' | 'last' | 'rmse' | 'r2' | 'lineR2', number>>;

export function fitOf(block: readonly number[]): Fit {
  const n = block.length;
  const newest = block.at(-1)!;
  const steps = block.map(x => x - newest);
  const offset = total(steps) / n;
  const line = block.map((_, j) => j - (n - 1) / 2);
  const variance = (n * n - 1) / 12;
  const curve = line.map(p => p * p - variance);
  const onto = (p: readonly number[]) =>
    total(p.map((of, j) => of * steps[j]!)) / total(p.map(of => of * of));
  const [slope, bend] = [onto(line), n < 3 ? 0 : onto(curve)];
  const squares = (of: (step: number, j: number) => number) =>
    total(steps.map((step, j) => of(step, j) ** 2));
  const about = squares(step => step - offset);
  const residual = squares((step, j) => step - offset - slope * line[j]! - bend * curve[j]!);
  const a2 = bend * variance;
  return {
    a2,
    a1: slope * Math.sqrt(variance),
    b: newest + (offset - a2),
    last: newest + (offset + slope * line.at(-1)! + bend * curve.at(-1)!),
    rmse: Math.sqrt(residual / n),
    r2: about === 0 ? NaN : 1 - residual / about,
    lineR2: about === 0 ? NaN : (slope ** 2 * total(line.map(p => p * p))) / about,
  };
}
