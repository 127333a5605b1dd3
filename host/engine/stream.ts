import type { Bars } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { Beside, type PeerSource } from './beside.ts';
import { checkBars, checkTime } from './compute.ts';
import { type Bar, LiveSession, named } from './liveSession.ts';
import type { Arena } from './module.ts';
import { asOfMicros } from './peers.ts';
import type { Plan } from './plan.ts';
import type { Parameters } from './session.ts';
import { Settling } from './settling.ts';

/** Whether the first bar that a stream takes is the symbol's first, or others came before it that the stream is not given. */
export type History = 'complete' | 'cut';

export type StreamSettings = {
  /** What the plan reads of other symbols. */
  readonly peers?: readonly PeerSource[];
  /** Default `cut`. */
  readonly history?: History;
};

/** Results of bars taken at once: from this row on, one address per feature. */
type Kept = { readonly from: number; readonly results: readonly number[] };

/**
 * Features one bar at a time, through the program that a backfill runs: the same bits. What came before the first bar
 * that it takes is said by `history`: nothing (`complete`), and its values are those of a symbol that begins here; or bars
 * that the stream does not have (`cut`), and each feature is NULL until no bar before the first can matter to it.
 */
export class FeatureStream {
  readonly names: readonly string[];
  /** Bars to take before every value is what a backfill would store, whatever came before them. */
  readonly lookback: number;
  readonly #session: LiveSession;
  readonly #besides: readonly Beside[];
  readonly #others: ReadonlyMap<string, readonly Beside[]>;
  readonly #asOf: number;
  /** Rows behind the last for which the series of other symbols are wanted. */
  readonly #reach: number;
  readonly #settling: Settling | undefined;
  #time = Number.NEGATIVE_INFINITY;
  #taken = 0;

