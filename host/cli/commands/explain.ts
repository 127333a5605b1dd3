import type { CatalogFeature } from '../../catalog/catalog.ts';
import type { FeatureSet } from '../../catalog/set.ts';
import { command } from '../command.ts';
import { configuredSet } from '../set.ts';

/** Finds a feature by its full name, or by its own name where only one family has it. */
async function find(set: FeatureSet, name: string): Promise<CatalogFeature> {
  const { featureByName, featuresOf } = await import('../../catalog/catalog.ts');
  if (name.includes('.')) return featureByName(set, name);
  const all = featuresOf(set);
  const [found, ...others] = all.filter(feature => feature.name === name);
  if (found !== undefined && others.length === 0) return found;
  const { WindrowError } = await import('../../errors.ts');
  if (found !== undefined) {
    const known = [found, ...others].map(feature => feature.qualifiedName).join(', ');
    throw new WindrowError('WR_FEATURE_AMBIGUOUS', { feature: name, known });
  }
  const { suggest } = await import('../../suggest.ts');
  const suggestion = suggest(name, [
    ...all.map(feature => feature.name),
    ...all.map(feature => feature.qualifiedName),
  ]);
  throw new WindrowError('WR_FEATURE_UNKNOWN', { feature: name, suggestion });
}

export const explain = command({
  name: 'explain',
  summary: 'show how a feature is defined and computed',
  details:
    'Formula, unit, lookback, when it is NULL, and the plan: the planes that are computed for it, in order.',
  argument: { form: '<feature>', summary: 'its name, as bollinger_rate.w20_bb_upper' },
  options: ['set', 'json'],
  examples: [
    { line: 'windrow explain bollinger_rate.w20_bb_upper', what: 'one feature' },
    {
      line: 'windrow explain w20_bb_upper --json',
      what: 'the same for a program, if only one family has it',
    },
  ],
  async run({ args, settings, output }) {
    const [name = ''] = args;
    const set = await configuredSet(await settings());
    const { explain: explainFeature, explainText } = await import('../../engine/explain.ts');
    const explanation = explainFeature(set, await find(set, name));
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
