import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { CopyDecoder } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import { WindrowError } from '../errors.ts';
import { type Month, monthMicros, nextMonth, sqlTime } from '../store/month.ts';
import { receiveCopies } from '../store/receiveCopy.ts';
import { type BarSource, readingSettings } from '../store/sources.ts';

/** What is asked for: columns of a symbol's month, from an instant on that lies in it or before. */
export type WantedBars = {
  readonly symbol: string;
  readonly month: Month;
  readonly columns: readonly BarColumn[];
  readonly since: number;
};

/**
 * The bars of a month, all of them or those from some instant on. A column that less is needed of has the values of the last
 * ones alone.
 */
export type BarsOfMonth = {
  readonly month: Month;
  readonly time: Float64Array;
  readonly columns: ReadonlyMap<BarColumn, Float64Array>;
};

type Asked = {
  readonly wanted: WantedBars;
  readonly resolve: (bars: BarsOfMonth) => void;
  readonly reject: (error: unknown) => void;
};

/** Minutes of 31 days. */
const longestMonth = 44_640;

/** Months that are decoded side by side: room for 16 columns of all of them is 50 MB. */
const together = 8;

/** A window counts bars: one that is there twice, in a table without a key, would count twice in silence. */
function checkUnique(time: Float64Array, symbol: string, source: string): void {
  for (let row = 1; row < time.length; row++)
    if (time[row] === time[row - 1])
      throw new WindrowError('WR_BARS_TWICE', { source, symbol, time: sqlTime(time[row]!) });
}

/** Reads bars over one connection. What is asked for at once, the connection is asked for together. */
export class BarReader {
  readonly client: pg.Client;
  readonly #source: BarSource;
  readonly #arena: Arena;
  readonly #asked: Asked[] = [];
  #isReading = false;

  constructor(client: pg.Client, arena: Arena, source: BarSource) {
    this.client = client;
    this.#arena = arena;
    this.#source = source;
  }

  /** Bars as they are now, decoded in the arena, whose memory is free again when they are there. */
  read(wanted: WantedBars): Promise<BarsOfMonth> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ wanted, resolve, reject });
      if (this.#isReading) return;
      this.#isReading = true;
      queueMicrotask(() => void this.#readAll());
    });
  }

  async #readAll(): Promise<void> {
    while (this.#asked.length > 0) {
      const some = this.#asked.splice(0, together);
      try {
        const found = await this.#readTogether(some.map(({ wanted }) => wanted));
        some.forEach(({ resolve }, i) => {
          resolve(found[i]!);
        });
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    this.#isReading = false;
  }

  async #readTogether(wanted: readonly WantedBars[]): Promise<BarsOfMonth[]> {
    const mark = this.#arena.top;
    try {
      const decoders = wanted.map(
        ({ columns }) =>
          new CopyDecoder(this.#arena, { columns: columns.length, capacity: longestMonth + 1 }),
      );
      const copies = wanted.map(({ symbol, month, columns, since }) =>
        this.#source.copyOutSql(symbol, columns, since, monthMicros(nextMonth(month))),
      );
      await receiveCopies(this.client, [readingSettings, ...copies], decoders);
      return wanted.map((one, i) => this.#kept(one, decoders[i]!));
    } finally {
      this.#arena.release(mark);
    }
  }

  /** Decoded bars, out of the arena. */
  #kept({ symbol, month, columns }: WantedBars, decoder: CopyDecoder): BarsOfMonth {
    const { rows } = decoder.finish();
    // one piece of memory: each is a reason to look for garbage
    const values = new Float64Array(rows * (columns.length + 1));
    const keep = (place: number, plane: Float64Array): Float64Array => {
      values.set(plane, place * rows);
      return values.subarray(place * rows, (place + 1) * rows);
    };
    const time = keep(0, decoder.time());
    checkUnique(time, symbol, this.#source.id);
    return {
      ...{ month, time },
      columns: new Map(columns.map((name, i) => [name, keep(i + 1, decoder.column(i))])),
    };
  }
}
