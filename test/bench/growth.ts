import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { interleave, median } from '../../host/bench/rounds.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { Arena } from '../../host/engine/module.ts';
import type { Plan } from '../../host/engine/plan.ts';
import { layOut, nsPerCell } from './computing.ts';
import { type Figure, figureOf, type Measured, ratios } from './figure.ts';
import { monthsOf, parameters, planOf, planOfFeatures, planOfWindow } from './growthCases.ts';
import { growthPicture } from './growthPicture.ts';
import { pairBars } from './market.ts';

// What a cell costs, computed and encoded, as rows, pairs, features, windows and workers grow: CPU time of one thread, each
// size given as much work as the largest. All sizes of one kind run in turn.

const bench = 'growth';
const rounds = 3;

export type Growth = {
  readonly what: string;
  readonly sizes: readonly number[];
  /** Nanoseconds a cell by size, round by round. */
  readonly ns: readonly (readonly number[])[];
  /** Absent where a formula says that it grows or shrinks. */
  readonly goal?: { readonly atMost: number };
  readonly why?: string;
};

const flat = { atMost: 1.1 };

async function grow(
  what: string,
  sizes: readonly number[],
  prepare: (arena: Arena, size: number) => () => number,
  more: Pick<Growth, 'goal' | 'why'> = { goal: flat },
): Promise<Growth> {
  const arena = await Arena.create();
  const cases = sizes.map(size => [`${size}`, prepare(arena, size)] as const);
  const results = await interleave(Object.fromEntries(cases), rounds);
  return { what, sizes, ns: sizes.map(size => results[`${size}`]!), ...more };
}

const times = <T>(count: number, value: T): T[] =>
  Array.from({ length: Math.max(1, Math.round(count)) }, () => value);

async function ofWorkers(): Promise<Growth> {
  const workers = ['eurusd', 'usdjpy'].map(
    pair => new Worker(new URL('./growthWorker.ts', import.meta.url), { workerData: { pair } }),
  );
  try {
    await Promise.all(workers.map(worker => once(worker, 'message')));
    const run = async (count: number): Promise<number> => {
      const done = workers.slice(0, count).map(worker => {
        const answer = once(worker, 'message');
        worker.postMessage('run');
        return answer;
      });
      const found = await Promise.all(done);
      return median(found.map(([ns]) => ns as number));
    };
    const results = await interleave({ one: () => run(1), two: () => run(2) }, rounds);
    return { what: 'workers', sizes: [1, 2], ns: [results.one!, results.two!], goal: flat };
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
  }
}

/** Exponent of the power of the size that the cost follows. */
export function slopeOf({ sizes, ns }: Growth): number {
  const points = sizes.map((size, i) => [Math.log(size), Math.log(median(ns[i]!))] as const);
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)];
  return mean(point => (point[0] - x) * (point[1] - y)) / mean(point => (point[0] - x) ** 2);
}

const numbers = (values: readonly number[], digits: number): string =>
  values.map(value => value.toFixed(digits)).join(', ');

function sectionOf(all: readonly Growth[]): string {
  const rows = all.map(growth => {
    const { what, sizes, ns, goal, why } = growth;
    const cost = numbers(ns.map(median), 1);
    const slope = slopeOf(growth).toFixed(3);
    return `| ${what} | ${sizes.map(size => size.toLocaleString('en')).join(', ')} | ${cost} | ${slope} | ${goal ? 'flat' : why} |`;
  });
  return `![What a cell costs as rows, pairs, features, windows and workers grow](growth.svg)

Nanoseconds of CPU time a cell, computed and encoded. The slope is the exponent of the power law that fits best: 0 is flat, 1 is
cost that grows as the size does.

| what grows | sizes | ns a cell | slope | goal |
|---|---|---|---|---|
${rows.join('\n')}`;
}

const figureFor = ({ what, sizes, ns, goal }: Growth): Figure => {
  const [least, most] = [sizes[0]!, sizes.at(-1)!.toLocaleString('en')];
  const shown = `${median(ns.at(-1)!).toFixed(1)} over ${median(ns[0]!).toFixed(1)} ns a cell`;
  const figure = `${what}: ${most} over ${least} (${shown})`;
  return figureOf({ bench, figure, unit: 'x', ...(goal && { goal }) }, ratios(ns.at(-1)!, ns[0]!));
};

export async function benchGrowth(): Promise<Measured> {
  const family = planOf(['statistics_rate']);
  const month = monthsOf('eurusd', 1);
  const over =
    (planned: (size: number) => Plan, repeats: (size: number) => number) => (arena: Arena, size: number) => {
      const plan = planned(size);
      const laid = times(repeats(size), layOut(arena, month, plan));
      return () => nsPerCell(arena, plan, laid, parameters);
    };
  const all = [
    await grow('months of one pair', [1, 3, 12, 24], (arena, months) => {
      const laid = layOut(arena, monthsOf('eurusd', months), family);
      return () => nsPerCell(arena, family, times(24 / months, laid), parameters);
    }),
    await grow('pairs', [1, 2, 7, 14, 28], (arena, pairs) => {
      const laid = fx.symbols
        .slice(0, pairs)
        .map(pair => layOut(arena, pairBars(pair, '2022-01', '2022-01'), family));
      return () => nsPerCell(arena, family, times(28 / pairs, laid).flat(), parameters);
    }),
    await grow(
      'features',
      [10, 50, 100, 250, 500, 760],
      over(planOfFeatures, size => 400 / size),
      {
        why: 'shrinks: features share planes',
      },
    ),
    await grow(
      'bars of a window',
      [10, 30, 100, 300, 1_000, 5_000],
      over(planOfWindow, () => 15),
      {
        why: 'merges, as the binary expansion asks for: 4 for 10 bars, 16 for 5,000',
      },
    ),
    await ofWorkers(),
  ];
  return {
    figures: all.map(figureFor),
    section: sectionOf(all),
    pictures: { 'growth.svg': growthPicture(all) },
  };
}
