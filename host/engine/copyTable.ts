import type { Arena } from './module.ts';

/** How a cell is stored: `double` is float8, `real` is float4. */
export type CellType = 'double' | 'real';

/** A value as a column holds it: what is no number, or overflows the type, is NULL there, NaN here. */
export function cellOf(value: number, type: CellType): number {
  const kept = type === 'real' ? Math.fround(value) : value;
  return Number.isFinite(kept) ? kept : Number.NaN;
}

/** By-products of encoding or decoding a table. NULLs and infinities are counted per column. */
export type CopyStats = {
  readonly rows: number;
  readonly nulls: readonly number[];
  /** Of the NULLs, those that were infinite (or too large for `real`) rather than NaN. */
  readonly infinities: readonly number[];
  /** Sum of the rows' hashes mod 2^64: independent of their order, equal for written rows and the same rows read back. */
  readonly checksum: bigint;
};

/** Byte offsets in the struct that assembly/wire/layout.ts describes. */
export const layoutOffset = {
  rows: 0,
  checksum: 8,
  columns: 16,
  width: 20,
  time: 24,
  addresses: 28,
  keys: 32,
  nulls: 36,
  infinities: 40,
  head: 44,
  headBytes: 48,
  tail: 52,
  tailBytes: 56,
  capacity: 60,
  phase: 64,
  skip: 68,
  status: 72,
  found: 76,
  field: 80,
  masks: 84,
} as const;

const layoutBytes = 224;

/** The layout struct of one table in an arena: what `encodeRows` and `decodeRows` read, and their totals. */
export class CopyTable {
  readonly arena: Arena;
  readonly address: number;
  readonly columns: number;
  readonly type: CellType;
  readonly #addresses: number;
  readonly #totals: number;

  constructor(arena: Arena, columns: number, type: CellType) {
    this.arena = arena;
    this.columns = columns;
    this.type = type;
    this.address = arena.allocate(layoutBytes);
    const keys = arena.allocate(columns * 8);
    this.#addresses = arena.allocate(columns * 4);
    this.#totals = arena.allocate(columns * 8);
    arena.bytes(this.address, layoutBytes).fill(0);
    arena.exports.fillKeys(keys, columns);
    this.set('columns', columns);
    this.set('width', this.cellBytes);
    this.set('addresses', this.#addresses);
    this.set('keys', keys);
    this.set('nulls', this.#totals);
    this.set('infinities', this.#totals + columns * 4);
    this.set('masks', arena.allocate(columns));
    this.reset();
  }

  get cellBytes(): 4 | 8 {
    return this.type === 'real' ? 4 : 8;
  }

  get(field: keyof typeof layoutOffset): number {
    return this.#view().getInt32(layoutOffset[field], true);
  }

  set(field: keyof typeof layoutOffset, value: number): void {
    this.#view().setInt32(layoutOffset[field], value, true);
  }

  /** Says where row 0 of each plane lies. */
  point(time: number, columns: readonly number[]): void {
    this.set('time', time);
    this.arena.i32(this.#addresses, this.columns).set(columns);
  }

  /** Sets the totals to zero. */
  reset(): void {
    this.#view().setBigUint64(layoutOffset.rows, 0n, true);
    this.#view().setBigUint64(layoutOffset.checksum, 0n, true);
    this.arena.bytes(this.#totals, this.columns * 8).fill(0);
  }

  get rows(): number {
    return Number(this.#view().getBigUint64(layoutOffset.rows, true));
  }

  stats(): CopyStats {
    const totals = new Uint32Array(this.arena.memory.buffer, this.#totals, this.columns * 2);
    return {
      rows: this.rows,
      nulls: Array.from(totals.subarray(0, this.columns)),
      infinities: Array.from(totals.subarray(this.columns)),
      checksum: this.#view().getBigUint64(layoutOffset.checksum, true),
    };
  }

  #view(): DataView {
    return new DataView(this.arena.memory.buffer, this.address, layoutBytes);
  }
}

/** Checksum of rows [row, row + rows) of planes, as encoding them would find it. */
export function checksumPlanes(
  arena: Arena,
  planes: { readonly time: number; readonly columns: readonly number[] },
  row: number,
  rows: number,
): bigint {
  const mark = arena.top;
  const table = new CopyTable(arena, planes.columns.length, 'double');
  table.point(planes.time, planes.columns);
  arena.exports.scanRows(table.address, row, rows);
  const { checksum } = table.stats();
  arena.release(mark);
  return checksum;
}
