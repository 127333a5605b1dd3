import type { Expr } from '../catalog/expr.ts';
import { kernelByName, spansOf } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import { operatorByName } from '../catalog/operators.ts';
import type { PlannedNode } from './graph.ts';
import { type Op, type Plan, type PlannedFeature, peersOf } from './plan.ts';
import { inputsOfAll, seriesOf } from './resampled.ts';

// A plan as text and back: reading one takes a small part of the time that planning takes in a process that begins cold.
// What follows from the rest, such as the inputs of an op, is not written; lists of numbers stand for many small objects.

/** JSON has no word for NaN, infinities and -0: those are texts. */
type Value = number | string;

type Source = PlannedNode['source'];

/** Of a kernel: its place among the names, immediates, planes read with their lags, lookback, needs, table. */
type PackedKernel = readonly [
  number,
  readonly Value[],
  readonly number[],
  number,
  number,
  (readonly Value[])?,
];

/** What no kernel computes. A series of another symbol goes without its body. */
type PackedOther = Omit<PlannedNode, 'source' | 'inputs'> & {
  readonly source:
    | { readonly kind: 'constant'; readonly value: Value }
    | Omit<Source & { readonly kind: 'peer' }, 'body'>
    | Exclude<Source, { readonly kind: 'kernel' | 'constant' | 'peer' }>;
  readonly inputs: readonly number[];
};

/** Name, node, lag, lookback, needs. */
type PackedFeature = readonly [string, number, number, number, number];

/** Plane and reach of what its node says all the rest of; else what computes several planes together, or bars. */
type PackedOp =
  | readonly [number, number]
  | {
      readonly outs: readonly number[];
      readonly reach: number;
      readonly kernel: string;
      readonly table?: readonly Value[];
      readonly bars?: PackedBars;
    };

type PackedBars = Omit<NonNullable<Op['bars']>, 'plan' | 'series'> & { readonly plan: PackedPlan };

type PackedPlan = Omit<Plan, 'features' | 'fits' | 'nodes' | 'steps' | 'ops' | 'peers'> & {
  readonly features: readonly PackedFeature[];
  readonly fits: readonly PackedFeature[];
  /** Kernels. */
  readonly names: readonly string[];
  readonly nodes: readonly (PackedKernel | PackedOther)[];
  /** Node, history, reach and slot (-1: none) of one step after the other. */
  readonly steps: readonly number[];
  readonly ops: readonly PackedOp[];
  /** Series of other symbols as texts, by what they are called. */
  readonly bodies: Readonly<Record<string, string>>;
};

const isPlain = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);
const packNumber = (value: number): Value =>
  isPlain(value) ? value : Object.is(value, -0) ? '-0' : String(value);
const packAll = (values: ArrayLike<number>): Value[] => Array.from(values, packNumber);
const isNumber = (value: Value): value is number => typeof value === 'number';
const unpackAll = (values: readonly Value[]): readonly number[] =>
  values.every(isNumber) ? values : values.map(Number);

/** An operator goes by its name. */
const bodyText = (body: Expr): string =>
  JSON.stringify(body, (key, value) => {
    if (key === 'operator') return value.name;
    return typeof value === 'number' && !isPlain(value) ? { odd: packNumber(value) } : value;
  });

const bodyFrom = (text: string): Expr =>
  JSON.parse(text, (key, value) => {
    if (key === 'operator') return operatorByName.get(value)!;
    return value !== null && typeof value === 'object' && 'odd' in value ? Number(value.odd) : value;
  });

const packRefs = (refs: readonly Ref[]): number[] => refs.flatMap(({ node, lag }) => [node, lag]);

function unpackRefs(packed: readonly number[]): Ref[] {
  const refs: Ref[] = [];
  for (let i = 0; i < packed.length; i += 2) refs.push({ node: packed[i]!, lag: packed[i + 1]! });
  return refs;
}

function packNode(node: PlannedNode, names: readonly string[]): PackedKernel | PackedOther {
  const { source, inputs: refs, ...rest } = node;
  const inputs = packRefs(refs);
  switch (source.kind) {
    case 'kernel': {
      const { name, params, table } = source;
      const own = [names.indexOf(name), packAll(params), inputs, rest.lookback, rest.needs] as const;
      return table ? [...own, packAll(table)] : own;
    }
    case 'constant':
      return { source: { kind: 'constant', value: packNumber(source.value) }, inputs, ...rest };
    case 'peer': {
      const { body, ...own } = source;
      return { source: own, inputs, ...rest };
    }
    default:
      return { source, inputs, ...rest };
  }
}

