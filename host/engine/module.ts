import { readFile } from 'node:fs/promises';
import { instantiateSync } from '@assemblyscript/loader';

/** What `assembly/index.ts` exports. Addresses are byte offsets into the instance's memory. */
export type Exports = {
  heapBase(): number;
  execute(session: number, first: number, rows: number): void;
  /** Number and first instant, at `out`, of each row in which a month or an hour begins; returns how many. */
  anchorRows(time: number, rows: number, unit: number, before: number, out: number): number;
  /** Lays a series beside the rows of another: in each the value of its newest row that is no older than `limit`. */
  alignRows(
    time: number,
    rows: number,
    otherTime: number,
    values: number,
    otherRows: number,
    limit: number,
    out: number,
  ): void;
  /** Tuples of rows [row, row + rows) at `out`; returns their bytes, or -1 - i when the time of row i is bad. */
  encodeRows(layout: number, row: number, rows: number, out: number): number;
  /** Appends whole tuples of a COPY stream to the planes; returns the bytes consumed. */
  decodeRows(layout: number, input: number, bytes: number): number;
  /** Takes rows [row, row + rows) of the planes into the layout's totals. */
  scanRows(layout: number, row: number, rows: number): void;
  /** Appends the payload of CopyData messages at `output`; returns the bytes taken, or -1 at an impossible length. */
  unframe(frames: number, input: number, bytes: number, output: number): number;
  /** Factors of the columns in the checksum, as the layout of a table needs them. */
  fillKeys(keys: number, columns: number): void;
};

const wasmUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../build/windrow.wasm' : '../../windrow.wasm',
  import.meta.url,
);

let compiled: Promise<WebAssembly.Module> | undefined;

/** The compiled module, once per process; workers receive it by structured clone. */
export function loadModule(): Promise<WebAssembly.Module> {
  compiled ??= readFile(wasmUrl).then(bytes => WebAssembly.compile(bytes));
  return compiled;
}

const pageBytes = 65_536;
/** A plan has thousands of planes, and each growth makes the memory's buffer anew. */
const leastGrowth = 1 << 22;

/**
 * One WebAssembly instance and a bump allocator over its memory. Nothing is freed alone: an arena lives as long as
 * the plan or the copy that it serves. Views go stale when memory grows, so ask for them after the last `allocate`.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly exports: Exports;
  #top: number;

  private constructor(memory: WebAssembly.Memory, exports: Exports) {
    this.memory = memory;
    this.exports = exports;
    this.#top = exports.heapBase();
  }

  static async create(module?: WebAssembly.Module): Promise<Arena> {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
    // The asynchronous form asks for the global `Response`, for which Node loads its HTTP client: 35 ms in every thread.
    const { exports } = instantiateSync(module ?? (await loadModule()), { env: { memory } });
    return new Arena(memory, exports as unknown as Exports);
  }

  /** Bytes in use. */
  get top(): number {
    return this.#top;
  }

  /** Reserves `bytes`, aligned to 64, growing the memory when it must. Returns the address. */
  allocate(bytes: number): number {
    const address = Math.ceil(this.#top / 64) * 64;
    const end = address + bytes;
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(Math.max(missing, leastGrowth) / pageBytes));
    this.#top = end;
    return address;
  }

  /** Gives back everything allocated since `mark` (a former `top`). */
  release(mark: number): void {
    this.#top = mark;
  }

  f64(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}
