import { cpus } from 'node:os';
import type { FamilyCosts } from '../bench/families.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { count, counted, duration, percent } from './format.ts';
import type { Output } from './output.ts';
import { printTable } from './table.ts';

const ns = (value: number): string => value.toFixed(1);
const ms = (value: number): string => (value < 10 ? String(Number(value.toPrecision(2))) : count(value));

function print(output: Output, set: FeatureSet, costs: FamilyCosts): void {
  const { families, features, nsPerCell, msPerMonth, rows, rounds, symbol } = costs;
  const all = `all ${counted(families.length, 'family', 'families')}`;
  printTable(output, {
    head: ['family', 'features', 'ns a cell', 'ms a month', 'least to most', 'share'],
    rows: [
      ...families.map(each => [
        ...[each.family, String(each.features), ns(each.nsPerCell), ms(each.msPerMonth)],
        ...[`${ms(each.least)} to ${ms(each.most)}`, percent(each.share)],
      ]),
      ...(families.length > 1 ? [[all, count(features), ns(nsPerCell), ms(msPerMonth), '', percent(1)]] : []),
    ],
    right: [1, 2, 3, 4, 5],
  });
  output.line();
  output.facts([
    ['a month', `${counted(rows, 'row')} of one symbol, made-up ${symbol}`],
    ...(set.symbols.length > 1
      ? [
          [
            counted(set.symbols.length, 'symbol'),
            `${duration(msPerMonth * set.symbols.length)} a month`,
          ] as const,
        ]
      : []),
    ['measured', `median of ${rounds} rounds, now, on one core of ${cpus()[0]?.model ?? 'this machine'}`],
  ]);
  output.note('computing only; families that share parts take less together');
}

/** Measures families of a set, by default all, and shows what each takes. */
export async function showFamilyCosts(
  set: FeatureSet,
  names: readonly string[] | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { familyByName } = await import('../catalog/catalog.ts');
  const { familyCosts } = await import('../bench/families.ts');
  const families = names ? [...new Set(names)].map(name => familyByName(set, name)) : set.families;
  const measuring = counted(families.length, 'family', 'families');
  if (!output.json) output.note(`measuring ${measuring}, each a month of a made-up symbol`);
  const costs = await familyCosts(set, families, { signal });
  if (!output.json) {
    print(output, set, costs);
    return;
  }
  const { families: each, ...whole } = costs;
  for (const family of each) output.object({ kind: 'family', ...family });
  const machine = { cpu: cpus()[0]?.model ?? null, cores: cpus().length, node: process.version };
  output.object({ kind: 'report', set: set.name, families: each.length, ...whole, ...machine });
}
