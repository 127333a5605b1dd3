import { besideOf } from '../catalog/roles.ts';
import { Arena } from '../engine/module.ts';
import type { Plan } from '../engine/plan.ts';
import { type ColumnAddresses, type Parameters, Session } from '../engine/session.ts';
import type { Database } from '../store/database.ts';
import { type SymbolMonth, symbolMonths } from './audit.ts';
import { BarCache } from './barCache.ts';
import { type Lane, laneOver } from './lane.ts';
import { barNeeds, planOf } from './order.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';
import { type LoadedBars, readBars } from './readBars.ts';
import { readPeers } from './readPeers.ts';

/** How far a feature of a symbol looked back in a month. */
export type LookbackOfFeature = {
  readonly family: string;
  /** With its family. */
  readonly feature: string;
  readonly symbol: string;
  readonly month: string;
  /** Bars that its definition says, the row's own among them. */
  readonly lookback: number;
  /** With so many bars, and any larger number that was tried, it had the bits that it has with all; undefined: there is none, or all are NULL. */
  readonly agreesFrom: number | undefined;
};

/** A value that was another with the bars of the lookback alone. */
export type LookbackFinding = {
  readonly symbol: string;
  readonly month: string;
  readonly feature: string;
  readonly time: number;
  readonly lookback: number;
  /** Bars that the value was computed from. */
  readonly bars: number;
  readonly fromBeginning: number;
  readonly fromBars: number;
};

export type LookbackReport = {
  readonly features: readonly LookbackOfFeature[];
  /** Rows at which it was tried. */
  readonly rows: number;
  readonly cells: number;
  readonly findings: readonly LookbackFinding[];
};

export type LookbackOptions = PrepareOptions & {
  readonly database: Database;
  /** Rows in every month; default 3, spread evenly over its bars. */
  readonly cuts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onFamily?:
    | ((done: { symbol: string; month: string; family: string; features: number; findings: number }) => void)
    | undefined;
};

const defaultCuts = 3;
/** All bars that there are. */
const everything = 2 ** 31 - 1;
/** Steps from one bar to the longest lookback: each as many times longer than the one before. */
const ladderSteps = 40;

/** Numbers of bars to try: closer where few make a difference, and each lookback with the one below it. */
function ladder(plan: Plan): number[] {
  const step = Math.max(1.05, plan.lookback ** (1 / ladderSteps));
  const edges = plan.features.flatMap(({ lookback }) => [lookback, Math.max(1, lookback - 1)]);
  const found = new Set([plan.lookback, ...edges]);
  for (let bars = 1; bars < plan.lookback; bars = Math.max(bars + 1, Math.floor(bars * step)))
    found.add(bars);
  return [...found].sort((a, b) => a - b);
}

/** Values of all features in a row, from a number of bars or from all. */
class Prober {
  readonly #arena: Arena;
  readonly #session: Session;
  readonly #columns: ColumnAddresses;
  readonly #rows: number;
  readonly #results: readonly number[];

  constructor(arena: Arena, plan: Plan, parameters: Parameters, columns: ColumnAddresses, rows: number) {
    this.#arena = arena;
    this.#columns = columns;
    this.#rows = rows;
    this.#results = plan.features.map(() => arena.allocate(8));
    this.#session = new Session(arena, plan, parameters);
  }

