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

/** Computes a partition block by block and hands out its COPY bytes; memory does not grow with the rows. */
export class PartitionBytes {
  readonly #input: PartitionInput;
  readonly #session: Session;
  readonly #encoder: CopyEncoder;
  readonly #fits: FitReader;
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
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { firstRow, plan } = this.#input;
    for (let row = Math.max(0, firstRow - plan.lookback + 1); row < firstRow; row += historyRows)
      this.#session.run(row, Math.min(historyRows, firstRow - row));
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
    this.begin();
    await write(copyHeader);
    for (let row = firstRow; row < rows; ) {
      const count = Math.min(this.#session.room, rows - row);
      this.#session.run(row, count);
      this.#encoder.point(columns.time! + row * 8, this.#session.outputAddresses());
      this.#fits.read(columns.time! + row * 8, count);
      await write(this.#encoder.encode(0, count));
      onRows(count);
      row += count;
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
