import type { CatalogFeature } from '../catalog/catalog.ts';
import type { FeatureSet } from '../catalog/set.ts';
import type { Cost } from '../engine/cost.ts';
import { bytes, count, counted } from './format.ts';
import type { Output } from './output.ts';
import { printTable } from './table.ts';

/** A pair, a month and a seed to measure over: the market that `windrow generate` makes. */
const sample = { pairs: ['eurusd'], from: '2024-07', to: '2024-07', seed: 1 };

/** Measures features of a set over generated bars, in this process. */
export async function costOf(set: FeatureSet, features: readonly CatalogFeature[]): Promise<Cost> {
  const { generateBars } = await import('../bars/synthetic.ts');
  const { barsToMeasure, measureCost, rowsFor } = await import('../engine/cost.ts');
  const { planFeatures, resolveParameters } = await import('../engine/engine.ts');
  const plan = planFeatures(set, features);
  const alone = features.length === 1 ? [plan] : features.map(feature => planFeatures(set, [feature]));
  const [month] = generateBars(sample);
  const { bars: made, symbol } = month!;
  const bars = barsToMeasure(made, rowsFor(plan), set.bars.intervalMinutes);
  return measureCost(plan, alone, bars, resolveParameters(set, symbol, {}, bars));
}

const dearest = 8;
const ns = (value: number): string => value.toFixed(1);

/** The measurement as a person reads it: the whole, then by feature, or by kernel where there is one feature. */
export function printCost(output: Output, name: string, cost: Cost): void {
  const { all, features, planes, kept, slots } = cost;
  const several = features.length > 1;
  output.heading(several ? `${name}: ${counted(features.length, 'feature')}` : name);
  const cell = several ? `, ${ns(all.ns / features.length)} ns per cell` : '';
  const aloneNs = features.reduce((sum, { alone }) => sum + alone.ns, 0);
  output.facts([
    ['cost', `${ns(all.ns)} ns per row (${ns(all.least)} to ${ns(all.most)})${cell}`],
    ...(several ? [['one by one', `${ns(aloneNs)} ns per row, without shared planes`] as const] : []),
    ['planes', `${planes}: ${kept} with rows of their own, ${planes - kept} in ${counted(slots, 'slot')}`],
    ['memory', bytes(cost.bytes)],
    ['measured', `median of ${cost.runs} runs over ${count(cost.rows)} generated bars, on this machine, now`],
  ]);
  output.line();
  if (several) {
    printTable(output, {
      head: ['feature', 'share', 'alone', 'planes', 'its own'],
      rows: features.map(each => [
        each.feature.slice(each.feature.indexOf('.') + 1),
        ...[ns(each.share), ns(each.alone.ns), String(each.planes), String(each.ownPlanes)],
      ]),
      right: [1, 2, 3, 4],
    });
    output.note('share: ns per row of the whole; planes that several need are shared out');
    return;
  }
  const byKernel = [...Map.groupBy(cost.ops, ({ kernel }) => kernel)]
    .map(([kernel, ops]) => [kernel, ops.length, ops.reduce((sum, op) => sum + op.ns, 0)] as const)
    .toSorted((a, b) => b[2] - a[2]);
  printTable(output, {
    head: ['kernel', 'calls', 'ns per row'],
    rows: [
      ...byKernel.slice(0, dearest).map(([kernel, calls, each]) => [kernel, String(calls), ns(each)]),
      ...(byKernel.length > dearest
        ? [['others', '', ns(byKernel.slice(dearest).reduce((sum, [, , each]) => sum + each, 0))]]
        : []),
    ],
    right: [1, 2],
  });
}

/** The same for a program: an object by feature, and one for the whole. */
export function costObjects(output: Output, name: string, cost: Cost): void {
  const { ops, features, ...whole } = cost;
  for (const each of features) output.object({ kind: 'cost', ...each });
  output.object({ kind: 'report', name, features: features.length, ops: ops.length, ...whole });
}
