import { expect, test } from 'vitest';
import { shareOut } from '../../host/backfill/tasks.ts';
import type { Task } from '../../host/backfill/types.ts';
import { fx } from '../../host/catalog/sets/fx.ts';

const families = fx.families.filter(({ partition }) => !partition).map(({ name }) => name);
const features = (some: readonly string[]): number =>
  fx.families.reduce((sum, { name, features }) => sum + (some.includes(name) ? features.length : 0), 0);
const month = (at: number, rows = 30_000): Task => ({
  ...{ symbol: 'eurusd', month: `2024-0${at}`, families, rows },
});

test('the last tasks are shared by workers that would have none, in about equal parts', () => {
  const tasks = [month(1), month(2), month(3)];
  const [first, second, ...rest] = shareOut(fx, tasks, 2);
  expect([first, second]).toEqual(tasks.slice(0, 2));
  expect(rest).toHaveLength(2);
  expect(rest.flatMap(part => part.families).sort()).toEqual([...families].sort());
  for (const part of rest) {
    expect(part).toMatchObject({ symbol: 'eurusd', month: '2024-03', rows: 30_000 });
    expect(features(part.families) / features(families)).toBeCloseTo(0.5, 1);
    expect(part.families).toEqual(families.filter(family => part.families.includes(family)));
  }
  expect(shareOut(fx, [month(1)], 4)).toHaveLength(4);
});

test('what is as many as the workers, small or one family is not shared', () => {
  const tasks = [month(1), month(2)];
  expect(shareOut(fx, tasks, 2)).toEqual(tasks);
  expect(shareOut(fx, tasks, 1)).toEqual(tasks);
  // two tasks and three workers: half a worker more for each is none
  expect(shareOut(fx, tasks, 3)).toEqual(tasks);
  const small = [month(1, 3_000)];
  expect(shareOut(fx, small, 2)).toEqual(small);
  const single = [{ ...month(1, 1_000_000), families: ['reg_rate'] }];
  expect(shareOut(fx, single, 2)).toEqual(single);
});
