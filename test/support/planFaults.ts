import type { Plan } from '../../host/engine/plan.ts';

/** What would let an op of a plan read a plane too early, or write over one that is still to be read. */
export function planFaults({ steps, ops, nodes, features, slots }: Plan): string[] {
  const faults: string[] = [];
  const stepOf = new Map(steps.map(step => [step.node, step]));
  const outputs = new Set(features.map(({ ref }) => ref.node));
  const isComputed = (node: number) => ['kernel', 'resampled'].includes(nodes[node]!.source.kind);
  const written = new Set(steps.flatMap(({ node }) => (isComputed(node) ? [] : [node])));
  const holder = new Map<number, number>();

  ops.forEach(({ kernel, outs, inputs, bars }, at) => {
    if (bars) faults.push(...planFaults(bars.plan).map(fault => `bars of ${bars.minutes} minutes: ${fault}`));
    const name = `op ${at} (${kernel})`;
    for (const input of inputs) {
      const plane = stepOf.get(input.node);
      if (!plane || !written.has(input.node)) {
        faults.push(`${name} reads node ${input.node} before it is written`);
        continue;
      }
      if (plane.history < input.lag) faults.push(`${name} reads further back than node ${input.node} keeps`);
      if (plane.slot === undefined) continue;
      if (holder.get(plane.slot) !== input.node)
        faults.push(`${name} reads node ${input.node}, whose slot has been taken`);
    }
    const read = new Set(inputs.map(({ node }) => stepOf.get(node)?.slot));
    for (const out of outs) {
      const { slot, history } = stepOf.get(out)!;
      if (written.has(out)) faults.push(`${name} writes node ${out} again`);
      written.add(out);
      // a part of a pass reads the first planes of the pass, one over bars any of them
      nodes[out]!.inputs.forEach(({ node, lag }, i) => {
        if (!(bars ? inputs : inputs.slice(i, i + 1)).some(input => input.node === node && input.lag === lag))
          faults.push(`${name} gives node ${out} another plane ${i}`);
      });
      if (slot === undefined) continue;
      if (slot >= slots || outputs.has(out) || history > 0)
        faults.push(`node ${out} should have a plane of its own`);
      if (read.has(slot)) faults.push(`${name} writes over what it reads`);
      if (outs.some(other => other !== out && stepOf.get(other)!.slot === slot))
        faults.push(`${name} writes two planes into slot ${slot}`);
      holder.set(slot, out);
    }
  });
  for (const { node } of steps) if (!written.has(node)) faults.push(`nothing writes node ${node}`);
  return faults;
}
