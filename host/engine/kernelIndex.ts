import type { Ref } from '../catalog/lowering.ts';
import type { Node } from './graph.ts';

/** What a plane that a kernel computes is made of. */
export type Made = {
  readonly kernel: string;
  readonly opcode: number;
  readonly inputs: readonly Ref[];
  readonly params: readonly number[];
  readonly table: Float64Array | undefined;
};

const bits = new Float64Array(1);
const words = new Int32Array(bits.buffer);

const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

function mixNumber(hash: number, value: number): number {
  bits[0] = value;
  return mix(mix(hash, words[0]!), words[1]!);
}

/** Numbers of a table that tell it apart well enough: some have thousands. */
const hashed = 8;

function hashOf({ opcode, inputs, params, table }: Made): number {
  let hash = mix(0, opcode);
  for (const { node, lag } of inputs) hash = mix(mix(hash, node), lag);
  for (const value of params) hash = mixNumber(hash, value);
  if (table) for (let i = 0; i < Math.min(table.length, hashed); i++) hash = mixNumber(hash, table[i]!);
  return hash;
}

function sameNumbers(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): boolean {
  if (!a || !b) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

function sameRefs(a: readonly Ref[], b: readonly Ref[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i]!.node !== b[i]!.node || a[i]!.lag !== b[i]!.lag) return false;
  return true;
}

/**
 * The nodes of kernels by what they are made of, in a hash table with open addresses: a text of each of some thousand
 * planes, to find them by in a Map, costs more to make than a hash, and more memory.
 */
export class KernelIndex {
  readonly #nodes: readonly Node[];
  /** A node and one, or 0 where there is none. */
  #places = new Int32Array(1 << 10);
  #used = 0;

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  find(made: Made): number | undefined {
    const found = this.#places[this.#place(made)]!;
    return found === 0 ? undefined : found - 1;
  }

  /** Notes the node of what was not found. */
  add(made: Made, node: number): void {
    if (2 * this.#used >= this.#places.length) this.#grow();
    this.#places[this.#place(made)] = node + 1;
    this.#used++;
  }

  #place(made: Made): number {
    const last = this.#places.length - 1;
    let place = hashOf(made) & last;
    for (; this.#places[place] !== 0; place = (place + 1) & last)
      if (this.#is(this.#places[place]! - 1, made)) return place;
    return place;
  }

  #is(node: number, { kernel, inputs, params, table }: Made): boolean {
    const { source, inputs: own } = this.#nodes[node]!;
    return (
      source.kind === 'kernel' &&
      source.name === kernel &&
      sameRefs(own, inputs) &&
      sameNumbers(source.params, params) &&
      sameNumbers(source.table, table)
    );
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(2 * before.length);
    for (const place of before) {
      if (place === 0) continue;
      const { source, inputs } = this.#nodes[place - 1]!;
      if (source.kind !== 'kernel') continue;
      const { name: kernel, opcode, params, table } = source;
      this.#places[this.#place({ kernel, opcode, inputs, params, table })] = place;
    }
  }
}
