import type { CatalogFeature } from '../../catalog/catalog.ts';
import type { FeatureSet } from '../../catalog/set.ts';
import { command } from '../command.ts';
import { configuredSet } from '../set.ts';

/** What is to be explained: a feature of the set, or a formula over it. */
async function subject(
  set: FeatureSet,
  name: string | undefined,
  formula: string | undefined,
): Promise<CatalogFeature> {
  if (name !== undefined && formula === undefined) {
    const { findFeature } = await import('../../catalog/catalog.ts');
    return findFeature(set, name);
  }
  if (name === undefined && formula !== undefined) {
    const { featureOfFormula } = await import('../../catalog/custom.ts');
    return { ...featureOfFormula(set, formula), family: '', qualifiedName: 'formula' };
  }
  const { WindrowError } = await import('../../errors.ts');
  const what = 'name a feature, or give a formula with "--expr"';
  throw new WindrowError('WR_USAGE', { what, command: 'windrow explain' });
}

export const explain = command({
  name: 'explain',
  summary: 'show how a feature is defined and computed',
  details:
    'Formula, unit, lookback, when it is NULL, and the plan: the planes that are computed for it, in order. Formulas are in the form of docs/custom-features.md. With --cost: what it takes, measured here and now; of a family, what it takes as a whole and the share of each feature.',
  argument: {
    form: '[feature]',
    summary: 'its name, as bollinger_rate.w20_bb_upper; with --cost also a family',
  },
  options: ['set', 'expr', 'cost', 'json'],
  examples: [
    { line: 'windrow explain bollinger_rate.w20_bb_upper', what: 'one feature' },
    {
      line: 'windrow explain w20_bb_upper --json',
      what: 'the same for a program, if only one family has it',
    },
    {
      line: "windrow explain --expr '(close - mean(close, 20)) / std(close, 20)'",
      what: 'a formula of yours',
    },
    { line: 'windrow explain --cost bollinger_rate', what: 'nanoseconds per row, by feature' },
  ],
  async run({ args, flags, settings, output }) {
    const set = await configuredSet(await settings());
    if (flags.cost) {
      const { costObjects, costOf, printCost } = await import('../costView.ts');
      const family = set.families.find(({ name }) => name === args[0] && flags.expr === undefined);
      const { featuresOf } = await import('../../catalog/catalog.ts');
      const features = family ? featuresOf(set, [family]) : [await subject(set, args[0], flags.expr)];
      const name = family?.name ?? features[0]!.qualifiedName;
      const cost = await costOf(set, features);
      if (output.json) costObjects(output, name, cost);
      else printCost(output, name, cost);
      return 0;
    }
    const { explain: explainFeature, explainText } = await import('../../engine/explain.ts');
    const explanation = explainFeature(set, await subject(set, args[0], flags.expr));
    if (output.json) {
      output.object({ kind: 'feature', set: set.name, ...explanation });
      return 0;
    }
    const [title = '', ...rest] = explainText(explanation).split('\n');
    output.heading(title);
    for (const line of rest) output.line(line);
    return 0;
  },
});
