import type { Bars } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import type { Bar } from './liveSession.ts';
import type { Arena } from './module.ts';
import type { PeerProgram } from './peers.ts';
import type { Parameters } from './session.ts';
import type { FeatureStream } from './stream.ts';

/** What is computed over the bars of one other symbol, with its parameters, or the name of one that is not known. */
export type PeerSource = PeerProgram & {
  /** Whether it is the symbol at hand: its bars come as the own ones. */
  readonly own: boolean;
  readonly parameters: Parameters | string;
};

/** A stream of another symbol's bars, and what it gave at times that no row has come to yet, and before them the newest. */
export class Beside {
  readonly source: PeerSource;
  /** Names in the plan, such as roles, under which the symbol is read. */
  readonly roles: readonly string[];
  /** From when on its values are those of a symbol whose bars are all there. */
  settledSince = Number.POSITIVE_INFINITY;
  readonly #stream: FeatureStream | undefined;
  /** How many microseconds old values may be. */
  readonly #limit: number;
  #times = new Float64Array(4);
  #values: Float64Array;
  #first = 0;
  #end = 0;

  constructor(
    source: PeerSource,
    roles: readonly string[],
    stream: FeatureStream | undefined,
    limit: number,
  ) {
    this.source = source;
    this.roles = roles;
    this.#stream = stream;
    this.#limit = limit;
    this.#values = new Float64Array(4 * source.names.length);
  }

  get hasBars(): boolean {
    return this.#stream !== undefined && this.#stream.time > Number.NEGATIVE_INFINITY;
  }

  get width(): number {
    return this.source.names.length;
  }

  get stream(): FeatureStream {
    const { parameters, symbol } = this.source;
    if (this.#stream) return this.#stream;
    throw new WindrowError('WR_PARAMETER_MISSING', { parameter: String(parameters), of: ` of ${symbol}` });
  }

  push(bar: Bar): void {
    const { stream, width } = this;
    const row = stream.push(bar);
    const at = this.#grow();
    this.#times[at] = bar.time;
    for (let i = 0, to = at * width; i < width; i++, to++) this.#values[to] = row[i]!;
    if (this.settledSince === Number.POSITIVE_INFINITY) this.#settle(bar.time);
  }

  #settle(time: number): void {
    if (this.settledSince === Number.POSITIVE_INFINITY && this.stream.isSettled) this.settledSince = time;
  }

  /** Room for one more; returns its place. */
  #grow(): number {
    if (this.#end < this.#times.length) return this.#end++;
    const count = this.#end - this.#first;
    const capacity = 2 * count > this.#times.length ? 2 * this.#times.length : this.#times.length;
    const [times, values] = [this.#times, this.#values];
    if (capacity > times.length) {
      this.#times = new Float64Array(capacity);
      this.#values = new Float64Array(capacity * this.width);
    }
    if (capacity > times.length || this.#first > 0) {
      for (let i = 0; i < count; i++) this.#times[i] = times[this.#first + i]!;
      const from = this.#first * this.width;
      for (let i = 0; i < count * this.width; i++) this.#values[i] = values[from + i]!;
    }
    this.#first = 0;
    this.#end = count;
    return this.#end++;
  }

  /** Lays the values of the newest bar beside a row, or NULL where it is too old, and forgets those before. */
  lay({ time }: Bar, series: Float64Array, at: number): void {
    while (this.#first + 1 < this.#end && this.#times[this.#first + 1]! <= time) this.#first++;
    const newest = this.#first < this.#end ? this.#times[this.#first]! : Number.POSITIVE_INFINITY;
    const seen = newest <= time && time - newest <= this.#limit;
    for (let i = 0, from = this.#first * this.width; i < this.width; i++, from++)
      series[at + i] = seen ? this.#values[from]! : Number.NaN;
  }

  /**
   * Takes bars of the symbol at once and lays them beside rows at the given times; rows before `first` need none. Returns
   * where each series begins, in memory that the caller releases.
   */
  layAll(arena: Arena, bars: Bars | undefined, time: Float64Array, first: number): readonly number[] {
    const { width } = this;
    const wanted = time.subarray(first);
    const rows = bars?.time.length ?? 0;
    const since = wanted.length > 0 ? wanted[0]! - this.#limit : Number.NEGATIVE_INFINITY;
    // the newest is kept in any case, for rows to come
    const from = bars && rows > 0 ? Math.min(countBefore(bars.time, since), rows - 1) : 0;
    const waiting = this.#end - this.#first;
    const count = waiting + rows - from;
    const times = arena.allocate(count * 8);
    const values = Array.from({ length: width }, () => arena.allocate(count * 8));
    if (bars && rows > 0) {
      this.stream.takeAll(bars, { from, results: values.map(address => address + waiting * 8) });
      this.#settle(bars.time.at(-1)!);
    }
    const asOf = arena.allocate(wanted.length * 8);
    const laid = Array.from({ length: width }, () => arena.allocate(time.length * 8));
    // the last allocation is done
    const allTimes = arena.f64(times, count);
    allTimes.set(this.#times.subarray(this.#first, this.#end));
    if (bars) allTimes.set(bars.time.subarray(from), waiting);
    arena.f64(asOf, wanted.length).set(wanted);
    const planes = values.map(address => arena.f64(address, count));
    planes.forEach((plane, i) => {
      for (let row = 0; row < waiting; row++) plane[row] = this.#values[(this.#first + row) * width + i]!;
      arena.f64(laid[i]!, first).fill(Number.NaN);
      const out = laid[i]! + first * 8;
      arena.exports.alignRows(asOf, wanted.length, times, values[i]!, count, this.#limit, out);
    });
    this.#keepFrom(allTimes, planes, time.at(-1) ?? Number.NEGATIVE_INFINITY);
    return laid;
  }

  /** Keeps what rows behind a time will see. */
  #keepFrom(times: Float64Array, planes: readonly Float64Array[], time: number): void {
    const { width } = this;
    let row = Math.max(0, countBefore(times, time) - 1);
    while (times[row + 1]! <= time) row++;
    this.#first = 0;
    this.#end = 0;
    for (; row < times.length; row++) {
      const at = this.#grow();
      this.#times[at] = times[row]!;
      for (let i = 0; i < width; i++) this.#values[at * width + i] = planes[i]![row]!;
    }
  }
}

/** How many of ascending times are before the given one. */
function countBefore(times: Float64Array, limit: number): number {
  let low = 0;
  for (let high = times.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (times[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
