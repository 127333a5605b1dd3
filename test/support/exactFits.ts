import { allFinite, products, quotient, rootOfQuotient, scaleBits, scaled, total } from './exactMoments.ts';

// Least-squares lines and parabolas of numbers by exact arithmetic on integers, from the normal equations. The row numbers
// are those about their mean, twice: z = 1 - n, 3 - n, ..., n - 1, whose odd powers add up to 0.

/** The parabola a2 u^2 + a1 u + b of a window, oldest row first; u = (row - mean) / population sd of the row numbers. */
export type ExactFit = Readonly<
  Record<'a2' | 'a1' | 'b' | 'r2' | 'rmse' | 'last' | 'trend' | 'curve' | 'residual' | 'lineR2', number>
>;

const keys = ['a2', 'a1', 'b', 'r2', 'rmse', 'last', 'trend', 'curve', 'residual', 'lineR2'] as const;
const nothing = Object.fromEntries(keys.map(key => [key, NaN])) as ExactFit;

/** Each number rounded once. One or two rows have no parabola: only the sums and R2 of the line are theirs. */
export function exactFit(values: ArrayLike<number>): ExactFit {
  if (!allFinite(values)) return nothing;
  const y = Array.from(values, scaled);
  const n = BigInt(y.length);
  const z = y.map((_, j) => 2n * BigInt(j) - (n - 1n));
  const squares = z.map(of => of * of);
  const [y0, zy, z2y] = [total(y), products(z, y), products(squares, y)];
  const z2 = total(squares) || 1n;
  // n times the sum over the rows of (z^2 - mean z^2) y, and of its own square
  const bent = n * z2y - total(squares) * y0;
  const bentSquare = n * products(squares, squares) - total(squares) ** 2n || 1n;
  // n z2 bentSquare times the sums of squares: about the mean, explained by the line, explained by the curve
  const unit = n * z2 * bentSquare;
  const sst = (n * products(y, y) - y0 * y0) * z2 * bentSquare;
  const line = zy * zy * n * bentSquare;
  const curve = bent * bent * z2;
  const residual = sst - line - curve;
  const scale = 1n << scaleBits;
  const square = unit * scale * scale;
  const a1 = rootOfQuotient(zy * zy * (n * n - 1n), z2 * z2 * 3n * scale * scale);
  // value at z of c0 + c1 z + c2 z^2, times n z2 bentSquare
  const at = (place: bigint) =>
    quotient(
      y0 * z2 * bentSquare + zy * place * n * bentSquare + bent * (n * place * place - z2) * z2,
      unit * scale,
    );
  return {
    a2: quotient(bent * (n * n - 1n), 3n * bentSquare * scale),
    a1: zy < 0n ? -a1 : a1,
    b: at(0n),
    r2: sst === 0n ? NaN : quotient(line + curve, sst),
    rmse: rootOfQuotient(residual, square * n),
    last: at(n - 1n),
    trend: quotient(zy, 2n * scale),
    curve: quotient(bent, 4n * n * scale),
    residual: quotient(residual, square),
    lineR2: sst === 0n ? NaN : quotient(line, sst),
  };
}
