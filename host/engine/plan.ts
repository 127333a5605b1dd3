import type { BarColumn } from '../catalog/bars.ts';
import type { Expr } from '../catalog/expr.ts';
import { kernelByName } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import { Graph, type Node } from './graph.ts';

/** Rows that one pass of the program computes: small enough for the planes of a family to stay in the cache. */
export const blockRows = 512;

/** A node in the order of computation, with the place of its plane. */
export type Step = {
  readonly node: number;
  /** Rows of history that its readers look back. */
  readonly history: number;
  /** Planes without history share slots; a plane with history owns its memory (undefined). */
  readonly slot: number | undefined;
  /** Rows between a row of the plane and the last output row that still depends on it. */
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

export type Plan = {
  readonly features: readonly PlannedFeature[];
  readonly nodes: readonly Node[];
  readonly steps: readonly Step[];
  readonly slots: number;
  readonly columns: readonly (BarColumn | 'time')[];
  readonly parameters: readonly string[];
  /** Bars to read for one row of output: the largest lookback. */
  readonly lookback: number;
};

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
  const planned = features.map(({ name, expr }) => {
    const ref = graph.add(expr);
    const node = graph.nodes[ref.node]!;
    return { name, ref, lookback: node.lookback + ref.lag, needs: node.needs + ref.lag };
  });
  const nodes = graph.nodes;
  const order = orderOf(nodes, planned);
  const history = new Map<number, number>();
  const reach = new Map<number, number>();
  const raise = (map: Map<number, number>, node: number, value: number) =>
    map.set(node, Math.max(map.get(node) ?? 0, value));
  for (const { ref } of planned) {
    raise(history, ref.node, ref.lag);
    raise(reach, ref.node, ref.lag);
  }
  for (const node of order.toReversed()) {
    const span = spanOf(nodes[node]!);
    // a window that slides also meets the value that leaves it, one row further back
    const behind = span === 0 ? 0 : span + 1;
    for (const { node: input, lag } of nodes[node]!.inputs) {
      raise(history, input, lag + behind);
      raise(reach, input, lag + span + reach.get(node)!);
    }
  }
  const slots = assignSlots(nodes, order, history, new Set(planned.map(({ ref }) => ref.node)));
  const sources = order.map(node => nodes[node]!.source);
  return {
    features: planned,
    nodes,
    steps: order.map(node => ({
      node,
      history: history.get(node)!,
      slot: slots.of.get(node),
      reach: reach.get(node)!,
    })),
    slots: slots.count,
    columns: sources.flatMap(source => (source.kind === 'column' ? [source.name] : [])),
    parameters: sources.flatMap(source => (source.kind === 'parameter' ? [source.name] : [])),
    lookback: Math.max(1, ...planned.map(feature => feature.lookback)),
  };
}

function spanOf(node: Node): number {
  if (node.source.kind !== 'kernel') return 0;
  return kernelByName.get(node.source.name)!.span?.(node.source.params) ?? 0;
}

/** Depth first from the features, so that a plane is read soon after it is written. */
function orderOf(nodes: readonly Node[], features: readonly PlannedFeature[]): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const visit = (node: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const input of nodes[node]!.inputs) visit(input.node);
    order.push(node);
  };
  for (const { ref } of features) visit(ref.node);
  return order;
}

/** Slots for kernel planes that nobody reads back in time: free again after the last reader has run. */
function assignSlots(
  nodes: readonly Node[],
  order: readonly number[],
  history: ReadonlyMap<number, number>,
  outputs: ReadonlySet<number>,
): { of: ReadonlyMap<number, number>; count: number } {
  const lastReader = new Map<number, number>();
  for (const node of order) for (const input of nodes[node]!.inputs) lastReader.set(input.node, node);
  const of = new Map<number, number>();
  const free: number[] = [];
  let count = 0;
  for (const node of order) {
    const shareable = nodes[node]!.source.kind === 'kernel' && history.get(node) === 0 && !outputs.has(node);
    if (shareable) of.set(node, free.pop() ?? count++);
    for (const input of new Set(nodes[node]!.inputs.map(ref => ref.node))) {
      const slot = of.get(input);
      if (slot !== undefined && lastReader.get(input) === node) free.push(slot);
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
