import type { BarColumn } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { checkTime } from './compute.ts';
import type { Arena } from './module.ts';
import type { Plan } from './plan.ts';
import { type Parameters, Session } from './session.ts';

/** One bar: its start in microseconds since the Unix epoch, UTC, and the columns it has; a missing column is NULL. */
export type Bar = { readonly time: number } & Readonly<Partial<Record<BarColumn, number>>>;

/** Series of another symbol: the stream of its bars, and what it gave at times that no row has come to yet. */
type Beside = { readonly stream: FeatureStream; readonly ahead: Map<number, Float64Array> };

/**
 * Features one bar at a time, through the program that a backfill runs: the same bits. To a stream the first bar that it
 * takes is the symbol's first, so its values are those of a backfill from the row on whose `lookback` bars it has taken.
 * Before that most are NULL; what a symbol has from its first bars on, such as partial windows, is that of a symbol that
 * begins here.
 */
export class FeatureStream {
  readonly names: readonly string[];
  /** Bars to push before every value is what a backfill would store. */
  readonly lookback: number;
  readonly #session: Session;
  readonly #plan: Plan;
  readonly #row: Float64Array;
  readonly #bar: Float64Array;
  readonly #beside: ReadonlyMap<string, Beside>;
  readonly #series: Float64Array;
  #time = Number.NEGATIVE_INFINITY;
  #pushed = 0;

  /** `peers` has a stream for each symbol whose series the plan reads. */
  constructor(
    arena: Arena,
    plan: Plan,
    parameters: Parameters,
    peers: ReadonlyMap<string, FeatureStream> = new Map(),
  ) {
    this.#plan = plan;
    this.names = plan.features.map(feature => feature.name);
    this.lookback = plan.lookback;
    this.#beside = new Map([...peers].map(([symbol, stream]) => [symbol, { stream, ahead: new Map() }]));
    const series = [...peers.values()].flatMap(({ names }) => names);
    const bar = arena.allocate(plan.columns.length * 8);
    const besideBar = arena.allocate(series.length * 8);
    const row = arena.allocate(plan.features.length * 8);
    this.#session = new Session(arena, plan, parameters);
    this.#session.load({
      ...Object.fromEntries(plan.columns.map((name, i) => [name, bar + i * 8])),
      ...Object.fromEntries(series.map((name, i) => [name, besideBar + i * 8])),
    });
    this.#session.keep(plan.features.map((_, i) => row + i * 8));
    // the last allocation is done, so these views stay
    this.#bar = arena.f64(bar, plan.columns.length);
    this.#series = arena.f64(besideBar, series.length);
    this.#row = arena.f64(row, plan.features.length);
  }

  /** The other symbols whose bars features read, and how many bars their series look back. */
  get peers(): ReadonlyMap<string, number> {
    return new Map([...this.#beside].map(([symbol, { stream }]) => [symbol, stream.lookback]));
  }

  /**
   * Takes the next bar of another symbol that features read. It comes before the bar of the same time; it may come much
   * earlier, and at times that have no bar. A row for whose time there was none finds NULL there.
   */
  pushPeer(symbol: string, bar: Bar): void {
    const beside = this.#beside.get(symbol);
    if (!beside)
      throw new WindrowError('WR_STREAM_PEER', {
        symbol,
        known: [...this.#beside.keys()].join(', ') || 'no other symbol',
      });
    if (bar.time <= this.#time)
      throw new WindrowError('WR_STREAM_PEER_LATE', { symbol, time: bar.time, last: this.#time });
    beside.ahead.set(bar.time, beside.stream.push(bar).slice());
  }

  /** Lays the other symbols' values at a time beside the bar and forgets those of earlier times. */
  #layBeside(time: number): void {
    let at = 0;
    for (const { stream, ahead } of this.#beside.values()) {
      const values = ahead.get(time);
      for (const earlier of ahead.keys()) {
        if (earlier > time) break;
        ahead.delete(earlier);
      }
      const end = at + stream.names.length;
      if (values) this.#series.set(values, at);
      else this.#series.fill(Number.NaN, at, end);
      at = end;
    }
  }

  /**
   * Takes the next bar and returns its features in the order of `names`, NaN for NULL. The array is reused by the next
   * push: copy what must stay.
   */
  push(bar: Bar): Float64Array {
    checkTime(bar.time, this.#pushed);
    if (!(bar.time > this.#time))
      throw new WindrowError('WR_STREAM_ORDER', { time: bar.time, last: this.#time });
    this.#time = bar.time;
    this.#pushed++;
    const { columns } = this.#plan;
    for (let i = 0; i < columns.length; i++) this.#bar[i] = bar[columns[i]!] ?? Number.NaN;
    this.#layBeside(bar.time);
    this.#session.run(0, 1);
    return this.#row;
  }
}
