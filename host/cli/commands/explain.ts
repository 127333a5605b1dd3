import type { CatalogFeature } from '../../catalog/catalog.ts';
import type { FeatureSet } from '../../catalog/set.ts';
import { command } from '../command.ts';
import { counted } from '../format.ts';

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
    'Formula, unit, lookback, when it is NULL, and the plan: the planes that are computed for it, in order.\n"p3[-15]" is plane 3, fifteen rows earlier.',
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
    const { set: setName } = (await settings()).values;
    const { setByName } = await import('../../catalog/catalog.ts');
    const { toText } = await import('../../catalog/expr.ts');
    const { planFeatures } = await import('../../engine/engine.ts');
    const { operatorsOf, planLines } = await import('../planText.ts');
    const set = setByName(setName);
    const feature = await find(set, name);
    const plan = planFeatures(set, [feature]);
    const [{ lookback, needs } = { lookback: 0, needs: 0 }] = plan.features;
    const operators = operatorsOf(feature.expr);
    const parameters = set.parameters.filter(parameter => plan.parameters.includes(parameter.name));
    const nulls = [
      `before ${counted(needs, 'bar exists', 'bars exist')}`,
      `when one of the values it reads is NULL (${plan.columns.join(', ')})`,
      ...operators.flatMap(operator => (operator.nulls ? [`${operator.name}: ${operator.nulls}`] : [])),
    ];
    const lines = planLines(plan);
    const formula = toText(feature.expr);
    if (output.json) {
      output.object({
        kind: 'feature',
        ...{ set: set.name, family: feature.family, name: feature.name },
        ...{ description: feature.description, unit: feature.unit, formula },
        ...{ lookbackBars: lookback, barsNeeded: needs, columns: plan.columns },
        parameters: parameters.map(parameter => parameter.name),
        ...{ nullRules: nulls, plan: lines },
      });
      return 0;
    }
    output.heading(feature.qualifiedName);
    output.line(feature.description);
    output.line();
    output.facts([
      ['formula', formula],
      ['unit', feature.unit],
      ['lookback', `${counted(lookback, 'bar')}, the current one included`],
      ['reads', plan.columns.join(', ')],
      ...parameters.map(parameter => [`$${parameter.name}`, parameter.description] as const),
      ...nulls.map((rule, index) => [index === 0 ? 'NULL' : '', rule] as const),
      ['stored', `table ${feature.family}, column ${feature.name}`],
    ]);
    const used = operators.filter(operator => operator.infix === undefined);
    if (used.length > 0) {
      output.line();
      output.heading('Operators');
      output.facts(
        used.map(({ name: word, args: series, params = [], summary }) => [
          `${word}(${[...series, ...params.map(param => param.name)].join(', ')})`,
          summary,
        ]),
      );
    }
    output.line();
    output.heading('Plan');
    const { printTable } = await import('../table.ts');
    const rows = lines.map(line => [
      line.plane,
      line.computes,
      line.history === 0 ? '' : String(line.history),
      line.slot === null ? 'own' : String(line.slot),
      line.feature === null ? '' : feature.name,
    ]);
    printTable(output, { head: ['plane', 'computes', 'history', 'slot', 'feature'], rows, right: [2] });
    return 0;
  },
});
