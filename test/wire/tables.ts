import fc from 'fast-check';
import type { CellType } from '../../host/engine/copyTable.ts';
import type { Arena } from '../../host/engine/module.ts';
import { type Cell, encodeCopy } from '../support/copyBytes.ts';

/** Rows of one table, by column; NaN is NULL. */
export type Table = {
  readonly type: CellType;
  readonly time: readonly number[];
  readonly columns: readonly (readonly number[])[];
};

const minute = 60_000_000;
const firstTime = Date.UTC(2024, 6, 1) * 1000;

/** Cells that a careless encoder gets wrong, beside ordinary ones. */
export const cell: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 2, arbitrary: fc.constant(NaN) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, -0, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, 3.4e38, -3.5e38, 1e-46),
  },
);

export const table: fc.Arbitrary<Table> = fc
  .record({
    rows: fc.integer({ min: 0, max: 40 }),
    count: fc.integer({ min: 1, max: 6 }),
    type: fc.constantFrom<CellType>('double', 'real'),
  })
  .chain(({ rows, count, type }) =>
    fc.record({
      type: fc.constant(type),
      time: fc
        .array(fc.integer({ min: 1, max: 5000 }), { minLength: rows, maxLength: rows })
        .map(steps => steps.map((step, row) => firstTime + (row * 5000 + step) * minute)),
      columns: fc.array(
        fc.oneof(
          { weight: 4, arbitrary: fc.array(cell, { minLength: rows, maxLength: rows }) },
          { weight: 1, arbitrary: fc.constant(new Array<number>(rows).fill(NaN)) },
          { weight: 2, arbitrary: fc.constant(Array.from({ length: rows }, (_, row) => row + 0.5)) },
        ),
        { minLength: count, maxLength: count },
      ),
    }),
  );

/** A table without NULLs, for what does not depend on the cells. */
export const plainTable = (type: CellType, rows: number, columns: number): Table => ({
  type,
  time: Array.from({ length: rows }, (_, row) => firstTime + row * minute),
  columns: Array.from({ length: columns }, (_, column) =>
    Array.from({ length: rows }, (_, row) => Math.fround(1 + row * 0.25 + column)),
  ),
});

/** The cell as a table stores it; null is NULL. */
export function stored(type: CellType, value: number): number | null {
  const kept = type === 'real' ? Math.fround(value) : value;
  return Number.isFinite(kept) ? kept : null;
}

/** The whole stream, written the obvious way. */
export function streamOf(
  { type, time, columns }: Table,
  head: readonly Cell[] = [],
  tail: readonly Cell[] = [],
): Buffer {
  const cellOf = (value: number): Cell =>
    type === 'real' ? { real: stored(type, value) } : stored(type, value);
  return encodeCopy(
    time.map((at, row) => [...head, { time: at }, ...columns.map(column => cellOf(column[row]!)), ...tail]),
  );
}

/** Copies planes into an arena, each behind `shift` rows of space. Returns the addresses of their row 0. */
export function place(
  arena: Arena,
  { time, columns }: Table,
  shift = 0,
): { time: number; columns: number[] } {
  const put = (plane: readonly number[]): number => {
    const address = arena.allocate((plane.length + shift) * 8) + shift * 8;
    arena.f64(address, plane.length).set(plane);
    return address;
  };
  return { time: put(time), columns: columns.map(put) };
}

const mask64 = (1n << 64n) - 1n;

function mix(hash: bigint): bigint {
  hash = ((hash ^ (hash >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  hash = ((hash ^ (hash >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return hash ^ (hash >> 31n);
}

/** splitmix64 from seed 0. */
export const splitmix = (count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => mix((BigInt(i + 1) * 0x9e3779b97f4a7c15n) & mask64));

/** What encoder and decoder should have counted, by big integers. */
export function statsOf({ type, time, columns }: Table) {
  const keys = splitmix(columns.length).map(key => key | 1n);
  const view = new DataView(new ArrayBuffer(8));
  const word = (value: number): bigint => {
    if (stored(type, value) === null) return mask64;
    if (type === 'real') {
      view.setFloat32(0, value);
      return BigInt(view.getUint32(0));
    }
    view.setFloat64(0, value);
    const bits = view.getBigUint64(0);
    return bits ^ (bits >> 32n);
  };
  let checksum = 0n;
  for (const [row, at] of time.entries()) {
    let sum = BigInt(at) * 0xd1342543de82ef95n;
    for (const [column, values] of columns.entries()) sum += word(values[row]!) * keys[column]!;
    checksum += mix(sum & mask64);
  }
  const missing = (column: readonly number[]) => column.filter(value => stored(type, value) === null);
  return {
    rows: time.length,
    nulls: columns.map(column => missing(column).length),
    infinities: columns.map(column => missing(column).filter(value => !Number.isNaN(value)).length),
    checksum: checksum & mask64,
  };
}
