import { type Kernel, kernelByName, kernels } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import type { Graph, Node } from './graph.ts';

/** Planes that one kernel writes in a single pass over the planes that they share. */
export type Pass = {
  readonly kernel: string;
  readonly outs: readonly number[];
  /** Of a kernel with a table that says what is wanted: what each of the planes is. */
  readonly table?: Float64Array;
};

const fused = kernels.filter(({ parts }) => parts);
const fusedByLast = Map.groupBy(fused, ({ parts }) => parts!.at(-1)!);

/** The kernels whose last part a node is. */
const fusedBy = ({ source }: Node): readonly Kernel[] =>
  (source.kind === 'kernel' && fusedByLast.get(source.name)) || [];

/** Finds a part among nodes, given the planes of a part that reads at least as many. */
type Find = (part: string) => number | undefined;

/** What one node's planes and immediates find, each part once. */
function finder(graph: Graph, inputs: readonly Ref[], params: readonly number[]): Find {
  const found = new Map<string, number | undefined>();
  return part => {
    // each part reads a prefix of the planes, with a prefix of the immediates
    if (!found.has(part)) {
      const { ins, params: own } = kernelByName.get(part)!;
      found.set(part, graph.find(part, inputs.slice(0, ins), params.slice(0, own.length)));
    }
    return found.get(part);
  };
}

/** Planes of one kernel that reads the same for all of them. */
function findResults(nodes: readonly Node[], wanted: ReadonlySet<number>): [number, Pass][] {
  const byKey = new Map<string, { node: number; table: Float64Array }[]>();
  for (const node of wanted) {
    const { source, inputs } = nodes[node]!;
    if (source.kind !== 'kernel' || !kernelByName.get(source.name)!.results) continue;
    const planes = inputs.map(ref => `${ref.node}@${ref.lag}`);
    const key = `${source.name}|${planes}|${source.params}`;
    byKey.set(key, [...(byKey.get(key) ?? []), { node, table: source.table! }]);
  }
  return [...byKey].flatMap(([key, members]) => {
    const kernel = key.slice(0, key.indexOf('|'));
    members.sort((a, b) => a.node - b.node);
    const outs = members.map(({ node }) => node);
    const table = Float64Array.from(members.flatMap(member => [...member.table]));
    return outs.map((out): [number, Pass] => [out, { kernel, outs, table }]);
  });
}

/**
 * Finds, among nodes of which some are wanted, those that a kernel with parts computes together: by node, the pass that
 * writes it. A part that nobody wants is written too where a later part needs the pass; its plane is free at once.
 */
export function findPasses(graph: Graph, wanted: ReadonlySet<number>): ReadonlyMap<number, Pass> {
  const { nodes } = graph;
  const passes = new Map<number, Pass>(findResults(nodes, wanted));
  const lasts = [...wanted].filter(node => fusedBy(nodes[node]!).length > 0);
  // those that read most first, and of them the parts of the largest pass: theirs have the others among their parts
  const mostParts = (node: number) => Math.max(...fusedBy(nodes[node]!).map(({ parts }) => parts!.length));
  const inputsOf = (node: number) => nodes[node]!.inputs.length;
  lasts.sort((a, b) => inputsOf(b) - inputsOf(a) || mostParts(b) - mostParts(a) || a - b);
  for (const node of lasts) {
    const { source, inputs } = nodes[node]!;
    if (source.kind !== 'kernel' || passes.has(node)) continue;
    const find = finder(graph, inputs, source.params);
    let best: { readonly pass: Pass; readonly useful: number } | undefined;
    for (const kernel of fusedBy(nodes[node]!)) {
      const outs = kernel.parts!.map(find).filter(out => out !== undefined && !passes.has(out)) as number[];
      const useful = outs.reduce((count, out) => count + (wanted.has(out) ? 1 : 0), 0);
      if (outs.length < kernel.parts!.length || useful < 2) continue;
      const better =
        !best || useful > best.useful || (useful === best.useful && outs.length < best.pass.outs.length);
      if (better) best = { pass: { kernel: kernel.name, outs }, useful };
    }
    for (const out of best?.pass.outs ?? []) passes.set(out, best!.pass);
  }
  return passes;
}
