import type { BarColumn } from '../catalog/bars.ts';
import type { Expr } from '../catalog/expr.ts';
import { kernelByName, spansOf } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import { WindrowError } from '../errors.ts';
import { Graph, type Node } from './graph.ts';
import { findPasses, type Pass } from './passes.ts';

/** Rows that one pass of the program computes: small enough for the planes of a family to stay in the cache. */
export const blockRows = 384;

/** A node in the order of computation, with the place of its plane. */
export type Step = {
  readonly node: number;
  /** Rows of history that its readers look back. */
  readonly history: number;
  /** Planes without history share slots; a plane with history owns its memory (undefined). */
  readonly slot: number | undefined;
};

/** One pass over the rows: a kernel that writes the planes of one node, or of several that it computes together. */
export type Op = {
  readonly kernel: string;
  readonly outs: readonly number[];
  readonly inputs: readonly Ref[];
  readonly params: readonly number[];
  readonly table?: Float64Array;
  /** Rows between a row of the planes and the last output row that still depends on it. */
  readonly reach: number;
};

export type PlannedFeature = {
  readonly name: string;
  readonly ref: Ref;
  /** Bars that a value may depend on, the current one included. */
  readonly lookback: number;
  /** Bars that must exist before the first value. */
  readonly needs: number;
};

export type Peer = { readonly name: string; readonly symbol: string; readonly body: Expr };

export type Plan = {
  readonly features: readonly PlannedFeature[];
  readonly nodes: readonly Node[];
  /** Every plane in the order of computation, and what computes those that are not read or given. */
  readonly steps: readonly Step[];
  readonly ops: readonly Op[];
  readonly slots: number;
  readonly columns: readonly (BarColumn | 'time')[];
  /** Series of other symbols, by the name under which the session wants them. */
  readonly peers: readonly Peer[];
  readonly parameters: readonly string[];
  /** Bars to read for one row of output: the largest lookback. */
  readonly lookback: number;
  readonly horizonBits: number;
};

/** Bars that a feature may look back, and planes that it may need: beyond them no machine would be glad of it. */
export const maxLookback = 100_000;
export const maxPlanes = 4000;

export type PlanOptions = {
  /** Exponential means drop what weighs less than 2^-horizonBits of the total. Default 53. */
  readonly horizonBits?: number;
};

/** Plans features: shared planes, lookback along paths, order of computation, reuse of slots, required ranges. */
export function plan(
  features: readonly { readonly name: string; readonly expr: Expr }[],
  options: PlanOptions = {},
): Plan {
  const graph = new Graph(options.horizonBits ?? 53);
  const planned = features.map(({ name, expr }) => addFeature(graph, name, expr));
  const nodes = graph.nodes;
  for (const { source } of nodes)
    if (source.kind === 'peer') addFeature(new Graph(graph.horizonBits), source.name, source.body);
  const passes = findPasses(nodes, neededBy(nodes, planned));
  const units = orderOf(nodes, planned, passes);
  const order = units.flat();
  const history = new Map<number, number>();
  const reach = new Map<number, number>();
  const raise = (map: Map<number, number>, node: number, value: number) =>
    map.set(node, Math.max(map.get(node) ?? 0, value));
  for (const { ref } of planned) {
    raise(history, ref.node, ref.lag);
    raise(reach, ref.node, ref.lag);
  }
  for (const node of order.toReversed()) {
    raise(history, node, 0);
    raise(reach, node, 0);
    const { source, inputs } = nodes[node]!;
    if (source.kind !== 'kernel') continue;
    const spans = spansOf(kernelByName.get(source.name)!, source.params);
    inputs.forEach(({ node: input, lag }, i) => {
      const span = spans[i]!;
      // a window that slides also meets the value that leaves it, one row further back
      raise(history, input, lag + (span === 0 ? 0 : span + 1));
      raise(reach, input, lag + span + reach.get(node)!);
    });
  }
  const slots = assignSlots(nodes, units, history, new Set(planned.map(({ ref }) => ref.node)));
  const sources = order.map(node => nodes[node]!.source);
  return {
    features: planned,
    nodes,
    steps: order.map(node => ({
      node,
      history: history.get(node)!,
      slot: slots.of.get(node),
    })),
    ops: units.flatMap(unit => {
      // the last part of a pass reads the planes of all
      const { source, inputs } = nodes[unit.at(-1)!]!;
      if (source.kind !== 'kernel') return [];
      const { name, ...rest } = source;
      const kernel = passes.get(unit[0]!)?.kernel ?? name;
      return { ...rest, kernel, outs: unit, inputs, reach: Math.max(...unit.map(node => reach.get(node)!)) };
    }),
    slots: slots.count,
    columns: sources.flatMap(source => (source.kind === 'column' ? [source.name] : [])),
    peers: sources.flatMap(source => (source.kind === 'peer' ? [source] : [])),
    parameters: sources.flatMap(source => (source.kind === 'parameter' ? [source.name] : [])),
    lookback: Math.max(1, ...planned.map(feature => feature.lookback)),
    horizonBits: graph.horizonBits,
  };
}

