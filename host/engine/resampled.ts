import type { BarPart } from '../catalog/expr.ts';
import type { Ref } from '../catalog/lowering.ts';
import type { Node, PlannedNode } from './graph.ts';
import type { Pass } from './passes.ts';

/** What bars are made of: a plane of rows, and what a bar has of it. */
export type BarSeries = { readonly name: string; readonly part: BarPart; readonly of: Ref };

type Resampled = Node['source'] & { readonly kind: 'resampled' };

/** The sources of nodes that are resampled. */
export const resampledOf = (nodes: readonly Node[], unit: readonly number[]): Resampled[] =>
  unit.flatMap(node => {
    const { source } = nodes[node]!;
    return source.kind === 'resampled' ? [source] : [];
  });

/** By node, the resampled nodes that are computed together: those that share a graph of bars. */
export function findResampled(
  nodes: readonly Node[],
  needed: ReadonlySet<number>,
): ReadonlyMap<number, Pass> {
  const units = Map.groupBy(
    [...needed].filter(node => nodes[node]!.source.kind === 'resampled').sort((a, b) => a - b),
    node => resampledOf(nodes, [node])[0]!.bars,
  );
  return new Map(
    [...units.values()].flatMap(outs => outs.map(node => [node, { kernel: 'every', outs }] as const)),
  );
}

/** The planes that nodes read, each once. */
export function inputsOfAll(nodes: readonly Pick<Node, 'inputs'>[], unit: readonly number[]): Ref[] {
  const all = unit.flatMap(node => nodes[node]!.inputs);
  return [...new Map(all.map(ref => [`${ref.node}@${ref.lag}`, ref])).values()];
}

/** What a plan over bars reads of the rows. */
export const seriesOf = (nodes: readonly PlannedNode[], order: readonly number[]): BarSeries[] =>
  order.flatMap(node => {
    const { source } = nodes[node]!;
    return source.kind === 'aggregated' ? [source] : [];
  });
