import { type CatalogFeature, featuresOf } from '../../host/catalog/catalog.ts';
import type { Family, Model } from '../../host/catalog/family.ts';
import { operatorByName } from '../../host/catalog/operators.ts';
import { type Reference, references } from '../../host/catalog/references.ts';
import type { FeatureSet } from '../../host/catalog/set.ts';
import { columnsRead, type Explanation, explain } from '../../host/engine/explain.ts';
import { elided } from './elided.ts';
import { code, notice } from './markdown.ts';
import { pictureOf } from './pictureBars.ts';

// A page of docs/catalogue: a family from the catalogue, all of it derived from the declarations.

/** Bars that a value depends on; where the first value comes earlier, since which bar. */
const barsText = ({ lookback, firstValueAtBar }: Explanation): string => {
  const most = `${lookback} ${lookback === 1 ? 'bar' : 'bars'}`;
  return lookback === firstValueAtBar ? most : `${most} at most, values from bar ${firstValueAtBar} on`;
};

/** A rule of `explain`, the operator that it is of set as code. */
function ruleText(rule: string): string {
  const [operator = '', ...rest] = rule.split(': ');
  return rest.length > 0 && operatorByName.has(operator) ? `${code(operator)}: ${rest.join(': ')}` : rule;
}

function featureText(feature: CatalogFeature, explanation: Explanation): string {
  const { unit, formula, nulls, sources } = explanation;
  return [
    `## ${feature.name}`,
    '',
    feature.description,
    '',
    '```',
    elided(formula),
    '```',
    '',
    `- ${unit === 'none' ? 'no unit' : unit}; ${barsText(explanation)}; reads ${columnsRead(explanation).join(', ')}`,
    `- NULL ${nulls.map(ruleText).join('; ')}`,
    ...(sources.length > 0 ? [`- source: ${sources.join('; ')}`] : []),
    '',
  ].join('\n');
}

const modelsNote =
  'Fitted to what ends before the rows that rest on them. Their outputs are no columns: what they are at each anchor goes to `windrow.model_fits` with the partition.';

const modelText = ({ name, title, anchor, outputs }: Model): string =>
  [
    `### ${name}`,
    '',
    `${title}; fitted anew at the first row of every ${anchor === 'month' ? 'calendar month' : 'hour'}, UTC.`,
    '',
    ...outputs.map(output => `- ${code(output.name)}: ${output.description}`),
    '',
  ].join('\n');

/** The page of a family. */
export function familyPage(set: FeatureSet, family: Family): string {
  const features = featuresOf(set, [family]);
  const explained = features.map(feature => explain(set, feature));
  const parts = new Map(explained.flatMap(({ where }) => Object.entries(where)));
  const { timeColumn, symbolColumn } = set.layout;
  const whole =
    family.partition === 'month'
      ? `, in one partition a month for all symbols: ${code(`${family.name}_{YYYY}_{MM}`)}, key ${code(`${timeColumn}, ${symbolColumn}`)}`
      : '';
  const sources = new Set<Reference>(explained.flatMap(one => one.sources));
  return [
    notice,
    '',
    `# ${family.name}`,
    '',
    `${family.title}: ${features.length} features of the set ${code(set.name)}${whole}. [What the lines mean, and all families](../../features.md)`,
    '',
    `![The features over ${pictureOf(set)}](${family.name}.svg)`,
    '',
    ...(parts.size > 0
      ? [
          'Parts that formulas call by name:',
          '',
          '```',
          ...[...parts].map(([name, text]) => `${name} = ${elided(text)}`),
          '```',
          '',
        ]
      : []),
    ...features.map((feature, i) => featureText(feature, explained[i]!)),
    ...(family.models ? ['## Models', '', modelsNote, '', ...family.models.map(modelText)] : []),
    ...(sources.size > 0
      ? ['## Sources', '', ...[...sources].sort().map(name => `- ${name}: ${references[name]}`), '']
      : []),
  ].join('\n');
}
