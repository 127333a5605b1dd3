import { featuresOf, sets } from '../../host/catalog/catalog.ts';
import type { FeatureSet } from '../../host/catalog/set.ts';
import { lookbacks, planOptionsOf } from '../../host/engine/plan.ts';
import { code, notice, row } from './markdown.ts';

// docs/features.md: the families of every set, with the way to the page of each.

/** The folder of a family's page and picture, seen from docs/. */
export const folderOf = ({ name }: FeatureSet): string => `catalogue/${name}`;

function setText(set: FeatureSet): string {
  const { name, title, bars, horizonBits, layout, parameters, families } = set;
  const features = featuresOf(set);
  const named = features.map(({ qualifiedName, expr }) => ({ name: qualifiedName, expr }));
  const planned = new Map(lookbacks(named, planOptionsOf(set)).map(one => [one.name, one.lookback]));
  const { symbolColumn, timeColumn } = layout;
  const tables =
    layout.kind === 'partitions'
      ? `${code('{family}')} by ${symbolColumn}, then by month: ${code('{family}_{symbol}_{YYYY}_{MM}')}, key ${code(timeColumn)}`
      : `${code(layout.table!)} by month: ${code(`${layout.table}_{YYYY}_{MM}`)}, key ${code(`${symbolColumn}, ${timeColumn}, source`)}`;
  return [
    `## Set \`${name}\``,
    '',
    `${title}: ${features.length} features in ${families.length} families, over ${bars.intervalMinutes}-minute bars of ${code(bars.table)}.`,
    '',
    `- Tables: ${tables}`,
    `- Horizon: exponential means drop what weighs less than 2^-${horizonBits} of the total`,
    ...parameters.map(parameter => `- ${code(`$${parameter.name}`)}: ${parameter.description}`),
    '',
    row(['family', 'features', 'bars', 'what it holds']),
    row(['---', '---:', '---:', '---']),
    ...families.map(family => {
      const most = Math.max(...featuresOf(set, [family]).map(one => planned.get(one.qualifiedName)!));
      const link = `[${code(family.name)}](${folderOf(set)}/${family.name}.md)`;
      return row([link, String(family.features.length), String(most), family.title]);
    }),
    '',
  ].join('\n');
}

/** The text of docs/features.md. */
export const featuresPage = (): string => `${notice}

# Features

Every family has a page with a picture of its features and, for each of them:

- what it is, in a sentence, and its formula; the [vocabulary](vocabulary.md) says what the words of formulas mean. Windows
  count bars, the current one included, unless the formula shifts them: \`lag(x, n)\` is x of n bars before. Of terms that
  are the same for one other pair after the other only the first and the last are written out
- its unit; how many bars a value depends on at most ("262 bars at most, values from bar 7 on": it looks back over 262 and
  has values once there are 7); the columns that it reads
- where it is NULL: until those bars exist, while one of them lacks a column that it reads, and where an operator of the
  formula is undefined. One whose rule says "only" or "nowhere" steps over NULLs
- where the definition was published. Sources speak of prices; what a family does otherwise, its formulas say

\`windrow explain FEATURE\` shows the same with the program that computes it; [conventions](conventions.md) say how borderline
cases are decided. In the tables, "bars" is the longest lookback of a family.

${sets.map(setText).join('\n')}`;
