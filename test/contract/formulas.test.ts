import { describe, expect, test } from 'vitest';
import { barColumns } from '../../host/catalog/bars.ts';
import { featuresOf, setByName, sets } from '../../host/catalog/catalog.ts';
import { operatorByName } from '../../host/catalog/operators.ts';
import { formByName } from '../../host/catalog/text/forms.ts';
import { parseFormula } from '../../host/catalog/text/parse.ts';
import { wordsOf } from '../../host/catalog/words.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { explain } from '../../host/engine/explain.ts';
import type { Plan } from '../../host/engine/plan.ts';
import { scopeOfDefinitions } from '../support/formulas.ts';

// What explain prints of a feature is a formula: read again, it is planned to the same program.

const all = [...sets, setByName('stocks-hourly', { options: { minPeriods: 1, basic: true } })];

/** All that a plan computes. The name of a series of another symbol holds its text, which is compared so. */
const comparable = ({ features, nodes, steps, ops, columns, parameters, lookback, slots }: Plan) => ({
  ...{ features, steps, ops, columns, parameters, lookback, slots },
  nodes: nodes.map(({ source, ...rest }) =>
    source.kind === 'peer' ? { ...rest, name: source.name } : { source, ...rest },
  ),
});

describe.each(all.map(set => [`${set.name} ${set.nullPolicy}`, set] as const))('set %s', (_, set) => {
  test('every formula that explain prints is read back to the same plan', () => {
    for (const feature of featuresOf(set)) {
      const { formula, where } = explain(set, feature);
      const expr = parseFormula(formula, scopeOfDefinitions(set, where), { name: feature.qualifiedName });
      const again = planFeatures(set, [{ ...feature, expr }]);
      expect(comparable(again), feature.qualifiedName).toEqual(comparable(planFeatures(set, [feature])));
    }
  });

  test('its words mean one thing each', () => {
    const taken = new Set<string>([
      ...barColumns,
      'time',
      'null',
      ...operatorByName.keys(),
      ...formByName.keys(),
    ]);
    expect(
      wordsOf(set)
        .names()
        .filter(name => taken.has(name) || !/^[a-z]\w*$/.test(name)),
    ).toEqual([]);
  });
});
