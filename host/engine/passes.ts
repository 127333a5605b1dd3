import { kernelByName, kernels } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import type { Node } from './graph.ts';

/** Planes that one kernel writes in a single pass over the planes that they share. */
export type Pass = { readonly kernel: string; readonly outs: readonly number[] };

const fused = kernels.filter(({ parts }) => parts);
const partNames = new Set(fused.flatMap(({ parts }) => parts!));

const keyOf = (part: string, inputs: readonly Ref[], params: readonly number[]): string =>
  `${part}|${inputs.map(({ node, lag }) => `${node}@${lag}`)}|${params}`;

/**
 * Finds, among nodes of which some are wanted, those that a kernel with parts computes together: by node, the pass that
 * writes it. A part that nobody wants is written too where a later part needs the pass; its plane is free at once.
 */
export function findPasses(nodes: readonly Node[], wanted: ReadonlySet<number>): ReadonlyMap<number, Pass> {
  const byKey = new Map<string, number>();
  const parts = nodes.flatMap(({ source, inputs }, index) => {
    if (source.kind !== 'kernel' || !partNames.has(source.name)) return [];
    byKey.set(keyOf(source.name, inputs, source.params), index);
    return [{ index, name: source.name, params: source.params, inputs }];
  });
  const passes = new Map<number, Pass>();
  // those that read most first: their passes have the others among their parts
  for (const { index, name, params, inputs } of parts.toSorted((a, b) => b.inputs.length - a.inputs.length)) {
    if (!wanted.has(index) || passes.has(index)) continue;
    const [best] = fused
      .filter(kernel => kernel.parts!.at(-1) === name)
      .flatMap(kernel => {
        // each part reads a prefix of the planes, with the same immediates
        const outs = kernel.parts!.map(part =>
          byKey.get(keyOf(part, inputs.slice(0, kernelByName.get(part)!.ins), params)),
        );
        const free = outs.filter(out => out !== undefined && !passes.has(out));
        const useful = free.filter(out => wanted.has(out!)).length;
        return free.length === outs.length && useful > 1
          ? [{ pass: { kernel: kernel.name, outs: outs as number[] }, useful }]
          : [];
      })
      .sort((a, b) => b.useful - a.useful || a.pass.outs.length - b.pass.outs.length);
    for (const out of best?.pass.outs ?? []) passes.set(out, best!.pass);
  }
  return passes;
}
