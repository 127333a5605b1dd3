import { familyByName, featuresOf } from '../catalog/catalog.ts';
import { planFeatures } from '../engine/engine.ts';
import { Arena } from '../engine/module.ts';
import { layBeside, type PeerBars, peerPlans } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import { type ColumnAddresses, type Parameters, Session } from '../engine/session.ts';
import type { Database } from '../store/database.ts';
import { barNeeds } from './order.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import { type LoadedBars, readBars } from './readBars.ts';
import { readPeers } from './readPeers.ts';

/** A value that changed when later bars were taken away. */
export type LookaheadFinding = {
  readonly symbol: string;
  readonly month: string;
  readonly feature: string;
  readonly time: number;
  readonly withFuture: number;
  readonly withoutFuture: number;
};

export type LookaheadReport = {
  readonly features: number;
  /** Places at which the future was cut off. */
  readonly cuts: number;
  readonly cells: number;
  /** Cells that are NULL with all bars there. */
  readonly nulls: number;
  readonly findings: readonly LookaheadFinding[];
  /** Sentences about what could not be looked at. */
  readonly notes: readonly string[];
};

export type LookaheadOptions = PrepareOptions & {
  readonly database: Database;
  /** Cuts in every month; default 24, spread evenly over its bars. */
  readonly cuts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onMonth?:
    | ((done: { symbol: string; month: string; cells: number; findings: number }) => void)
    | undefined;
};

const defaultCuts = 24;

/** The bars of a month with those of the other symbols that are read beside them. */
type Market = { readonly bars: LoadedBars; readonly peers: ReadonlyMap<string, PeerBars> };

/** How many of ascending times are not later than `time`. */
function countUntil(times: Float64Array, time: number): number {
  const later = times.findIndex(other => other > time);
  return later < 0 ? times.length : later;
}

/** Computes rows of a month with and without what comes after them. */
class Auditor {
  readonly #arena: Arena;
  readonly #plan: Plan;
  readonly #peerPlans: ReadonlyMap<string, Plan>;
  readonly #session: Session;
  readonly #market: Market;
  readonly #results: readonly number[];

  constructor(arena: Arena, plan: Plan, parameters: Parameters, market: Market) {
    const { rows, firstRow } = market.bars;
    this.#arena = arena;
    this.#plan = plan;
    this.#peerPlans = peerPlans(plan);
    this.#market = market;
    this.#results = plan.features.map(() => arena.allocate((rows - firstRow) * 8));
    this.#session = new Session(arena, plan, parameters);
  }

  /** The bars' columns, and beside their first `rows` the series of other symbols, whose later bars are not looked at. */
  #columnsUntil(rows: number): ColumnAddresses {
    const arena = this.#arena;
    const { bars, peers } = this.#market;
    const time = { address: bars.columns.time!, rows };
    const series = [...peers].map(([symbol, { columns, rows: all }]) => {
      const until = countUntil(arena.f64(columns.time!, all), bars.time(rows - 1));
      return layBeside(arena, this.#peerPlans.get(symbol)!, { columns, rows: until }, time);
    });
    return { ...bars.columns, ...Object.assign({}, ...series) };
  }

  /** The features in some rows, all bars being there. */
  whole(rows: readonly number[]): number[][] {
    const session = this.#session;
    const { bars } = this.#market;
    session.load(this.#columnsUntil(bars.rows));
    session.firstOutput = bars.firstRow;
    session.keep(this.#results);
    session.run(0, bars.rows);
    return rows.map(row =>
      this.#results.map(address => this.#arena.f64(address + (row - bars.firstRow) * 8, 1)[0]!),
    );
  }

  /** The features in a row with no bars behind it, and of those before only what the lookback reaches. */
  cutAt(row: number): number[] {
    const arena = this.#arena;
    const session = this.#session;
    const mark = arena.top;
    session.reset();
    session.load(this.#columnsUntil(row + 1));
    session.firstOutput = row;
    session.keep(this.#results);
    const from = Math.max(0, row - this.#plan.lookback + 1);
    session.run(from, row - from + 1);
    arena.release(mark);
    return this.#results.map(address => arena.f64(address, 1)[0]!);
  }
}

/**
 * Shows on the user's own bars that no feature sees the future: computes every month as a whole, and again with all
 * bars after each of a number of cuts taken away, those of other symbols too; the row at the cut must have the same bits.
 */
export async function auditLookahead(options: LookaheadOptions): Promise<LookaheadReport> {
  const client = await options.database.connect();
  const findings: LookaheadFinding[] = [];
  const unread = new Set<string>();
  let cells = 0;
  let nulls = 0;
  let cuts = 0;
  let features = 0;
  try {
    const arena = await Arena.create();
    const prepared = await prepare(client, { ...options, force: true }, { write: false });
    const { set, source } = prepared;
    for (const { task, parameters } of prepared.orders(options.database.connection, '')) {
      options.signal?.throwIfAborted();
      const { symbol, month } = task;
      const mark = arena.top;
      const plan = planFeatures(
        set,
        featuresOf(
          set,
          task.families.map(name => familyByName(set, name)),
        ),
      );
      features = plan.features.length;
      const bars = await readBars(client, arena, source, {
        symbol,
        month,
        needs: barNeeds([plan]),
        expectedRows: task.rows,
      });
      const { rows, firstRow } = bars;
      const plans = peerPlans(plan);
      const peers = await readPeers(client, arena, source, {
        ...{ plans, from: bars.time(0), to: bars.time(rows - 1) },
      });
      for (const peer of plans.keys()) if (!peers.has(peer)) unread.add(peer);
      const count = Math.min(options.cuts ?? defaultCuts, rows - firstRow);
      const cutRows = Array.from(
        { length: count },
        (_, i) => firstRow + Math.floor(((i + 1) * (rows - firstRow)) / count) - 1,
      );
      const auditor = new Auditor(arena, plan, parameters, { bars, peers });
      const whole = auditor.whole(cutRows);
      const before = findings.length;
      cutRows.forEach((row, cut) => {
        const without = auditor.cutAt(row);
        plan.features.forEach(({ name }, i) => {
          const [withFuture, withoutFuture] = [whole[cut]![i]!, without[i]!];
          if (Number.isNaN(withFuture)) nulls++;
          // NaN is itself, and 0 is not -0
          if (Object.is(withFuture, withoutFuture)) return;
          findings.push({ symbol, month, feature: name, time: bars.time(row), withFuture, withoutFuture });
        });
      });
      cuts += count;
      cells += count * plan.features.length;
      options.onMonth?.({
        symbol,
        month,
        cells: count * plan.features.length,
        findings: findings.length - before,
      });
      arena.release(mark);
    }
    const notes = [...unread].map(
      peer =>
        `${source.id} has no bars of "${peer}": features that read it are NULL, with or without a future`,
    );
    return { features, cuts, cells, nulls, findings, notes };
  } finally {
    await client.end();
  }
}
