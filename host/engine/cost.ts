import type { BarColumn, Bars } from '../catalog/bars.ts';
import { Arena } from './module.ts';
import { blockRows, type Op, type Plan } from './plan.ts';
import { type Parameters, Session } from './session.ts';

/** Rows of one measurement, and how many there are of a plan; the median counts. */
const measuredRows = 16 * blockRows;
const runs = 7;
/** An op takes so little that it is run once more so often, with all others around it, until that takes as long as they do. */
const mostRepeats = 400;
const leastRepeats = 16;
const repeatedRows = 2 * blockRows;
const pairs = 5;
const aloneRuns = 5;
/** Until the engine has compiled what runs often. */
const warmUpMs = 250;

const microsPerMinute = 60_000_000;

/** Nanoseconds per row. */
export type Measured = { readonly ns: number; readonly least: number; readonly most: number };

/** What a kernel call takes of the whole, and which features need it. */
export type OpCost = {
  readonly kernel: string;
  readonly ns: number;
  readonly planes: number;
  readonly features: readonly string[];
};

export type FeatureCost = {
  readonly feature: string;
  /** In a plan of its own. */
  readonly alone: Measured;
  /** Its part of what the plan of all takes: of what several features need, each has the same part. */
  readonly share: number;
  /** Planes of the plan of all that it needs; those of them that no other needs. */
  readonly planes: number;
  readonly ownPlanes: number;
};

export type Cost = {
  readonly rows: number;
  readonly runs: number;
  readonly all: Measured;
  readonly planes: number;
  /** Planes that keep rows for later ones; the others share slots. */
  readonly kept: number;
  readonly slots: number;
  readonly bytes: number;
  readonly ops: readonly OpCost[];
  readonly features: readonly FeatureCost[];
};

/**
 * As many bars as are asked for, made of those of one-minute bars, one after the other if need be. Their times are those
 * of the bars, with the gaps that they have; of another interval they are in equal steps.
 */
export function barsToMeasure(bars: Bars, rows: number, intervalMinutes: number): Bars {
  const length = bars.time.length;
  const tile = (plane: Float64Array): Float64Array =>
    Float64Array.from({ length: rows }, (_, i) => plane[i % length]!);
  const first = bars.time[0]!;
  const span = bars.time.at(-1)! - first + microsPerMinute;
  const time =
    intervalMinutes === 1
      ? tile(bars.time).map((at, i) => at + span * Math.floor(i / length))
      : Float64Array.from({ length: rows }, (_, i) => first + i * intervalMinutes * microsPerMinute);
  const columns = Object.entries(bars.columns).map(([name, plane]) => [name, tile(plane)]);
  return { time, columns: Object.fromEntries(columns) };
}

/** Rows that a plan is measured over. */
export const rowsFor = (plan: Plan): number => plan.lookback + measuredRows * runs;

function summary(times: readonly number[]): Measured {
  const sorted = times.toSorted((a, b) => a - b);
  return { ns: sorted[Math.floor(sorted.length / 2)]!, least: sorted[0]!, most: sorted.at(-1)! };
}

/** Runs plans over the same bars. */
class Stopwatch {
  readonly #arena: Arena;
  readonly #columns: Readonly<Record<string, number>>;
  readonly #parameters: Parameters;

