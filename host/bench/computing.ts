import { featuresOf } from '../catalog/catalog.ts';
import type { Family } from '../catalog/family.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { planFeatures } from '../engine/engine.ts';
import type { Plan } from '../engine/plan.ts';
import { market } from './market.ts';
import { Month, type MonthCost } from './month.ts';
import { interleave, median } from './rounds.ts';

/** Families with the plan of each. */
export type Planned = readonly { readonly family: Family; readonly plan: Plan }[];

/**
 * The first families of a set that need no more than a symbol's own bars of a month and the one before, until they have
 * so many features.
 */
export function plainFamilies(set: FeatureSet, features: number): Planned {
  const chosen: { family: Family; plan: Plan }[] = [];
  let found = 0;
  for (const family of set.families) {
    if (found >= features) break;
    if (family.partition !== undefined || (family.models ?? []).length > 0) continue;
    const plan = planFeatures(set, featuresOf(set, [family]));
    if (plan.peers.length > 0 || plan.lookback > longestLookback) continue;
    chosen.push({ family, plan });
    found += plan.features.length;
  }
  return chosen;
}

const longestLookback = 20_000;

/** What a cell costs on one core, in nanoseconds. */
export type CellCosts = { readonly compute: number; readonly encode: number };

/** Computes and encodes a month of one symbol, family by family; medians of the rounds. */
export async function cellCosts(
  set: FeatureSet,
  planned: Planned,
  { rounds, signal }: { readonly rounds: number; readonly signal: AbortSignal },
): Promise<CellCosts> {
  const plans = planned.map(({ plan }) => plan);
  const month = await Month.of(set, market(set, plans), plans);
  const run = async (): Promise<CellCosts> => {
    const costs: MonthCost[] = [];
    for (const plan of plans) {
      // lets an interruption come through
      await new Promise(setImmediate);
      signal.throwIfAborted();
      costs.push(month.measure(plan).cost);
    }
    const cells = costs.reduce((sum, cost) => sum + cost.cells, 0);
    const perCell = (kind: 'compute' | 'encode') =>
      (costs.reduce((sum, cost) => sum + cost[kind], 0) * 1e6) / cells;
    return { compute: perCell('compute'), encode: perCell('encode') };
  };
  const { month: found } = await interleave({ month: run }, rounds);
  return {
    compute: median(found!.map(({ compute }) => compute)),
    encode: median(found!.map(({ encode }) => encode)),
  };
}
