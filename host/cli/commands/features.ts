import { command } from '../command.ts';
import { configuredSet } from '../set.ts';

export const features = command({
  name: 'features',
  summary: 'list the catalogue: families and their features',
  argument: { form: '[family]', summary: 'a family, for a table of its features' },
  options: ['set', 'all', 'json'],
  examples: [
    { line: 'windrow features', what: 'the families' },
    { line: 'windrow features bollinger_rate', what: 'the features of one' },
    { line: 'windrow features --all | grep spread', what: 'every feature on a line' },
    { line: 'windrow features --json', what: 'the catalogue for a program, an object per feature' },
  ],
  async run({ args, flags, settings, output }) {
    const set = await configuredSet(await settings());
    const { familyByName, featuresOf } = await import('../../catalog/catalog.ts');
    const { toText } = await import('../../catalog/expr.ts');
    const { lookbacks, planOptionsOf } = await import('../../engine/plan.ts');
    const [asked] = args;
    const families = asked === undefined ? set.families : [familyByName(set, asked)];
    const chosen = featuresOf(set, families);
    const named = chosen.map(({ qualifiedName: name, expr }) => ({ name, expr }));
    const planned = new Map(lookbacks(named, planOptionsOf(set)).map(feature => [feature.name, feature]));
    const needs = (name: string): number => planned.get(name)?.needs ?? 0;

    if (output.json) {
      const whole = new Set(families.filter(one => one.partition === 'month').map(one => one.name));
      const custom = new Set(families.filter(one => one.custom).map(one => one.name));
      for (const { family, name, qualifiedName, unit, description, expr, sources } of chosen) {
        const lookbackBars = planned.get(qualifiedName)?.lookback;
        const formula = toText(expr);
        const barsNeeded = needs(qualifiedName);
        output.object({
          kind: 'feature',
          family,
          name,
          unit,
          description,
          formula,
          lookbackBars,
          barsNeeded,
          ...(sources ? { sources } : {}),
          ...(custom.has(family) ? { custom: true } : {}),
          ...(whole.has(family) ? { partition: 'month' } : {}),
        });
      }
      return 0;
    }
    const { printTable } = await import('../table.ts');
    if (asked === undefined && !flags.all) {
      const rows = families.map(({ name, title, features: inside }) => {
        const most = Math.max(...inside.map(feature => needs(`${name}.${feature.name}`)));
        return [name, String(inside.length), String(most), title];
      });
      rows.push(['', String(chosen.length), '', `set "${set.name}": ${set.title}`]);
      printTable(output, { head: ['family', 'features', 'bars', 'what it holds'], rows, right: [1, 2] });
      output.note('bars: how many must exist before every feature has a value');
      const { setFlag } = await import('../../catalog/set.ts');
      const of = setFlag(set);
      output.note(`next: windrow features FAMILY${of}, windrow explain FAMILY.FEATURE${of}`);
      return 0;
    }
    const rows = chosen.map(({ name, qualifiedName, unit, description }) => [
      asked === undefined ? qualifiedName : name,
      unit,
      String(needs(qualifiedName)),
      description,
    ]);
    printTable(output, { head: ['feature', 'unit', 'bars', 'description'], rows, right: [2] });
    for (const { name } of families.filter(one => one.partition === 'month'))
      output.note(`table ${name} is cut by month alone: a partition holds the rows of all pairs`);
    return 0;
  },
});
