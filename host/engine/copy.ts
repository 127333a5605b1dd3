import { WindrowError } from '../errors.ts';
import { type CellType, type CopyStats, CopyTable } from './copyTable.ts';
import type { Arena } from './module.ts';
import { blockRows } from './plan.ts';

export { CopyDecoder, type CopyDecoderOptions } from './copyDecoder.ts';
export { type CellType, type CopyStats, cellOf, checksumPlanes } from './copyTable.ts';

/** What a binary COPY stream begins with: signature, flags, no extension. */
export const copyHeader: Uint8Array = Uint8Array.from([
  ...Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
  ...[0, 0, 0, 0],
  ...[0, 0, 0, 0],
]);

/** What a binary COPY stream ends with. */
export const copyTrailer: Uint8Array = Uint8Array.of(0xff, 0xff);

/** A field that is the same in every row: text, the bytes of any binary type, or NULL. */
export type CopyField = string | Uint8Array | null;

export type CopyEncoderOptions = {
  /** Address of row 0 of the time plane: f64 microseconds since 1970. */
  readonly time: number;
  /** Address of row 0 of each f64 plane, in the order of the table's columns. */
  readonly columns: readonly number[];
  /** Default `double`. */
  readonly type?: CellType;
  /** Fields before the time. */
  readonly head?: readonly CopyField[];
  /** Fields after the columns. */
  readonly tail?: readonly CopyField[];
};

function fieldBytes(fields: readonly CopyField[]): Uint8Array {
  const parts = fields.flatMap(field => {
    const bytes = typeof field === 'string' ? Buffer.from(field) : field;
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(bytes?.length ?? -1);
    return bytes ? [length, bytes] : [length];
  });
  return Buffer.concat(parts);
}

/**
 * Encodes planes of an arena as tuples of a binary COPY: head fields, the time, the columns, tail fields. NaN and
 * infinities become NULL. Header and trailer are the caller's: `copyHeader` before, `copyTrailer` after all rows.
 */
export class CopyEncoder {
  readonly #arena: Arena;
  readonly #table: CopyTable;
  #rowBytes: number;
  #out: number;
  #outRows = blockRows;

  constructor(arena: Arena, options: CopyEncoderOptions) {
    const { columns, head = [], tail = [], type = 'double' } = options;
    const count = Buffer.alloc(2);
    count.writeInt16BE(head.length + 1 + columns.length + tail.length);
    const headBytes = Buffer.concat([count, fieldBytes(head)]);
    const tailBytes = fieldBytes(tail);

    this.#arena = arena;
    this.#table = new CopyTable(arena, columns.length, type);
    this.#table.point(options.time, columns);
    this.#place('head', headBytes);
    this.#place('tail', tailBytes);
    this.#rowBytes = headBytes.length + 12 + columns.length * (4 + this.#table.cellBytes) + tailBytes.length;
    this.#out = arena.allocate(this.#outRows * this.#rowBytes);
  }

  #place(name: 'head' | 'tail', bytes: Uint8Array): void {
    const address = this.#arena.allocate(bytes.length);
    this.#arena.bytes(address, bytes.length).set(bytes);
    this.#table.set(name, address);
    this.#table.set(`${name}Bytes`, bytes.length);
  }

  /**
   * Goes on with other constants behind the columns, as many as before, and with totals of zero. What that takes is allocated
   * now, so that it may be released when the next ones begin.
   */
  begin(tail: readonly CopyField[]): void {
    const bytes = fieldBytes(tail);
    this.#rowBytes += bytes.length - this.#table.get('tailBytes');
    this.#place('tail', bytes);
    this.#outRows = blockRows;
    this.#out = this.#arena.allocate(this.#outRows * this.#rowBytes);
    this.reset();
  }

  /**
   * The tuples of rows [row, row + rows), counted from the planes' row 0. The view is valid until the next call or
   * the next allocation in the arena.
   */
  encode(row: number, rows: number): Uint8Array {
    if (rows > this.#outRows) {
      this.#outRows = rows;
      this.#out = this.#arena.allocate(rows * this.#rowBytes);
    }
    const bytes = this.#arena.exports.encodeRows(this.#table.address, row, rows, this.#out);
    if (bytes < 0) {
      const bad = -1 - bytes;
      const found = this.#arena.f64((this.#table.get('time') >>> 0) + bad * 8, 1)[0];
      throw new WindrowError('WR_COPY_TIME', { row: bad, found });
    }
    return this.#arena.bytes(this.#out, bytes);
  }

  /** Moves row 0 of the planes, for example when the rows of the next block lie elsewhere. Totals go on. */
  point(time: number, columns: readonly number[]): void {
    this.#table.point(time, columns);
  }

  /** Totals of all rows encoded since the beginning or the last `reset`. */
  stats(): CopyStats {
    return this.#table.stats();
  }

  reset(): void {
    this.#table.reset();
  }
}