  constructor(arena: Arena, bars: Bars, parameters: Parameters) {
    this.#arena = arena;
    this.#parameters = parameters;
    const planes = { ...bars.columns, time: bars.time };
    this.#columns = Object.fromEntries(
      Object.entries(planes).map(([name, plane]) => {
        const address = arena.allocate(plane.length * 8);
        arena.f64(address, plane.length).set(plane);
        return [name, address];
      }),
    );
  }

  /** The session with its history filled, and what it takes of memory. */
  #open(plan: Plan): { session: Session; bytes: number } {
    const { top } = this.#arena;
    const session = new Session(this.#arena, plan, this.#parameters);
    const bytes = this.#arena.top - top;
    this.#load(session);
    session.run(0, plan.lookback);
    return { session, bytes };
  }

  #load(session: Session): void {
    // a series of another symbol is computed elsewhere; what it is does not matter here
    const peers = session.plan.peers.map(({ name }) => [name, this.#columns['close' satisfies BarColumn]!]);
    session.load({ ...this.#columns, ...Object.fromEntries(peers) });
  }

  warmUp(plan: Plan): void {
    const mark = this.#arena.top;
    const until = performance.now() + warmUpMs;
    while (performance.now() < until) {
      const { session } = this.#open(plan);
      session.run(plan.lookback, measuredRows);
      this.#arena.release(mark);
    }
  }

  measure(plan: Plan, times: number): Measured & { readonly bytes: number } {
    const mark = this.#arena.top;
    const { session, bytes } = this.#open(plan);
    const found = this.#time(session, plan.lookback, times, measuredRows);
    this.#arena.release(mark);
    return { ...summary(found), bytes };
  }

  /** What each op of a plan takes among the others: how much longer the plan takes when it writes its planes again. */
  ops(plan: Plan, all: number): number[] {
    const mark = this.#arena.top;
    const { session } = this.#open(plan);
    const whole = plan.ops.map((_, i) => i);
    const inner = this.#arena.top;
    const again = (ops: readonly number[]): void => {
      this.#arena.release(inner);
      session.restart();
      session.choose(ops);
      this.#load(session);
    };
    const start = plan.lookback;
    const takes = (ops: readonly number[]): number => {
      again(ops);
      return summary(this.#time(session, start, pairs, repeatedRows)).ns;
    };
    const found = whole.map(op => {
      // run again, one over bars would find all bars complete
      if (plan.ops[op]!.bars) return Math.max(0, takes([op]) - takes([]));
      again(Array.from({ length: leastRepeats }, () => op));
      const [first] = this.#time(session, start, 1, repeatedRows);
      const enough = Math.ceil((all * leastRepeats) / Math.max(first!, 1));
      const repeats = Math.min(mostRepeats, Math.max(leastRepeats, enough));
      again(whole);
      session.run(0, start);
      const repeated = [
        ...whole.slice(0, op),
        ...Array.from({ length: repeats }, () => op),
        ...whole.slice(op),
      ];
      const more = Array.from({ length: pairs }, (_, pair) => {
        const row = start + 2 * pair * repeatedRows;
        session.choose(whole);
        const [once] = this.#time(session, row, 1, repeatedRows);
        session.choose(repeated);
        const [often] = this.#time(session, row + repeatedRows, 1, repeatedRows);
        return often! - once!;
      });
      return Math.max(0, summary(more).ns / repeats);
    });
    this.#arena.release(mark);
    return found;
  }

  #time(session: Session, first: number, times: number, rows: number): number[] {
    return Array.from({ length: times }, (_, run) => {
      const start = performance.now();
      session.run(first + run * rows, rows);
      return ((performance.now() - start) * 1e6) / rows;
    });
  }
}

/** For each plane of a plan the features that need it. */
function readers({ nodes, features }: Plan): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>();
  const visit = (node: number, name: string): void => {
    const own = found.get(node) ?? new Set();
    if (own.has(name)) return;
    found.set(node, own.add(name));
    for (const input of nodes[node]!.inputs) visit(input.node, name);
  };
  for (const { name, ref } of features) visit(ref.node, name);
  return found;
}

const needing = ({ outs }: Op, byNode: ReadonlyMap<number, ReadonlySet<string>>): string[] => [
  ...new Set(outs.flatMap(node => [...(byNode.get(node) ?? [])])),
];

/** Measures what the features of a plan cost, together and each in the plan of its own. */
export async function measureCost(
  plan: Plan,
  alone: readonly Plan[],
  bars: Bars,
  parameters: Parameters,
): Promise<Cost> {
  const watch = new Stopwatch(await Arena.create(), bars, parameters);
  watch.warmUp(plan);
  const { bytes, ...all } = watch.measure(plan, runs);
  const byNode = readers(plan);
  const alones = watch.ops(plan, all.ns);
  // an op run again finds its planes nearby, and the columns of the bars are read by none
  const scale = all.ns / (alones.reduce((sum, ns) => sum + ns, 0) || 1);
  const ops = plan.ops.map((op, i): OpCost => {
    const { kernel, outs } = op;
    return { kernel, ns: alones[i]! * scale, planes: outs.length, features: needing(op, byNode) };
  });
  const kept = plan.steps.filter(({ slot }) => slot === undefined).length;
  return {
    rows: measuredRows,
    runs,
    all,
    planes: plan.steps.length,
    kept,
    slots: plan.slots,
    bytes,
    ops,
    features: plan.features.map(({ name: feature }, i): FeatureCost => {
      const own = alone[i]!;
      const mine = ops.filter(({ features }) => features.includes(feature));
      const planes = plan.steps.filter(({ node }) => byNode.get(node)?.has(feature));
      const { bytes: _, ...measured } = plan === own ? { bytes, ...all } : watch.measure(own, aloneRuns);
      return {
        feature,
        alone: measured,
        share: mine.reduce((sum, { ns, features }) => sum + ns / features.length, 0),
        planes: planes.length,
        ownPlanes: planes.filter(({ node }) => byNode.get(node)!.size === 1).length,
      };
    }),
  };
}
