import { type BarColumn, barColumns } from '../catalog/bars.ts';
import { besideOf } from '../catalog/roles.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { copyBars } from '../engine/compute.ts';
import { CopyEncoder } from '../engine/copy.ts';
import { resolveParameters } from '../engine/engine.ts';
import { Arena } from '../engine/module.ts';
import { asOfMicros, layBeside, type PeerBars, type PeerProgram, peerPrograms } from '../engine/peers.ts';
import { blockRows, type Plan } from '../engine/plan.ts';
import { type ColumnAddresses, type Parameters, Session } from '../engine/session.ts';
import type { Market } from './market.ts';

/** What a month took: milliseconds on one core. */
export type MonthCost = { readonly compute: number; readonly encode: number; readonly cells: number };

type Beside = PeerBars & { readonly time: Float64Array; readonly parameters: Parameters };

/**
 * Computes plans over a month with its lookback as a backfill does, block by block, and encodes the rows of the month.
 * What is spent on rows of the lookback counts, the rows do not.
 */
export class Month {
  readonly #arena: Arena;
  readonly #set: FeatureSet;
  readonly #market: Market;
  readonly #columns: ColumnAddresses;
  readonly #parameters: Parameters;
  readonly #beside: ReadonlyMap<string, Beside>;
  readonly #mark: number;

  private constructor(arena: Arena, set: FeatureSet, market: Market, plans: readonly Plan[]) {
    const { bars, symbol, peers } = market;
    this.#arena = arena;
    this.#set = set;
    this.#market = market;
    this.#columns = copyBars(arena, bars, ['time', ...barColumns]);
    this.#parameters = resolveParameters(set, symbol, {}, bars);
    const programs = plans.flatMap(plan => peerPrograms(plan, besideOf(set, symbol)));
    this.#beside = new Map(
      [...Map.groupBy(programs, program => program.symbol)].map(([name, own]) => {
        const theirs = peers[name] ?? bars;
        const read = new Set(own.flatMap(({ plan }) => plan.columns));
        const columns = copyBars(arena, theirs, [...read.add('time')]);
        const parameters = resolveParameters(set, name, {}, theirs);
        return [name, { columns, rows: theirs.time.length, time: theirs.time, parameters }];
      }),
    );
    this.#mark = arena.top;
  }

  /** Lays out the bars that the plans read. */
  static async of(set: FeatureSet, market: Market, plans: readonly Plan[]): Promise<Month> {
    return new Month(await Arena.create(), set, market, plans);
  }

  /** Rows of the month. */
  get rows(): number {
    return this.#market.bars.time.length - this.#market.firstRow;
  }

  /** What is read of other symbols, from as far back as rows from `from` on need it. */
  #layBeside(program: PeerProgram, plan: Plan, from: number): Record<string, number> {
    const { time } = this.#market.bars;
    const beside = this.#beside.get(program.symbol)!;
    const since = time[from]! - asOfMicros(plan);
    const first = Math.max(0, beside.time.findIndex(at => at >= since) - (program.plan.lookback - 1));
    const own = {
      columns: shifted(beside.columns, first),
      rows: beside.rows - first,
      parameters: beside.parameters,
    };
    const rows = { address: this.#columns.time! + from * 8, rows: time.length - from };
    return layBeside(this.#arena, program, own, rows, asOfMicros(plan));
  }

  /** Computes and encodes the month; the checksum is the same however it is cut into blocks. */
  measure(plan: Plan, block = blockRows): { readonly cost: MonthCost; readonly checksum: bigint } {
    const { symbol, bars, firstRow } = this.#market;
    const arena = this.#arena;
    arena.release(this.#mark);
    const from = Math.max(0, firstRow - (plan.lookback - 1));
    const programs = peerPrograms(plan, besideOf(this.#set, symbol));
    let at = performance.now();
    const series = programs.map(program => this.#layBeside(program, plan, from));
    let compute = performance.now() - at;
    const session = new Session(arena, plan, this.#parameters);
    session.load({ ...shifted(this.#columns, from), ...Object.assign({}, ...series) });
    session.firstOutput = firstRow - from;
    const time = this.#columns.time!;
    const encoder = new CopyEncoder(arena, { time, columns: session.outputAddresses(), tail: [symbol] });
    let encode = 0;
    at = performance.now();
    session.run(0, firstRow - from);
    for (let row = firstRow; row < bars.time.length; ) {
      const count = Math.min(session.room, block, bars.time.length - row);
      session.run(row - from, count);
      const computed = performance.now();
      compute += computed - at;
      encoder.point(time + row * 8, session.outputAddresses());
      encoder.encode(0, count);
      at = performance.now();
      encode += at - computed;
      row += count;
    }
    const cells = this.rows * plan.features.length;
    return { cost: { compute, encode, cells }, checksum: encoder.stats().checksum };
  }
}

const shifted = (columns: ColumnAddresses, rows: number): ColumnAddresses =>
  Object.fromEntries(
    Object.entries(columns).map(([name, address]) => [name as BarColumn, address! + rows * 8]),
  );