  /** In ascending rows, every bar since the first having been seen, block by block as a backfill sees them. */
  fromBeginning(rows: readonly number[]): number[][] {
    const session = this.#session;
    session.reset();
    session.load(this.#columns);
    const found: number[][] = [];
    for (let row = 0; row < this.#rows && found.length < rows.length; ) {
      const count = Math.min(session.room, this.#rows - row);
      session.run(row, count);
      const addresses = session.outputAddresses();
      for (let next = rows[found.length]; next !== undefined && next < row + count; next = rows[found.length])
        found.push(addresses.map(address => this.#arena.f64(address + (next! - row) * 8, 1)[0]!));
      row += count;
    }
    return found;
  }

  /** In one row, from the last bars up to it, which lie where nothing else lies before them. */
  fromLast(bars: number, row: number): number[] {
    const arena = this.#arena;
    const session = this.#session;
    const mark = arena.top;
    const from = row - bars + 1;
    const columns = Object.fromEntries(
      Object.entries(this.#columns).map(([name, address]) => {
        const copy = arena.allocate(bars * 8);
        arena.f64(copy, bars).set(arena.f64(address! + from * 8, bars));
        return [name, copy];
      }),
    );
    session.reset();
    session.load(columns);
    session.firstOutput = bars - 1;
    session.keep(this.#results);
    session.run(0, bars);
    arena.release(mark);
    return this.#results.map(address => arena.f64(address, 1)[0]!);
  }
}

/** Rows of a symbol in an arena, with what is read of others beside them. */
type Rows = {
  readonly parameters: Parameters;
  readonly columns: ColumnAddresses;
  readonly rows: number;
  timeOf(row: number): number;
};

type Probed = { features: LookbackOfFeature[]; findings: LookbackFinding[]; cells: number };

/** Tries the features of a plan at some rows, in ascending order. */
export function probeLookback(
  arena: Arena,
  plan: Plan,
  { parameters, columns, rows: all, timeOf }: Rows,
  rows: readonly number[],
  place: { readonly family: string; readonly symbol: string; readonly month: string },
): Probed {
  const { family, symbol, month } = place;
  const prober = new Prober(arena, plan, parameters, columns, all);
  const whole = prober.fromBeginning(rows);
  const findings: LookbackFinding[] = [];
  // the largest number of bars with which a feature was another in any row
  const differed = plan.features.map(() => 0);
  const known = plan.features.map((_, i) => whole.some(values => !Number.isNaN(values[i])));
  const tried = ladder(plan);
  let cells = 0;
  rows.forEach((row, at) => {
    // with fewer bars there are than the lookback asks for, all of them are the last
    for (const bars of new Set(tried.map(number => Math.min(number, row + 1)))) {
      const values = prober.fromLast(bars, row);
      cells += values.length;
      plan.features.forEach(({ name, lookback }, i) => {
        const [fromBeginning, fromBars] = [whole[at]![i]!, values[i]!];
        if (Object.is(fromBeginning, fromBars)) return;
        if (bars >= Math.min(lookback, row + 1)) {
          findings.push({
            ...{ symbol, month, feature: name, time: timeOf(row), lookback, bars },
            ...{ fromBeginning, fromBars },
          });
        }
        differed[i] = Math.max(differed[i]!, bars);
      });
    }
  });
  const features = plan.features.map(({ name, lookback }, i) => ({
    ...{ family, feature: name, symbol, month, lookback },
    agreesFrom: known[i] ? tried.find(bars => bars > differed[i]!) : undefined,
  }));
  return { features, findings, cells };
}

/** Tries the families of a month of a symbol, for which all its bars are read. */
async function auditMonth(
  lane: Lane,
  { set }: Prepared,
  task: SymbolMonth,
  { cuts = defaultCuts, signal, onFamily }: LookbackOptions,
): Promise<Probed & { rows: number }> {
  const { arena } = lane;
  const { symbol, month, families, parameters, peerParameters } = task;
  const needs = barNeeds(families.map(family => planOf(set, family)));
  const all = new Map([...needs.keys()].map(column => [column, everything] as const));
  const bars: LoadedBars = await readBars(lane, symbol, month, all);
  const { rows, firstRow } = bars;
  const count = Math.min(cuts, rows - firstRow);
  const tried = Array.from(
    { length: count },
    (_, i) => firstRow + Math.floor(((i + 1) * (rows - firstRow)) / count) - 1,
  );
  const total = { features: [] as LookbackOfFeature[], findings: [] as LookbackFinding[], cells: 0 };
  for (const family of families) {
    signal?.throwIfAborted();
    const mark = arena.top;
    const plan = planOf(set, family);
    const time = { time: bars.columns.time!, rows, fromRow: 0 };
    const of = { month, of: besideOf(set, symbol), parameters: peerParameters };
    const beside = await readPeers(lane, plan, time, of);
    const columns = { ...bars.columns, ...beside?.series };
    const market = { parameters, columns, rows, timeOf: bars.time };
    const found = probeLookback(arena, plan, market, tried, { family, symbol, month });
    arena.release(mark);
    total.features.push(...found.features);
    total.findings.push(...found.findings);
    total.cells += found.cells;
    const { features, findings } = found;
    onFamily?.({ symbol, month, family, features: features.length, findings: findings.length });
  }
  return { ...total, rows: count };
}

/**
 * Shows on the user's own bars that a feature depends on no more bars than it says: computes rows from the very first bar on,
 * and again from the last bars alone, as many as the lookback and fewer. From the lookback on the bits must be the same; with
 * how few they already are is measured. Series of other symbols are laid beside the rows whole.
 */
export async function auditLookback(options: LookbackOptions): Promise<LookbackReport> {
  const client = await options.database.connect();
  try {
    const arena = await Arena.create();
    const prepared = await prepare(client, { ...options, force: true }, { write: false });
    const lane = laneOver(client, arena, new BarCache(prepared.source));
    const report = {
      features: [] as LookbackOfFeature[],
      findings: [] as LookbackFinding[],
      rows: 0,
      cells: 0,
    };
    const orders = prepared.plan.tasks.map(prepared.orderOf(options.database.connection, ''));
    for (const task of symbolMonths(orders, options)) {
      lane.bars.renew();
      const mark = arena.top;
      const found = await auditMonth(lane, prepared, task, options);
      arena.release(mark);
      report.features.push(...found.features);
      report.findings.push(...found.findings);
      report.rows += found.rows;
      report.cells += found.cells;
    }
    return report;
  } finally {
    await client.end();
  }
}
