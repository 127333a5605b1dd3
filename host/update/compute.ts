import type { BarColumn } from '../catalog/bars.ts';
import { type CellType, CopyEncoder, type CopyStats } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import { asOfMicros } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import { Session } from '../engine/session.ts';
import type { RowPlan } from './order.ts';

/** Bars of one symbol in an arena, history first. */
export type SymbolBars = {
  readonly time: number;
  readonly columns: Readonly<Partial<Record<BarColumn, number>>>;
  readonly rows: number;
  /** The first row that is wanted; those before it are history. */
  readonly firstRow: number;
};

/** A series of another symbol, ready to be laid beside the rows of any. */
type PeerSeries = {
  readonly name: string;
  readonly time: number;
  readonly values: number;
  readonly rows: number;
};

/** What a row ends with: symbol, source, version. */
export type RowTail = readonly [symbol: string, source: string, version: string];

export type ComputedRows = {
  readonly stats: CopyStats;
  /** How many values were limited. */
  readonly clipped: number;
  /** Mean and deviation before the last row, in the order of the plan's norms; NaN where there is none. */
  readonly norms: readonly { readonly mean: number; readonly sd: number }[];
};

/** Bars before the first wanted row that a plan, and the series of other symbols in it, look back on. */
export const historyOf = (plan: Plan): number => plan.lookback - 1;

/**
 * Computes rows of one symbol after the other with one session. What a symbol leaves in the planes does not reach the
 * next: it begins with NULL for history, or with its whole lookback.
 */
export class RowComputer {
  readonly #arena: Arena;
  readonly #plan: RowPlan;
  readonly #session: Session;
  readonly #asOf: number;
  readonly #barColumns: readonly BarColumn[];
  readonly #encoder: CopyEncoder;
  #peers: readonly PeerSeries[] = [];

  constructor(arena: Arena, plan: RowPlan, type: CellType, barColumns: readonly BarColumn[]) {
    this.#arena = arena;
    this.#plan = plan;
    this.#barColumns = barColumns;
    const { features, clipped } = plan;
    const columns = barColumns.length + features.length + (clipped === undefined ? 0 : 1);
    this.#encoder = new CopyEncoder(arena, {
      time: 0,
      columns: Array(columns).fill(0),
      tail: ['', '', ''],
      type,
    });
    this.#asOf = asOfMicros(plan.plan);
    this.#session = new Session(arena, plan.plan, {});
  }

  /** Computes the series of another symbol that the plan reads. They hold until the arena is released below them. */
  addPeer(plan: Plan, bars: SymbolBars): void {
    const results = plan.features.map(() => this.#arena.allocate(bars.rows * 8));
    const session = new Session(this.#arena, plan, {});
    session.load({ time: bars.time, ...bars.columns });
    session.keep(results);
    session.run(0, bars.rows);
    const series = plan.features.map(({ name }, i) => ({
      name,
      time: bars.time,
      values: results[i]!,
      rows: bars.rows,
    }));
    this.#peers = [...this.#peers, ...series];
  }

  forgetPeers(): void {
    this.#peers = [];
  }

  /** Lays the series of other symbols beside the bars and makes the session ready for their first row. */
  #begin({ time, columns, rows, firstRow }: SymbolBars): void {
    const session = this.#session;
    const peers = this.#peers.map(peer => {
      const values = this.#arena.allocate(rows * 8);
      this.#arena.exports.alignRows(time, rows, peer.time, peer.values, peer.rows, this.#asOf, values);
      return [peer.name, values] as const;
    });
    // with its whole lookback loaded a row cannot tell what lay in the planes before
    if (firstRow < historyOf(this.#plan.plan)) session.reset();
    else session.restart();
    session.load({ time, ...columns, ...Object.fromEntries(peers) });
    session.firstOutput = firstRow;
  }

  /** The features' values from `firstRow` on, in the order of the plan; views until the next allocation. */
  values(bars: SymbolBars): Float64Array[] {
    const { plan, features } = this.#plan;
    const count = bars.rows - bars.firstRow;
    const results = plan.features.map(() => this.#arena.allocate(count * 8));
    this.#begin(bars);
    this.#session.keep(results);
    const fromRow = Math.max(0, bars.firstRow - historyOf(plan));
    this.#session.run(fromRow, bars.rows - fromRow);
    return features.map(({ at }) => this.#arena.f64(results[at]!, count));
  }

  /** Computes the rows from `firstRow` on and writes them as tuples of a binary COPY: time, bar, features, tail. */
  async write(
    bars: SymbolBars,
    tail: RowTail,
    write: (bytes: Uint8Array) => Promise<void>,
  ): Promise<ComputedRows> {
    const arena = this.#arena;
    const session = this.#session;
    const encoder = this.#encoder;
    const { plan, features, clipped, norms } = this.#plan;
    const mark = arena.top;
    try {
      const { time, columns, rows, firstRow } = bars;
      const fromRow = Math.max(0, firstRow - historyOf(plan));
      this.#begin(bars);
      const stored = this.#barColumns.map(name => columns[name]!);
      const places = [...features.map(({ at }) => at), ...(clipped === undefined ? [] : [clipped])];
      const addressesAt = (row: number): number[] => {
        const outputs = session.outputAddresses();
        return [...stored.map(address => address + row * 8), ...places.map(at => outputs[at]!)];
      };
      encoder.begin(tail);
      session.run(fromRow, firstRow - fromRow);
      let limited = 0;
      for (let row = firstRow; row < rows; ) {
        const count = Math.min(session.room, rows - row);
        session.run(row, count);
        encoder.point(time + row * 8, addressesAt(row));
        await write(encoder.encode(0, count));
        if (clipped !== undefined)
          for (const one of arena.f64(session.outputAddresses()[clipped]!, count)) limited += one;
        row += count;
        if (row < rows) continue;
        const outputs = norms.length > 0 ? session.outputAddresses() : [];
        const last = (at: number): number => arena.f64(outputs[at]! + (count - 1) * 8, 1)[0]!;
        return {
          stats: encoder.stats(),
          clipped: limited,
          norms: norms.map(({ mean, sd }) => ({ mean: last(mean), sd: last(sd) })),
        };
      }
      return { stats: encoder.stats(), clipped: 0, norms: [] };
    } finally {
      arena.release(mark);
    }
  }
}
