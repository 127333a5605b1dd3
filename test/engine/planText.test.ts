import { describe, expect, test } from 'vitest';
import { sets } from '../../host/catalog/catalog.ts';
import { planFromText, planToText } from '../../host/engine/planText.ts';
import { shippedPlans } from '../dev/plans.ts';

const plans = shippedPlans();

describe('plans as texts', () => {
  test('are all there that a set without configuration asks for', () => {
    const families = sets.flatMap(({ families, layout }) => (layout.kind === 'partitions' ? families : []));
    const rows = sets.filter(({ layout }) => layout.kind === 'rows');
    expect(plans.size).toBe(families.length + rows.length);
    expect(families.length).toBeGreaterThan(40);
  });

  test('are the same plans when they are read', () => {
    for (const [key, plan] of plans) expect(planFromText(planToText(plan)), key).toEqual(plan);
  });

  test('keep what JSON has no word for', () => {
    const [plan] = plans.values();
    const constant = plan!.nodes.findIndex(({ source }) => source.kind === 'constant');
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]) {
      const nodes = plan!.nodes.map((node, i) =>
        i === constant ? { ...node, source: { kind: 'constant' as const, value } } : node,
      );
      const read = planFromText(planToText({ ...plan!, nodes })).nodes[constant]!.source;
      expect(Object.is(read.kind === 'constant' && read.value, value)).toBe(true);
    }
  });
});
