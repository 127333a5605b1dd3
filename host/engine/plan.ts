import type { BarColumn } from '../catalog/bars.ts';
import type { Expr } from '../catalog/expr.ts';
import type { Ref } from '../catalog/lowering.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { WindrowError } from '../errors.ts';
import { Graph, type Node, type PlannedNode, type PlanOptions } from './graph.ts';
import { findPasses, type Pass } from './passes.ts';
import { type BarSeries, findResampled, inputsOfAll, resampledOf, seriesOf } from './resampled.ts';

/** Rows that one pass of the program computes: small enough for the planes of a family to stay in the cache. */
export const blockRows = 384;

/** A node in the order of computation, with the place of its plane. */
export type Step = {
  readonly node: number;
  /** Rows of history that its readers look back. */
  readonly history: number;
  /** Rows between one of its own and the last output row that still depends on it. */
  readonly reach: number;
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
  /** Where no kernel runs but a program over coarser bars. */
  readonly bars?: BarProgram;
};

/** A program over bars that are made of rows; its results, one for each plane of the op, are held in the rows. */
export type BarProgram = {
  readonly minutes: number;
  /** Rows that a bar has at most. */
  readonly mostRows: number;
  readonly plan: Plan;
  /** What the bars are made of: planes of rows, by the names under which the plan reads them. */
  readonly series: readonly BarSeries[];
  /** By result: bars behind the one under way that must not have more rows. */
  readonly within: readonly number[];
};

export type PlannedFeature = {
  readonly name: string;
  readonly ref: Ref;
  /** Bars that a value may depend on, the current one included. */
  readonly lookback: number;
  /** Bars that must exist before the first value. */
  readonly needs: number;
};

/** A series of another symbol, or of who plays a role: its name, and that of its body, whoever's it is. */
export type Peer = {
  readonly name: string;
  readonly symbol: string;
  readonly body: Expr;
  readonly key: string;
};

export type Plan = {
  readonly features: readonly PlannedFeature[];
  /** Series planned beside the features that are no results: whoever wants them reads their planes. */
  readonly fits: readonly PlannedFeature[];
  readonly nodes: readonly PlannedNode[];
  /** Every plane in the order of computation, and what computes those that are not read or given. */
  readonly steps: readonly Step[];
  readonly ops: readonly Op[];
  readonly slots: number;
  readonly columns: readonly (BarColumn | 'time')[];
  /** Series of other symbols, by the name under which the session wants them. */
  readonly peers: readonly Peer[];
  readonly parameters: readonly string[];
  /** Rows to read for one row of output: the largest lookback. */
  readonly lookback: number;
  readonly horizonBits: number;
  readonly intervalMinutes: number;
  /** How many minutes old the newest bar of another symbol may be in a row. */
  readonly asOfMinutes: number;
};

/** Bars that a feature may look back, and planes that it may need: beyond them no machine would be glad of it. */
export const maxLookback = 100_000;
export const maxPlanes = 4000;

/** What a set says of how its features are planned. */
export const planOptionsOf = ({ horizonBits, bars, peers }: FeatureSet): PlanOptions => ({
  horizonBits,
  intervalMinutes: bars.intervalMinutes,
  asOfMinutes: peers.asOfMinutes,
});

/**
 * Plans features: shared planes, lookback along paths, order of computation, reuse of slots, required ranges. What is planned
 * beside them as `fits` looks back no further than they do.
 */
export function plan(
  features: readonly { readonly name: string; readonly expr: Expr }[],
  options: PlanOptions = {},
  fits: readonly { readonly name: string; readonly expr: Expr }[] = [],
): Plan {
  const graph = new Graph(options);
  const planned = features.map(({ name, expr }) => addFeature(graph, name, expr));
  const beside = fits.map(({ name, expr }) => addFeature(graph, name, expr));
  for (const { source } of graph.nodes)
    if (source.kind === 'peer') addFeature(new Graph(graph), source.name, source.body);
  return planOf(graph, planned, beside);
}

