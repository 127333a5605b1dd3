import { type Bounded, divide, exact, missing, root, unit } from './bounded.ts';
import { divideOr, lifted, strict } from './derived.ts';
import { dot } from './dot.ts';
import type { Series } from './series.ts';
import { roundings } from './window.ts';

/** What a line or plane of least squares leaves: in the newest row, and as a sum of squares over all. */
export type Residual = { readonly last: Bounded; readonly squares: Bounded };

const subtractFrom = (left: Float64Array, share: number, column: Float64Array): void => {
  for (let i = 0; i < left.length; i++) left[i] = left[i]! - share * column[i]!;
};

type Column = {
  /** Less the mean. */
  readonly of: Float64Array;
  readonly squares: number;
  /** How far an engine's deviations may be from these: the inputs' own slack, and the rounding of a mean. */
  readonly noise: number;
  readonly isConstant: boolean;
};

const columnOf = (x: Series, row: number, count: number): Column => {
  const first = row - count + 1;
  const of = x.value.slice(first, row + 1);
  let [isConstant, worst, size] = [true, 0, 0];
  for (let i = first; i <= row; i++) {
    if (i > first && x.still[i] !== 1) isConstant = false;
    worst = Math.max(worst, x.slack[i]!);
    size += Math.abs(x.value[i]!);
  }
  const ones = new Float64Array(count).fill(1);
  for (let pass = 0; pass < 3; pass++) subtractFrom(of, dot(of, ones) / count, ones);
  if (isConstant) of.fill(0);
  const noise = isConstant ? 0 : worst + (roundings(count) * unit * size) / count;
  return { of, squares: dot(of, of), noise, isConstant };
};

const nothing = (one: Bounded): Residual => ({ last: one, squares: one });

/**
 * Least squares of y on a constant and the columns, over `count` rows up to `row`; NULL where the columns depend on one
 * another or do not move. By projections on orthogonal columns, taken twice. `left` is the least share of a column that
 * those before it leave: an engine that solves the normal equations loses as much. Below 1e-13 of it the equations are
 * nobody's.
 */
export const residual = (y: Series, columns: readonly Series[], row: number, count: number): Residual => {
  const known = strict(
    [y, ...columns].map(x => lifted(() => exact(0))(x, row, count)),
    () => exact(0),
  );
  if (Number.isNaN(known.value)) return nothing(known);
  const target = columnOf(y, row, count);
  const basis: Float64Array[] = [];
  const left = target.of.slice();
  // The weight that the newest row has in its own fitted value.
  let [leverage, least, noise, isOpen] = [1 / count, 1, target.noise, known.maybeNull === true];
  for (const x of columns) {
    const column = columnOf(x, row, count);
    if (column.isConstant || (column.squares === 0 && column.noise === 0)) return nothing(missing);
    if (column.squares <= count * column.noise ** 2) return nothing({ ...missing, maybeNull: true });
    const own = column.of.slice();
    for (let pass = 0; pass < 2; pass++)
      for (const one of basis) subtractFrom(own, dot(own, one) / dot(one, one), one);
    const squares = dot(own, own);
    const share = squares / column.squares;
    if (share < 1e-13) return nothing({ ...missing, maybeNull: true });
    if (share < 1e-9) isOpen = true;
    least = Math.min(least, share);
    leverage += own[count - 1]! ** 2 / squares;
    // A column's noise enters by its coefficient.
    noise +=
      Math.abs(dot(left, own) / squares) * column.noise +
      (column.noise * Math.sqrt(target.squares)) / Math.sqrt(squares);
    basis.push(own);
  }
  for (let pass = 0; pass < 2; pass++)
    for (const one of basis) subtractFrom(left, dot(left, one) / dot(one, one), one);
  const steps = 8 * roundings(count) * unit;
  const lost = (steps / least) * Math.sqrt(target.squares);
  const reach = 1 + Math.sqrt(count * leverage);
  const last: Bounded = {
    value: left[count - 1]!,
    slack: 2 * noise * reach + lost * Math.sqrt(leverage) + steps * Math.abs(target.of[count - 1]!),
  };
  const squares = dot(left, left);
  const moved = 2 * Math.sqrt(squares * count) * noise + count * noise ** 2;
  const sum: Bounded = { value: squares, slack: 4 * moved + (steps / least) * target.squares };
  return isOpen
    ? { last: { ...last, maybeNull: true }, squares: { ...sum, maybeNull: true } }
    : { last, squares: sum };
};

/** The newest residual of a line over the sd of all, ddof 2; 0 where that is 0. */
export const residualScore = (y: Series, x: Series, row: number, count: number): Bounded => {
  const { last, squares } = residual(y, [x], row, count);
  return divideOr(last, root(divide(squares, exact(count - 2))), 0, Math.sqrt(count));
};
