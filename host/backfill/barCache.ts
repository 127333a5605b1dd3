import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { CopyDecoder } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import { WindrowError } from '../errors.ts';
import { type Month, monthMicros, nextMonth, sqlTime } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { type BarSource, readingSettings } from '../store/sources.ts';

/** The bars of one symbol and month, all of them or those from some instant on. */
export type BarsOfMonth = {
  readonly month: Month;
  readonly time: Float64Array;
  readonly columns: ReadonlyMap<BarColumn, Float64Array>;
};

type Entry = BarsOfMonth & {
  /** The instant that it begins at, in microseconds. */
  readonly since: number;
  /** Number of the symbol's last change that was known before the bars were read. */
  readonly revision: bigint | null;
  readonly bytes: number;
};

/** What is known of a symbol while its bars do not change. */
type Known = { readonly revision: bigint | null; readonly months: readonly Month[] };

/** What is asked for: columns of a month, from an instant on that lies in it or before. */
type Wanted = { readonly columns: readonly BarColumn[]; readonly since: number };

/** A connection to read with, and memory to decode in. */
type Reader = { readonly client: pg.Client; readonly arena: Arena };

/** Months of 28 pairs with all columns that the families read take 110 MB; those before them as many. */
const defaultLimitBytes = 256 * 2 ** 20;

/** Minutes of 31 days. */
const longestMonth = 44_640;

/** A window counts bars: one that is there twice, in a table without a key, would count twice in silence. */
function checkUnique(time: Float64Array, symbol: string, source: string): void {
  for (let row = 1; row < time.length; row++)
    if (time[row] === time[row - 1])
      throw new WindrowError('WR_BARS_TWICE', { source, symbol, time: sqlTime(time[row]!) });
}

/**
 * Bars of a source, decoded once for all the tasks of a thread that read them: tasks come month by month, each month is
 * history of the next one, and each pair of a month reads all others. What was not used for the longest time makes room
 * for what is.
 */
export class BarCache {
  readonly source: BarSource;
  readonly #limitBytes: number;
  readonly #known = new Map<string, Known>();
  /** By symbol and month, in the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  /** What is being read, by symbol and month. */
  readonly #pending = new Map<string, Promise<Entry>>();
  #bytes = 0;
  #reads = 0;

  constructor(source: BarSource, limitBytes = defaultLimitBytes) {
    this.source = source;
    this.#limitBytes = limitBytes;
  }

