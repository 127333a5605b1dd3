import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import type { Arena } from '../engine/module.ts';
import { type Month, monthMicros } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';
import { BarReader, type BarsOfMonth, type WantedBars } from './barReader.ts';

type Entry = BarsOfMonth & {
  /** The instant that it begins at, in microseconds. */
  readonly since: number;
  /** Number of the symbol's last change that was known before the bars were read. */
  readonly revision: bigint | null;
};

const bytesOf = ({ time, columns }: Entry): number =>
  [...columns.values()].reduce((sum, { byteLength }) => sum + byteLength, time.byteLength);

/** What is known of a symbol while its bars do not change. */
type Known = { readonly revision: bigint | null; readonly months: readonly Month[] };

/** Months of 28 pairs with all columns that the families read take 110 MB; those before them as many. */
const defaultLimitBytes = 256 * 2 ** 20;

/** How many of the bars are of an instant or later. */
const countSince = ({ time }: BarsOfMonth, since: number): number => {
  const first = time.findIndex(one => one >= since);
  return first < 0 ? 0 : time.length - first;
};

/** Bars with columns that were read of the last of them; undefined where the times from then on have changed since. */
function joined(bars: Entry, more: BarsOfMonth, since: number): Entry | undefined {
  const ends = bars.time.subarray(bars.time.length - countSince(bars, since));
  const same = ends.length === more.time.length && ends.every((time, row) => time === more.time[row]);
  return same ? { ...bars, columns: new Map([...bars.columns, ...more.columns]) } : undefined;
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
    reader: BarReader,
    wanted: WantedBars & { readonly revision: bigint | null },
  ): Promise<BarsOfMonth> {
    const { symbol, month, columns, since, revision } = wanted;
    const key = `${symbol} ${month}`;
    // another task of the thread reads it: what fails there is tried here
    for (let other = this.#pending.get(key); other; other = this.#pending.get(key))
      await other.catch(() => {});
    const found = this.#entries.get(key);
    if (found) this.#remove(key, found);
    const isNew = found !== undefined && (revision === null || found.revision! >= revision);
    const known = isNew && found.since <= since ? found : undefined;
    const count = known ? countSince(known, since) : 0;
    const missing = columns.filter(name => {
      const values = known?.columns.get(name);
      return values === undefined || values.length < count;
    });
    if (known && missing.length === 0) {
      this.#keep(key, known);
      return known;
    }
    const read = async (names: readonly BarColumn[], from: number): Promise<Entry> => {
      this.#reads++;
      const bars = await reader.read({ symbol, month, columns: names, since: from });
      return { ...bars, since: from, revision };
    };
    const reading = async (): Promise<Entry> => {
      // a row of two instants is known to be stale where changes are logged, and nowhere else
      const more = known && revision !== null && joined(known, await read(missing, since), since);
      if (more) return more;
      const all = new Set([...(isNew ? found.columns.keys() : []), ...columns]);
      return read([...all], isNew ? Math.min(found.since, since) : since);
    };
    const pending = reading();
    this.#pending.set(key, pending);
    try {
      const entry = await pending;
      this.#keep(key, entry);
      return entry;
    } finally {
      this.#pending.delete(key);
    }
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= bytesOf(entry);
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(entry);
    for (const [oldest, other] of this.#entries) {
      if (this.#bytes <= this.#limitBytes || oldest === key) break;
      this.#remove(oldest, other);
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
  readonly #reader: BarReader;
  readonly #known = new Map<string, Known>();

  constructor(cache: BarCache, client: pg.Client, arena: Arena) {
    this.source = cache.source;
    this.#cache = cache;
    this.#reader = new BarReader(client, arena, cache.source);
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
    const revision = this.revision(symbol);
    return this.#cache.month(this.#reader, { symbol, month, columns, since, revision });
  }
}
