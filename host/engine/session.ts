import type { BarColumn } from '../catalog/bars.ts';
import type { Ref } from '../catalog/lowering.ts';
import { WindrowError } from '../errors.ts';
import type { Arena } from './module.ts';
import { writeOps } from './opRecords.ts';
import { blockRows, type Plan, type PlannedFeature } from './plan.ts';
import { Resampling } from './resampling.ts';

// Field numbers of a session in 32-bit words, mirrored by assembly/run.ts.
const field = {
  ops: 0,
  opsEnd: 1,
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

/** Values of the parameters that belong to the symbol, by name: `{ baseline: 1.0714, pip: 0.0001 }`. */
export type Parameters = Readonly<Record<string, number>>;

/** Addresses of the first row of each loaded column of bars, and of each series of another symbol by its name. */
export type ColumnAddresses = Readonly<Partial<Record<BarColumn | 'time', number>> & Record<string, number>>;

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
  /** Where histories lie that `forget` makes NULL: first row and the row behind the last, in the view of all planes. */
  readonly #histories: Uint32Array;
  /** What is read from outside: bars, series of other symbols. */
  readonly #inputs: readonly { readonly node: number; readonly history: number; readonly name: string }[];
  /** Where the record of each of the plan's ops begins, and where the last ends. */
  readonly #ops: readonly number[];
  /** Where the loads and the stores are listed; there is room for every column and every feature. */
  readonly #loads: number;
  readonly #stores: number;
  /** Features in the order of the ops that compute them, with the address of each one's op. */
  readonly #storeOrder: readonly { readonly feature: number; readonly op: number }[];
  readonly #parameters: Parameters;

  /** Rows of a block. */
  readonly #rows: number;

  /** `rows` says how many rows are computed at once at most: few where they come one by one, so that planes lie close. */
  constructor(arena: Arena, plan: Plan, parameters: Parameters, rows = blockRows) {
    this.arena = arena;
    this.plan = plan;
    this.#rows = rows;
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
        new Resampling(arena, new Session(arena, op.bars.plan, parameters, rows), op, op.bars, {
          rows,
          word: this.#word,
        }),
    );
    this.#ops = writeOps(arena, plan.ops, {
      plane: this.#word,
      bars: op => this.#resamplings[op]!.address,
    });
    this.#inputs = plan.steps.flatMap(({ node, history }) => {
      const { source } = plan.nodes[node]!;
      const outside = source.kind === 'column' || source.kind === 'peer' || source.kind === 'aggregated';
      return outside ? [{ node, history, name: source.name }] : [];
    });
    this.#loads = arena.allocate(this.#inputs.length * 8);
    this.#stores = arena.allocate(plan.features.length * 12);
    this.#storeOrder = this.#orderOfStores();
    const classes = Array.from({ length: maxClasses }, (_, index) => {
      const carried = plan.steps.filter(({ history }) => history > 0 && this.#classOf(history) === index);
      const { address, count } = this.#writePairs(
        carried.map(({ node, history }) => [this.#planes[node]! - index, history * 8]),
      );
      return [0, (rows << index) * 8, address, count];
    });
    const header = this.#header();
    header[field.ops] = this.#ops[0]!;
    header[field.opsEnd] = this.#ops.at(-1)!;
    header[field.blockRows] = rows;
    header[field.loads] = this.#loads;
    header[field.stores] = this.#stores;
    header[field.classCount] = 1 + Math.max(...plan.steps.map(({ history }) => this.#classOf(history)));
    header.set(classes.flat(), field.classes);
    this.#histories = Uint32Array.from(this.#historyRows());
    this.#fillConstants();
    this.reset();
  }

  /**
   * A plane with much history has a room of several blocks, as large as the history where that is possible: when a room is
   * full its history is carried, and so no more rows are carried than computed. Rooms of class c hold #rows << c rows.
   */
  #classOf(history: number): number {
    let found = 0;
    while (found < maxClasses - 1 && this.#rows << found < 2 * history) found++;
    return found;
  }

  #roomRows(history: number): number {
    return this.#rows << this.#classOf(history);
  }

  #header(): Int32Array {
    return this.arena.i32(this.address, headerWords);
  }

  /**
   * Rooms begin where lines of the cache do, so that what is written in a block crosses none. The odd padding keeps planes
   * from sharing cache sets.
   */
  #allocatePlane(history: number): number {
    const padding = 2 + 8;
    const before = Math.ceil(history / 8) * 64;
    const address = this.arena.allocate(before + (this.#roomRows(history) + padding) * 8);
    return address + before + this.#classOf(history);
  }

  #writePairs(pairs: readonly (readonly [number, number])[]): { address: number; count: number } {
    const address = this.arena.allocate(pairs.length * 8);
    this.arena.i32(address, pairs.length * 2).set(pairs.flat());
    return { address, count: pairs.length };
  }

  /** Runs these ops of the plan from now on, by position, in this order: to see what one of them takes. */
  choose(ops: readonly number[]): void {
    const { arena } = this;
    const bytes = (op: number): number => this.#ops[op + 1]! - this.#ops[op]!;
    const total = ops.reduce((sum, op) => sum + bytes(op), 0);
    const address = arena.allocate(total);
    const records = arena.bytes(0, address + total);
    let end = address;
    for (const op of ops) {
      records.copyWithin(end, this.#ops[op]!, this.#ops[op + 1]!);
      end += bytes(op);
    }
    const header = this.#header();
    header[field.ops] = address;
    header[field.opsEnd] = end;
  }

  /** The word of a plane read `lag` rows back. */
  readonly #word = ({ node, lag }: Ref): number => this.#planes[node]! - lag * 8;

  /** Forgets all bars: history is NULL again, as before a symbol's first bar. */
  reset(): void {
    this.restart();
    this.forget();
  }

  /** Makes the history of all planes NULL. */
  forget(): void {
    for (const resampling of this.#resamplings) resampling?.forget();
    const planes = this.#allPlanes();
    const histories = this.#histories;
    for (let i = 0; i < histories.length; i += 2) planes.fill(NaN, histories[i], histories[i + 1]);
  }

  /** First row and the row behind the last of each history that is not of a constant. */
  #historyRows(): number[] {
    const { plan } = this;
    const planes = this.#allPlanes();
    return plan.steps.flatMap(({ node, history }) => {
      const { kind } = plan.nodes[node]!.source;
      if (history === 0 || kind === 'constant' || kind === 'parameter') return [];
      const end = this.#rowIn(planes, node);
      return [end - history, end];
    });
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
      planes.fill(value, row - history, row + this.#roomRows(history) + 2);
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
    const { arena } = this;
    const pairs: number[] = [];
    for (const { name, node, history } of this.#inputs) {
      const address = columns[name];
      const plane = this.#planes[node]!;
      if (address !== undefined) pairs.push(plane, address);
      else arena.f64(plane - this.#classOf(history), this.#roomRows(history) + 2).fill(NaN);
    }
    arena.i32(this.#loads, pairs.length).set(pairs);
    this.#header()[field.loadCount] = pairs.length / 2;
  }

  /** First row of the loaded bars whose results are wanted; what only earlier rows need is not computed. */
  set firstOutput(row: number) {
    this.#header()[field.firstOutput] = row;
  }

  /** Keeps every result from `firstOutput` on: one address per feature, of its first row. */
  keep(addresses: readonly number[]): void {
    const { features } = this.plan;
    const stores = this.arena.i32(this.#stores, features.length * 3);
    this.#storeOrder.forEach(({ feature, op }, i) => {
      stores[3 * i] = this.#word(features[feature]!.ref);
      stores[3 * i + 1] = addresses[feature]!;
      stores[3 * i + 2] = op;
    });
    this.#header()[field.storeCount] = features.length;
  }

  #orderOfStores(): { feature: number; op: number }[] {
    const { ops, features } = this.plan;
    const opOf = new Map(ops.flatMap(({ outs }, op) => outs.map(node => [node, this.#ops[op]!] as const)));
    // what no op computes comes last, behind an op that is none
    const order = features.map(({ ref }, feature) => ({
      feature,
      op: opOf.get(ref.node) ?? this.#ops.at(-1)!,
    }));
    return order.sort((a, b) => a.op - b.op);
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
    return this.#rows - (used % this.#rows);
  }

  /** Computes rows [first, first + rows) of the loaded bars; they follow the rows of the call before. */
  run(first: number, rows: number): void {
    this.arena.exports.execute(this.address, first, rows);
  }
}
