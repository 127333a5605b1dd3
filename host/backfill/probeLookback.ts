import type { Arena } from '../engine/module.ts';
import { type BesideOf, layBeside, type PeerBars, type PeerProgram, peerPrograms } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import { type ColumnAddresses, type Parameters, Session } from '../engine/session.ts';
import { lowerBound } from './readBars.ts';

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

/** A value that was another with the bars of the lookback alone, its own or those of a series of another symbol. */
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

/** What is computed of other symbols, each program of series that look equally far back: a longer one hides no shorter one. */
export function peerProgramsByLookback(plan: Plan, of: BesideOf): PeerProgram[] {
  const lookbacks = new Map(
    peerPrograms(plan, of).flatMap(({ names, plan: { features } }) =>
      names.flatMap((all, i) => all.map(name => [name, features[i]!.lookback] as const)),
    ),
  );
  const groups = Map.groupBy(plan.peers, ({ name }) => lookbacks.get(name));
  return [...groups.values()].flatMap(peers => peerPrograms({ ...plan, peers }, of));
}

/** Other symbols that rows are computed beside. */
export type Peers = {
  readonly programs: readonly PeerProgram[];
  readonly bars: ReadonlyMap<string, PeerBars>;
  readonly parameters: Readonly<Record<string, Parameters>>;
  /** How many microseconds old a bar of theirs may be. */
  readonly limit: number;
};

/** All rows of a symbol in an arena, the first being its very first bar, and what is read of others beside them. */
export type Market = {
  readonly parameters: Parameters;
  /** The time among them. */
  readonly columns: ColumnAddresses;
  readonly rows: number;
  readonly peers: Peers;
};

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
  readonly #market: Market;
  readonly #results: readonly number[];

  constructor(arena: Arena, plan: Plan, market: Market) {
    this.#arena = arena;
    this.#market = market;
    this.#results = plan.features.map(() => arena.allocate(8));
    this.#session = new Session(arena, plan, market.parameters);
  }

  /** In ascending rows, every bar since the first having been seen, block by block as a backfill sees them. */
  fromBeginning(rows: readonly number[]): number[][] {
    const session = this.#session;
    const { columns, rows: all, peers } = this.#market;
    const time = { address: columns.time!, rows: all };
    const series = peers.programs.map(program =>
      this.#besides(program, peers.bars.get(program.symbol)!, time),
    );
    session.reset();
    session.load({ ...columns, ...Object.assign({}, ...series) });
    const found: number[][] = [];
    for (let row = 0; row < all && found.length < rows.length; ) {
      const count = Math.min(session.room, all - row);
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
    const columns = this.#copy(this.#market.columns, row - bars + 1, bars);
    const time = { address: columns.time!, rows: bars };
    const series = this.#market.peers.programs.map(program =>
      this.#besides(program, this.#peerBars(program, time), time),
    );
    session.reset();
    session.load({ ...columns, ...Object.assign({}, ...series) });
    session.firstOutput = bars - 1;
    session.keep(this.#results);
    session.run(0, bars);
    arena.release(mark);
    return this.#results.map(address => arena.f64(address, 1)[0]!);
  }

  #copy(columns: ColumnAddresses, from: number, rows: number): ColumnAddresses {
    const arena = this.#arena;
    return Object.fromEntries(
      Object.entries(columns).map(([name, address]) => {
        const copy = arena.allocate(rows * 8);
        arena.f64(copy, rows).set(arena.f64(address! + from * 8, rows));
        return [name, copy];
      }),
    );
  }

  /** Bars of another symbol from the one that the first row sees on, and before it those that its series look back on. */
  #peerBars({ symbol, plan }: PeerProgram, time: { address: number; rows: number }): PeerBars {
    const { bars, limit } = this.#market.peers;
    const { columns, rows } = bars.get(symbol)!;
    if (rows === 0) return { columns: {}, rows };
    const own = this.#arena.f64(time.address, time.rows);
    const times = this.#arena.f64(columns.time!, rows);
    // times are whole microseconds
    const until = lowerBound(times, own.at(-1)! + 1);
    const newest = lowerBound(times, own[0]! + 1) - 1;
    const first = newest >= 0 && own[0]! - times[newest]! <= limit ? newest : newest + 1;
    const from = Math.max(0, Math.min(first, until) - plan.lookback + 1);
    return { columns: this.#copy(columns, from, until - from), rows: until - from };
  }

  #besides(
    program: PeerProgram,
    { columns, rows }: PeerBars,
    time: { readonly address: number; readonly rows: number },
  ): Readonly<Record<string, number>> {
    const { limit, parameters } = this.#market.peers;
    if (rows === 0) return {};
    const bars = { columns, rows, parameters: parameters[program.symbol]! };
    return layBeside(this.#arena, program, bars, time, limit);
  }
}

export type Probed = { features: LookbackOfFeature[]; findings: LookbackFinding[]; cells: number };

/** Tries the features of a plan at some rows, in ascending order. */
export function probeLookback(
  arena: Arena,
  plan: Plan,
  market: Market,
  rows: readonly number[],
  place: { readonly family: string; readonly symbol: string; readonly month: string },
): Probed {
  const { family, symbol, month } = place;
  const timeOf = (row: number): number => arena.f64(market.columns.time! + row * 8, 1)[0]!;
  const prober = new Prober(arena, plan, market);
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
