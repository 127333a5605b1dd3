import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { CopyDecoder } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import { type Month, monthMicros, nextMonth } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { type BarSource, readingSettings } from '../store/sources.ts';
import { checkUnique } from './readBars.ts';

/** The bars of one symbol and month. */
export type BarsOfMonth = {
  readonly month: Month;
  readonly time: Float64Array;
  readonly columns: ReadonlyMap<BarColumn, Float64Array>;
};

type Entry = BarsOfMonth & { readonly bytes: number };

/** What is known of a symbol while its bars do not change. */
type Known = { readonly revision: bigint | null; readonly months: readonly Month[] };

/** Months of 28 pairs with their closes take 20 MB; those before them as many. */
const defaultLimitBytes = 256 * 2 ** 20;

/**
 * Bars of other symbols, decoded once for all the tasks of a thread that read them: tasks come month by month, and each
 * pair of a month reads all others. What was not used for the longest time makes room for what is.
 */
export class BarCache {
  readonly #client: pg.Client;
  readonly #arena: Arena;
  readonly #source: BarSource;
  readonly #limitBytes: number;
  readonly #revisions = new Map<string, bigint | null>();
  readonly #known = new Map<string, Known>();
  /** By symbol and month, in the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  /** All columns that anybody has asked for. */
  readonly #columns = new Set<BarColumn>();
  #bytes = 0;
  #reads = 0;

  constructor(client: pg.Client, arena: Arena, source: BarSource, limitBytes = defaultLimitBytes) {
    this.#client = client;
    this.#arena = arena;
    this.#source = source;
    this.#limitBytes = limitBytes;
  }

  /** Months read from the database so far, and bytes in memory. */
  get figures(): { readonly reads: number; readonly bytes: number } {
    return { reads: this.#reads, bytes: this.#bytes };
  }

  /** Forgets which bars are up to date: from now on changes until now are seen. */
  renew(): void {
    this.#revisions.clear();
  }

  /** Looks once for all symbols whether their bars have changed, and which months they have. */
  async look(symbols: readonly string[]): Promise<void> {
    const unseen = symbols.filter(symbol => !this.#revisions.has(symbol));
    if (unseen.length === 0) return;
    // before the bars: a change that comes between the two makes the partition stale, never silently old
    const revisions = await this.#source.revisions(this.#client, unseen);
    for (const symbol of unseen) this.#revisions.set(symbol, revisions?.get(symbol) ?? null);
    const changed = unseen.filter(
      symbol => this.#known.get(symbol)?.revision !== this.#revisions.get(symbol),
    );
    if (changed.length === 0) return;
    const months = await this.#source.months(this.#client, changed);
    for (const symbol of changed) {
      for (const [key, { bytes }] of this.#entries) {
        if (!key.startsWith(`${symbol} `)) continue;
        this.#entries.delete(key);
        this.#bytes -= bytes;
      }
      const own = (months.get(symbol) ?? []).map(({ month }) => month).sort();
      this.#known.set(symbol, { revision: this.#revisions.get(symbol)!, months: own });
    }
  }

  /** Number of a symbol's last change that its bars here have seen; null where changes are not logged. */
  revision(symbol: string): bigint | null {
    return this.#known.get(symbol)?.revision ?? null;
  }

  /** The months that a symbol has bars in, in their order. */
  months(symbol: string): readonly Month[] {
    return this.#known.get(symbol)?.months ?? [];
  }

  /** The bars of a month, with at least these columns. */
  async month(symbol: string, month: Month, columns: readonly BarColumn[]): Promise<BarsOfMonth> {
    const key = `${symbol} ${month}`;
    const found = this.#entries.get(key);
    if (found) {
      this.#entries.delete(key);
      this.#bytes -= found.bytes;
    }
    const whole = found !== undefined && columns.every(name => found.columns.has(name));
    const entry = whole ? found : await this.#read(symbol, month, columns);
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    for (const [oldest, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#limitBytes || oldest === key) break;
      this.#entries.delete(oldest);
      this.#bytes -= bytes;
    }
    return entry;
  }

  async #read(symbol: string, month: Month, asked: readonly BarColumn[]): Promise<Entry> {
    for (const name of asked) this.#columns.add(name);
    const columns = [...this.#columns];
    const mark = this.#arena.top;
    try {
      await this.#client.query(readingSettings);
      const decoder = new CopyDecoder(this.#arena, { columns: columns.length });
      const [from, to] = [monthMicros(month), monthMicros(nextMonth(month))];
      await receiveCopy(this.#client, this.#source.copyOutSql(symbol, columns, from, to), decoder);
      const { rows } = decoder.finish();
      const time = decoder.time().slice();
      checkUnique(time, symbol, this.#source.id);
      this.#reads++;
      return {
        month,
        time,
        columns: new Map(columns.map((name, i) => [name, decoder.column(i).slice()])),
        bytes: rows * 8 * (columns.length + 1),
      };
    } finally {
      this.#arena.release(mark);
    }
  }
}
