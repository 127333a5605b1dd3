import { type Bounded, exact, missing, scale, unit } from './bounded.ts';
import { lifted, strict, unlessAnySmall } from './derived.ts';
import { dot } from './dot.ts';
import type { Ending } from './pairs.ts';
import { roundings } from './window.ts';

/** Numbers less their mean, and what the second pass finds to be left of it. */
const centred = (numbers: Float64Array): Float64Array => {
  const ones = new Float64Array(numbers.length).fill(1);
  let left = numbers;
  for (let pass = 0; pass < 2; pass++) {
    const mean = dot(left, ones) / left.length;
    left = left.map(x => x - mean);
  }
  return left;
};

/** What is left of a after its projections on orthogonal columns, taken twice so that rounding does not add up. */
const orthogonal = (a: Float64Array, basis: readonly Float64Array[]): Float64Array => {
  const left = a.slice();
  for (let pass = 0; pass < 2; pass++) {
    for (const column of basis) {
      const share = dot(left, column) / dot(column, column);
      for (let i = 0; i < left.length; i++) left[i] = left[i]! - share * column[i]!;
    }
  }
  return left;
};

const largestOf = (numbers: Float64Array): number =>
  numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/**
 * R2 of least squares of y on a constant and columns, over their `count` rows. An engine that solves the normal
 * equations loses as much as the columns depend on one another: `left` is the least share of a column's squares that
 * the others before it leave. Below 1e-9 of it the equations are nobody's, and are NULL for some; a column that does
 * not move at all has none. Rule B holds for the variance of y.
 */
export const explained = (y: Ending, columns: readonly Ending[], count: number): Bounded => {
  const windowOf = (numbers: Float64Array, row: number) => numbers.slice(row - count + 1, row + 1);
  const known = [y, ...columns].map(({ x, row }) => lifted(() => exact(0))(x, row, count));
  return strict(known, () => {
    const target = windowOf(y.x.value, y.row);
    const response = centred(target);
    const size = dot(response, response);
    const noise = largestOf(windowOf(y.x.slack, y.row));
    if (size === 0 && noise === 0) return missing;
    const basis: Float64Array[] = [];
    let left = 1;
    for (const { x, row } of columns) {
      const regressor = windowOf(x.value, row);
      const column = centred(regressor);
      const squares = dot(column, column);
      if (squares <= count * (8 * unit * largestOf(regressor)) ** 2) return missing;
      const rest = orthogonal(column, basis);
      left = Math.min(left, dot(rest, rest) / squares);
      if (left < 1e-13) return { ...missing, maybeNull: true };
      basis.push(rest);
    }
    const residual = orthogonal(response, basis);
    const value = Math.max(0, Math.min(1, 1 - dot(residual, residual) / size));
    const off = noise + roundings(count) * unit * largestOf(target);
    const moved = (4 * off * Math.sqrt(count)) / Math.sqrt(size);
    const slack = Math.min(1, moved + (32 * roundings(count) * unit) / left);
    const squares = { value: size, slack: 2 * off * Math.sqrt(count * size) + count * off * off };
    const guarded = unlessAnySmall([squares, scale(squares, 1 / count)], { value, slack });
    return left < 1e-9 ? { ...guarded, maybeNull: true } : guarded;
  });
};
