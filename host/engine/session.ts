import type { BarColumn } from '../catalog/bars.ts';
import { kernelByName } from '../catalog/kernels.ts';
import { WindrowError } from '../errors.ts';
import type { Arena } from './module.ts';
import { blockRows, type Plan } from './plan.ts';

// Field numbers of a session in 32-bit words, mirrored by assembly/run.ts.
const field = {
  ops: 0,
  opCount: 1,
  carries: 2,
  carryCount: 3,
  loads: 4,
  loadCount: 5,
  stores: 6,
  storeCount: 7,
  blockRows: 8,
  position: 9,
  firstOutput: 10,
  planeRows: 11,
} as const;

const opBytes = 128;

/** Values of the parameters that belong to the symbol, by name: `{ baseline: 1.0714, pip: 0.0001 }`. */
export type Parameters = Readonly<Record<string, number>>;

/** Addresses of the first row of each loaded column of bars. */
export type ColumnAddresses = Readonly<Partial<Record<BarColumn | 'time', number>>>;

/** Enough for the longest history there is in use, a month of minutes, to be carried every eighth block. */
const maxBlocks = 8;

/**
 * Rows of room in a plane. Carrying copies every plane's history: with room for more blocks it happens less often, but
 * the planes take more of the cache. As many blocks as make the carried rows a quarter of the computed ones.
 */
function planeRowsOf({ steps }: Plan): number {
  const carried = steps.reduce((sum, { history }) => sum + history, 0);
  const blocks = Math.ceil((4 * carried) / Math.max(steps.length, 1) / blockRows);
  return blockRows * Math.min(Math.max(blocks, 1), maxBlocks);
}

/**
 * A plan laid out in an arena, ready to run over the bars of one symbol. It remembers only what it has been shown:
 * the planes' last rows, each a pure function of the bars before it.
 */
export class Session {
  readonly plan: Plan;
  readonly arena: Arena;
  readonly #address: number;
  readonly #planes = new Map<number, number>();
  readonly #planesStart: number;
  readonly #planesEnd: number;
  readonly #parameters: Parameters;
  readonly #planeRows: number;