  /** Months read from the database so far, and bytes in memory. */
  get figures(): { readonly reads: number; readonly bytes: number } {
    return { reads: this.#reads, bytes: this.#bytes };
  }

  /** What is known of symbols whose bars are as new as these revisions say. */
  async known(
    client: pg.Client,
    revisions: ReadonlyMap<string, bigint | null>,
  ): Promise<ReadonlyMap<string, Known>> {
    const changed = [...revisions.keys()].filter(
      symbol => this.#known.get(symbol)?.revision !== revisions.get(symbol),
    );
    if (changed.length > 0) {
      const months = await this.source.months(client, changed);
      for (const symbol of changed) {
        const own = (months.get(symbol) ?? []).map(({ month }) => month).sort();
        this.#known.set(symbol, { revision: revisions.get(symbol)!, months: own });
      }
    }
    return new Map([...revisions.keys()].map(symbol => [symbol, this.#known.get(symbol)!]));
  }

  /** What is wanted of a month, as it was at a revision or later. */
  async month(
    reader: Reader,
    symbol: string,
    month: Month,
    wanted: Wanted & { readonly revision: bigint | null },
  ): Promise<BarsOfMonth> {
    const key = `${symbol} ${month}`;
    // another task of the thread reads it: what fails there is tried here
    for (let other = this.#pending.get(key); other; other = this.#pending.get(key))
      await other.catch(() => {});
    const found = this.#entries.get(key);
    if (found) this.#remove(key, found);
    const { revision } = wanted;
    const isNew = found !== undefined && (revision === null || found.revision! >= revision);
    const has = isNew && found.since <= wanted.since && wanted.columns.every(name => found.columns.has(name));
    if (has) {
      this.#keep(key, found);
      return found;
    }
    const columns = [...new Set([...(isNew ? found.columns.keys() : []), ...wanted.columns])];
    const since = isNew ? Math.min(found.since, wanted.since) : wanted.since;
    const reading = this.#read(reader, symbol, month, { columns, since, revision });
    this.#pending.set(key, reading);
    try {
      const entry = await reading;
      this.#keep(key, entry);
      return entry;
    } finally {
      this.#pending.delete(key);
    }
  }

  #remove(key: string, { bytes }: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= bytes;
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    for (const [oldest, other] of this.#entries) {
      if (this.#bytes <= this.#limitBytes || oldest === key) break;
      this.#remove(oldest, other);
    }
  }

  async #read(
    { client, arena }: Reader,
    symbol: string,
    month: Month,
    { columns, since, revision }: Wanted & { readonly revision: bigint | null },
  ): Promise<Entry> {
    const { source } = this;
    const mark = arena.top;
    try {
      await client.query(readingSettings);
      const decoder = new CopyDecoder(arena, { columns: columns.length, capacity: longestMonth + 1 });
      await receiveCopy(
        client,
        source.copyOutSql(symbol, columns, since, monthMicros(nextMonth(month))),
        decoder,
      );
      const { rows } = decoder.finish();
      // one piece of memory: each is a reason to look for garbage
      const values = new Float64Array(rows * (columns.length + 1));
      const keep = (place: number, plane: Float64Array): Float64Array => {
        values.set(plane, place * rows);
        return values.subarray(place * rows, (place + 1) * rows);
      };
      const time = keep(0, decoder.time());
      checkUnique(time, symbol, source.id);
      this.#reads++;
      return {
        ...{ month, since, revision, time },
        columns: new Map(columns.map((name, i) => [name, keep(i + 1, decoder.column(i))])),
        bytes: values.byteLength,
      };
    } finally {
      arena.release(mark);
    }
  }
}

/**
 * The cache as one task sees it: bars as they were when it first asked for a symbol, or newer. What is noted of what was read
 * is never newer than the bars.
 */
export class BarView {
  readonly source: BarSource;
  readonly #cache: BarCache;
  readonly #reader: Reader;
  readonly #known = new Map<string, Known>();

  constructor(cache: BarCache, reader: Reader) {
    this.source = cache.source;
    this.#cache = cache;
    this.#reader = reader;
  }

  /** Forgets which bars are up to date: from now on changes until now are seen. */
  renew(): void {
    this.#known.clear();
  }

  /** Looks once for all symbols whether their bars have changed, and which months they have. */
  async look(symbols: readonly string[]): Promise<void> {
    const unseen = symbols.filter(symbol => !this.#known.has(symbol));
    if (unseen.length === 0) return;
    const { client } = this.#reader;
    // before the bars: a change that comes between the two makes the partition stale, never silently old
    const revisions = await this.source.revisions(client, unseen);
    const known = await this.#cache.known(
      client,
      new Map(unseen.map(symbol => [symbol, revisions?.get(symbol) ?? null])),
    );
    for (const [symbol, one] of known) this.#known.set(symbol, one);
  }

  /** Number of a symbol's last change that its bars here have seen; null where changes are not logged. */
  revision(symbol: string): bigint | null {
    return this.#known.get(symbol)?.revision ?? null;
  }

  /** The months that a symbol has bars in, in their order. */
  months(symbol: string): readonly Month[] {
    return this.#known.get(symbol)?.months ?? [];
  }

  /** The bars of a month, with at least these columns, from an instant on or from an earlier one. */
  month(
    symbol: string,
    month: Month,
    columns: readonly BarColumn[],
    since = monthMicros(month),
  ): Promise<BarsOfMonth> {
    return this.#cache.month(this.#reader, symbol, month, {
      columns,
      since,
      revision: this.revision(symbol),
    });
  }
}
