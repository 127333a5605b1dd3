import { seeded } from './kernelShapes.ts';

/** How far a row looks back: whole numbers from 0 to `cap`, and now and then what is none of them. */
export function rowsBack(rows: number, cap: number): Float64Array {
  const random = seeded(cap + 1);
  const others = [NaN, -1, 0.5, cap + 1, -0, Infinity, -Infinity, 1e300];
  return Float64Array.from({ length: rows }, () =>
    random() < 0.15 ? others[Math.floor(random() * others.length)]! : Math.floor(random() * (cap + 1)),
  );
}

/** Whether it is such a number. */
export const isRowsBack = (n: number, cap: number): boolean => Number.isInteger(n) && n >= 0 && n <= cap;
