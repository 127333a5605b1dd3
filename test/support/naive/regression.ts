import { type Bounded, missing, scale, unit } from './bounded.ts';
import { strict, unlessAnySmall } from './derived.ts';
import { at, type Series } from './series.ts';
import { roundings, sumOf } from './window.ts';

/** A column of numbers less its mean. */
const centred = (x: readonly Bounded[]): number[] => {
  const rough = sumOf(0, x.length - 1, i => x[i]!.value) / x.length;
  const rest = sumOf(0, x.length - 1, i => x[i]!.value - rough) / x.length;
  return x.map(({ value }) => value - rough - rest);
};

const dot = (a: readonly number[], b: readonly number[]): number =>
  sumOf(0, a.length - 1, i => a[i]! * b[i]!);

/** What is left of a after its projections on orthogonal columns, taken twice so that rounding does not add up. */
const orthogonal = (a: readonly number[], basis: readonly (readonly number[])[]): number[] => {
  let left = [...a];
  for (let pass = 0; pass < 2; pass++) {
    for (const column of basis) {
      const share = dot(left, column) / dot(column, column);
      left = left.map((x, i) => x - share * column[i]!);
    }
  }
  return left;
};

/**
 * R2 of least squares of y on a constant and columns, over their `count` rows. An engine that solves the normal
 * equations loses as much as the columns depend on one another: `left` is the least share of a column's squares that
 * the others before it leave. Below 1e-9 of it the equations are nobody's, and are NULL for some; a column that does
 * not move at all has none. Rule B holds for the variance of y.
 */
export const explained = (
  y: Series,
  row: number,
  columns: readonly { readonly x: Series; readonly row: number }[],
  count: number,
): Bounded => {
  const numbers = (x: Series, last: number) =>
    Array.from({ length: count }, (_, k) => at(x, last - count + 1 + k));
  const [target, ...regressors] = [numbers(y, row), ...columns.map(({ x, row: last }) => numbers(x, last))];
  return strict([...target!, ...regressors.flat()], () => {
    const response = centred(target!);
    const size = dot(response, response);
    const noise = Math.max(...target!.map(({ slack }) => slack));
    if (size === 0 && noise === 0) return missing;
    const basis: number[][] = [];
    let left = 1;
    for (const regressor of regressors) {
      const column = centred(regressor);
      const squares = dot(column, column);
      const level = Math.max(...regressor.map(({ value }) => Math.abs(value)));
      if (squares <= count * (8 * unit * level) ** 2) return missing;
      const rest = orthogonal(column, basis);
      left = Math.min(left, dot(rest, rest) / squares);
      if (left < 1e-13) return { ...missing, maybeNull: true };
      basis.push(rest);
    }
    const residual = orthogonal(response, basis);
    const value = Math.max(0, Math.min(1, 1 - dot(residual, residual) / size));
    const level = Math.max(...target!.map(a => Math.abs(a.value)));
    const off = noise + roundings(count) * unit * level;
    const moved = (4 * off * Math.sqrt(count)) / Math.sqrt(size);
    const slack = Math.min(1, moved + (32 * roundings(count) * unit) / left);
    const squares = { value: size, slack: 2 * off * Math.sqrt(count * size) + count * off * off };
    const guarded = unlessAnySmall([squares, scale(squares, 1 / count)], { value, slack });
    return left < 1e-9 ? { ...guarded, maybeNull: true } : guarded;
  });
};