  constructor(
    arena: Arena,
    plan: Plan,
    parameters: Parameters,
    { peers = [], history = 'cut' }: StreamSettings = {},
  ) {
    this.names = plan.features.map(feature => feature.name);
    this.#asOf = asOfMicros(plan);
    const own = peers.flatMap(peer => (peer.own ? [peer.plan.lookback] : []));
    this.lookback = plan.lookback + Math.max(1, ...own) - 1;
    this.#session = new LiveSession(
      arena,
      plan,
      parameters,
      peers.flatMap(({ names }) => names),
    );
    const roleOf = new Map(plan.peers.map(({ name, symbol }) => [name, symbol]));
    this.#besides = peers.map(source => {
      const { names, side, plan, parameters } = source;
      const roles = [...new Set(names.flat().map(name => roleOf.get(name)!))];
      const opened = typeof parameters !== 'string';
      const stream = opened && new FeatureStream(arena, plan, { ...parameters, side }, { history });
      return new Beside(source, roles, stream || undefined, this.#asOf);
    });
    this.#others = Map.groupBy(
      this.#besides.filter(({ source }) => !source.own),
      ({ source }) => source.symbol,
    );
    const besides = plan.steps.filter(({ node }) => plan.nodes[node]!.source.kind === 'peer');
    this.#reach = Math.max(0, ...besides.map(({ reach }) => reach));
    this.#settling = history === 'cut' ? new Settling(plan) : undefined;
  }

  /** The other symbols whose bars features read, and how many bars their series look back. */
  get peers(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#others].map(([symbol, all]) => [
        symbol,
        Math.max(...all.map(({ source }) => source.plan.lookback)),
      ]),
    );
  }

  /** When the last bar was. */
  get time(): number {
    return this.#time;
  }

  /** The features that are NULL because the stream may not have seen all that they depend on. */
  get waiting(): string[] {
    return (this.#settling?.waiting ?? []).map(feature => this.names[feature]!);
  }

  /** Bytes of the memory that it shares with the streams that were opened with it. */
  get memoryBytes(): number {
    return this.#session.arena.top;
  }

  /** Whether none waits. */
  get isSettled(): boolean {
    return this.#settling === undefined || this.#settling.waiting.length === 0;
  }

  #othersOf(symbol: string, { time }: Bar): readonly Beside[] {
    const besides = this.#others.get(symbol);
    if (!besides)
      throw new WindrowError('WR_STREAM_PEER', {
        symbol,
        known: [...this.#others.keys()].join(', ') || 'no other symbol',
      });
    if (time <= this.#time) throw new WindrowError('WR_STREAM_PEER_LATE', { symbol, time, last: this.#time });
    return besides;
  }

  /**
   * Takes the next bar of another symbol that features read. It comes before the bar of the same time; it may come much
   * earlier, and at times that have no bar. A row finds the values of the newest bar that is no older than the set allows,
   * or NULL.
   */
  pushPeer(symbol: string, bar: Bar): void {
    const besides = this.#othersOf(symbol, bar);
    for (let i = 0; i < besides.length; i++) besides[i]!.stream.checkNext(bar.time);
    for (let i = 0; i < besides.length; i++) {
      this.#expect(besides[i]!);
      besides[i]!.push(bar);
    }
  }

  /** Another symbol's bars are about to come. */
  #expect(beside: Beside): void {
    if (this.#settling && !beside.hasBars) for (const role of beside.roles) this.#settling.begin(role);
  }

  /** Refuses a time that does not come behind the last. */
  checkNext(time: number): void {
    checkTime(time, this.#taken);
    if (!(time > this.#time)) throw new WindrowError('WR_STREAM_ORDER', { time, last: this.#time });
  }

  /**
   * Takes the next bar and returns its features in the order of `names`, NaN for NULL: in `into` where it is given, else in
   * an array that is used again by the next push of any stream beside it: copy what must stay.
   */
  push(bar: Bar, into?: Float64Array): Float64Array {
    // numbers are not handed to functions on this path: they would be on the heap
    if (!(bar.time > this.#time && Number.isSafeInteger(bar.time))) this.checkNext(bar.time);
    this.#time = bar.time;
    this.#taken++;
    const besides = this.#besides;
    for (let i = 0, at = 0; i < besides.length; i++) {
      const beside = besides[i]!;
      if (beside.source.own) beside.push(bar);
      beside.lay(bar, this.#session.series, at);
      at += beside.width;
    }
    this.#session.take(bar);
    const { row } = this.#session;
    if (this.#settling) this.#hide(this.#settling, bar, row);
    if (!into) return row;
    into.set(row);
    return into;
  }

  /** Makes NULL what may be another value where all bars are there. */
  #hide(settling: Settling, { time }: Bar, row: Float64Array): void {
    settling.add(time);
    for (let i = 0; i < this.#besides.length; i++) {
      const { hasBars, settledSince, roles } = this.#besides[i]!;
      if (hasBars && time < settledSince) for (const role of roles) settling.doubt(role);
    }
    const { waiting } = settling;
    if (waiting.length === 0) return;
    settling.settle();
    for (const feature of settling.waiting) row[feature] = Number.NaN;
  }

  /**
   * Takes bars at once, as history: the same as pushing them one after the other, each symbol's bars before those of the
   * same time, in a small part of the time. Their features are not computed but for what later bars depend on.
   */
  load(bars: Bars, peers: Readonly<Record<string, Bars>> = {}): void {
    checkBars(bars);
    const { time } = bars;
    if (time.length > 0) this.checkNext(time[0]!);
    for (const [symbol, theirs] of Object.entries(peers)) {
      checkBars(theirs);
      if (theirs.time.length === 0) continue;
      const [first = 0] = theirs.time;
      for (const { stream } of this.#othersOf(symbol, { time: first })) stream.checkNext(first);
    }
    const { arena } = this.#session;
    const mark = arena.top;
    const first = Math.max(0, time.length - this.#reach);
    const laid = this.#besides.map(beside => {
      const { source } = beside;
      const theirs = source.own ? bars : peers[source.symbol];
      if (theirs && theirs.time.length > 0) this.#expect(beside);
      return named(source.names, beside.layAll(arena, theirs, time, first));
    });
    this.#takeAll(bars, Object.assign({}, ...laid));
    arena.release(mark);
    this.#settleAll(time);
  }

  #settleAll(time: Float64Array): void {
    const settling = this.#settling;
    if (!settling) return;
    settling.addAll(time);
    for (const { hasBars, settledSince, roles } of this.#besides) {
      const unsettled = time.findLastIndex(at => at < settledSince) + 1;
      if (hasBars && unsettled > 0) for (const role of roles) settling.doubt(role, time.length - unsettled);
    }
    settling.settle();
  }

  /** The same for what reads no other symbol, with results that are kept: what `Beside` asks for. */
  takeAll(bars: Bars, kept: Kept): void {
    this.#takeAll(bars, {}, kept);
    this.#settleAll(bars.time);
  }

  #takeAll(bars: Bars, beside: Readonly<Record<string, number>>, kept?: Kept): void {
    this.#session.takeAll(bars, beside, kept);
    this.#time = bars.time.at(-1) ?? this.#time;
    this.#taken += bars.time.length;
  }
}
