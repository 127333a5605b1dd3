import { interleave, median } from '../../host/bench/rounds.ts';
import { type Bars, barColumns } from '../../host/catalog/bars.ts';
import { copyBars } from '../../host/engine/compute.ts';
import { Arena } from '../../host/engine/module.ts';
import { plan } from '../../host/engine/plan.ts';
import { Session } from '../../host/engine/session.ts';
import { hasRealBars, realBars } from '../support/realBars.ts';
import { type Figure, figureOf } from './figure.ts';
import { type Case, sets, singles } from './libraries/cases.ts';
import { findLibraries, type Library, type Ran, runLibrary, writeBars } from './libraries/runners.ts';
import { pairBars } from './market.ts';

// Operators and indicators against the libraries that users would otherwise take: the same bars, one thread, results
// compared before a time counts. The native libraries are timed in C; the others as their users call them.

const rounds = 5;
/** Repetitions within one process; the median of them is one measurement. */
const repetitions = 7;
/** Agreement of results, relative to the largest value of a plane: windows that slide have fewer digits than ours. */
const tolerance = 1e-6;

const ours = 'Windrow';

const benchBars = (): { name: string; bars: Bars } =>
  hasRealBars
    ? {
        name: 'minute bars of GBPUSD, first quarter of 2021',
        bars: realBars('fx_m1_2021q1/GBPUSD.csv.gz', 90_000),
      }
    : { name: 'generated minute bars', bars: pairBars('eurusd', '2024-06', '2024-08') };

/** Runs our own cases in this process, as `runLibrary` does others. */
async function windrow(bars: Bars, cases: readonly Case[]): Promise<() => Ran> {
  const rows = bars.time.length;
  const arena = await Arena.create();
  const addresses = copyBars(arena, bars, ['time', ...barColumns]);
  const mark = arena.top;
  const measured = cases.map(({ name, exprs }) => {
    const planned = plan(exprs.map((expr, i) => ({ name: `f${i}`, expr })));
    return { name, planned };
  });
  const once = (planned: (typeof measured)[number]['planned'], keep: boolean) => {
    arena.release(mark);
    const results = keep ? planned.features.map(() => arena.allocate(rows * 8)) : [];
    const session = new Session(arena, planned, {});
    session.load(addresses);
    if (keep) session.keep(results);
    const start = performance.now();
    session.run(0, rows);
    const ns = ((performance.now() - start) * 1e6) / rows;
    return { ns, planes: results.map(address => arena.f64(address, rows).slice()) };
  };
  return () => ({
    version: '',
    cases: new Map(
      measured.map(({ name, planned }) => {
        // results are kept as they are by the others: each library writes its planes
        const all = Array.from({ length: repetitions }, () => once(planned, true));
        return [name, { ns: median(all.map(({ ns }) => ns)), planes: all[0]!.planes }];
      }),
    ),
  });
}

/** Says where two planes differ by more than windows that slide may; undefined where they do not. */
function difference(a: Float64Array, b: Float64Array, from: number): string | undefined {
  let size = 0;
  for (let row = from; row < a.length; row++)
    if (Number.isFinite(a[row])) size = Math.max(size, Math.abs(a[row]!));
  for (let row = from; row < a.length; row++) {
    const [x, y] = [a[row]!, b[row]!];
    if (Number.isNaN(x) && Number.isNaN(y)) continue;
    if (!(Math.abs(x - y) <= tolerance * size)) return `row ${row}: ${x} and ${y}`;
  }
  return undefined;
}

const geometric = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

type Runs = Readonly<Record<string, readonly Ran[]>>;

const nsOf = (runs: Runs, library: string, name: string): number[] =>
  (runs[library] ?? []).flatMap(({ cases }) => cases.get(name)?.ns ?? []);

/** By case, the time of a library over ours, in each round. */
const over = (runs: Runs, library: string, name: string): number[] =>
  nsOf(runs, library, name).map((ns, round) => ns / nsOf(runs, ours, name)[round]!);

async function measure(cases: readonly Case[], libraries: readonly Library[]) {
  const { name, bars } = benchBars();
  const path = writeBars('times', bars);
  const rows = bars.time.length;
  const asked = { rows, rounds: repetitions, cases: cases.map(({ name }) => name) };
  const own = await windrow(bars, cases);
  const runs: Runs = await interleave<Ran>(
    {
      [ours]: () => own(),
      ...Object.fromEntries(
        libraries.map(library => [library.name, () => runLibrary(library, path, asked)] as const),
      ),
    },
    rounds,
  );
  const wrong: string[] = [];
  for (const { name: library } of libraries) {
    for (const { name, exprs, forgets = 200 } of cases) {
      const theirs = runs[library]![0]!.cases.get(name);
      if (!theirs) continue;
      const mine = runs[ours]![0]!.cases.get(name)!;
      for (const [i] of exprs.entries()) {
        const found = difference(mine.planes[i]!, theirs.planes[i]!, forgets);
        if (found) wrong.push(`${library}, ${name}, plane ${i}, ${found}`);
      }
    }
  }
  return { bars: name, runs, wrong };
}

export async function benchLibraries(): Promise<Figure[]> {
  const { found, missing } = findLibraries();
  for (const one of missing) console.error(`not measured: ${one}`);
  const cases = [...singles, ...sets];
  const { runs, wrong } = await measure(cases, found);
  for (const one of wrong) console.error(`differs: ${one}`);
  const bench = 'libraries';
  const native = ['TA-Lib', 'Tulip', 'bottleneck'];
  const fastest = (name: string): number[] => {
    const each = native.map(library => over(runs, library, name)).filter(({ length }) => length > 0);
    return (each[0] ?? []).map((_, round) => Math.min(...each.map(values => values[round]!)));
  };
  const mean = (of: (name: string) => number[], some: readonly Case[]): number[] => {
    const each = some.map(({ name }) => of(name)).filter(({ length }) => length > 0);
    return Array.from({ length: rounds }, (_, round) => geometric(each.map(values => values[round]!)));
  };
  const against = (library: string, atLeast: number): Figure =>
    figureOf(
      { bench, figure: `geometric mean of all cases, ${library} over Windrow`, unit: 'x', goal: { atLeast } },
      mean(name => over(runs, library, name), cases),
    );
  const has = (library: string): boolean => found.some(({ name }) => name === library);
  return [
    ...cases.map(({ name }) =>
      figureOf({ bench, figure: `${name}: Windrow`, unit: 'ns/row' }, nsOf(runs, ours, name)),
    ),
    ...found.flatMap(({ name: library }) =>
      cases.flatMap(({ name }) => {
        const values = over(runs, library, name);
        return values.length === 0
          ? []
          : [figureOf({ bench, figure: `${name}: ${library} over Windrow`, unit: 'x' }, values)];
      }),
    ),
    ...(has('TA-Lib')
      ? [
          figureOf(
            { bench, figure: 'single windows, TA-Lib over Windrow', unit: 'x', goal: { atLeast: 1 } },
            mean(name => over(runs, 'TA-Lib', name), singles),
          ),
          figureOf(
            { bench, figure: 'window sets, fastest C over Windrow', unit: 'x', goal: { atLeast: 2 } },
            mean(fastest, sets),
          ),
        ]
      : []),
    ...[
      ['polars', 5],
      ['DuckDB', 5],
      ['pandas', 10],
      ['technicalindicators', 50],
      ['trading-signals', 50],
    ].flatMap(([library, goal]) => (has(String(library)) ? [against(String(library), Number(goal))] : [])),
  ];
}