function planOf(
  graph: Graph,
  features: readonly PlannedFeature[],
  fits: readonly PlannedFeature[] = [],
): Plan {
  const nodes = graph.nodes;
  const planned = [...features, ...fits];
  const needed = neededBy(nodes, planned);
  const passes = new Map(findPasses(graph, needed));
  for (const [node, pass] of findResampled(nodes, needed)) passes.set(node, pass);
  const units = orderOf(nodes, planned, passes);
  const order = units.flat();
  const { history, reach } = rangesOf(nodes, order, planned);
  const slots = assignSlots(nodes, units, history, new Set(planned.map(({ ref }) => ref.node)));
  const sources = order.map(node => nodes[node]!.source);
  const ops: Op[] = [];
  for (const unit of units) {
    const op = opOf(nodes, unit, passes.get(unit[0]!), reach);
    if (op) ops.push(op);
  }
  return {
    features,
    fits,
    nodes: nodes.map(withoutBars),
    steps: order.map(node => ({
      node,
      history: history[node]!,
      reach: reach[node]!,
      slot: slots.of[node]!,
    })),
    ops,
    slots: slots.count,
    columns: columnsOf(sources),
    peers: peersOf(sources),
    parameters: [
      ...new Set([
        ...sources.flatMap(source => (source.kind === 'parameter' ? source.name : [])),
        ...ops.flatMap(({ bars }) => bars?.plan.parameters ?? []),
      ]),
    ],
    lookback: lookbackOf(features),
    horizonBits: graph.horizonBits,
    intervalMinutes: graph.intervalMinutes,
    asOfMinutes: graph.asOfMinutes,
  };
}

/** By node: rows that its readers look back, and rows between one of its own and the last output that depends on it. */
function rangesOf(
  nodes: readonly Node[],
  order: readonly number[],
  planned: readonly PlannedFeature[],
): { readonly history: Int32Array; readonly reach: Int32Array } {
  const history = new Int32Array(nodes.length);
  const reach = new Int32Array(nodes.length);
  const raise = (rows: Int32Array, node: number, value: number): void => {
    if (value > rows[node]!) rows[node] = value;
  };
  for (const { ref } of planned) {
    raise(history, ref.node, ref.lag);
    raise(reach, ref.node, ref.lag);
  }
  for (let place = order.length - 1; place >= 0; place--) {
    const node = order[place]!;
    const { source, inputs, spans } = nodes[node]!;
    const behind = reach[node]!;
    for (let i = 0; i < inputs.length; i++) {
      const { node: input, lag } = inputs[i]!;
      const span = spans[i]!;
      // a window that slides also meets the value that leaves it, one row further back; bars keep what they are made of
      raise(history, input, lag + (span === 0 || source.kind === 'resampled' ? 0 : span + 1));
      raise(reach, input, lag + span + behind);
    }
  }
  return { history, reach };
}

/** What computes the planes of a unit; nothing where they are given. */
function opOf(
  nodes: readonly Node[],
  unit: readonly number[],
  pass: Pass | undefined,
  reaches: Int32Array,
): Op | undefined {
  // the last part of a pass reads the planes of all
  const { source, inputs } = nodes[unit.at(-1)!]!;
  let reach = 0;
  for (const node of unit) reach = Math.max(reach, reaches[node]!);
  if (source.kind === 'resampled') {
    const bars = barProgram(nodes, unit);
    // the bars of a row begin with their first row
    const behind = Math.max(...unit.map(node => reaches[node]! + nodes[node]!.spans[0]!));
    return {
      kernel: 'every',
      params: [],
      outs: unit,
      inputs: inputsOfAll(nodes, unit),
      reach: behind,
      bars,
    };
  }
  if (source.kind !== 'kernel') return undefined;
  const kernel = pass?.kernel ?? source.name;
  const table = pass?.table ?? source.table;
  const { params } = source;
  return table
    ? { kernel, outs: unit, inputs, params, reach, table }
    : { kernel, outs: unit, inputs, params, reach };
}

/** How far back features look, without a plan of how they are computed. */
export function lookbacks(
  features: readonly { readonly name: string; readonly expr: Expr }[],
  options: PlanOptions = {},
): Pick<PlannedFeature, 'name' | 'lookback' | 'needs'>[] {
  const graph = new Graph(options);
  return features.map(({ name, expr }) => addFeature(graph, name, expr));
}

