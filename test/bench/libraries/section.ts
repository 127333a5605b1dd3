import { median } from '../../../host/bench/rounds.ts';
import { number, table } from '../figureText.ts';
import { type Case, sets, singles } from './cases.ts';
import { ours, type Times } from './compare.ts';
import { conventions } from './conventions.ts';
import { type Digits, digitKinds } from './digits.ts';
import { reasons } from './reasons.ts';
import type { Library } from './runners.ts';

// The part of docs/benchmarks.md on libraries.

const list = (items: readonly string[]): string => items.map(item => `- ${item}`).join('\n');

const ratio = (value: number): string => (value < 1 ? `**${number(value)}**` : number(value));

function timesTable(times: Times, libraries: readonly Library[], cases: readonly Case[]): string {
  const names = libraries.map(({ name }) => name);
  const rows = cases.map(({ name }) => [
    name,
    number(median(times.ns(ours, name))),
    ...names.map(library => {
      const values = times.over(library, name);
      return values.length === 0 ? '' : ratio(median(values));
    }),
  ]);
  return table(['', 'Windrow, ns a row', ...names], rows);
}

function losses(times: Times, libraries: readonly Library[], cases: readonly Case[]): string {
  const native = libraries.filter(({ group }) => group === 'C').map(({ name }) => name);
  const rows = cases.flatMap(({ name, kind }) => {
    const each = native.map(library => ({ library, values: times.over(library, name) }));
    const faster = each.filter(({ values }) => values.length > 0 && median(values) < 1);
    if (faster.length === 0) return [];
    const who = faster.map(({ library, values }) => `${library} ${number(median(values))}`).join(', ');
    return [[name, who, reasons[kind] ?? '']];
  });
  return rows.length === 0
    ? 'No library in C is faster.'
    : table(['Windrow loses', 'time over ours', 'why'], rows);
}

function conventionList(libraries: readonly Library[]): string {
  const shown = libraries.filter(({ name, of }) => name === of);
  return list(
    shown.flatMap(({ name }) =>
      Object.entries(conventions[name] ?? {}).map(([kind, { because }]) => `${name}, ${kind}: ${because}`),
    ),
  );
}

function digitsTable(digits: Digits, libraries: readonly string[]): string {
  const rows = [...digits].flatMap(([series, byKind]) =>
    digitKinds.map(kind => {
      const own = byKind.get(kind)!;
      const cells = [ours, ...libraries].map(library => own[library]?.toFixed(1) ?? '');
      return [series, `${kind} 30`, ...cells];
    }),
  );
  return table(['series', '', ours, ...libraries], rows);
}

export function librariesSection(of: {
  readonly times: Times;
  readonly libraries: readonly Library[];
  readonly bars: string;
  readonly differs: readonly string[];
  readonly digits: Digits;
}): string {
  const { times, libraries, bars, differs, digits } = of;
  const versions = libraries.map(({ name }) => `${name} ${times.version(name)}`).join(', ');
  const measured = libraries.filter(({ group }) => group !== 'binding').map(({ name }) => name);
  return [
    `Over ${bars}, one thread, CPU time of the process, results written to memory. TA-Lib, Tulip and bottleneck work on arrays that are there already; TA-Lib and Tulip are compiled with \`-O3 -march=native\` and called from C. talib-binding and tulind are the same two as users of npm meet them. Each cell is the median of ${times.rounds} rounds of the time of the library over that of Windrow, bold where Windrow is slower; empty where the library has no such function. ${versions}.`,
    '### Single windows',
    timesTable(times, libraries, singles),
    '### The windows 15, 30, 45, 60 and 75 together',
    timesTable(times, libraries, sets),
    '### Where Windrow loses to C',
    losses(times, libraries, [...singles, ...sets]),
    '### Agreement',
    'Results are compared before they are timed, to a millionth of the largest value; recursions once they have forgotten how they began. Correlation, skewness and kurtosis are of changes: of prices, sums of powers cancel in most libraries, as the table of digits shows. Where a library defines something otherwise, it is compared with its own definition:',
    conventionList(libraries),
    differs.length === 0 ? 'Everything agrees.' : `These do not agree and are not timed:\n\n${list(differs)}`,
    '### KunQuant',
    'KunQuant compiles factor expressions to AVX. It is not offered by the registries that this benchmark installs from, and no figure here is of it. What others measured of it on a comparable machine with one thread: mean, sd, skewness, kurtosis, least and largest over 20, 50 and 120 rows take 2.5 ns a cell over eight symbols at once, 17.6 over one, 16.4 in its accurate mode; mean, sd, slope, R2 and residual over six windows 1.0 to 1.35, and 6.0 in its accurate mode. The same two sets over one symbol are the figures `moments` and `lines` above, of whose planes sampled rows are compared with exact arithmetic.',
    '### Correct digits',
    'Decimal digits that the worst of 60 sampled rows has, against exact arithmetic on integers, of the size that the exact values have; 16 at most. The series is noise with some memory about 100; the same with 1e9 added; the same thousands of rows after a single value of 1e12.',
    digitsTable(digits, measured),
  ].join('\n\n');
}
