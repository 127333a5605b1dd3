import type { BarColumn } from '../catalog/bars.ts';
import { kernelByName } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import { WindrowError } from '../errors.ts';
import type { Arena } from './module.ts';
import { blockRows, type Op, type Plan, type PlannedFeature } from './plan.ts';
import { Resampling } from './resampling.ts';

// Field numbers of a session in 32-bit words, mirrored by assembly/run.ts.
const field = {
  ops: 0,
  opCount: 1,
  loads: 2,
  loadCount: 3,
  stores: 4,
  storeCount: 5,
  blockRows: 6,
  firstOutput: 7,
  lastRows: 8,
  classCount: 9,
  classes: 10,
} as const;

/** Words of a class of rooms: place of the current block in bytes, bytes of the room, carries, their count. */
const classWords = 4;
/** What the lowest bits of a plane's address, a multiple of 8, can tell apart. */
const maxClasses = 8;
const headerWords = field.classes + classWords * maxClasses;

// Field numbers of an op in 32-bit words, mirrored by assembly/dispatch.ts.
const opField = {
  opcode: 0,
  reach: 1,
  outs: 2,
  table: 14,
  tableLength: 15,
  scratch: 16,
  inputs: 18,
  params: 28,
};
const opWords = 40;
/** Of an op that runs a program over bars; where that lies is said in the place of a table. */
const noOpcode = -1;

/** Values of the parameters that belong to the symbol, by name: `{ baseline: 1.0714, pip: 0.0001 }`. */
export type Parameters = Readonly<Record<string, number>>;

/** Addresses of the first row of each loaded column of bars, and of each series of another symbol by its name. */
export type ColumnAddresses = Readonly<Partial<Record<BarColumn | 'time', number>> & Record<string, number>>;

/**
 * A plane with much history has a room of several blocks, as large as the history where that is possible: when a room is
 * full its history is carried, and so no more rows are carried than computed. Rooms of class c hold blockRows << c rows.
 */
function classOf(history: number): number {
  let found = 0;
  while (found < maxClasses - 1 && blockRows << found < 2 * history) found++;
  return found;
}

const roomRows = (history: number): number => blockRows << classOf(history);

/**
 * A plan laid out in an arena, ready to run over the bars of one symbol. It remembers only what it has been shown:
 * the planes' last rows, each a pure function of the bars before it.
 */
export class Session {
  readonly plan: Plan;
  readonly arena: Arena;
  /** Where its record lies. */
  readonly address: number;
  readonly #resamplings: readonly (Resampling | undefined)[];
  /** Words of the planes by node: the address of the room's first row and the class of the room. */
  readonly #planes: Uint32Array;
  readonly #planesStart: number;
  readonly #planesEnd: number;
  /** Address of the plan's ops. */
  readonly #ops: number;
  readonly #parameters: Parameters;

  constructor(arena: Arena, plan: Plan, parameters: Parameters) {
    this.arena = arena;
    this.plan = plan;
    this.#parameters = parameters;
    this.address = arena.allocate(headerWords * 4);
    this.#planesStart = arena.allocate(0);
    const slots = Array.from({ length: plan.slots }, () => this.#allocatePlane(0));
    this.#planes = new Uint32Array(plan.nodes.length);
    for (const { node, slot, history } of plan.steps)
      this.#planes[node] = slot === undefined ? this.#allocatePlane(history) : slots[slot]!;
    this.#planesEnd = arena.top;
    this.#resamplings = plan.ops.map(
      op =>
        op.bars &&
        new Resampling(arena, new Session(arena, op.bars.plan, parameters), op, op.bars, this.#word),
    );
    this.#ops = this.#writeOps();
    const classes = Array.from({ length: maxClasses }, (_, index) => {
      const carried = plan.steps.filter(({ history }) => history > 0 && classOf(history) === index);
      const { address, count } = this.#writePairs(
        carried.map(({ node, history }) => [this.#planes[node]! - index, history * 8]),
      );
      return [0, (blockRows << index) * 8, address, count];
    });
    const header = this.#header();
    header[field.ops] = this.#ops;
    header[field.opCount] = plan.ops.length;
    header[field.blockRows] = blockRows;
    header[field.classCount] = 1 + Math.max(...plan.steps.map(({ history }) => classOf(history)));
    header.set(classes.flat(), field.classes);
    this.#fillConstants();
    this.reset();
  }

  #header(): Int32Array {
    return this.arena.i32(this.address, headerWords);
  }

  /** The odd padding keeps planes from sharing cache sets. */
  #allocatePlane(history: number): number {
    const padding = 2 + 8;
    return this.arena.allocate((history + roomRows(history) + padding) * 8) + history * 8 + classOf(history);
  }

