import { type Kernel, kernelByName } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import type { Arena } from './module.ts';
import type { Op } from './plan.ts';

// How an op lies in memory; assembly/dispatch.ts, which reads it, is generated from the same layout. A record is as long as
// its kernel needs, so that the ops of a large plan, which are read for every block and for every live bar, take little of
// the cache.

/** Bytes before what the kernel takes: opcode and length of the record, 16 bits each, and the reach of the op. */
export const opHeader = { opcode: 0, bytes: 2, reach: 4, size: 8 } as const;

/** An op that runs a program over bars: an opcode that no kernel has, and where what it needs lies. */
export const barOp = { opcode: 0xffff, address: opHeader.size, bytes: opHeader.size + 8 } as const;

/** Byte offsets in the record of a kernel's op. */
export type OpLayout = {
  /** Words of the planes written and read; of planes that are listed the address of the list and its length. */
  readonly outs: number;
  readonly inputs: number;
  /** Address of the table, and its length. */
  readonly table: number;
  readonly scratch: number;
  /** Numbers of 64 bits. */
  readonly params: number;
  readonly bytes: number;
};

export function opLayout({ parts, results, list, ins, table, scratchBytes, params }: Kernel): OpLayout {
  const outs = opHeader.size;
  const inputs = outs + 4 * (results ? 2 : (parts?.length ?? 1));
  const tableAt = inputs + 4 * (list ? 2 : ins);
  const scratch = tableAt + (table ? 8 : 0);
  const paramsAt = Math.ceil((scratch + (scratchBytes ? 4 : 0)) / 8) * 8;
  return { outs, inputs, table: tableAt, scratch, params: paramsAt, bytes: paramsAt + 8 * params.length };
}

const layouts = new Map<string, OpLayout>();

function layoutOf(kernel: string): OpLayout {
  const known = layouts.get(kernel);
  if (known) return known;
  const layout = opLayout(kernelByName.get(kernel)!);
  layouts.set(kernel, layout);
  return layout;
}

const bytesOf = ({ kernel, bars }: Op): number => (bars ? barOp.bytes : layoutOf(kernel).bytes);

/** Where planes and programs over bars lie. */
export type Places = {
  readonly plane: (ref: Ref) => number;
  readonly bars: (op: number) => number;
};

/** The records of a plan's ops, one behind the other: where each begins, and behind them where the last ends. */
export function writeOps(arena: Arena, ops: readonly Op[], places: Places): readonly number[] {
  const writer = new OpWriter(arena, places);
  const prepared = ops.map(op => writer.prepare(op));
  const total = ops.reduce((sum, op) => sum + bytesOf(op), 0);
  const address = arena.allocate(total);
  // one view of all: a view for each of some thousand ops takes longer than writing them
  const view = new DataView(arena.memory.buffer, address, total);
  const starts = [address];
  let at = 0;
  ops.forEach((op, i) => {
    writer.write(view, at, op, prepared[i]!, i);
    at += bytesOf(op);
    starts.push(address + at);
  });
  return starts;
}

/** What an op points to, allocated before the records are: no view outlives an allocation. */
type Prepared = {
  readonly outs: readonly number[];
  readonly inputs: readonly number[];
  readonly table: number;
  readonly scratch: number;
};

const nothing: Prepared = { outs: [], inputs: [], table: 0, scratch: 0 };

class OpWriter {
  readonly #arena: Arena;
  readonly #places: Places;

  constructor(arena: Arena, places: Places) {
    this.#arena = arena;
    this.#places = places;
  }

  prepare({ kernel, outs, inputs, table, params, bars }: Op): Prepared {
    if (bars) return nothing;
    const { results, list, scratchBytes } = kernelByName.get(kernel)!;
    const written = outs.map(node => this.#places.plane({ node, lag: 0 }));
    const read = inputs.map(this.#places.plane);
    return {
      table: this.#table(table),
      scratch: this.#scratch(scratchBytes?.(params) ?? 0),
      outs: results ? this.#list(written) : written,
      inputs: list ? this.#list(read) : read,
    };
  }

  write(view: DataView, at: number, op: Op, { outs, inputs, table, scratch }: Prepared, index: number): void {
    const put = (offset: number, word: number): void => view.setUint32(at + offset, word, true);
    view.setUint16(at + opHeader.bytes, bytesOf(op), true);
    put(opHeader.reach, op.reach);
    view.setUint16(at + opHeader.opcode, op.bars ? barOp.opcode : kernelByName.get(op.kernel)!.opcode, true);
    if (op.bars) {
      put(barOp.address, this.#places.bars(index));
      return;
    }
    const layout = layoutOf(op.kernel);
    for (let i = 0; i < outs.length; i++) put(layout.outs + 4 * i, outs[i]!);
    for (let i = 0; i < inputs.length; i++) put(layout.inputs + 4 * i, inputs[i]!);
    if (op.table) {
      put(layout.table, table);
      put(layout.table + 4, op.table.length);
    }
    if (scratch) put(layout.scratch, scratch);
    for (let i = 0; i < op.params.length; i++)
      view.setFloat64(at + layout.params + 8 * i, op.params[i]!, true);
  }

  /** The list of planes that a kernel is given: their words, and behind them room for the addresses that they come to. */
  #list(words: readonly number[]): readonly [address: number, length: number] {
    const address = this.#arena.allocate(words.length * 8);
    this.#arena.i32(address, words.length).set(words);
    return [address, words.length];
  }

  #table(table: Float64Array | undefined): number {
    if (!table) return 0;
    const address = this.#arena.allocate(table.byteLength);
    this.#arena.f64(address, table.length).set(table);
    return address;
  }

  #scratch(bytes: number): number {
    if (bytes === 0) return 0;
    const address = this.#arena.allocate(bytes);
    this.#arena.bytes(address, 8).fill(0); // nothing is kept there yet
    return address;
  }
}
