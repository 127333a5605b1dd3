import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { interleave, median } from '../../host/bench/rounds.ts';
import { Arena } from '../../host/engine/module.ts';
import type { Measured } from './figure.ts';
import { ofAll, ofClosed, ofMonths, ofPairs, ofWindow, type Prepare } from './growthCases.ts';
import { figureOfGrowth, type Growth, type Rule } from './growthJudge.ts';
import { growthPicture } from './growthPicture.ts';
import { growthSection } from './growthSection.ts';

// What a cell costs, computed and encoded, as rows, pairs, features, windows and workers grow: CPU time of one thread, each
// size given as much work as the largest. All sizes of one kind run in turn.

const rounds = 5;

async function grow(
  what: string,
  rule: Rule,
  sizes: readonly number[],
  prepare: Prepare,
  times = rounds,
): Promise<Growth> {
  const arena = await Arena.create();
  const cases = sizes.map(size => prepare(arena, size));
  const runs = Object.fromEntries(sizes.map((size, i) => [`${size}`, cases[i]!.ns]));
  const results = await interleave(runs, times);
  const known = (key: 'passes' | 'before'): number[] => cases.flatMap(found => found[key] ?? []);
  const ns = sizes.map(size => results[`${size}`]!);
  return { what, rule, sizes, ns, passes: known('passes'), before: known('before') };
}

async function growWorkers(): Promise<Growth> {
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
    const ns = [results.one!, results.two!];
    return { what: 'workers', rule: 'flat', sizes: [1, 2], ns, passes: [], before: [] };
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
  }
}

export async function benchGrowth(): Promise<Measured> {
  const all = [
    await grow('months of one pair', 'flat', [1, 3, 12, 24], ofMonths(24)),
    await grow('pairs', 'flat', [1, 2, 7, 14, 28], ofPairs()),
    await growWorkers(),
    await grow('bars of a window', 'passes', [10, 30, 100, 300, 1_000, 5_000], ofWindow),
    await grow('features of one pair in a program', 'shared', [10, 50, 100, 250, 760], ofClosed),
    await grow('features in a program', 'shared', [10, 50, 100, 250, 1_060], await ofAll(), 3),
  ];
  return {
    figures: all.map(figureOfGrowth),
    section: growthSection(all),
    pictures: { 'growth.svg': growthPicture(all) },
  };
}
