import type { BarColumn } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { checkTime } from './compute.ts';
import type { Arena } from './module.ts';
import type { Plan } from './plan.ts';
import { type Parameters, Session } from './session.ts';

/** One bar: its start in microseconds since the Unix epoch, UTC, and the columns it has; a missing column is NULL. */
export type Bar = { readonly time: number } & Readonly<Partial<Record<BarColumn, number>>>;

/**
 * Features one bar at a time, through the program that a backfill runs: the same bits. A stream needs the last
 * `lookback` bars before its values are those of a backfill; until then they are NULL.
 */
export class FeatureStream {
  readonly names: readonly string[];
  /** Bars to push before every value is what a backfill would store. */
  readonly lookback: number;
  readonly #session: Session;
  readonly #plan: Plan;
  readonly #row: Float64Array;
  readonly #bar: Float64Array;
  #time = Number.NEGATIVE_INFINITY;
  #pushed = 0;

  constructor(arena: Arena, plan: Plan, parameters: Parameters) {
    this.#plan = plan;
    this.names = plan.features.map(feature => feature.name);
    this.lookback = plan.lookback;
    const bar = arena.allocate(plan.columns.length * 8);
    const row = arena.allocate(plan.features.length * 8);
    this.#session = new Session(arena, plan, parameters);
    this.#session.load(Object.fromEntries(plan.columns.map((name, i) => [name, bar + i * 8])));
    this.#session.keep(plan.features.map((_, i) => row + i * 8));
    // the last allocation is done, so these views stay
    this.#bar = arena.f64(bar, plan.columns.length);
    this.#row = arena.f64(row, plan.features.length);
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
    this.#session.run(0, 1);
    return this.#row;
  }
}