/** How far back features look, without a plan of how they are computed. */
export function lookbacks(
  features: readonly { readonly name: string; readonly expr: Expr }[],
  options: PlanOptions = {},
): Pick<PlannedFeature, 'name' | 'lookback' | 'needs'>[] {
  const graph = new Graph(options.horizonBits ?? 53);
  return features.map(({ name, expr }) => addFeature(graph, name, expr));
}

/** Adds a feature to a graph, where it keeps within what a feature may take. */
function addFeature(graph: Graph, name: string, expr: Expr): PlannedFeature {
  const before = graph.nodes.length;
  const ref = graph.add(expr);
  const planes = graph.nodes.length - before;
  const { lookback, needs } = graph.nodes[ref.node]!;
  const reject = (what: string, limit: number): never => {
    const shown = { what, limit: limit.toLocaleString('en') };
    throw new WindrowError('WR_PLAN_SIZE', { feature: name, ...shown });
  };
  const bars = lookback + ref.lag;
  if (bars > maxLookback) reject(`looks back ${bars.toLocaleString('en')} bars`, maxLookback);
  if (planes > maxPlanes) reject(`takes ${planes.toLocaleString('en')} planes`, maxPlanes);
  return { name, ref, lookback: bars, needs: needs + ref.lag };
}

function neededBy(nodes: readonly Node[], features: readonly PlannedFeature[]): ReadonlySet<number> {
  const needed = new Set<number>();
  const visit = (node: number): void => {
    if (needed.has(node)) return;
    needed.add(node);
    for (const input of nodes[node]!.inputs) visit(input.node);
  };
  for (const { ref } of features) visit(ref.node);
  return needed;
}

/** Depth first from the features, so that a plane is read soon after it is written; nodes of one pass together. */
function orderOf(
  nodes: readonly Node[],
  features: readonly PlannedFeature[],
  passes: ReadonlyMap<number, Pass>,
): (readonly number[])[] {
  const order: (readonly number[])[] = [];
  const seen = new Set<number>();
  const visit = (node: number): void => {
    if (seen.has(node)) return;
    const unit = passes.get(node)?.outs ?? [node];
    for (const out of unit) seen.add(out);
    for (const out of unit) for (const input of nodes[out]!.inputs) visit(input.node);
    order.push(unit);
  };
  for (const { ref } of features) visit(ref.node);
  return order;
}

/** Slots for kernel planes that nobody reads back in time: free again after the last reader has run. */
function assignSlots(
  nodes: readonly Node[],
  units: readonly (readonly number[])[],
  history: ReadonlyMap<number, number>,
  outputs: ReadonlySet<number>,
): { of: ReadonlyMap<number, number>; count: number } {
  const lastReader = new Map<number, readonly number[]>();
  for (const unit of units) {
    for (const node of unit) {
      lastReader.set(node, unit); // until somebody reads it
      for (const input of nodes[node]!.inputs) lastReader.set(input.node, unit);
    }
  }
  const of = new Map<number, number>();
  const free: number[] = [];
  let count = 0;
  for (const unit of units) {
    for (const node of unit) {
      const shareable =
        nodes[node]!.source.kind === 'kernel' && history.get(node) === 0 && !outputs.has(node);
      if (shareable) of.set(node, free.pop() ?? count++);
    }
    const read = unit.flatMap(node => nodes[node]!.inputs.map(ref => ref.node));
    for (const node of new Set([...unit, ...read])) {
      const slot = of.get(node);
      if (slot !== undefined && lastReader.get(node) === unit) free.push(slot);
    }
  }
  return { of, count };
}

/** The bar columns that each feature reads, by position. */
export function columnsByFeature({ nodes, features }: Plan): ReadonlySet<BarColumn | 'time'>[] {
  const memo = new Map<number, ReadonlySet<BarColumn | 'time'>>();
  const of = (index: number): ReadonlySet<BarColumn | 'time'> => {
    const known = memo.get(index);
    if (known) return known;
    const { source, inputs } = nodes[index]!;
    const own: (BarColumn | 'time')[] = source.kind === 'column' ? [source.name] : [];
    const set = new Set([...own, ...inputs.flatMap(({ node }) => [...of(node)])]);
    memo.set(index, set);
    return set;
  };
  return features.map(({ ref }) => of(ref.node));
}
