import type { BarColumn, Bars } from '../catalog/bars.ts';
import { copyBars } from './compute.ts';
import type { Arena } from './module.ts';
import type { Plan } from './plan.ts';
import { type ColumnAddresses, type Parameters, Session } from './session.ts';

/** One bar: its start in microseconds since the Unix epoch, UTC, and the columns it has; a missing column is NULL. */
export type Bar = { readonly time: number } & Readonly<Partial<Record<BarColumn, number>>>;

/** Rows of a block of planes. Bars come one by one; so planes of few rows lie close together, and a plan's in the cache. */
const blockRows = 16;

/** Results that are kept of bars taken at once: from this row on, one address per feature. */
type Kept = { readonly from: number; readonly results: readonly number[] };

/**
 * Puts a number of a bar, by its name, into an array. Each name is written out, and nothing is returned: a property that is
 * asked for by a variable, and a number that leaves a function, are numbers on the heap.
 */
function put(bar: Bar, name: BarColumn | 'time', into: Float64Array, at: number): void {
  switch (name) {
    case 'time':
      into[at] = bar.time;
      break;
    case 'open':
      into[at] = bar.open ?? Number.NaN;
      break;
    case 'high':
      into[at] = bar.high ?? Number.NaN;
      break;
    case 'low':
      into[at] = bar.low ?? Number.NaN;
      break;
    case 'close':
      into[at] = bar.close ?? Number.NaN;
      break;
    case 'volume':
      into[at] = bar.volume ?? Number.NaN;
      break;
    case 'bid_open':
      into[at] = bar.bid_open ?? Number.NaN;
      break;
    case 'bid_high':
      into[at] = bar.bid_high ?? Number.NaN;
      break;
    case 'bid_low':
      into[at] = bar.bid_low ?? Number.NaN;
      break;
    case 'bid_close':
      into[at] = bar.bid_close ?? Number.NaN;
      break;
    case 'ask_open':
      into[at] = bar.ask_open ?? Number.NaN;
      break;
    case 'ask_high':
      into[at] = bar.ask_high ?? Number.NaN;
      break;
    case 'ask_low':
      into[at] = bar.ask_low ?? Number.NaN;
      break;
    case 'ask_close':
      into[at] = bar.ask_close ?? Number.NaN;
      break;
    case 'spread_open':
      into[at] = bar.spread_open ?? Number.NaN;
      break;
    case 'spread_high':
      into[at] = bar.spread_high ?? Number.NaN;
      break;
    case 'spread_low':
      into[at] = bar.spread_low ?? Number.NaN;
      break;
    case 'spread_close':
      into[at] = bar.spread_close ?? Number.NaN;
      break;
  }
}

/** A session that is given its bars one by one, or many at once: buffers of one bar, of what lies beside it, of one result. */
export class LiveSession {
  readonly arena: Arena;
  readonly plan: Plan;
  readonly #session: Session;
  readonly #addresses: ColumnAddresses;
  readonly #results: readonly number[];
  readonly #seriesCount: number;
  /** Where the numbers of the bar begin, those beside it, and the results. */
  readonly #at: { readonly bar: number; readonly series: number; readonly row: number };
  #bar = new Float64Array();
  #series = new Float64Array();
  #row = new Float64Array();

  /** `series` names what is laid beside a bar, each under all its names. */
  constructor(arena: Arena, plan: Plan, parameters: Parameters, series: readonly (readonly string[])[]) {
    this.arena = arena;
    this.plan = plan;
    const { columns, features } = plan;
    this.#seriesCount = series.length;
    this.#at = {
      bar: arena.allocate(columns.length * 8),
      series: arena.allocate(series.length * 8),
      row: arena.allocate(features.length * 8),
    };
    const beside = series.map((_, i) => this.#at.series + i * 8);
    this.#addresses = {
      ...Object.fromEntries(columns.map((name, i) => [name, this.#at.bar + i * 8])),
      ...named(series, beside),
    };
    this.#results = features.map((_, i) => this.#at.row + i * 8);
    this.#session = new Session(arena, plan, parameters, blockRows);
    this.#session.load(this.#addresses);
    this.#session.keep(this.#results);
  }

  /** Views go stale when the memory grows, and are empty then. */
  #view(view: Float64Array<ArrayBuffer>, address: number, length: number): Float64Array<ArrayBuffer> {
    return view.length === length ? view : (this.arena.f64(address, length) as Float64Array<ArrayBuffer>);
  }

  /** The features of the last bar. */
  get row(): Float64Array {
    this.#row = this.#view(this.#row, this.#at.row, this.#results.length);
    return this.#row;
  }

  /** What lies beside the next bar, in the order of the series. */
  get series(): Float64Array {
    this.#series = this.#view(this.#series, this.#at.series, this.#seriesCount);
    return this.#series;
  }

  take(bar: Bar): void {
    const { columns } = this.plan;
    this.#bar = this.#view(this.#bar, this.#at.bar, columns.length);
    for (let i = 0; i < columns.length; i++) put(bar, columns[i]!, this.#bar, i);
    this.#session.run(0, 1);
  }

  /**
   * Takes bars at once, with what lies beside them by name. Computed is what later bars depend on, and the results that
   * are to be kept. Memory that the caller allocated holds them; it may be released behind this.
   */
  takeAll(bars: Bars, beside: Readonly<Record<string, number>>, kept?: Kept): void {
    const { arena, plan } = this;
    const session = this.#session;
    const rows = bars.time.length;
    const mark = arena.top;
    session.load({ ...copyBars(arena, bars, plan.columns), ...beside });
    session.firstOutput = kept?.from ?? rows;
    if (kept) session.keep(kept.results);
    session.run(0, rows);
    session.firstOutput = 0;
    session.load(this.#addresses);
    if (kept) session.keep(this.#results);
    arena.release(mark);
  }
}

/** Addresses of series, each under all its names. */
export const named = (
  series: readonly (readonly string[])[],
  addresses: readonly number[],
): Record<string, number> =>
  Object.fromEntries(series.flatMap((names, i) => names.map(name => [name, addresses[i]!] as const)));
