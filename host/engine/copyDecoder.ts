import { WindrowError } from '../errors.ts';
import type { Values } from '../movement.ts';
import { type CellType, type CopyStats, CopyTable } from './copyTable.ts';
import type { Arena } from './module.ts';

export type CopyDecoderOptions = {
  /** Number of columns after the time. */
  readonly columns: number;
  /** Default `double`. */
  readonly type?: CellType;
  /** Rows to make room for; the planes are moved to make more. */
  readonly capacity?: number;
};

/** Bytes of the stream that one call decodes; a socket delivers as many at a time. */
const inputBytes = 65_536;
const headerBytes = 19;

/** Size and one field of the struct that assembly/wire/unframe.ts describes. */
const framesBytes = 16;
const framesWritten = 12;

/** Mirrors STATUS_* of assembly/wire/layout.ts. */
const status = {
  ok: 0,
  full: 1,
  done: 2,
  signature: 3,
  flags: 4,
  extension: 5,
  fields: 6,
  length: 7,
  time: 8,
} as const;

/** Planes start an odd number of cache lines apart, so that cells of one row do not compete for one cache set. */
const planeBytes = (rows: number): number => (Math.ceil((rows * 8) / 128) * 2 + 1) * 64;

/**
 * Decodes the stream of a binary COPY TO, (timestamp, float8 or float4 ...), into planes of an arena. NULL becomes NaN;
 * infinities stay and are counted. The bytes are either all pushed, as a file has them, or all received, as a
 * connection has them. Addresses and views hold until the next of them: the planes move when they grow.
 */
export class CopyDecoder {
  readonly #arena: Arena;
  readonly #table: CopyTable;
  readonly #input: number;
  readonly #messages: number;
  readonly #frames: number;
  readonly #inputBytes: number;
  #pending = 0;
  #capacity = 0;
  #time = 0;
  #done = false;
  #failure: unknown;

