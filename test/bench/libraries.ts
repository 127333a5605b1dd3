import { type Figure, figureOf, type Measured } from './figure.ts';
import { type Case, mixed, sets, singles } from './libraries/cases.ts';
import { compare, ours, type Times } from './libraries/compare.ts';
import { type Digits, measureDigits } from './libraries/digits.ts';
import { timeBars } from './libraries/inputs.ts';
import { checkMixed } from './libraries/mixed.ts';
import { findLibraries, type Library } from './libraries/runners.ts';
import { librariesSection } from './libraries/section.ts';

// Operators and indicators against the libraries that users would otherwise take: the same bars, one thread, results
// compared before a time counts. The native libraries are timed in C; the others as their users call them.

const bench = 'libraries';
const cases: readonly Case[] = [...singles, ...sets];

const geometric = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** The geometric mean over cases of what `of` has for each, round by round. */
function meanOver(times: Times, some: readonly Case[], of: (name: string) => number[]): number[] {
  const each = some.map(({ name }) => of(name)).filter(({ length }) => length > 0);
  return Array.from({ length: times.rounds }, (_, round) => geometric(each.map(values => values[round]!)));
}

const atLeastOver = { C: undefined, frames: 5, Python: 10, JavaScript: 50, binding: 50 } as const;

function goals(times: Times, libraries: readonly Library[]): Figure[] {
  const figures: Figure[] = [];
  const add = (figure: string, atLeast: number, some: readonly Case[], of: (name: string) => number[]) => {
    const what = { bench, figure: `geometric mean of ${figure} over Windrow`, unit: 'x' };
    if (some.some(({ name }) => of(name).length > 0))
      figures.push(figureOf({ ...what, goal: { atLeast } }, meanOver(times, some, of)));
  };
  const native = libraries.filter(({ group }) => group === 'C').map(({ name }) => name);
  add('single windows, TA-Lib', 1, singles, name => times.over('TA-Lib', name));
  add('window sets, the fastest in C', 2, sets, name => times.leastOver(native, name));
  for (const { name: library, group } of libraries) {
    const atLeast = atLeastOver[group];
    if (atLeast) add(`all that it has, ${library}`, atLeast, cases, name => times.over(library, name));
  }
  return figures;
}

const informing = (times: Times, libraries: readonly Library[]): Figure[] => [
  ...cases.map(({ name }) =>
    figureOf({ bench, figure: `${name}: ${ours}`, unit: 'ns/row' }, times.ns(ours, name)),
  ),
  ...libraries.flatMap(({ name: library }) =>
    cases.flatMap(({ name }) => {
      const values = times.over(library, name);
      const what = { bench, figure: `${name}: ${library} over ${ours}`, unit: 'x' };
      return values.length === 0 ? [] : [figureOf(what, values)];
    }),
  ),
];

const perCell = (times: Times): Figure[] =>
  mixed.map(({ name, exprs }) =>
    figureOf(
      {
        ...{ bench, unit: 'ns/cell', goal: { atMost: 3 } },
        figure: `${name}: ${exprs.length} planes of one symbol`,
      },
      times.ns(ours, name).map(ns => ns / exprs.length),
    ),
  );

const digitFigures = (digits: Digits): Figure[] =>
  [...digits].map(([series, byKind]) => {
    const own = [...byKind.values()].map(values => values[ours]!);
    const figure = `fewest correct digits of ${ours}, ${series}`;
    return figureOf({ bench, figure, unit: 'digits' }, [Math.min(...own)]);
  });

export async function benchLibraries(): Promise<Measured> {
  const { found: libraries, missing } = findLibraries();
  const { name, bars } = timeBars();
  await checkMixed(bars);
  const { times, differs, failed } = await compare(bars, [...cases, ...mixed], libraries);
  const ran = libraries.filter(library => !failed.some(text => text.startsWith(`${library.name}:`)));
  const digits = await measureDigits(ran.filter(({ group }) => group !== 'binding'));
  return {
    figures: [...goals(times, ran), ...perCell(times), ...digitFigures(digits), ...informing(times, ran)],
    section: librariesSection({ times, libraries: ran, bars: name, differs, digits }),
    missing: [...missing, ...failed, 'KunQuant: in none of the registries'],
  };
}
