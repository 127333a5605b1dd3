import { familyByName, featuresOf } from '../catalog/catalog.ts';
import { besideOf } from '../catalog/roles.ts';
import { planFeatures } from '../engine/engine.ts';
import { Arena } from '../engine/module.ts';
import { asOfMicros, layBeside, type PeerBars, type PeerProgram, peerPrograms } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import { type ColumnAddresses, type Parameters, Session } from '../engine/session.ts';
import type { Database } from '../store/database.ts';
import { BarCache } from './barCache.ts';
import { laneOver } from './lane.ts';
import { barNeeds, type TaskOrder } from './order.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import { type LoadedBars, readBars } from './readBars.ts';
import { loadPeers } from './readPeers.ts';
import type { Task } from './types.ts';

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

/** The bars of a month, what is read beside them of other symbols, and the bars and parameters of those. */
type Market = {
  readonly bars: LoadedBars;
  readonly programs: readonly PeerProgram[];
  readonly peers: ReadonlyMap<string, PeerBars>;
  readonly peerParameters: Readonly<Record<string, Parameters>>;
};

/** How many of ascending times are not later than `time`. */
function countUntil(times: Float64Array, time: number): number {
  const later = times.findIndex(other => other > time);
  return later < 0 ? times.length : later;
}

/** Computes rows of a month with and without what comes after them. */
class Auditor {
  readonly #arena: Arena;
  readonly #plan: Plan;
  readonly #session: Session;
  readonly #market: Market;
  readonly #results: readonly number[];

  constructor(arena: Arena, plan: Plan, parameters: Parameters, market: Market) {
    const { rows, firstRow } = market.bars;
    this.#arena = arena;
    this.#plan = plan;
    this.#market = market;
    this.#results = plan.features.map(() => arena.allocate((rows - firstRow) * 8));
    this.#session = new Session(arena, plan, parameters);
  }

  /** The bars' columns, and beside their first `rows` the series of other symbols, whose later bars are not looked at. */
  #columnsUntil(rows: number): ColumnAddresses {
    const arena = this.#arena;
    const { bars, programs, peers, peerParameters } = this.#market;
    const time = { address: bars.columns.time!, rows };
    const series = programs.map(program => {
      const { columns, rows: all } = peers.get(program.symbol)!;
      if (all === 0) return {};
      const until = countUntil(arena.f64(columns.time!, all), bars.time(rows - 1));
      const own = { columns, rows: until, parameters: peerParameters[program.symbol]! };
      return layBeside(arena, program, own, time, asOfMicros(this.#plan));
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

/** A month of one symbol with all its families, wherever these are kept. */
export type SymbolMonth = Omit<Task, 'members'> & Pick<TaskOrder, 'parameters' | 'peerParameters'>;

/** The months of each symbol that orders are about, with all their families: a feature is one of its symbol, wherever it is kept. */
export function symbolMonths(orders: readonly TaskOrder[], { symbols }: PrepareOptions): SymbolMonth[] {
  const chosen = symbols && new Set(symbols.map(symbol => symbol.toLowerCase()));
  const all = orders.flatMap(({ task, parameters, memberParameters, peerParameters }): SymbolMonth[] => {
    const { members, ...own } = task;
    if (members === undefined) return [{ ...own, parameters, peerParameters }];
    return members
      .filter(({ symbol }) => chosen === undefined || chosen.has(symbol))
      .map(member => ({ ...own, ...member, parameters: memberParameters[member.symbol]!, peerParameters }));
  });
  return [...Map.groupBy(all, ({ symbol, month }) => `${symbol} ${month}`).values()].map(same => ({
    ...same[0]!,
    families: same.flatMap(({ families }) => families),
    peerParameters: Object.assign({}, ...same.map(({ peerParameters }) => peerParameters)),
  }));
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
    const lane = laneOver(client, arena, new BarCache(source));
    const orders = prepared.plan.tasks.map(prepared.orderOf(options.database.connection, ''));
    for (const { symbol, month, families, ...numbers } of symbolMonths(orders, options)) {
      const { parameters, peerParameters } = numbers;
      options.signal?.throwIfAborted();
      const mark = arena.top;
      const plan = planFeatures(
        set,
        featuresOf(
          set,
          families.map(name => familyByName(set, name)),
        ),
      );
      features = plan.features.length;
      lane.bars.renew();
      const bars = await readBars(lane, symbol, month, barNeeds([plan]));
      const { rows, firstRow } = bars;
      const programs = peerPrograms(plan, besideOf(set, symbol));
      const range = { from: bars.time(0) - asOfMicros(plan), month };
      const peers = await loadPeers(lane, programs, range);
      for (const { symbol: peer } of programs) if (!source.symbols.includes(peer)) unread.add(peer);
      const count = Math.min(options.cuts ?? defaultCuts, rows - firstRow);
      const cutRows = Array.from(
        { length: count },
        (_, i) => firstRow + Math.floor(((i + 1) * (rows - firstRow)) / count) - 1,
      );
      const auditor = new Auditor(arena, plan, parameters, {
        ...{ bars, programs, peers, peerParameters },
      });
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
    const notes =
      unread.size === 0
        ? []
        : [
            `${source.id} has no bars of ${[...unread].sort().join(', ')}: what features read of them is NULL, with or without a future`,
          ];
    return { features, cuts, cells, nulls, findings, notes };
  } finally {
    await client.end();
  }
}