  constructor(arena: Arena, options: CopyDecoderOptions) {
    const { columns, type = 'double', capacity = 32_768 } = options;
    this.#arena = arena;
    this.#table = new CopyTable(arena, columns, type);
    this.#inputBytes = inputBytes + Math.max(headerBytes, 14 + columns * (4 + this.#table.cellBytes));
    this.#input = arena.allocate(this.#inputBytes);
    this.#messages = arena.allocate(inputBytes);
    this.#frames = arena.allocate(framesBytes);
    arena.bytes(this.#frames, framesBytes).fill(0);
    this.#grow(Math.max(1, capacity));
  }

  get rows(): number {
    return this.#table.rows;
  }

  /** Address of row 0 of the time plane: f64 microseconds since 1970. */
  get timeAddress(): number {
    return this.#time;
  }

  /** Address of row 0 of each column. */
  get columnAddresses(): readonly number[] {
    const stride = planeBytes(this.#capacity);
    return Array.from({ length: this.#table.columns }, (_, column) => this.#time + (column + 1) * stride);
  }

  /** View of the times read so far. */
  time(): Float64Array {
    return this.#arena.f64(this.#time, this.rows);
  }

  /** View of a column's cells read so far. */
  column(index: number): Float64Array {
    return this.#arena.f64(this.#time + (index + 1) * planeBytes(this.#capacity), this.rows);
  }

  /** Copies of all of them, the columns under these names. */
  values(names: readonly string[]): Values {
    return {
      time: this.time().slice(),
      columns: new Map(names.map((name, i) => [name, this.column(i).slice()])),
    };
  }

  /** Takes the next bytes of the stream, cut anywhere. */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const taken = Math.min(chunk.length - from, this.#inputBytes - this.#pending);
      this.#arena.bytes(this.#input + this.#pending, taken).set(chunk.subarray(from, from + taken));
      from += taken;
      this.#decode(this.#pending + taken);
    }
  }

  /**
   * Takes the stream in CopyData messages, cut anywhere. Returns how many bytes they are: fewer than given where a
   * message of another type begins. What is wrong with the stream itself is thrown by `finish`, so that the rest of the
   * messages can be taken off the connection.
   */
  receive(bytes: Uint8Array): number {
    const { exports } = this.#arena;
    for (let from = 0; from < bytes.length; ) {
      const given = Math.min(bytes.length - from, inputBytes);
      this.#arena.bytes(this.#messages, given).set(bytes.subarray(from, from + given));
      const taken = exports.unframe(this.#frames, this.#messages, given, this.#input + this.#pending);
      if (taken < 0) throw this.#malformed('a message of the connection has an impossible length');
      from += taken;
      const written = this.#arena.i32(this.#frames + framesWritten, 1)[0]!;
      if (written > 0) this.#decodeOrNote(this.#pending + written);
      if (taken < given) return from;
    }
    return bytes.length;
  }

  /** Checks that the stream is complete. */
  finish(): CopyStats {
    if (this.#failure) throw this.#failure;
    if (!this.#done) throw new WindrowError('WR_COPY_TRUNCATED', { rows: this.rows });
    return this.#table.stats();
  }

  #decodeOrNote(bytes: number): void {
    if (this.#failure) return;
    try {
      this.#decode(bytes);
    } catch (error) {
      this.#failure = error;
      this.#pending = 0;
    }
  }

  #malformed(what: string): WindrowError {
    return new WindrowError('WR_COPY_MALFORMED', { row: this.rows, what });
  }

  #decode(bytes: number): void {
    if (this.#done) throw this.#malformed('bytes follow the trailer');
    let at = 0;
    for (;;) {
      at += this.#arena.exports.decodeRows(this.#table.address, this.#input + at, bytes - at);
      const code = this.#table.get('status');
      if (code === status.full) {
        this.#grow(this.#capacity * 2);
        continue;
      }
      if (code > status.done) throw this.#malformed(this.#defect(code));
      this.#pending = bytes - at;
      if (code === status.done) {
        this.#done = true;
        if (this.#pending > 0) throw this.#malformed('bytes follow the trailer');
      }
      this.#arena.bytes(this.#input, bytes).copyWithin(0, at, bytes);
      return;
    }
  }

  #defect(code: number): string {
    const found = this.#table.get('found');
    const { columns, cellBytes } = this.#table;
    if (code === status.signature) return 'the signature "PGCOPY" is missing';
    if (code === status.flags)
      return `header flags are 0x${(found >>> 0).toString(16)}, known critical flags: none`;
    if (code === status.extension) return `header extension has length ${found}`;
    if (code === status.fields) return `tuple has ${found} fields, expected ${columns + 1}`;
    if (code === status.time) return 'time is outside 1684-07 to 2255-06';
    const field = this.#table.get('field');
    if (field === 0) return `time has length ${found}, expected 8`;
    return `field ${field + 1} has length ${found}, expected ${cellBytes} or NULL`;
  }

  /**
   * Makes room for more rows: apart, where the planes are, as long as nothing was allocated behind them; else elsewhere,
   * and the old place is lost until the arena is released.
   */
  #grow(capacity: number): void {
    const { rows } = this;
    const { columns } = this.#table;
    const from = this.#time;
    const fromStride = planeBytes(this.#capacity);
    const stride = planeBytes(capacity);
    if (this.#arena.top === from + (columns + 1) * fromStride) this.#arena.release(from);
    this.#time = this.#arena.allocate((columns + 1) * stride);
    this.#capacity = capacity;
    const memory = new Uint8Array(this.#arena.memory.buffer);
    // the last first: its new place may be where none of the others lies
    for (let plane = columns; plane >= 0 && rows > 0; --plane) {
      const start = from + plane * fromStride;
      memory.copyWithin(this.#time + plane * stride, start, start + rows * 8);
    }
    this.#table.point(this.#time, this.columnAddresses);
    this.#table.set('capacity', capacity);
  }
}
