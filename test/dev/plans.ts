import { plansToStore } from '../../host/backfill/order.ts';
import { sets } from '../../host/catalog/catalog.ts';
import type { Plan } from '../../host/engine/plan.ts';
import { plansToText } from '../../host/engine/storedPlans.ts';
import { planRows, rowsKey } from '../../host/update/order.ts';

/** The plans that ship: those of all sets as they are where nobody configures them. */
export function shippedPlans(): Map<string, Plan> {
  const plans = new Map<string, Plan>();
  for (const set of sets) {
    const families = set.families.map(family => family.name);
    if (set.layout.kind === 'partitions') for (const [key, plan] of plansToStore(set)) plans.set(key, plan);
    else plans.set(rowsKey(set, families), planRows(set, families).plan);
  }
  return plans;
}

export const plansFile = (): string => plansToText(shippedPlans());