  constructor(arena: Arena, plan: Plan, parameters: Parameters) {
    this.arena = arena;
    this.plan = plan;
    this.#parameters = parameters;
    this.#planeRows = planeRowsOf(plan);
    this.#address = arena.allocate(64);
    const slots = Array.from({ length: plan.slots }, () => this.#allocatePlane(0));
    this.#planesStart = slots[0] ?? arena.top;
    for (const { node, slot, history } of plan.steps)
      this.#planes.set(node, slot === undefined ? this.#allocatePlane(history) : slots[slot]!);
    this.#planesEnd = arena.top;
    const ops = this.#writeOps();
    const carries = this.#writePairs(
      plan.steps
        .filter(step => step.history > 0)
        .map(step => [this.#planes.get(step.node)!, step.history * 8]),
    );
    const count = plan.steps.filter(step => plan.nodes[step.node]!.source.kind === 'kernel').length;
    const header = arena.i32(this.#address, 16);
    header[field.ops] = ops;
    header[field.opCount] = count;
    header[field.carries] = carries.address;
    header[field.carryCount] = carries.count;
    header[field.blockRows] = blockRows;
    header[field.planeRows] = this.#planeRows;
    this.reset();
  }

  /** Address of the first row of a plane's room. The odd padding keeps planes from sharing cache sets. */
  #allocatePlane(history: number): number {
    const padding = 2 + 8;
    return this.arena.allocate((history + this.#planeRows + padding) * 8) + history * 8;
  }

  #writePairs(pairs: readonly (readonly [number, number])[]): { address: number; count: number } {
    const address = this.arena.allocate(pairs.length * 8);
    this.arena.i32(address, pairs.length * 2).set(pairs.flat());
    return { address, count: pairs.length };
  }

  #writeOps(): number {
    const { plan, arena } = this;
    const ops = plan.steps.flatMap(step => {
      const { source, inputs } = plan.nodes[step.node]!;
      return source.kind === 'kernel'
        ? [{ step, source, inputs, kernel: kernelByName.get(source.name)! }]
        : [];
    });
    const tables = ops.map(({ source }) => this.#writeTable(source.table));
    const scratch = ops.map(({ kernel, source }) => {
      const bytes = kernel.scratchBytes?.(source.params) ?? 0;
      return bytes === 0 ? 0 : arena.allocate(bytes);
    });
    const address = arena.allocate(ops.length * opBytes);
    ops.forEach(({ step, source, inputs, kernel }, i) => {
      const at = address + i * opBytes;
      const words = arena.i32(at, opBytes / 4);
      words[0] = kernel.opcode;
      words[2] = this.#planes.get(step.node)!;
      words[3] = tables[i]!;
      words[4] = source.table?.length ?? 0;
      words[5] = scratch[i]!;
      inputs.forEach(({ node, lag }, j) => {
        words[6 + j] = this.#planes.get(node)! - lag * 8;
      });
      arena.f64(at + 56, source.params.length).set(source.params);
      words[31] = step.reach;
    });
    return address;
  }

  #writeTable(table: Float64Array | undefined): number {
    if (!table) return 0;
    const address = this.arena.allocate(table.byteLength);
    this.arena.f64(address, table.length).set(table);
    return address;
  }

  /** Forgets all bars: history is NULL again, as before a symbol's first bar. */
  reset(): void {
    const { arena, plan } = this;
    const header = arena.i32(this.#address, 16);
    header[field.position] = 0;
    header[field.loadCount] = 0;
    header[field.storeCount] = 0;
    header[field.firstOutput] = 0;
    const start = Math.floor(this.#planesStart / 64) * 64;
    arena.f64(start, Math.floor((this.#planesEnd - start) / 8)).fill(NaN);
    for (const { node, history } of plan.steps) {
      const { source } = plan.nodes[node]!;
      if (source.kind !== 'constant' && source.kind !== 'parameter') continue;
      const value = source.kind === 'constant' ? source.value : this.#parameter(source.name);
      arena.f64(this.#planes.get(node)! - history * 8, history + this.#planeRows + 2).fill(value);
    }
  }

  #parameter(name: string): number {
    const value = this.#parameters[name];
    if (value === undefined) throw new WindrowError('WR_PARAMETER_MISSING', { parameter: name, of: '' });
    return value;
  }

  /** Tells where the columns of bars lie; those that are absent stay NULL. Row numbers count from their first row. */
  load(columns: ColumnAddresses): void {
    const pairs = this.plan.steps.flatMap(({ node }) => {
      const { source } = this.plan.nodes[node]!;
      const address = source.kind === 'column' ? columns[source.name] : undefined;
      return address === undefined ? [] : [[this.#planes.get(node)!, address] as const];
    });
    const { address, count } = this.#writePairs(pairs);
    const header = this.arena.i32(this.#address, 16);
    header[field.loads] = address;
    header[field.loadCount] = count;
  }

  /** First row of the loaded bars whose results are wanted; what only earlier rows need is not computed. */
  set firstOutput(row: number) {
    this.arena.i32(this.#address, 16)[field.firstOutput] = row;
  }

  /** Keeps every result from `firstOutput` on: one address per feature, of its first row. */
  keep(addresses: readonly number[]): void {
    const { address, count } = this.#writePairs(
      this.outputAddresses().map((plane, i) => [plane, addresses[i]!] as const),
    );
    const header = this.arena.i32(this.#address, 16);
    header[field.stores] = address;
    header[field.storeCount] = count;
  }

  /** Address, for each feature, of the first row of its plane's room. */
  outputAddresses(): number[] {
    return this.plan.features.map(({ ref }) => this.#planes.get(ref.node)! - ref.lag * 8);
  }

  /** Rows that the next run can add to the block that it begins or goes on with. */
  get room(): number {
    const position = this.arena.i32(this.#address, 16)[field.position]!;
    return blockRows - (position % blockRows);
  }

  /**
   * Computes rows [first, first + rows) of the loaded bars; they follow the rows of the call before. Returns the row of
   * the planes' room at which the last computed block begins.
   */
  run(first: number, rows: number): number {
    return this.arena.exports.execute(this.#address, first, rows);
  }
}
