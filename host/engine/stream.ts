import type { BarColumn } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { checkTime } from './compute.ts';
import type { Arena } from './module.ts';
import { asOfMicros, type PeerProgram } from './peers.ts';
import type { Plan } from './plan.ts';
import { type Parameters, Session } from './session.ts';

/** One bar: its start in microseconds since the Unix epoch, UTC, and the columns it has; a missing column is NULL. */
export type Bar = { readonly time: number } & Readonly<Partial<Record<BarColumn, number>>>;

/** What is computed over the bars of one other symbol, and the stream that does, or the parameter that it lacks. */
export type PeerStream = PeerProgram & {
  /** Whether it is the symbol at hand: its bars come as the own ones. */
  readonly own: boolean;
  readonly stream: FeatureStream | string;
};

/** What a stream of another symbol's bars gave at times that no row has come to yet, and before them the newest. */
type Beside = PeerStream & { readonly ahead: Map<number, Float64Array> };

function pushAhead({ stream, ahead }: Beside, bar: Bar): void {
  if (typeof stream !== 'string') ahead.set(bar.time, stream.push(bar).slice());
}

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
  readonly #beside: readonly Beside[];
  readonly #series: Float64Array;
  readonly #asOf: number;
  #time = Number.NEGATIVE_INFINITY;
  #pushed = 0;

  /** `peers` has a stream for each symbol whose series the plan reads. */
  constructor(arena: Arena, plan: Plan, parameters: Parameters, peers: readonly PeerStream[] = []) {
    this.#plan = plan;
    this.names = plan.features.map(feature => feature.name);
    this.#asOf = asOfMicros(plan);
    this.#beside = peers.map(peer => ({ ...peer, ahead: new Map() }));
    const own = peers.flatMap(peer => (peer.own ? [peer.plan.lookback] : []));
    this.lookback = plan.lookback + Math.max(1, ...own) - 1;
    const series = peers.flatMap(({ names }) => names);
    const bar = arena.allocate(plan.columns.length * 8);
    const besideBar = arena.allocate(series.length * 8);
    const row = arena.allocate(plan.features.length * 8);
    this.#session = new Session(arena, plan, parameters);
    this.#session.load({
      ...Object.fromEntries(plan.columns.map((name, i) => [name, bar + i * 8])),
      ...Object.fromEntries(series.flatMap((names, i) => names.map(name => [name, besideBar + i * 8]))),
    });
    this.#session.keep(plan.features.map((_, i) => row + i * 8));
    // the last allocation is done, so these views stay
    this.#bar = arena.f64(bar, plan.columns.length);
    this.#series = arena.f64(besideBar, series.length);
    this.#row = arena.f64(row, plan.features.length);
  }

  /** The other symbols whose bars features read, and how many bars their series look back. */
  get peers(): ReadonlyMap<string, number> {
    const others = this.#beside.filter(({ own }) => !own);
    return new Map(
      [...Map.groupBy(others, ({ symbol }) => symbol)].map(([symbol, all]) => [
        symbol,
        Math.max(...all.map(({ plan }) => plan.lookback)),
      ]),
    );
  }

  /**
   * Takes the next bar of another symbol that features read. It comes before the bar of the same time; it may come much
   * earlier, and at times that have no bar. A row finds the values of the newest bar that is no older than the set allows,
   * or NULL.
   */
  pushPeer(symbol: string, bar: Bar): void {
    const besides = this.#beside.filter(peer => peer.symbol === symbol && !peer.own);
    if (besides.length === 0)
      throw new WindrowError('WR_STREAM_PEER', {
        symbol,
        known: [...this.peers.keys()].join(', ') || 'no other symbol',
      });
    if (bar.time <= this.#time)
      throw new WindrowError('WR_STREAM_PEER_LATE', { symbol, time: bar.time, last: this.#time });
    for (const { stream } of besides)
      if (typeof stream === 'string')
        throw new WindrowError('WR_PARAMETER_MISSING', { parameter: stream, of: ` of ${symbol}` });
    for (const beside of besides) pushAhead(beside, bar);
  }

  /** Lays the other symbols' values as of a time beside the bar and forgets what no row will see any more. */
  #layBeside(time: number): void {
    let at = 0;
    for (const { names, ahead } of this.#beside) {
      let newest = Number.NEGATIVE_INFINITY;
      for (const earlier of ahead.keys()) {
        if (earlier > time) break;
        ahead.delete(newest);
        newest = earlier;
      }
      const values = time - newest <= this.#asOf ? ahead.get(newest) : undefined;
      if (values) this.#series.set(values, at);
      else this.#series.fill(Number.NaN, at, at + names.length);
      at += names.length;
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
    for (const beside of this.#beside) if (beside.own) pushAhead(beside, bar);
    this.#layBeside(bar.time);
    this.#session.run(0, 1);
    return this.#row;
  }
}
