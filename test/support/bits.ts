import type { Features } from '../../host/index.ts';
import { hex } from './kernelShapes.ts';

/** Whether two cells are the same: the same bits (so 0 is not -0), or both NULL. */
export const sameBits = (a: number, b: number): boolean => Object.is(a, b);

/** Rows of a result, counted from its own first row. */
export type RowRange = { readonly from: number; readonly to: number };

/**
 * First cell of each column whose bits differ between rows [from, to) of `expected` and the rows of `actual` that begin
 * at `actualFrom`. Empty when all agree.
 */
export function differences(
  expected: Features,
  actual: Features,
  { from, to }: RowRange = { from: 0, to: expected.time.length },
  actualFrom = from,
): string[] {
  const found: string[] = [];
  const names = Object.keys(expected.columns);
  if (names.join() !== Object.keys(actual.columns).join()) return ['the columns are not the same'];
  for (const name of names) {
    const left = expected.columns[name]!;
    const right = actual.columns[name]!;
    for (let row = from; row < to; row++) {
      const other = right[row - from + actualFrom]!;
      if (sameBits(left[row]!, other)) continue;
      found.push(`${name}, row ${row}: ${hex(other)} instead of ${hex(left[row]!)}`);
      break;
    }
  }
  return found;
}
