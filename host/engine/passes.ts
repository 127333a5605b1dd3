import { kernelByName, kernels } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import type { Node } from './graph.ts';

/** Planes that one kernel writes in a single pass over the planes that they share. */
export type Pass = {
  readonly kernel: string;
  readonly outs: readonly number[];
  /** Of a kernel with a table that says what is wanted: what each of the planes is. */
  readonly table?: Float64Array;
};

const fused = kernels.filter(({ parts }) => parts);
const fusedByLast = Map.groupBy(fused, ({ parts }) => parts!.at(-1)!);
const partNames = new Set(fused.flatMap(({ parts }) => parts!));

/** Finds a part among nodes, given the planes of a part that reads at least as many. */
type Find = (part: string) => number | undefined;

/** What one node's planes and immediates find, each part once. */
function finder(byKey: ReadonlyMap<string, number>, inputs: readonly string[], params: string): Find {
  const found = new Map<string, number | undefined>();
  return part => {
    // each part reads a prefix of the planes, with the same immediates
    if (!found.has(part)) found.set(part, byKey.get(keyOf(part, inputs, params)));
    return found.get(part);
  };
}

const textOf = ({ node, lag }: Ref): string => `${node}@${lag}`;

const keyOf = (part: string, inputs: readonly string[], params: string): string =>
  `${part}|${inputs.slice(0, kernelByName.get(part)!.ins)}|${params}`;

/** Planes of one kernel that reads the same for all of them, and as many of them together as it can write. */
function findResults(nodes: readonly Node[], wanted: ReadonlySet<number>): [number, Pass][] {
  const byKey = new Map<string, { node: number; table: Float64Array }[]>();
  for (const node of wanted) {
    const { source, inputs } = nodes[node]!;
    if (source.kind !== 'kernel' || !kernelByName.get(source.name)!.results) continue;
    const key = keyOf(source.name, inputs.map(textOf), source.params.join());
    byKey.set(key, [...(byKey.get(key) ?? []), { node, table: source.table! }]);
  }
  return [...byKey].flatMap(([key, members]) => {
    const kernel = key.slice(0, key.indexOf('|'));
    const { results } = kernelByName.get(kernel)!;
    members.sort((a, b) => a.node - b.node);
    return members.flatMap((_, first): [number, Pass][] => {
      if (first % results! !== 0) return [];
      const some = members.slice(first, first + results!);
      const outs = some.map(({ node }) => node);
      const table = Float64Array.from(some.flatMap(member => [...member.table]));
      return outs.map(out => [out, { kernel, outs, table }]);
    });
  });
}

/**
 * Finds, among nodes of which some are wanted, those that a kernel with parts computes together: by node, the pass that
 * writes it. A part that nobody wants is written too where a later part needs the pass; its plane is free at once.
 */
export function findPasses(nodes: readonly Node[], wanted: ReadonlySet<number>): ReadonlyMap<number, Pass> {
  const byKey = new Map<string, number>();
  const parts = nodes.flatMap(({ source, inputs }, index) => {
    if (source.kind !== 'kernel' || !partNames.has(source.name)) return [];
    const texts = inputs.map(textOf);
    const params = source.params.join();
    byKey.set(keyOf(source.name, texts, params), index);
    return [{ index, name: source.name, params, texts }];
  });
  const passes = new Map<number, Pass>(findResults(nodes, wanted));
  // those that read most first: their passes have the others among their parts
  for (const { index, name, params, texts } of parts.toSorted((a, b) => b.texts.length - a.texts.length)) {
    if (!wanted.has(index) || passes.has(index)) continue;
    const find = finder(byKey, texts, params);
    let best: { readonly pass: Pass; readonly useful: number } | undefined;
    for (const kernel of fusedByLast.get(name) ?? []) {
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
