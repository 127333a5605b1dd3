import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { familyByName, featuresOf } from '../../host/catalog/catalog.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { Arena } from '../../host/engine/module.ts';
import type { Plan } from '../../host/engine/plan.ts';
import { FeatureStream } from '../../host/engine/stream.ts';
import { executed, metered } from '../support/metered.ts';
import { layOut, nsPerCell } from './computing.ts';
import { between, OneBar } from './feed.ts';
import { monthsOf, parameters } from './growthCases.ts';
import { isTransform } from './market.ts';

// How many WebAssembly instructions a cell and a live bar take: the same number on every machine, however busy, so that a
// test can hold it against what is stored. `node test/bench/instructions.ts > test/bench/instructions.json` stores it anew.

/** Instructions by what is counted: a family's cell, computed and encoded, or a bar of a live program. */
export type Counts = Readonly<Record<string, number>>;

const path = new URL('./instructions.json', import.meta.url);

export const storedCounts = (): Counts => JSON.parse(readFileSync(path, 'utf8'));

/** What takes more than is stored by more than a tenth, and what is counted on one side alone. */
export function exceeding(found: Counts, stored: Counts): string[] {
  const names = [...new Set([...Object.keys(found), ...Object.keys(stored)])];
  return names
    .filter(name => !(found[name]! <= 1.1 * stored[name]!))
    .map(name => `${name}: ${found[name] ?? 'nothing'}, stored ${stored[name] ?? 'nothing'}`);
}

/** Ten blocks, of which the first ones have no history. */
const rows = 10 * 384;
const historyRows = 6_000;
const pushed = 120;

/** Instructions of one bar of a stream that has its history. */
function ofBar(arena: Arena, plan: Plan): number {
  const bars = monthsOf('eurusd', 1);
  const stream = new FeatureStream(arena, plan, parameters, { history: 'complete' });
  stream.load(between(bars, 0, historyRows));
  const one = new OneBar();
  const before = executed(arena.exports);
  for (let i = 0; i < pushed; i++) stream.push(one.of(bars, historyRows + i));
  return (executed(arena.exports) - before) / pushed;
}

export async function countInstructions(): Promise<Counts> {
  const bytes = metered(readFileSync(new URL('../../build/windrow.wasm', import.meta.url)));
  const arena = await Arena.create(await WebAssembly.compile(bytes));
  const families = fx.families.map(({ name }) => name).filter(name => !isTransform(name));
  const planOf = (names: readonly string[]): Plan =>
    planFeatures(
      fx,
      names.flatMap(name => featuresOf(fx, [familyByName(fx, name)])),
    );
  const all = planOf(families);
  const laid = { ...layOut(arena, monthsOf('eurusd', 1), all), rows };
  const ofCell = (name: string): number => {
    const plan = planOf([name]);
    const before = executed(arena.exports);
    nsPerCell(arena, plan, [laid], parameters);
    return (executed(arena.exports) - before) / (rows * plan.features.length);
  };
  const bands = planOf(families.filter(name => name.startsWith('bollinger_')));
  const counts = [
    ...families.map(name => [`a cell of ${name}`, ofCell(name)] as const),
    ...[bands, all].map(plan => [`a bar of ${plan.features.length} features`, ofBar(arena, plan)] as const),
  ];
  return Object.fromEntries(counts.map(([name, count]) => [name, Number(count.toPrecision(4))]));
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href)
  console.log(JSON.stringify(await countInstructions(), undefined, 2));
