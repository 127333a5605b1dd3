import { setImmediate } from 'node:timers/promises';
import type { Model } from '../catalog/family.ts';
import { type CellType, CopyEncoder, type CopyStats, copyHeader, copyTrailer } from '../engine/copy.ts';
import { type Fit, FitReader } from '../engine/fits.ts';
import type { Arena } from '../engine/module.ts';
import type { Plan } from '../engine/plan.ts';
import { type ColumnAddresses, type Parameters, Session } from '../engine/session.ts';

export type PartitionInput = {
  readonly arena: Arena;
  readonly plan: Plan;
  readonly parameters: Parameters;
  /** Where the bars lie, history included; `time` among them. */
  readonly columns: ColumnAddresses;
  /** Bars loaded, and the first of them that belongs to the partition. */
  readonly rows: number;
  readonly firstRow: number;
  readonly type: CellType;
  readonly symbol: string;
  /** Models that the plan has been made with, to be read at their anchors. */
  readonly models?: readonly Model[];
};

/** Rows before a partition that are computed at a time. */
const historyRows = 8_192;

/** Milliseconds after which whoever computes lets others have their turn. */
const turnMs = 0.5;

/** A block is computed at once, in about so many milliseconds at most: while it is, others' servers run out of bytes. */
const blockMs = 1;
const leastRows = 96;

/** Rows of the next block, by how many a millisecond the last one had. */
const rowsAtOnce = (rowsPerMs: number): number => Math.max(leastRows, Math.ceil(rowsPerMs * blockMs));

/** What takes no longer did not wait. */
const atOnceMs = 0.2;

/**
 * A thread serves several connections. A small write is done at once and never waits, and so whoever computes much and writes
 * little would keep the others' servers idle.
 */
class Turn {
  #since = performance.now();

  async pass(): Promise<void> {
    if (performance.now() - this.#since < turnMs) return;
    await setImmediate();
    this.#since = performance.now();
  }

  /** Waits for what may take time, in which others have theirs, or may be done at once. */
  async wait(step: Promise<void>): Promise<void> {
    const start = performance.now();
    await step;
    if (performance.now() - start > atOnceMs) this.#since = performance.now();
  }
}

/** Computes a partition block by block and hands out its COPY bytes; memory does not grow with the rows. */
export class PartitionBytes {
  readonly #input: PartitionInput;
  readonly #session: Session;
  readonly #encoder: CopyEncoder;
  readonly #fits: FitReader;
  readonly #turn = new Turn();
  #begun = false;

  constructor(input: PartitionInput) {
    const { arena, plan, parameters, columns, firstRow, type, symbol } = input;
    this.#input = input;
    this.#session = new Session(arena, plan, parameters);
    this.#session.load(columns);
    this.#session.firstOutput = firstRow;
    this.#fits = new FitReader(arena, this.#session, input.models ?? []);
    this.#encoder = new CopyEncoder(arena, {
      time: columns.time!,
      columns: this.#session.outputAddresses(),
      type,
      tail: [symbol],
    });
  }

  /** What the models were at the anchors of the rows that have been fed. */
  get fits(): readonly Fit[] {
    return this.#fits.found;
  }

  /** Computes what the first row needs of the bars before the partition. */
  async begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    const { firstRow, plan } = this.#input;
    for (let row = Math.max(0, firstRow - plan.lookback + 1); row < firstRow; row += historyRows) {
      this.#session.run(row, Math.min(historyRows, firstRow - row));
      await this.#turn.pass();
    }
  }

  /**
   * The whole stream, header and trailer included. A chunk is valid until the next one is asked for; `onRows` hears how
   * many rows each block has added.
   */
  async feed(
    write: (bytes: Uint8Array) => Promise<void>,
    onRows: (rows: number) => void,
  ): Promise<CopyStats> {
    const { rows, firstRow, columns } = this.#input;
    await this.begin();
    await write(copyHeader);
    let most = Number.POSITIVE_INFINITY;
    for (let row = firstRow; row < rows; ) {
      const count = Math.min(most, this.#session.room, rows - row);
      const start = performance.now();
      this.#session.run(row, count);
      most = rowsAtOnce(count / (performance.now() - start));
      this.#encoder.point(columns.time! + row * 8, this.#session.outputAddresses());
      this.#fits.read(columns.time! + row * 8, count);
      await this.#turn.wait(write(this.#encoder.encode(0, count)));
      onRows(count);
      row += count;
      await this.#turn.pass();
    }
    await write(copyTrailer);
    return this.#encoder.stats();
  }
}

/** Bytes of a partition's COPY stream without NULLs: what a plan estimates. */
export const streamBytes = (rows: number, features: number, symbol: string, type: CellType): number =>
  copyHeader.length +
  copyTrailer.length +
  rows * (2 + 12 + features * (type === 'real' ? 8 : 12) + 4 + symbol.length);