  #writePairs(pairs: readonly (readonly [number, number])[]): { address: number; count: number } {
    const address = this.arena.allocate(pairs.length * 8);
    this.arena.i32(address, pairs.length * 2).set(pairs.flat());
    return { address, count: pairs.length };
  }

  #writeOps(): number {
    const { plan, arena } = this;
    const { ops } = plan;
    const tables = ops.map(({ table }, i) => this.#resamplings[i]?.address ?? this.#writeTable(table));
    const scratch = ops.map(op => this.#allocateScratch(op));
    const lists = ops.map(({ kernel, outs, inputs }) => {
      const { results, list } = kernelByName.get(kernel) ?? {};
      return {
        outs: results ? this.#writeList(outs.map(node => this.#planes[node]!)) : undefined,
        inputs: list ? this.#writeList(inputs.map(this.#word)) : undefined,
      };
    });
    const address = arena.allocate(ops.length * opWords * 4);
    // one view of all: a view for each of some thousand ops takes longer than writing them
    const words = arena.i32(address, ops.length * opWords);
    const numbers = arena.f64(address, (ops.length * opWords) / 2);
    for (let i = 0, at = 0; i < ops.length; i++, at += opWords) {
      const { kernel, outs, inputs, params, table, reach, bars } = ops[i]!;
      words[at + opField.opcode] = bars ? noOpcode : kernelByName.get(kernel)!.opcode;
      words[at + opField.reach] = reach;
      words[at + opField.table] = tables[i]!;
      if (bars) continue;
      words[at + opField.tableLength] = table?.length ?? 0;
      words[at + opField.scratch] = scratch[i]!;
      const { outs: written, inputs: read } = lists[i]!;
      if (written) words.set(written, at + opField.outs);
      else for (let k = 0; k < outs.length; k++) words[at + opField.outs + k] = this.#planes[outs[k]!]!;
      if (read) words.set(read, at + opField.inputs);
      else for (let k = 0; k < inputs.length; k++) words[at + opField.inputs + k] = this.#word(inputs[k]!);
      for (let k = 0; k < params.length; k++) numbers[(at + opField.params) / 2 + k] = params[k]!;
    }
    return address;
  }

  #allocateScratch({ kernel, params }: Op): number {
    const bytes = kernelByName.get(kernel)?.scratchBytes?.(params) ?? 0;
    if (bytes === 0) return 0;
    const address = this.arena.allocate(bytes);
    this.arena.bytes(address, 8).fill(0); // nothing is kept there yet
    return address;
  }

  /** Runs these ops of the plan from now on, by position, in this order: to see what one of them takes. */
  choose(ops: readonly number[]): void {
    const { arena } = this;
    const bytes = opWords * 4;
    const address = arena.allocate(ops.length * bytes);
    ops.forEach((op, i) => {
      arena.bytes(address + i * bytes, bytes).set(arena.bytes(this.#ops + op * bytes, bytes));
    });
    const header = this.#header();
    header[field.ops] = address;
    header[field.opCount] = ops.length;
  }

  /** The word of a plane read `lag` rows back. */
  readonly #word = ({ node, lag }: Ref): number => this.#planes[node]! - lag * 8;

  /** The list of planes that a kernel is given: their words, and behind them room for the addresses that they come to. */
  #writeList(words: readonly number[]): readonly [address: number, length: number] {
    const address = this.arena.allocate(words.length * 8);
    this.arena.i32(address, words.length).set(words);
    return [address, words.length];
  }

  #writeTable(table: Float64Array | undefined): number {
    if (!table) return 0;
    const address = this.arena.allocate(table.byteLength);
    this.arena.f64(address, table.length).set(table);
    return address;
  }

  /** Forgets all bars: history is NULL again, as before a symbol's first bar. */
  reset(): void {
    this.restart();
    this.forget();
  }

  /** Makes the history of all planes NULL. */
  forget(): void {
    for (const resampling of this.#resamplings) resampling?.forget();
    const { plan } = this;
    const planes = this.#allPlanes();
    for (const { node, history } of plan.steps) {
      if (history === 0) continue;
      const { kind } = plan.nodes[node]!.source;
      if (kind === 'constant' || kind === 'parameter') continue;
      const end = this.#rowIn(planes, node);
      planes.fill(NaN, end - history, end);
    }
  }

  /**
   * Begins anew for other bars and leaves in the planes what there is. Enough where every result that is wanted has all
   * bars of its lookback loaded; where it has not, the history must be NULL: `reset`.
   */
  restart(): void {
    const header = this.#header();
    for (const name of ['loadCount', 'storeCount', 'firstOutput'] as const) header[field[name]] = 0;
    this.rewind();
  }

  /** Begins anew with what is loaded and kept already. */
  rewind(): void {
    const header = this.#header();
    header[field.lastRows] = 0;
    for (let index = 0; index < maxClasses; index++) header[field.classes + index * classWords] = 0;
    for (const resampling of this.#resamplings) resampling?.rewind();
  }

  #fillConstants(): void {
    const { plan } = this;
    const planes = this.#allPlanes();
    for (const { node, history } of plan.steps) {
      const { source } = plan.nodes[node]!;
      if (source.kind !== 'constant' && source.kind !== 'parameter') continue;
      const value = source.kind === 'constant' ? source.value : this.#parameter(source.name);
      const row = this.#rowIn(planes, node);
      planes.fill(value, row - history, row + roomRows(history) + 2);
    }
  }

  /** One view of all planes: a view for each of some thousand takes longer than what is done with it. */
  #allPlanes(): Float64Array {
    return this.arena.f64(this.#planesStart, (this.#planesEnd - this.#planesStart) / 8);
  }

  /** Where in the view of all planes the first row of a plane's room is. */
  #rowIn({ byteOffset }: Float64Array, node: number): number {
    const word = this.#planes[node]!;
    return (word - (word % maxClasses) - byteOffset) / 8;
  }

  #parameter(name: string): number {
    const value = this.#parameters[name];
    if (value === undefined) throw new WindrowError('WR_PARAMETER_MISSING', { parameter: name, of: '' });
    return value;
  }

  /** Tells where the columns of bars lie; those that are absent are NULL. Row numbers count from their first row. */
  load(columns: ColumnAddresses): void {
    const { arena, plan } = this;
    const pairs = plan.steps.flatMap(({ node, history }) => {
      const { source } = plan.nodes[node]!;
      if (source.kind !== 'column' && source.kind !== 'peer' && source.kind !== 'aggregated') return [];
      const address = columns[source.name];
      const plane = this.#planes[node]!;
      if (address !== undefined) return [[plane, address] as const];
      arena.f64(plane - classOf(history), roomRows(history) + 2).fill(NaN);
      return [];
    });
    const { address, count } = this.#writePairs(pairs);
    const header = this.#header();
    header[field.loads] = address;
    header[field.loadCount] = count;
  }

  /** First row of the loaded bars whose results are wanted; what only earlier rows need is not computed. */
  set firstOutput(row: number) {
    this.#header()[field.firstOutput] = row;
  }

  /** Keeps every result from `firstOutput` on: one address per feature, of its first row. */
  keep(addresses: readonly number[]): void {
    const { address, count } = this.#writePairs(
      this.plan.features.map(({ ref }, i) => [this.#word(ref), addresses[i]!] as const),
    );
    const header = this.#header();
    header[field.stores] = address;
    header[field.storeCount] = count;
  }

  /** Address, for each feature, of the first row of the block computed last. */
  outputAddresses(): number[] {
    return this.#addressesOf(this.plan.features);
  }

  /** The same for what is planned beside the features. */
  fitAddresses(): number[] {
    return this.#addressesOf(this.plan.fits);
  }

  #addressesOf(planned: readonly PlannedFeature[]): number[] {
    const header = this.#header();
    return planned.map(({ ref }) => {
      const word = this.#word(ref);
      const index = word % maxClasses;
      return word - index + header[field.classes + index * classWords]!;
    });
  }

  /** Rows that the next run can add and have all of them in `outputAddresses`. */
  get room(): number {
    const header = this.#header();
    const used = header[field.classes]! / 8 + header[field.lastRows]!;
    return blockRows - (used % blockRows);
  }

  /** Computes rows [first, first + rows) of the loaded bars; they follow the rows of the call before. */
  run(first: number, rows: number): void {
    this.arena.exports.execute(this.address, first, rows);
  }
}
