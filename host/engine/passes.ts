import { kernelByName, kernels } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import type { Node } from './graph.ts';

/** Planes that one kernel writes in a single pass over the planes that they share. */
export type Pass = { readonly kernel: string; readonly outs: readonly number[] };

const fused = kernels.filter(({ parts }) => parts).sort((a, b) => a.parts!.length - b.parts!.length);
const partNames = new Set(fused.flatMap(({ parts }) => parts!));

/** Planes that all parts of a pass read. */
const sharedPlanes = Math.min(...fused.map(({ parts }) => kernelByName.get(parts![0]!)!.ins));

const refKey = ({ node, lag }: Ref): string => `${node}@${lag}`;

/**
 * Finds, among nodes of which some are wanted, those that a kernel with parts computes together: by node, the pass that
 * writes it. A part that nobody wants is written too where a later part needs the pass; its plane is free at once.
 */
export function findPasses(nodes: readonly Node[], wanted: ReadonlySet<number>): ReadonlyMap<number, Pass> {
  // the parts of a pass read the same first planes with the same immediates
  const groups = new Map<string, Map<string, number>>();
  nodes.forEach(({ source, inputs }, index) => {
    if (source.kind !== 'kernel' || !partNames.has(source.name)) return;
    const key = `${inputs.slice(0, sharedPlanes).map(refKey)}|${source.params}`;
    const group = groups.get(key) ?? new Map<string, number>();
    groups.set(key, group.set(source.name, index));
  });
  const passes = new Map<number, Pass>();
  for (const group of groups.values()) {
    const parts = [...group].flatMap(([part, node]) => (wanted.has(node) ? [part] : []));
    const kernel = fused.find(fused => parts.every(part => fused.parts!.includes(part)));
    if (!kernel || parts.length < 2) continue;
    const outs = kernel.parts!.map(part => group.get(part));
    const planes = nodes[outs.at(-1)!]!.inputs.map(refKey);
    const fits = (out: number | undefined): out is number =>
      out !== undefined && nodes[out]!.inputs.every((ref, i) => refKey(ref) === planes[i]);
    if (!outs.every(fits)) continue;
    for (const out of outs) passes.set(out, { kernel: kernel.name, outs });
  }
  return passes;
}