/** What features read of the bars, and how far back, without a plan of how they are computed. */
export function readsOf(
  features: readonly { readonly name: string; readonly expr: Expr }[],
  options: PlanOptions = {},
): Pick<Plan, 'columns' | 'lookback' | 'peers'> {
  const graph = new Graph(options);
  const added = features.map(({ name, expr }) => addFeature(graph, name, expr));
  const sources = [...neededBy(graph.nodes, added)].map(node => graph.nodes[node]!.source);
  return { columns: columnsOf(sources), lookback: lookbackOf(added), peers: peersOf(sources) };
}

function withoutBars(node: Node): PlannedNode {
  if (node.source.kind !== 'resampled') return node;
  const { bars, ...source } = node.source;
  return { ...node, source };
}

export const peersOf = (sources: readonly PlannedNode['source'][]): Peer[] =>
  sources.flatMap(source => (source.kind === 'peer' ? [source] : []));

const columnsOf = (sources: readonly Node['source'][]): Plan['columns'] =>
  sources.flatMap(source => (source.kind === 'column' ? [source.name] : []));

const lookbackOf = (features: readonly PlannedFeature[]): number =>
  Math.max(1, ...features.map(feature => feature.lookback));

/** Adds a feature to a graph, where it keeps within what a feature may take. */
function addFeature(graph: Graph, name: string, expr: Expr): PlannedFeature {
  const before = graph.size;
  const ref = graph.add(expr);
  const planes = graph.size - before;
  const lookback = graph.lookbackOf(ref);
  const reject = (what: string, limit: number): never => {
    const shown = { what, limit: limit.toLocaleString('en') };
    throw new WindrowError('WR_PLAN_SIZE', { feature: name, ...shown });
  };
  if (lookback > maxLookback) reject(`looks back ${lookback.toLocaleString('en')} bars`, maxLookback);
  if (planes > maxPlanes) reject(`takes ${planes.toLocaleString('en')} planes`, maxPlanes);
  return { name, ref, lookback, needs: graph.needsOf(ref) };
}

/** Planes of one length of bars together, and the program over these bars. */
function barProgram(nodes: readonly Node[], unit: readonly number[]): BarProgram {
  const sources = resampledOf(nodes, unit);
  const { bars, minutes, mostRows } = sources[0]!;
  const results = sources.map(({ body }, i) => ({
    name: String(unit[i]!),
    ref: body,
    lookback: bars.lookbackOf(body),
    needs: bars.needsOf(body),
  }));
  const plan = planOf(bars, results);
  return {
    minutes,
    mostRows,
    plan,
    series: seriesOf(
      plan.nodes,
      plan.steps.map(({ node }) => node),
    ),
    within: sources.map(({ within }) => within),
  };
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

/**
 * Slots for kernel planes that nobody reads back in time, by node: free again after the last reader has run. A plane
 * that has none owns its memory.
 */
function assignSlots(
  nodes: readonly Node[],
  units: readonly (readonly number[])[],
  history: Int32Array,
  outputs: ReadonlySet<number>,
): { readonly of: readonly (number | undefined)[]; readonly count: number } {
  const lastReader = new Int32Array(nodes.length);
  for (let place = 0; place < units.length; place++) {
    for (const node of units[place]!) {
      lastReader[node] = place; // until somebody reads it
      for (const input of nodes[node]!.inputs) lastReader[input.node] = place;
    }
  }
  const of = new Array<number | undefined>(nodes.length).fill(undefined);
  const free: number[] = [];
  let count = 0;
  const leave = (node: number, place: number): void => {
    const slot = lastReader[node] === place ? of[node] : undefined;
    if (slot === undefined) return;
    free.push(slot);
    lastReader[node] = -1; // once
  };
  for (let place = 0; place < units.length; place++) {
    const unit = units[place]!;
    for (const node of unit) {
      const { kind } = nodes[node]!.source;
      const computed = kind === 'kernel' || kind === 'resampled';
      if (computed && history[node] === 0 && !outputs.has(node)) of[node] = free.pop() ?? count++;
    }
    for (const node of unit) {
      leave(node, place);
      for (const input of nodes[node]!.inputs) leave(input.node, place);
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