function unpackNode(
  packed: PackedKernel | PackedOther,
  names: readonly string[],
  bodies: ReadonlyMap<string, Expr>,
): PlannedNode {
  if ('source' in packed) {
    const { source: own, inputs, ...rest } = packed;
    const source: Source =
      own.kind === 'constant'
        ? { kind: 'constant', value: Number(own.value) }
        : own.kind === 'peer'
          ? { ...own, body: bodies.get(own.key)! }
          : own;
    return { source, inputs: unpackRefs(inputs), ...rest };
  }
  const [name, values, refs, lookback, needs, table] = packed;
  const kernel = kernelByName.get(names[name]!)!;
  const params = unpackAll(values);
  const inputs = unpackRefs(refs);
  const own = { kind: 'kernel' as const, name: kernel.name, opcode: kernel.opcode, params };
  return {
    source: table ? { ...own, table: Float64Array.from(unpackAll(table)) } : own,
    inputs,
    spans: spansOf(kernel, params, inputs.length),
    lookback,
    needs,
  };
}

const packFeature = ({ name, ref: { node, lag }, lookback, needs }: PlannedFeature): PackedFeature =>
  // biome-ignore format: one line says what the type says
  [name, node, lag, lookback, needs];

const unpackFeature = ([name, node, lag, lookback, needs]: PackedFeature): PlannedFeature => ({
  name,
  ref: { node, lag },
  lookback,
  needs,
});

/** What a node says of itself is not said again of the op that computes it alone. */
function packOp(nodes: readonly PlannedNode[], { outs, reach, kernel, table, bars }: Op): PackedOp {
  if (bars) {
    const { minutes, mostRows, within, plan } = bars;
    return { outs, reach, kernel, bars: { minutes, mostRows, within, plan: pack(plan) } };
  }
  const { source } = nodes[outs[0]!]!;
  const isNodes = source.kind === 'kernel' && source.name === kernel && source.table === table;
  if (isNodes && outs.length === 1) return [outs[0]!, reach];
  return { outs, reach, kernel, ...(table ? { table: packAll(table) } : {}) };
}

function unpackOp(nodes: readonly PlannedNode[], packed: PackedOp): Op {
  if (!('outs' in packed)) {
    const [node, reach] = packed;
    const { source, inputs } = nodes[node]!;
    if (source.kind !== 'kernel') throw new Error(`no kernel computes a plane of kind ${source.kind}`);
    const { name: kernel, params, table } = source;
    const op = { kernel, outs: [node], inputs, params, reach };
    return table ? { ...op, table } : op;
  }
  const { outs, reach, kernel, table, bars } = packed;
  if (bars) {
    const { plan: inner, ...rest } = bars;
    const plan = unpack(inner);
    const series = seriesOf(
      plan.nodes,
      plan.steps.map(({ node }) => node),
    );
    const inputs = inputsOfAll(nodes, outs);
    return { kernel, outs, inputs, params: [], reach, bars: { ...rest, plan, series } };
  }
  // the last part of a pass reads the planes of all
  const { source, inputs } = nodes[outs.at(-1)!]!;
  const op = { kernel, outs, inputs, params: source.kind === 'kernel' ? source.params : [], reach };
  return table ? { ...op, table: Float64Array.from(unpackAll(table)) } : op;
}

function pack({ features, fits, nodes, steps, ops, peers, ...rest }: Plan): PackedPlan {
  const kernels = nodes.flatMap(({ source }) => (source.kind === 'kernel' ? [source.name] : []));
  const names = [...new Set(kernels)];
  return {
    ...rest,
    features: features.map(packFeature),
    fits: fits.map(packFeature),
    names,
    nodes: nodes.map(node => packNode(node, names)),
    steps: steps.flatMap(({ node, history, reach, slot }) => [node, history, reach, slot ?? -1]),
    ops: ops.map(op => packOp(nodes, op)),
    bodies: Object.fromEntries(peers.map(({ key, body }) => [key, bodyText(body)])),
  };
}

function unpackSteps(words: readonly number[]): Plan['steps'] {
  const steps: Plan['steps'][number][] = [];
  for (let i = 0; i < words.length; i += 4) {
    const [node, history, reach, slot] = [words[i]!, words[i + 1]!, words[i + 2]!, words[i + 3]!];
    steps.push({ node, history, reach, slot: slot < 0 ? undefined : slot });
  }
  return steps;
}

function unpack(packed: PackedPlan): Plan {
  const { features, fits, names, nodes: packedNodes, steps: words, ops, bodies: texts, ...rest } = packed;
  const bodies = new Map(Object.entries(texts).map(([key, text]) => [key, bodyFrom(text)]));
  const nodes = packedNodes.map(node => unpackNode(node, names, bodies));
  const steps = unpackSteps(words);
  return {
    ...rest,
    features: features.map(unpackFeature),
    fits: fits.map(unpackFeature),
    nodes,
    steps,
    ops: ops.map(op => unpackOp(nodes, op)),
    peers: peersOf(steps.map(({ node }) => nodes[node]!.source)),
  };
}

export const planToText = (plan: Plan): string => JSON.stringify(pack(plan));

/** What a text says that `planToText` has made in the same version of the package. */
export const planFromText = (text: string): Plan => unpack(JSON.parse(text));
